"""The functions of the project that a call may run.

notify(order)          the function of the name
Import(order)          `__init__` of the class
order.close()          the method of the model, and where asked of the classes below it
Order.objects.due()    of its manager and queryset
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemod.facts.tables import CallSite, FileFacts, FunctionDef
from codemod.project.answers import ClassRef, Instance, Manager, QuerySet

if TYPE_CHECKING:
    from codemod.project.project import Project


def callees(
    project: Project, facts: FileFacts, call: CallSite, *, below: bool = False
) -> Iterator[tuple[str, FunctionDef]]:
    """Each with its file. `below`: also the methods of classes below that override one."""
    known = tuple(named(project, facts, call))
    yield from known
    for base in () if known else _owners(project, facts, call):
        yield from methods(project, base, call.name, below=below)


def named(project: Project, facts: FileFacts, call: CallSite) -> Iterator[tuple[str, FunctionDef]]:
    """The function of a call's name, or the `__init__` of the class."""
    name = project.symbols.resolve(call.node.func, call.scope, facts)
    function = project.function(name) if name is not None else None
    if function is not None:
        yield function
    elif name is not None and project.classes.get(name) is not None:
        yield from methods(project, name, "__init__", below=False)


def methods(
    project: Project, cls: str, name: str, *, below: bool
) -> Iterator[tuple[str, FunctionDef]]:
    """A method of a class, with its file."""
    known = project.classes.get(cls) is not None
    for each in project.classes.heirs(cls) if below and known else (cls,):
        method = project.classes.method(each, name)
        if method is not None:
            yield method[0].file, method[1]


def _owners(project: Project, facts: FileFacts, call: CallSite) -> list[str]:
    """The classes that the object of a call may be of."""
    found: list[str] = []
    function = call.node.func
    if not isinstance(function, ast.Attribute):
        return found
    for kind in project.type_of(function.value, call.scope, facts).types:
        if isinstance(kind, (Instance, ClassRef)):
            found.append(kind.cls)
        elif isinstance(kind, (Manager, QuerySet)):
            found += [c for m, rows in project.types.origins(kind) for c in (m, *rows) if c]
    return found
