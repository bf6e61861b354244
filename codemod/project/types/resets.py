"""Objects that get `pk = None`, so that their next save inserts a row: copies, and what a
`delete()` has cleared (SEMANTICS 1.33, 3.1)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.nodes import is_none
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import Instance

if TYPE_CHECKING:
    from codemod.project.project import Project


def resets(project: Project, label: str) -> bool:
    """Whether something that may be of a model gets None as its pk."""
    known = project.types.resets
    return None in known or label in known


def find(project: Project) -> frozenset[str | None]:
    """Labels of the models that get None as pk; None among them for an unknown one."""
    names = _key_names(project)
    found: set[str | None] = set()
    for facts in project.read():
        if "/migrations/" in facts.path:
            continue
        for call in facts.named("delete", "adelete", "setattr"):
            name = cleared(call.node)
            saved = ast.Name(name or "", ast.Load())
            if name is not None and _saves_later(call, name):
                found |= _labels(project, saved, call.scope, facts)
        if "= None" not in facts.text:
            continue
        for function in facts.functions:
            for store in function.scope.stores:
                target = store.target
                if store.kind != "assign" or not is_none(store.value):
                    continue
                if isinstance(target, ast.Attribute) and target.attr in names:
                    found |= _labels(project, target.value, function.scope, facts)
    return frozenset(found)


def clearing(project: Project) -> frozenset[str]:
    """The names of functions that set the pk of one of their parameters to None."""
    return project.once(_clearing)


def _clearing(project: Project) -> frozenset[str]:
    names = _key_names(project)
    return frozenset(
        function.node.name
        for facts in project.read()
        if "= None" in facts.text and "/migrations/" not in facts.path
        for function in facts.functions
        for store in function.scope.stores
        if store.kind == "assign"
        and is_none(store.value)
        and isinstance(store.target, ast.Attribute)
        and store.target.attr in names
        and isinstance(store.target.value, ast.Name)
        and any(
            binding.kind == "param"
            for binding in function.scope.bindings.get(store.target.value.id, ())
        )
    )


def cleared(call: ast.Call) -> str | None:
    """The name whose key a call takes away: `order` in `order.delete()` and
    `setattr(order, "pk", None)`."""
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.value.id if function.attr in ("delete", "adelete") else None
    if not (isinstance(function, ast.Name) and function.id == "setattr" and len(call.args) == 3):
        return None
    target, key, _ = call.args
    keys = isinstance(key, ast.Constant) and key.value in ("pk", "id")
    return target.id if keys and isinstance(target, ast.Name) else None


def _key_names(project: Project) -> set[str]:
    return {"pk", "id"} | {
        field.name
        for model in project.models.by_label.values()
        for field in model.fields.values()
        if field.primary_key
    }


def _saves_later(call: CallSite, name: str) -> bool:
    """Whether the function saves an object of that name after the call."""
    return any(
        node.attr in ("save", "asave")
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        and node.lineno >= call.node.lineno
        for scope in call.scope.inside()
        for node in scope.attributes
    )


def _labels(project: Project, expr: ast.expr, scope: Scope, facts: FileFacts) -> set[str | None]:
    answer = project.type_of(expr, scope, facts)
    if not answer.types:
        return {None}
    found: set[str | None] = set()
    for kind in answer.types:
        if isinstance(kind, Instance):
            found |= set(project.types.engine.labels(kind.cls))
    return found
