"""Which attributes a function uses, and on what."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.tables import Scope
from codemod.project.symbols import dotted_parts

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine


def attributes_used(engine: Engine, owner: Scope) -> dict[str, set[tuple[str, bool]]]:
    """The attributes that a scope and those in it use, by the text of what has them.

    Each with whether it is read there, or else set or deleted.
    """
    tables: dict[Scope, dict[str, set[tuple[str, bool]]]]
    tables = engine.tables.setdefault("attributes", {})
    if owner not in tables:
        found = tables[owner] = {}
        for scope in owner.inside():
            for node in scope.attributes:
                if isinstance(node.value, (ast.Name, ast.Attribute)):
                    use = node.attr, isinstance(node.ctx, ast.Load)
                    found.setdefault(text_of(node.value), set()).add(use)
    return tables[owner]


def text_of(expr: ast.expr) -> str:
    """The source of an expression, found quickly for plain dotted ones."""
    return ".".join(dotted_parts(expr)) or ast.unparse(expr)
