"""What code touches of the object that it is about, itself and by the object's own methods."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemod.project.project import Project
from codemod.surfaces.found import is_super


def by_statements(
    project: Project, cls: str, statements: Iterable[ast.stmt]
) -> frozenset[str] | None:
    """The attributes of `self` that statements of a class's methods touch; None if that can't be
    told, since they hand `self` on, or call what a package defines."""
    touched: set[str] = set()
    pending = list(statements)
    while pending:
        nodes = [*ast.walk(pending.pop())]
        called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        for parent in nodes:
            for node in ast.iter_child_nodes(parent):
                if isinstance(node, ast.Call) and is_super(node):
                    return None
                if not isinstance(node, ast.Name) or node.id != "self":
                    continue
                if not isinstance(parent, ast.Attribute):
                    return None
                method = project.classes.method(cls, parent.attr)
                if method is None and id(parent) in called:
                    return None
                if method is not None and parent.attr not in touched:
                    pending += method[1].node.body
                touched.add(parent.attr)
    return frozenset(touched)


def by_names(project: Project, cls: str, names: Iterable[str]) -> frozenset[str] | None:
    """The attributes that a use of these touches: they may be methods, or properties."""
    touched = {*names}
    for name in names:
        method = project.classes.method(cls, name)
        if method is not None:
            more = by_statements(project, cls, method[1].node.body)
            if more is None:
                return None
            touched |= more
    return frozenset(touched)
