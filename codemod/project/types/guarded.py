"""What the tests around a save or delete ask its object for: only what has that comes there.

owner = None
if hasattr(self.target, "creator"):
    owner = self.target.creator
elif hasattr(self.target, "author"):
    owner = self.target.author
if owner and owner.is_robot:
    self.target.delete()                 a target with a `creator` or an `author`
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from codemod.facts.nodes import LOOPS
from codemod.facts.tables import CallSite
from codemod.project.types.uses import sets, text_of

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine


def asked_before(engine: Engine, call: CallSite) -> tuple[frozenset[str], ...]:
    """The attributes that the object of a call is asked for on every way to it; of each set it has
    one at least."""
    known: dict[CallSite, tuple[frozenset[str], ...]] = engine.tables.setdefault("asked before", {})
    if call not in known:
        known[call] = tuple(_asked(call))
    return known[call]


def _asked(call: CallSite) -> Iterator[frozenset[str]]:
    owner = call.scope.node
    tests = [test for test in _tests(call) if not isinstance(test, ast.Constant)]
    if not tests or not isinstance(owner, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return
    assert isinstance(call.node.func, ast.Attribute)
    text = text_of(call.node.func.value)
    if "hasattr" not in {n.id for n in ast.walk(owner) if isinstance(n, ast.Name)}:
        return
    if any(isinstance(c, LOOPS) for c in call.compounds) or sets(owner, text):
        return  # it may be another object each time
    for test in tests:
        attribute = _attribute(test, text)
        if attribute is not None:
            yield frozenset((attribute,))
        elif isinstance(test, ast.Name):
            given = list(_given(owner.body, test.id, text, frozenset()))
            arguments = [a.arg for a in ast.walk(owner.args) if isinstance(a, ast.arg)]
            if given and all(given) and test.id not in arguments:
                yield frozenset().union(*given)


def _tests(call: CallSite) -> Iterator[ast.expr]:
    """What holds where a call stands, as the tests around it say."""
    inner = [*call.compounds[1:], call.statement]
    for compound, within in zip(call.compounds, inner):
        if isinstance(compound, ast.If) and within in compound.body:
            test = compound.test
            is_and = isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And)
            yield from test.values if is_and and isinstance(test, ast.BoolOp) else (test,)


def _attribute(test: ast.expr, text: str) -> str | None:
    """`a` of `hasattr(x, "a")`."""
    if not isinstance(test, ast.Call) or getattr(test.func, "id", "") != "hasattr":
        return None
    if len(test.args) != 2 or text_of(test.args[0]) != text:
        return None
    name = test.args[1]
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None


def _given(
    block: Sequence[ast.stmt], name: str, text: str, asked: frozenset[str]
) -> Iterator[frozenset[str]]:
    """For each value that a block gives a name, unless it is none, what `x` has been asked for."""
    for statement in block:
        if isinstance(statement, ast.Assign) and _targets(statement) == [name]:
            value = statement.value
            if not isinstance(value, ast.Constant) or value.value:
                yield asked
        elif isinstance(statement, ast.If):
            attribute = _attribute(statement.test, text)
            inside = asked if attribute is None else frozenset((attribute,))
            yield from _given(statement.body, name, text, inside)
            yield from _given(statement.orelse, name, text, asked)
        elif name in _names_bound(statement):
            yield frozenset()


def _targets(statement: ast.Assign) -> list[str]:
    return [t.id if isinstance(t, ast.Name) else "" for t in statement.targets]


def _names_bound(statement: ast.stmt) -> set[str]:
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
