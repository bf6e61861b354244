"""What happens to an object between its making and a save, within one function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from codemod.facts.nodes import descend
from codemod.facts.tables import Binding, CallSite, FileFacts
from codemod.project.project import Project
from codemod.project.types.resets import cleared
from codemod.surfaces import found

AUTO = ("AutoField", "BigAutoField", "SmallAutoField")


def fresh(
    project: Project, facts: FileFacts, call: CallSite, name: str, bindings: list[Binding]
) -> bool:
    """Whether the object can't have been saved between its construction and this call."""
    starts = [b.node for b in bindings if isinstance(b.node, ast.stmt)]
    first = min((s.lineno for s in starts), default=0)
    for loop in call.compounds:
        if isinstance(loop, (ast.For, ast.AsyncFor, ast.While)):
            if not all(loop.lineno <= s.lineno <= (loop.end_lineno or 0) for s in starts):
                return False  # built outside, saved in each round
    for node in descend(call.scope.node):
        if not isinstance(node, ast.expr) or not first <= node.lineno <= call.node.lineno:
            continue
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            if any(is_name(e, name) and isinstance(e.ctx, ast.Load) for e in node.elts):
                return False  # `bulk_create()` saves what it is in
        if not isinstance(node, ast.Call) or node is call.node:
            continue
        function = node.func
        if isinstance(function, ast.Attribute) and is_name(function.value, name):
            return False  # any method of it might save it
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if any(is_name(a, name) for a in given) and not _keeps(project, facts, call, function):
            return False
    return True


def _keeps(project: Project, facts: FileFacts, call: CallSite, function: ast.expr) -> bool:
    """Whether what is called is a class that only keeps what it gets, as models and forms do."""
    resolved = project.symbols.resolve(function, call.scope, facts)
    cls = project.classes.get(resolved) if resolved is not None else None
    if cls is not None and cls.name not in project.models.by_class:
        return project.classes.method(cls.name, "__init__") is None
    return _looks_like_class(function)


def saved_before(call: CallSite, name: str) -> bool:
    """Whether a statement that always runs before this one has saved the object already."""
    for statements in _always_before(call):
        saved = False
        for statement in statements:
            if _binds(statement, name):
                saved = False
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                function = statement.value.func
                if isinstance(function, ast.Attribute) and function.attr in ("save", "asave"):
                    # With `update_fields`, which may be empty, nothing is sure (1.8).
                    whole = not any(
                        k.arg in (None, "update_fields") for k in statement.value.keywords
                    )
                    saved = saved or (whole and is_name(function.value, name))
        if saved:
            return True
    return False


def repeats(call: CallSite) -> bool:
    """Whether the very same call, as a statement, always runs before this one."""
    this = ast.dump(call.node)
    return any(
        isinstance(statement, (ast.Expr, ast.Assign)) and ast.dump(statement.value) == this
        for statements in _always_before(call)
        for statement in statements
    )


def follows_super(call: CallSite) -> bool:
    """Whether a `super().save()`, as a statement, always runs before this one.

    What names another database may make a row of its own there, and what names fields may name
    none and save nothing (1.8).
    """
    if call.node.args or any(k.arg in (None, "using") for k in call.node.keywords):
        return False
    return any(
        isinstance(statement, (ast.Expr, ast.Assign))
        and isinstance(statement.value, ast.Call)
        and found.is_super_call(statement.value, "save")
        and not any(k.arg == "update_fields" for k in statement.value.keywords)
        for statements in _always_before(call)
        for statement in statements
    )


def _always_before(call: CallSite) -> Iterator[list[ast.stmt]]:
    """Of each block around the call, the statements above it."""
    blocks = [call.block]
    for compound in call.compounds:
        for field in ("body", "orelse", "finalbody"):
            blocks.append(getattr(compound, field, []))
    if isinstance(call.scope.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        blocks.append(call.scope.node.body)
    for block in blocks:
        for index, statement in enumerate(block):
            if statement.lineno <= call.node.lineno <= (statement.end_lineno or 0):
                yield block[:index]
                break


def _binds(statement: ast.stmt, name: str) -> bool:
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)
        for n in descend(statement)
    )


def pk_is_set(project: Project, function: ast.AST, name: str, models: tuple[str, ...]) -> bool:
    """Whether the function assigns the object's key, under whatever name."""
    keys = key_names(project, models)
    return any(
        (isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store) and n.attr in keys
         and is_name(n.value, name))
        or (isinstance(n, ast.Call) and cleared(n) == name)
        for n in descend(function)
    )  # fmt: skip


def key_names(project: Project, models: tuple[str, ...]) -> set[str]:
    """The attributes that hold the key of an object of these models."""
    keys = {"pk", "id", "uuid"}
    for label in models:
        pk = project.models.by_label[label].pk
        if pk is not None:
            keys |= {pk.name, f"{pk.name}_id"}
    return keys


def auto_pk(project: Project, models: tuple[str, ...]) -> bool:
    """Whether a new object of each of these models has no pk before it is saved."""
    for label in models:
        pk = project.models.by_label[label].pk
        if pk is not None and pk.kind not in AUTO:
            return False
    return bool(models)


def is_name(node: ast.expr, name: str) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and node.id == name


def _looks_like_class(function: ast.expr) -> bool:
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return called[:1].isupper()
