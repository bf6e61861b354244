"""Whether an object that is saved has got a key before, or lost the one it had."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from codemod.facts.nodes import is_name, last_name
from codemod.facts.tables import CallSite, FileFacts, FunctionDef, Scope
from codemod.project.project import Project
from codemod.project.types.functions import results
from codemod.project.types.resets import clearing
from codemod.surfaces import found
from codemod.surfaces.flow import constructed, key_names
from codemod.surfaces.lost_rows import loses_row


def asks_rows(
    project: Project,
    facts: FileFacts,
    call: CallSite,
    saved: ast.expr,
    models: tuple[str, ...],
) -> bool:
    """Whether nothing but the database tells if an object has a row when it is saved.

    The function builds it with a key, or with arguments that may hold one, or gives it another;
    or a function that it gets the object from does; or a query may have deleted its row.
    """
    return _has_key(project, facts, call.scope, saved, models, _Search()) or loses_row(
        project, facts, call, saved, models
    )


@dataclass(frozen=True)
class _Search:
    """How a key is looked for."""

    seen: frozenset[ast.AST] = frozenset()  # functions on the way
    named: bool = False  # only keys that are named: `Order(**fields)` may hold one


def _has_key(
    project: Project,
    facts: FileFacts,
    scope: Scope,
    made: ast.expr,
    models: tuple[str, ...],
    search: _Search,
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
            _has_key(project, facts, scope, binding.value, models, search)
            for binding in scope.bindings.get(made.id, [])
            if binding.kind == "assign" and isinstance(binding.value, ast.Call)
        )
    if not isinstance(made, ast.Call):
        return False
    name = project.symbols.resolve(made.func, scope, facts)
    model = project.models.by_class.get(name or "")
    if model is not None and search.named:
        return any(k.arg in key_names(project, models) for k in made.keywords)
    if model is not None:
        return constructed(project, made, (model.label,)) == "dynamic"
    function = project.function(name) if name is not None else None
    if function is None or function[1].node in search.seen:
        return False
    return _hands_out(project, function, models, search)


def _hands_out(
    project: Project,
    function: tuple[str, FunctionDef],
    models: tuple[str, ...],
    search: _Search,
) -> bool:
    """Whether a function may return an object that it has given a key and not saved."""
    path, inner = function
    search = replace(search, seen=search.seen | {inner.node})
    return any(
        value is not None
        and _has_key(project, project.known(path), inner.scope, value, models, search)
        for value in results(inner)[0]
    )


def saved_with_key(project: Project, label: str) -> list[tuple[str, int]]:
    """(file, line) of the places that save an object of a model after giving it a key, or after
    deleting rows: whether that makes a row nothing but the database tells (SEMANTICS 1.3, 1.4,
    1.34)."""
    return project.once(_saved_with_key).get(label, [])


def _saved_with_key(project: Project) -> dict[str, list[tuple[str, int]]]:
    found_keys: dict[str, list[tuple[str, int]]] = {}
    for facts in project.read():
        for call in facts.named("save", "asave"):
            function = call.node.func
            saved = function.value if isinstance(function, ast.Attribute) else None
            if not isinstance(saved, (ast.Name, ast.Call)) or _plain(call):
                continue
            models = found.instances(project, project.type_of(saved, call.scope, facts))
            named = _Search(named=True)
            if len(models) == 1 and (
                _has_key(project, facts, call.scope, saved, models, named)
                or loses_row(project, facts, call, saved, models)
            ):
                places = found_keys.setdefault(models[0], [])
                places.append((facts.path, call.node.lineno))
    return found_keys


def _plain(call: CallSite) -> bool:
    """Whether the arguments of a save tell what it does."""
    return any(found.keyword(call.node, name) for name in ("force_insert", "force_update"))


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
        called = last_name(function)
        if called not in clears:
            continue
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(function, ast.Attribute):
            given.append(function.value)
        if any(is_name(value, name) for value in given):
            return True
    return False
