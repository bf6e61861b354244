"""What code touches of the object that it is about, itself and by the object's own methods."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemod.project.project import Project
from codemod.surfaces.calls.found import is_super


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
                attribute = _attribute(parent, node)
                if attribute is None:
                    return None
                method = project.classes.method(cls, attribute)
                if method is None and id(parent) in called:
                    return None
                if method is not None and attribute not in touched:
                    pending += method[1].node.body
                touched.add(attribute)
    return frozenset(touched)


def _attribute(parent: ast.AST, owner: ast.Name) -> str | None:
    """The attribute of an object that code asks for or sets: `self.total`, `getattr(self, "total",
    None)`; None for any other use of the object."""
    match parent:
        case ast.Attribute(attr=name):
            return name
        case ast.Call(
            func=ast.Name(id="getattr" | "hasattr" | "setattr"),
            args=[asked, ast.Constant(value=str(name)), *_],
        ) if asked is owner:
            return name
    return None


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
