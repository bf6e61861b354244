"""What a module offers, and which of several bindings of a name is the usual one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemod.facts.tables import Binding, Scope


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


def at_runtime(bindings: Sequence[Binding], scope: Scope) -> list[Binding]:
    """The bindings without those for type checkers and without a bare None beside a real one."""
    body = getattr(scope.node, "body", None)
    typing_only = [*_for_types(body)] if isinstance(body, list) else []
    found = [b for b in bindings if not any(b.node is node for node in typing_only)]
    if any(b.kind in ("import", "class", "function") for b in found):
        found = [
            b for b in found if not (isinstance(b.value, ast.Constant) and b.value.value is None)
        ]
    return found


def is_type_checking(test: ast.expr) -> bool:
    """Whether the test of an `if` is `TYPE_CHECKING`."""
    name = test.attr if isinstance(test, ast.Attribute) else ""
    return (test.id if isinstance(test, ast.Name) else name) == "TYPE_CHECKING"


def _for_types(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a scope that are for type checkers only."""
    for node in body:
        if isinstance(node, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
            if isinstance(node, ast.If) and is_type_checking(node.test):
                yield from _statements(node.body)
            for part in (node, *getattr(node, "handlers", ())):
                for name in ("body", "orelse", "finalbody"):
                    yield from _for_types(getattr(part, name, []))


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
