"""Imports go into the functions that need them, where a cycle would arise at the top.

    from ads.services import close_ads          def archive(order):
                                                    from ads.services import close_ads
    def archive(order):                   ->
        order.save()                                order.save()
        close_ads(order)                            close_ads(order)

Each import may be harmless and two of them a cycle, so that this is done when all are known.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from textwrap import dedent

from codemod.plan.book import Book
from codemod.plan.desk import outermost_function
from codemod.project.imports import needed_from, package_of, reaches
from codemod.project.project import Project
from codemod.syntax.older import tree_of
from codemod.values.edits import AddImport, AddMethod, Append, Edit, Move, NewClass, spans
from codemod.values.span import Span

# Edits that write a function.
Written = AddMethod | Append | Move | NewClass


@dataclass(frozen=True)
class _Import:
    """An import at the top of a file, and the functions that could have it instead."""

    path: str
    edit: AddImport
    functions: tuple[Span, ...]  # of the file
    written: tuple[Written, ...]  # the edits that write one into it

    @property
    def is_free(self) -> bool:
        return bool(self.functions or self.written)

    @property
    def calls(self) -> bool:
        """Whether it is for a call of a service, and not for the body of one."""
        return bool(self.functions) or any(not isinstance(each, Move) for each in self.written)


def untie(project: Project, book: Book) -> None:
    """Take imports away from the top of files, where they would close a cycle."""
    added: dict[str, set[str]] = {}

    def imports_of(module: str) -> frozenset[str]:
        return project.imports_of(module) | added.get(module, set())

    written = {project.module_for(path) for path in book.edits if path not in project.paths}
    found = [
        _read(project, book, path, edit)
        for path in sorted(book.edits)
        for edit in book.edits[path]
        if isinstance(edit, AddImport) and edit.local_to is None and not edit.for_types
    ]
    for path, edits in book.edits.items():
        if path not in project.paths:
            module = project.module_for(path)
            added.setdefault(module, set()).update(package_of(project, path, module))
        for edit in edits:
            if isinstance(edit, Append):
                code = project.startup.of_code(tree_of(edit.code).body)
                added.setdefault(project.module_for(path), set()).update(code)
    # Callers give way to services, and both to what has to stay.
    for entry in sorted(found, key=lambda each: (each.is_free, each.calls)):
        home = project.module_for(entry.path)
        needed = _needed(project, entry, written)
        if entry.is_free and any(reaches(imports_of, module, home) for module in needed):
            _make_local(project, book, entry)
        else:
            added.setdefault(home, set()).update(needed)


def _needed(project: Project, entry: _Import, written: set[str]) -> set[str]:
    """The modules that an import loads; `written`: those that are not on disk yet."""
    module, name = entry.edit.module, entry.edit.name
    home = project.modules.planned(entry.path, project.module_for(entry.path))
    needed = set(needed_from(module, [name] if name else [], home, project.modules))
    needed |= written & {module, f"{module}.{name}"}
    needed |= project.startup.of_import(module)
    return needed - {home.name}


def _read(project: Project, book: Book, path: str, edit: AddImport) -> _Import:
    name = local_name(edit)
    facts = project.known(path) if path in project.paths else None
    functions: set[Span] = set()
    written: list[Written] = []
    for user in book.edits[path]:
        if not mentions(project, user, name):
            continue
        if isinstance(user, (AddMethod, Append, Move, NewClass)):
            if name in map(local_name, user.imports):
                continue  # it means something else by the name
            if _says(_head(user), name):
                return _Import(path, edit, (), ())
            written.append(user)
            continue
        anchor = next(spans([user]), None)
        function = outermost_function(facts, anchor) if facts and anchor else None
        if function is None or facts is None:
            return _Import(path, edit, (), ())
        functions.add(facts.lines.span(function))
    return _Import(path, edit, tuple(sorted(functions)), tuple(written))


def mentions(project: Project, edit: Edit, name: str) -> bool:
    """Whether an edit brings code that mentions a name."""
    return any(_says(code, name) for code in _code(project, edit))


def _code(project: Project, edit: Edit) -> Iterator[str]:
    """The pieces of code that an edit writes, as far as names in it matter."""
    if isinstance(edit, Move):
        yield project.known(edit.source).lines.source(edit.function)
        for each in edit.edits:
            yield from _code(project, each)
    for name in ("code", "header", "method", "register"):
        yield getattr(edit, name, "")


def _says(code: str, name: str) -> bool:
    """Whether code mentions a name, elsewhere than in a text or a comment."""
    if re.search(rf"\b{re.escape(name)}\b", code) is None:
        return False
    try:
        tree = tree_of(dedent(code))
    except SyntaxError:  # a part of a statement
        return True
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def _head(edit: Written) -> str:
    """What runs of it when the file is loaded."""
    if isinstance(edit, Move):
        return "\n".join((*edit.decorators, edit.parameters or ""))
    if isinstance(edit, NewClass):
        return f"{edit.header}\n{edit.register}"
    only, *others = tree_of(edit.code).body
    if others or not isinstance(only, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return edit.code
    return "\n".join(ast.unparse(node) for node in (only.args, *only.decorator_list))


def local_name(edit: AddImport) -> str:
    """The name that an import binds."""
    return edit.alias or edit.name or edit.module.partition(".")[0]


def _make_local(project: Project, book: Book, entry: _Import) -> None:
    edits = book.edits[entry.path]
    entry = _read(project, book, entry.path, entry.edit)  # others may have gone before
    edits.remove(entry.edit)
    edits += [replace(entry.edit, local_to=function) for function in entry.functions]
    for each in entry.written:
        edits[edits.index(each)] = replace(each, imports=(*each.imports, entry.edit))
