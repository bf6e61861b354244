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

from codemod.facts.nodes import descend
from codemod.facts.tables import CallSite
from codemod.project.types.flow import leaves
from codemod.surfaces.atomic import goes_on

CLEARED = "key-cleared"
KEPT = "result-kept"


def key_cleared(call: CallSite, deleted: ast.expr) -> tuple[str, ...]:
    """The code for a delete whose object is used where an error of the work after it is caught."""
    return (CLEARED,) if _used_when_failed(call, [deleted]) else ()


def result_kept(call: CallSite) -> bool:
    """Whether what a call gives is assigned to something that is read where an error of the work
    after it is caught, and has another value then."""
    made = call.statement
    targets = made.targets if isinstance(made, ast.Assign) else []
    targets = [made.target] if isinstance(made, ast.AnnAssign) else targets
    parts = [part for target in targets for part in _parts(target)]
    return _used_when_failed(call, (part for part in parts if not _is_bound_once(call, part)))


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


def _used_when_failed(call: CallSite, things: Iterable[ast.expr]) -> bool:
    """Whether one of some names and attributes is read after an error that is caught."""
    texts = {ast.unparse(t) for t in things if isinstance(t, (ast.Name, ast.Attribute))}
    return any(
        isinstance(node, (ast.Name, ast.Attribute))
        and isinstance(node.ctx, ast.Load)
        and ast.unparse(node) in texts
        for compound in call.compounds
        if texts and goes_on(compound, call)
        for statement in _when_failed(compound, call, texts)
        for node in descend(statement)
    )


def _when_failed(compound: ast.stmt, call: CallSite, texts: set[str]) -> Iterator[ast.AST]:
    """What may run after an error that a statement around a call catches, as far as some names
    mean the same there."""
    handlers = compound.handlers if isinstance(compound, ast.Try) else []
    yield from handlers
    yield from getattr(compound, "finalbody", ())
    if handlers and all(leaves(h.body) or _binds(h, texts) for h in handlers):
        return
    end = compound.end_lineno or compound.lineno
    function = call.scope.function() or call.scope
    yield from (
        node
        for node in descend(function.node)
        if isinstance(node, ast.stmt) and node is not function.node and node.lineno > end
    )


def _binds(handler: ast.ExceptHandler, texts: set[str]) -> bool:
    return any(
        isinstance(node, (ast.Name, ast.Attribute))
        and isinstance(node.ctx, ast.Store)
        and ast.unparse(node) in texts
        for node in descend(handler)
    )
