"""The nodes of a tree in the order of `ast.walk`, in half its time: contexts are left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_PLAIN = frozenset((ast.Load, ast.Store, ast.Del, int, str, type(None)))
_LEAVES = frozenset((ast.Name, ast.Constant))


def descend(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, but no `ast.Load()` and the like."""
    found = [node]
    for node in found:  # it grows on the way
        yield node
        if type(node) not in _LEAVES:
            found += children(node)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node, without its context."""
    found: list[ast.AST] = []
    for value in vars(node).values():
        kind = type(value)
        if kind is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif kind not in _PLAIN and isinstance(value, ast.AST):
            found.append(value)
    return found
