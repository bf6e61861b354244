"""`codemod.rewrite.alignment`: lines aligned with a bracket that has moved."""

from __future__ import annotations

import pytest

from codemod.rewrite.alignment import realigned

CALL = "make(total=3,\n     name='x')\n"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (CALL, f"order = {CALL}", "order = make(total=3,\n             name='x')\n"),
        # Other names, other texts.
        ("f(instance.sum,\n  'a')\n", "x = f(order.sum,\n  'b')\n",
         "x = f(order.sum,\n      'b')\n"),
        # An inner bracket moves with its line, and is aligned by itself.
        ("f(a,\n  [b,\n   c])\n", "x = f(a,\n  [b,\n   c])\n", "x = f(a,\n      [b,\n       c])\n"),
        # What was not aligned stays as it is.
        ("f(a,\n    b)\n", "x = f(a,\n    b)\n", "x = f(a,\n    b)\n"),
        ("f(\n    a,\n)\n", "x = f(\n    a,\n)\n", "x = f(\n    a,\n)\n"),
        # So does what is new, and the inside of a string.
        ("g(a)\n", "x = f(a,\n    b)\n", "x = f(a,\n    b)\n"),
        ('f("""a\n  b""", c)\n', 'x = f("""a\n  b""", c)\n', 'x = f("""a\n  b""", c)\n'),
        # No Python.
        ("f(a,\n", "x = f(a,\n", "x = f(a,\n"),
    ],
)  # fmt: skip
def test_realigned(before: str, after: str, expected: str) -> None:
    assert realigned([before], after) == expected


def test_what_is_untouched() -> None:
    text = f"{CALL}\nother(total=3,\n   name='y')\n"
    assert realigned([text], text) == text
