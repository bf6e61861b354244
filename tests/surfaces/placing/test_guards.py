"""Calls under conditions: neighbours share an `if`, opposites make an `else`, never two."""

from __future__ import annotations

import ast

import pytest

from codemod.surfaces.placing.guards import under_guards

NEW, OLD, ANY = "created", "not created", ""


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ((), []),
        ((ANY, ANY), ["a()", "b()"]),
        ((NEW, NEW, ANY), ["if created:", "    a()", "    b()", "c()"]),
        ((NEW, OLD), ["if created:", "    a()", "else:", "    b()"]),
        ((OLD, NEW), ["if not created:", "    a()", "else:", "    b()"]),
        ((NEW, ANY, OLD), ["if created:", "    a()", "b()", "if not created:", "    c()"]),
        (
            (NEW, OLD, NEW),
            ["if created:", "    a()", "else:", "    b()", "if created:", "    c()"],
        ),
        (
            (NEW, OLD, OLD, NEW),
            ["if created:", "    a()", "else:", "    b()", "    c()", "if created:", "    d()"],
        ),
    ],
)
def test_lines(conditions: tuple[str, ...], expected: list[str]) -> None:
    calls = [f"{name}()" for name in "abcd"]
    lines = under_guards(list(zip(conditions, calls, strict=False)))
    assert lines == expected
    ast.parse("\n".join(lines))
