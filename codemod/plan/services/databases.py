"""The database of an operation, as its service can tell it.

    def index(sender, instance, using, **kwargs):       def index(page):
        Entry.objects.using(using).create(...)     ->       Entry.objects.using(page._state.db)...

A saved object knows the database that it was saved to (SEMANTICS 1.12). One that is deleted, or
whose relation changes, knows that it came from, and it is there that Django goes unless a router
or `delete(using=...)` says otherwise (django/db/utils.py, `ConnectionRouter._router_func`). One
that was never there, `Page(pk=1).delete()`, knows none.
"""

from __future__ import annotations

import ast
from collections.abc import Set

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef
from codemod.project.project import Project
from codemod.surfaces.objects.flow import key_names, saved_before
from codemod.values.account import DELETE_SIGNALS, M2M

_CHANGING = ("add", "aadd", "remove", "aremove", "set", "aset", "clear", "aclear")


def database(project: Project, signals: Set[str]) -> str | None:
    """The database as code, by the name `instance`; None where the object can't tell it."""
    return "instance._state.db" if signals <= project.once(_told) else None


def _told(project: Project) -> frozenset[str]:
    """The signals whose object can tell it."""
    told = {"post_save"}
    if not project.has("DATABASE_ROUTERS"):
        if not _any_unread(project, *_CHANGING):
            told.add(M2M)
        named = any(k.arg == "using" for _, c in project.calling("delete") for k in c.node.keywords)
        if not named and not _any_unread(project, "delete", "adelete"):
            told.update(DELETE_SIGNALS)
    return frozenset(told)


def _any_unread(project: Project, *methods: str) -> bool:
    """Whether one of the methods is called for an object that is built with a key, and that was
    neither saved nor fetched."""
    return any(
        _is_unread(project, facts, call)
        for facts in project.read()
        for call in facts.named(*methods)
    )


def _is_unread(project: Project, facts: FileFacts, call: CallSite) -> bool:
    owner = getattr(call.node.func, "value", None)
    if isinstance(owner, ast.Attribute):
        owner = owner.value  # of a relation
    if isinstance(owner, ast.Name):
        name = owner.id
        return any(
            binding.kind == "assign"
            and not binding.path
            and _is_built(project, facts, call, binding.value)
            and not saved_before(call, name, lambda value: False)
            for binding in call.scope.bindings.get(name, ())
        )
    return _is_built(project, facts, call, owner)


def _is_built(project: Project, facts: FileFacts, call: CallSite, value: ast.expr | None) -> bool:
    """Whether it is `Page(pk=1)`."""
    if not isinstance(value, ast.Call):
        return False
    if project.once(_keys).isdisjoint([k.arg for k in value.keywords]):
        return False
    kinds = project.type_of(value.func, call.scope, facts).types
    models = [
        project.models.by_class[kind.cls].label
        for kind in kinds
        if isinstance(kind, ClassRef) and kind.cls in project.models.by_class
    ]
    return any(k.arg in key_names(project, (m,)) for m in models for k in value.keywords)


def _keys(project: Project) -> set[str]:
    """The names that the keys of the project's models have."""
    return key_names(project, tuple(project.models.by_label))
