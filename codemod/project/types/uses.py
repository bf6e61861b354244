"""Which attributes a function uses, and on what."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.nodes import descend, parents
from codemod.facts.tables import CallSite, FileFacts, Scope
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


def asked_for(engine: Engine, owner: Scope, facts: FileFacts) -> frozenset[tuple[str, str]] | None:
    """What `hasattr` asks for in a scope; None where an AttributeError is caught.

    Such a scope does without an attribute that an object lacks.
    """
    tables: dict[Scope, frozenset[tuple[str, str]] | None]
    tables = engine.tables.setdefault("asked for", {})
    if owner not in tables:
        inside = set(owner.inside())
        tables[owner] = frozenset(
            (text_of(test.node.args[0]), str(name.value))
            for test in facts.named("hasattr")
            if test.scope in inside
            for name in test.node.args[1:]
            if isinstance(name, ast.Constant)
        )
        if "AttributeError" in facts.text and _catches(owner.node):
            tables[owner] = None
    return tables[owner]


def _catches(node: ast.AST) -> bool:
    return any(
        isinstance(inner, ast.ExceptHandler)
        and inner.type is not None
        and "AttributeError" in ast.unparse(inner.type)
        for inner in ast.walk(node)
    )


def text_of(expr: ast.expr) -> str:
    """The source of an expression, found quickly for plain dotted ones."""
    return ".".join(dotted_parts(expr)) or ast.unparse(expr)


def sets(owner: ast.AST, text: str) -> bool:
    """Whether code gives a name or attribute another object, or a part of what leads to it."""
    return any(
        isinstance(node, (ast.Name, ast.Attribute))
        and not isinstance(node.ctx, ast.Load)
        and f"{text}.".startswith(f"{text_of(node)}.")
        for node in descend(owner)
    )


def is_looked_into(call: CallSite) -> bool:
    """Whether something is done with what a `save()` or `delete()` gives that Django's None and
    its tuple of counts can't do: `service.files().delete().execute()`, `await client.delete()`."""
    around = call.parents[-1]
    if isinstance(around, ast.Attribute):
        return around.attr not in ("count", "index")
    return isinstance(around, ast.Await) and call.name in ("save", "delete")


def is_only_read(name: str, place: Scope) -> bool:
    """Whether the container of a local name is only looked at, so that nothing else can fill it."""
    if place.kind != "function":
        return False
    for node, parent in parents(place.node).items():
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            if not _only_reads(node, parent):
                return False
        elif isinstance(parent, ast.Assign) and len(parent.targets) > 1:
            if any(isinstance(t, ast.Name) and t.id == name for t in parent.targets):
                return False  # `first = second = []`: one list under two names
    return True


def _only_reads(node: ast.Name, parent: ast.AST) -> bool:
    if isinstance(parent, (ast.For, ast.AsyncFor, ast.comprehension)):
        return parent.iter is node
    if isinstance(parent, (ast.Compare, ast.If, ast.UnaryOp, ast.Return, ast.FormattedValue)):
        return True
    if isinstance(parent, ast.Call):
        called = parent.func.id if isinstance(parent.func, ast.Name) else ""
        return called in _LOOKING
    return False


_LOOKING = frozenset(
    "len list set tuple sorted reversed enumerate zip any all sum bool min max str iter".split()
)
