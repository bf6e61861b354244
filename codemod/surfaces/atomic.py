"""The transaction that Django opened itself, written out where the service needs it."""

from __future__ import annotations

import ast

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.project import Project
from codemod.values.edits import AddImport, Edit, Wrap
from codemod.values.span import Span

ATOMIC = "django.db.transaction.atomic"


def wrap(first: Span, last: Span | None = None) -> list[Edit]:
    """Edits that put statements under `with transaction.atomic():`."""
    return [
        Wrap(first, last or first, "with transaction.atomic():"),
        AddImport("django.db", "transaction"),
    ]


def inside_atomic(call: CallSite, facts: FileFacts, project: Project) -> bool:
    """Whether the call's own function already runs it in an atomic block."""

    def is_atomic(node: ast.expr) -> bool:
        node = node.func if isinstance(node, ast.Call) else node
        return project.symbols.resolve(node, facts.scope, facts) == ATOMIC

    function = call.scope.node
    inside = isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(
        is_atomic(decorator) for decorator in function.decorator_list
    )
    for compound in call.compounds:
        if isinstance(compound, ast.With):
            for item in compound.items:
                # An error that is caught within the block would not undo the operation.
                inside = not _catches(item.context_expr) and (
                    inside or is_atomic(item.context_expr)
                )
        elif isinstance(compound, ast.Try):
            inside = False
    return inside


def _catches(manager: ast.expr) -> bool:
    """Whether a context manager lets errors pass: `suppress()`, `assertRaises()`."""
    function = manager.func if isinstance(manager, ast.Call) else manager
    name = getattr(function, "attr", getattr(function, "id", ""))
    return name in ("suppress", "raises") or name.startswith("assertRaises")
