"""The calls by which the project comes to a line of one of its functions.

def remove(order):
    order.delete()              the line

try:
    remove(order)               the call that runs it, where the object is called `order`, too
except Unavailable:
    retry.delay(order.pk)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemod.facts.nodes import parameters
from codemod.facts.tables import CallSite, FileFacts, FunctionDef
from codemod.project.project import Project
from codemod.project.types.arguments import argument, is_bound
from codemod.project.types.callers import may_call

_DEEP = 3  # callers of callers are followed this far


@dataclass(frozen=True, eq=False)
class Caller:
    """A call that runs a line, and what the line's object is called there, if it gets it."""

    facts: FileFacts
    call: CallSite
    subject: ast.expr | None


def direct_callers(
    project: Project, facts: FileFacts, call: CallSite, subject: ast.expr, *around: type[ast.AST]
) -> Iterator[Caller]:
    """The calls of the function that a call stands in; only those that stand in statements of each
    of some kinds, which is told soon."""
    yield from _calling(project, Caller(facts, call, subject), around)


def callers(
    project: Project, facts: FileFacts, call: CallSite, subject: ast.expr | None = None
) -> Iterator[Caller]:
    """The calls of the function that a call stands in, and those of their functions."""
    pending, seen = [(Caller(facts, call, subject), 0)], {call.node}
    while pending:
        inner, depth = pending.pop()
        for caller in _calling(project, inner) if depth < _DEEP else ():
            if caller.call.node not in seen:
                seen.add(caller.call.node)
                pending.append((caller, depth + 1))
                yield caller


def _calling(
    project: Project, inner: Caller, around: Sequence[type[ast.AST]] = ()
) -> Iterator[Caller]:
    """The calls of the very function that a call stands in, in statements of some kinds."""
    scope = inner.call.scope.function()
    function = next((f for f in inner.facts.functions if f.scope is scope), None)
    if function is None:
        return
    for facts, call in project.calling(function.node.name):
        inside = all(any(isinstance(c, kind) for c in call.compounds) for kind in around)
        if inside and may_call(project.types.engine, facts, call, function, inner.facts):
            yield Caller(facts, call, _passed(function, call.node, inner.subject))


def _passed(function: FunctionDef, call: ast.Call, subject: ast.expr | None) -> ast.expr | None:
    """What a call gives a function as an object that it gets by its name, or as `self`."""
    if not isinstance(subject, ast.Name) or subject.id not in parameters(function.node):
        return None
    bound = is_bound(function)
    if bound and subject.id == parameters(function.node)[0]:
        return call.func.value if isinstance(call.func, ast.Attribute) else None
    given = argument(function, call, subject.id, 1 if bound else 0)
    return given if isinstance(given, ast.expr) else None
