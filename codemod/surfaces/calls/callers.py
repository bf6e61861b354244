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
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.facts.nodes import is_name, parameters
from codemod.facts.tables import CallSite, FileFacts, FunctionDef
from codemod.project.project import Project
from codemod.project.types.arguments import argument, is_bound
from codemod.project.types.callers import may_call
from codemod.surfaces.calls.found import has_unpacking

DEEP = 3  # callers of callers are followed this far


@dataclass(frozen=True, eq=False)
class Caller:
    """A call that runs a line, and what the line's object is called there, if it gets it."""

    facts: FileFacts
    call: CallSite
    subject: ast.expr | None


def direct_callers(
    project: Project, facts: FileFacts, call: CallSite, subject: ast.expr | None = None
) -> Iterator[Caller]:
    """The calls of the function that a call stands in."""
    scope = call.scope.function()
    function = next((f for f in facts.functions if f.scope is scope), None)
    if function is None:
        return
    known = project.once(_known)
    if function.node not in known:
        known[function.node] = [
            (place, each)
            for place, each in project.calling(function.node.name)
            if _gives_enough(function, each.node)
            and may_call(project.types.engine, place, each, function, facts)
        ]
    for place, each in known[function.node]:
        given = _passed(function, each.node, subject) or _held(
            project, Caller(place, each, subject), function
        )
        yield Caller(place, each, given)


def _known(project: Project) -> dict[ast.AST, list[tuple[FileFacts, CallSite]]]:
    """The calls of functions that `direct_callers` has found."""
    return {}


def _gives_enough(function: FunctionDef, call: ast.Call) -> bool:
    """Whether a call has as many arguments as a function needs, as far as no decorator gives it
    some: it is told sooner than what the call is of."""
    given, needed = function.node.args, len(parameters(function.node))
    needed -= len(given.defaults) + sum(default is not None for default in given.kw_defaults)
    enough = len(call.args) + len(call.keywords) >= needed - is_bound(function)
    return enough or has_unpacking(call) or bool(function.node.decorator_list)


def callers(
    project: Project, facts: FileFacts, call: CallSite, subject: ast.expr | None = None
) -> Iterator[Caller]:
    """The calls of the function that a call stands in, and those of their functions."""
    pending, seen = [(Caller(facts, call, subject), 0)], {call.node}
    while pending:
        inner, depth = pending.pop()
        if depth == DEEP:
            continue
        for caller in direct_callers(project, inner.facts, inner.call, inner.subject):
            if caller.call.node not in seen:
                seen.add(caller.call.node)
                pending.append((caller, depth + 1))
                yield caller


def _passed(function: FunctionDef, call: ast.Call, subject: ast.expr | None) -> ast.expr | None:
    """What a call gives a function as an object that it gets by its name, or as `self`."""
    if not isinstance(subject, ast.Name) or subject.id not in parameters(function.node):
        return None
    bound = is_bound(function)
    if bound and subject.id == parameters(function.node)[0]:
        return call.func.value if isinstance(call.func, ast.Attribute) else None
    given = argument(function, call, subject.id, 1 if bound else 0)
    return given if isinstance(given, ast.expr) else None


def _held(project: Project, caller: Caller, function: FunctionDef) -> ast.expr | None:
    """What a call's own object has as the line's: for `self.order` what it was made with, as in
    `Job(order).run()`, or else `job.order`."""
    owner, held = getattr(caller.call.node.func, "value", None), caller.subject
    if owner is None or not isinstance(held, ast.Attribute) or not is_bound(function):
        return None
    if not is_name(held.value, parameters(function.node)[0]):
        return None
    bound = caller.call.scope.bindings.get(owner.id, ()) if isinstance(owner, ast.Name) else ()
    made = bound[0].value if len(bound) == 1 else owner
    if not isinstance(made, ast.Call):
        return ast.copy_location(ast.Attribute(owner, held.attr, held.ctx), owner)
    cls = project.symbols.resolve(made.func, caller.call.scope, caller.facts)
    init = project.classes.method(cls, "__init__") if cls is not None else None
    if init is None:
        return None
    stores = [s for s in init[1].scope.stores if getattr(s.target, "attr", None) == held.attr]
    return _passed(init[1], made, stores[0].value) if len(stores) == 1 else None
