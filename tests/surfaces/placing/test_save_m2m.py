"""Which line sets the many-to-many data of an object that a form has made."""

from __future__ import annotations

import ast

import pytest

from codemod.surfaces.placing.save_m2m import setting
from tests.project.helpers import facts_of, of


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("form.save_m2m()", "form.save_m2m()"),
        ("print(order)\nform.save_m2m()", "form.save_m2m()"),
        ("second.save_m2m()", None),
        ("second.save_m2m()\nform.save_m2m()", "form.save_m2m()"),
        ("if x: return\nform.save_m2m()", None),
        ("order.total = 3\nform.save_m2m()", None),
        ("order = x\nform.save_m2m()", None),
        ("if x:\n    form.save_m2m()", None),
    ],
)
def test_setting(rest: str, expected: str | None) -> None:
    lines = ["order = second.save(commit=False)", "order = form.save(commit=False)"]
    lines += ["order.save()", *rest.split("\n")]
    body = "".join(f"    {line}\n" for line in lines)
    facts = facts_of(of({"code.py": f"def f(form, second, x):\n{body}"}), "code.py")
    [call] = [c for c in facts.named("save") if ast.unparse(c.node) == "order.save()"]
    found = setting(call, ast.Name("order", ast.Load()))
    assert (found and ast.unparse(found)) == expected
