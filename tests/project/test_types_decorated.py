"""What a function gives once a decorator of the project stands around it."""

from __future__ import annotations

import pytest

from .test_types import one


@pytest.mark.parametrize(
    ("decorator", "expected"),
    [
        # It hands on what it gets.
        ("def deco(f):\n    def inner(*args):\n        return f(*args)\n    return inner", "Order"),
        ("def deco(f):\n    async def inner(*args):\n        return await f(*args)\n"
         "    return inner", "Order"),
        ("def deco(f):\n    def inner(*args):\n        found = f(*args)\n        print(found)\n"
         "        return found\n    return inner", "Order"),
        ("def deco(f):\n    known.append(f)\n    return f", "Order"),
        ("def deco(f):\n    return lambda *args: f(*args)", "Order"),
        ("from functools import lru_cache as deco", "Order"),
        # A loop around it may end with nothing.
        ("def deco(f):\n    def inner(*args):\n        for _ in range(3):\n"
         "            return f(*args)\n    return inner", "Order"),
        # It gives something else.
        ("def deco(f):\n    def inner(*args):\n        f(*args)\n        return Line()\n"
         "    return inner", "Line"),
        ("def deco(f):\n    def inner(*args):\n        if args:\n            return Line()\n"
         "        return f(*args)\n    return inner", "Line|Order"),
        ("def deco(f):\n    def inner(*args):\n        return x(f(*args))\n    return inner", "?"),
        ("def deco(f):\n    return lambda *args: [f(*args)]", "other"),
        ("def deco(f):\n    def inner(*args):\n        f(*args)\n    return inner", "other"),
    ],
)  # fmt: skip
def test_a_decorator_of_the_project(decorator: str, expected: str) -> None:
    code = f"{decorator}\n@deco\ndef made():\n    return Order()\ndef f():\n    see(made())\n"
    assert one(code) == expected


def test_a_decorator_with_arguments() -> None:
    code = """
def named(name):
    def around(function):
        def inner(*args):
            return {name: function(*args)}
        return inner
    return around

@named("order")
def made():
    return Order()

def f():
    see(made())
"""
    assert one(code) == "other"


def test_a_decorated_method() -> None:
    code = """
def last_line(method):
    def inner(self, *args):
        method(self, *args)
        return Line()
    return inner

class Shop:
    @last_line
    def made(self):
        return Order()

def f():
    see(Shop().made())
"""
    assert one(code) == "Line"
