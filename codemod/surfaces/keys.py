"""Whether an object that is saved has got a key before, or lost the one it had."""

from __future__ import annotations

import ast

from codemod.facts.nodes import is_name
from codemod.facts.tables import CallSite, FileFacts, FunctionDef, Scope
from codemod.project.project import Project
from codemod.project.types.functions import results
from codemod.project.types.resets import clearing
from codemod.surfaces import found
from codemod.surfaces.flow import constructed, key_names


def gives_key(
    project: Project,
    facts: FileFacts,
    call: CallSite,
    saved: ast.expr,
    models: tuple[str, ...],
) -> bool:
    """Whether the function builds the object with a key, or with arguments that may hold one, or
    gives it another; or whether a function that it gets the object from does."""
    return _has_key(project, facts, call.scope, saved, models, frozenset())


def _has_key(
    project: Project,
    facts: FileFacts,
    scope: Scope,
    made: ast.expr,
    models: tuple[str, ...],
    seen: frozenset[ast.AST],
) -> bool:
    if isinstance(made, ast.Name):
        keys = key_names(project, models)
        stores = (s for s in scope.stores if isinstance(s.target, ast.Attribute))
        return any(
            isinstance(store.target, ast.Attribute)
            and store.target.attr in keys
            and is_name(store.target.value, made.id)
            and not found.is_literal(store.value, None)
            for store in stores
        ) or any(
            _has_key(project, facts, scope, binding.value, models, seen)
            for binding in scope.bindings.get(made.id, [])
            if binding.kind == "assign" and isinstance(binding.value, ast.Call)
        )
    if not isinstance(made, ast.Call):
        return False
    name = project.symbols.resolve(made.func, scope, facts)
    model = project.models.by_class.get(name or "")
    if model is not None:
        return constructed(project, made, (model.label,)) == "dynamic"
    function = project.function(name) if name is not None else None
    if function is None or function[1].node in seen:
        return False
    return _hands_out(project, function, models, seen)


def _hands_out(
    project: Project,
    function: tuple[str, FunctionDef],
    models: tuple[str, ...],
    seen: frozenset[ast.AST],
) -> bool:
    """Whether a function may return an object that it has given a key and not saved."""
    path, inner = function
    seen |= {inner.node}
    return any(
        value is not None
        and _has_key(project, project.known(path), inner.scope, value, models, seen)
        for value in results(inner)[0]
    )


def loses_key(project: Project, call: CallSite, name: str) -> bool:
    """Whether the function hands an object to one that takes away keys, or calls a method of the
    object that does: `detach(order)`."""
    clears = clearing(project)
    if not clears:
        return False
    for node in ast.walk(call.scope.node):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        called = (
            function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        )
        if called not in clears:
            continue
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(function, ast.Attribute):
            given.append(function.value)
        if any(is_name(value, name) for value in given):
            return True
    return False
