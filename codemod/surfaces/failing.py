"""What differs where the code around a delete goes on after its work has failed.

try:
    order.delete()                    Django clears the key when all receivers have run: one that
except Unavailable:                   failed left it there. The call runs when it is cleared.
    retry.delay(order.pk)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.nodes import descend
from codemod.facts.tables import CallSite
from codemod.surfaces.atomic import goes_on

CLEARED = "key-cleared"


def key_cleared(call: CallSite, deleted: ast.expr) -> tuple[str, ...]:
    """The code for a delete whose object is used where an error of the work after it is caught."""
    if not isinstance(deleted, (ast.Name, ast.Attribute)):
        return ()
    text = ast.unparse(deleted)
    used = (
        node
        for compound in call.compounds
        if goes_on(compound, call)
        for statement in _when_failed(compound, call)
        for node in descend(statement)
    )
    named = (node for node in used if isinstance(node, (ast.Name, ast.Attribute)))
    return (CLEARED,) if any(ast.unparse(node) == text for node in named) else ()


def _when_failed(compound: ast.stmt, call: CallSite) -> Iterator[ast.AST]:
    """What may run after an error that a statement around a call catches."""
    yield from getattr(compound, "handlers", ())
    yield from getattr(compound, "finalbody", ())
    end = compound.end_lineno or compound.lineno
    function = call.scope.function() or call.scope
    yield from (
        node
        for node in descend(function.node)
        if isinstance(node, ast.stmt) and node is not function.node and node.lineno > end
    )
