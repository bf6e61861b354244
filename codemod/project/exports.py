"""What a module offers, and which of several bindings of a name is the usual one."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemod.facts.nodes import is_none
from codemod.facts.tables import Binding, FileFacts, Scope


def comes_first(bindings: Sequence[Binding], scope: Scope) -> bool:
    """Whether the first binding is the body of a `try` and the others only stand in for it."""
    body = getattr(scope.node, "body", None)
    if not isinstance(body, list):
        return False
    first, *others = [binding.node for binding in bindings]
    for node in _tries(body):
        if any(first is inner for inner in _statements(node.body)):
            fallbacks = [s for handler in node.handlers for s in _statements(handler.body)]
            fallbacks += _statements(node.orelse)
            return all(any(other is inner for inner in fallbacks) for other in others)
    return False


def at_runtime(bindings: Sequence[Binding], facts: FileFacts) -> list[Binding]:
    """The bindings without those for type checkers and without a bare None beside a real one."""
    found = [b for b in bindings if not _is_for_types(b.node, facts)]
    if any(b.kind in ("import", "class", "function") for b in found):
        found = [b for b in found if not is_none(b.value)]
    return found


def _is_for_types(node: ast.AST, facts: FileFacts) -> bool:
    """Whether something stands under `if TYPE_CHECKING:`."""
    line = getattr(node, "lineno", 0)
    return any(
        block.body[0].lineno <= line <= (block.body[-1].end_lineno or 0)
        for block in facts.for_types
    )


def _tries(body: list[ast.stmt]) -> list[ast.Try]:
    return [node for node in _statements(body) if isinstance(node, ast.Try)]


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a block and of the blocks in it, in this scope."""
    found: list[ast.stmt] = []
    for node in body:
        found.append(node)
        if isinstance(node, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
            found += _statements(node.body)
            if not isinstance(node, ast.With):
                found += _statements(node.orelse)
            if isinstance(node, ast.Try):
                found += _statements(node.finalbody)
                for handler in node.handlers:
                    found += _statements(handler.body)
    return found
