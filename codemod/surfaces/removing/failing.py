"""What differs where the code around a call goes on after its work has failed.

try:
    order.delete()                      Django clears the key when all receivers have run: one that
except Unavailable:                     failed left it there. The call runs when it is cleared.
    retry.delay(order.pk)

order = None
try:
    order = Order.objects.create()      a receiver that failed did so before the name had anything
except Unavailable:
    pass
return order
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codemod.facts.nodes import LOOPS, descend
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.project import Project
from codemod.project.types.flow import leaves, reaching
from codemod.project.types.order import exits
from codemod.surfaces.calls.callers import callers
from codemod.surfaces.placing.atomic import goes_on

CLEARED = "key-cleared"
KEPT = "result-kept"
_NAMES = (ast.Name, ast.Attribute)


def key_cleared(
    project: Project, facts: FileFacts, call: CallSite, deleted: ast.expr
) -> tuple[str, ...]:
    """The code for a delete whose object is used where an error of the work after it is caught, by
    its function or by those that call it with the object."""
    if _read_when_failed(call, deleted):
        return (CLEARED,)
    used = any(
        caller.subject is not None and _read_when_failed(caller.call, caller.subject)
        for caller in callers(project, facts, call, deleted)
    )
    return (CLEARED,) if used else ()


def _read_when_failed(call: CallSite, deleted: ast.expr) -> bool:
    """Whether the object of a delete is read after an error that is caught: a name that has got
    another one by then is of no interest."""
    if not isinstance(deleted, ast.Name):
        return any(True for _ in _used_when_failed(call, [deleted]))
    bindings = call.scope.bindings.get(deleted.id, [])
    given = reaching(deleted.id, call.scope, bindings, call.node).bindings
    return any(
        not bindings
        or any(b in given for b in reaching(deleted.id, call.scope, bindings, read).bindings)
        for read in _used_when_failed(call, [deleted])
    )


def result_kept(call: CallSite) -> bool:
    """Whether what a call gives is assigned to something that is read where an error of the work
    after it is caught, and has another value then. What is made of it is assigned after the work.
    """
    made = call.statement
    if not isinstance(made, (ast.Assign, ast.AnnAssign)) or not _gives(call, made.value):
        return False
    targets = made.targets if isinstance(made, ast.Assign) else [made.target]
    parts = [part for target in targets for part in _parts(target)]
    kept = (part for part in parts if not _is_bound_once(call, part))
    return any(True for _ in _used_when_failed(call, kept))


def _gives(call: CallSite, value: ast.expr | None) -> bool:
    """Whether a value is what a call gives: `await x.acreate()`, `x.get_or_create()[0]`."""
    while isinstance(value, (ast.Await, ast.Subscript)):
        value = value.value
    return value is call.node


def _is_bound_once(call: CallSite, target: ast.expr) -> bool:
    """Whether a name has nothing before, so that reading it is an error then."""
    if not isinstance(target, ast.Name):
        return False
    scopes = (scope.bindings.get(target.id, ()) for scope in call.scope.chain())
    return len(next(filter(None, scopes), ())) == 1


def _parts(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            yield from _parts(element)
    else:
        yield target


def _used_when_failed(call: CallSite, things: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """Where one of some names and attributes is read after an error that is caught."""
    texts = {ast.unparse(thing) for thing in things if isinstance(thing, _NAMES)}
    for compound in call.compounds if texts else ():
        runs: Iterable[ast.AST] = ()
        if goes_on(compound, call):
            runs = _when_failed(compound, call, texts)
        elif isinstance(compound, ast.Try) and call.node.lineno < _first(compound.finalbody):
            runs = compound.finalbody
        for statement in runs:
            for node in descend(statement):
                if isinstance(node, _NAMES) and isinstance(node.ctx, ast.Load):
                    if ast.unparse(node) in texts:
                        yield node


def _first(block: list[ast.stmt]) -> int:
    return block[0].lineno if block else 0


def _when_failed(compound: ast.stmt, call: CallSite, texts: set[str]) -> Iterator[ast.AST]:
    """What may run after an error that a statement around a call catches, as far as some names
    mean the same there."""
    handlers = compound.handlers if isinstance(compound, ast.Try) else []
    yield from handlers
    yield from getattr(compound, "finalbody", ())
    blocks = [handler.body for handler in handlers if not _binds(handler, texts)]
    loops = [c for c in call.compounds if isinstance(c, LOOPS) and c.lineno < compound.lineno]
    passed = compound
    if handlers and all(map(leaves, blocks)):
        if {ast.Break, ast.Continue}.isdisjoint(e for block in blocks for e in exits(block[-1])):
            return
        passed = loops[-1]
    for loop in loops:
        yield from _in_next_round(loop, call, texts)
    end = passed.end_lineno or passed.lineno
    function = call.scope.function() or call.scope
    yield from (
        node
        for node in descend(function.node)
        if isinstance(node, ast.stmt) and node is not function.node and node.lineno > end
    )


def _in_next_round(
    loop: ast.For | ast.AsyncFor | ast.While, call: CallSite, texts: set[str]
) -> Iterator[ast.AST]:
    """The names in what a loop runs until it comes to a call again, if it gives some of them
    nothing new above that."""
    top = loop.test if isinstance(loop, ast.While) else loop.target
    runs = [n for part in (top, *loop.body) for n in descend(part) if isinstance(n, _NAMES)]
    if not any(_is_bound(n, texts) for n in runs if n.lineno < call.statement.lineno):
        yield from (n for n in runs if n.lineno <= (call.node.end_lineno or 0))


def _binds(handler: ast.ExceptHandler, texts: set[str]) -> bool:
    return any(_is_bound(node, texts) for node in descend(handler))


def _is_bound(node: ast.AST, texts: set[str]) -> bool:
    stored = isinstance(node, _NAMES) and isinstance(node.ctx, ast.Store)
    return stored and ast.unparse(node) in texts
