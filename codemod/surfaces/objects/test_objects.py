"""Objects that a test case keeps from its set-up: `self.order = Order.objects.create()`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import FileFacts, Scope
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.project.roles import TEST_CASES

OWNERS = ("self", "cls")


def assigned(
    project: Project, facts: FileFacts, scope: Scope, saved: ast.Attribute, keys: set[str]
) -> list[tuple[ClassInfo, Scope, ast.expr]]:
    """All that `self.order` may be in a test case, each with where it is assigned.

    `keys`: names of the primary key. Nothing where the object loses its row or its key on the
    way, or may be something else: nobody but the test case sets its attributes.
    """
    body = scope.class_()
    cls = project.class_of(facts, body) if body is not None else None
    if cls is None or not _kept(saved, saved.attr):
        return []
    if not project.classes.is_subclass(cls.name, *TEST_CASES):
        return []
    found = []
    for info, inner in _family(project, cls):
        if saved.attr in info.scope.bindings:
            return []
        for read in inner.attributes:
            if read.attr in ("delete", "adelete") and _kept(read.value, saved.attr):
                return []
        for store in inner.stores:
            target = store.target
            if not isinstance(target, ast.Attribute):
                continue
            if target.attr in keys and _kept(target.value, saved.attr):
                return []
            if _kept(target, saved.attr):
                if store.kind != "assign" or store.path or store.value is None:
                    return []
                found.append((info, inner, store.value))
    return found


def _family(project: Project, cls: ClassInfo) -> Iterator[tuple[ClassInfo, Scope]]:
    """The functions of all classes whose code runs for an object of the class."""
    names = dict.fromkeys(
        ancestor
        for name in project.classes.heirs(cls.name)
        for ancestor in project.classes.mro(name)
    )
    for name in names:
        info = project.classes.get(name)
        if info is not None:
            for scope in info.scope.inside():
                yield info, scope


def _kept(node: ast.expr, attribute: str) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == attribute
        and isinstance(node.value, ast.Name)
        and node.value.id in OWNERS
    )
