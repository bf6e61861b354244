"""Edits that meet in one place."""

from __future__ import annotations

import pytest

from codemod.rewrite.errors import RewriteError
from codemod.rewrite.merging import merged
from codemod.values.edits import AddMethod, Edit, Insert, Where
from codemod.values.span import Span

PLACE = Span(1, 0, 2, 8)


def method(*after: str, before: str = "") -> Edit:
    lines = [before, "super().f(x)", *after]
    return AddMethod(PLACE, "\n".join(["def f(self, x):", *(f"    {t}" for t in lines if t)]))


def test_the_same_method_twice_is_one() -> None:
    assert merged([method("g(x)"), method("g(x)")]) == [method("g(x)")]


def test_guarded_work_of_two_models_shares_the_method() -> None:
    first = method("if x.model is A:", "    a(x)")
    second = method("if x.model is B:", "    b(x)")
    assert merged([first, second]) == [
        method("if x.model is A:", "    a(x)", "if x.model is B:", "    b(x)")
    ]


def test_one_guard_and_one_loop() -> None:
    first = method("if x.model is A:", "    for a in x.new_objects:", "        g(a)")
    second = method("if x.model is A:", "    for a in x.deleted_objects:", "        g(a)")
    loop = "    for a in x.new_objects + x.deleted_objects:"
    assert merged([first, second]) == [method("if x.model is A:", loop, "        g(a)")]


def test_unguarded_work_is_not_mixed() -> None:
    with pytest.raises(RewriteError, match="can't be joined"):
        merged([method("a(x)"), method("b(x)")])


def test_other_methods_stay_apart() -> None:
    other = AddMethod(PLACE, "def g(self):\n    pass")
    assert merged([method("a(x)"), other]) == [method("a(x)"), other]


def test_loops_after_one_statement() -> None:
    def insert(objects: str, body: str = "g(a)") -> Insert:
        return Insert(PLACE, f"for a in {objects}:\n    {body}")

    assert merged([insert("rows"), insert("x.deleted_objects")]) == [
        insert("rows + x.deleted_objects")
    ]
    apart: list[Edit] = [insert("rows"), insert("x.deleted_objects", "h(a)")]
    assert merged(apart) == apart
    queries: list[Edit] = [insert("rows"), insert("x.all()")]
    assert merged(queries) == queries
    above: list[Edit] = [
        Insert(PLACE, "for a in rows:\n    g(a)", Where.BEFORE),
        Insert(PLACE, "for a in deleted:\n    g(a)", Where.BEFORE),
    ]
    assert merged(above) == above
