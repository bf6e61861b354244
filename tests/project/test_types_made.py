"""What a class gives whose `__new__`, or whose metaclass, gives something else than its objects."""

from __future__ import annotations

import pytest

from .test_types import one


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return Order()", "Order"),
        ("order = Order()\n        order.seen = True\n        return order", "Order"),
        ("return unknown()", "?"),
        # Objects of the class, which is no model.
        ("return super().__new__(cls)", "Made"),
        ("made = object.__new__(cls)\n        return made", "Made"),
        ("cls.only = super().__new__(cls)\n        return cls.only", "Made"),
        (
            "made = cls.only\n        if made is None:\n"
            "            made = super().__new__(cls)\n            cls.only = made\n"
            "        return made",
            "Made",
        ),
        # What the class keeps may be anything else.
        ("return cls.only", "?"),
        ("made = cls.only\n        cls.only = made\n        return made", "?"),
        ("cls.seen[kind] = Order()\n        return cls.seen[kind]", "?"),
        ("made = Order.__new__(Order)\n        return made", "?"),
        ("if kind:\n            return Order()\n        return super().__new__(cls)", "?"),
    ],
)
def test_new(body: str, expected: str) -> None:
    code = f"class Made:\n    def __new__(cls, kind=None):\n        {body}\n"
    assert one(f"{code}def f():\n    see(Made())\n") == expected


def test_a_metaclass() -> None:
    code = """
class Meta(type):
    def __call__(cls, **kwargs):
        return Order(**kwargs)

class Made(metaclass=Meta):
    pass

def f():
    see(Made(total=3))
"""
    assert one(code) == "Order"
    assert one(code.replace("Order(**kwargs)", "super().__call__(**kwargs)")) == "Made"
