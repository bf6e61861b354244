"""Decorators of other modules that nothing has any more once some receivers are gone.

    @receiver(post_save, sender=Page)       def log_edit(page):
    @skip_raw                          ->       ...
    def log_edit(sender, instance, ...):

The guard is in the call sites; `skip_raw`, in a module of its own, would be left for nobody. So
would a decorator of the project that connects.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from codemod.facts.tables import FileFacts
from codemod.plan.case import Case
from codemod.project.project import Project


def decorators_left(project: Project, going: Sequence[Case]) -> dict[str, tuple[str, ast.stmt]]:
    """The functions that only marked handlers that go: by dotted name, with their file."""
    marks: dict[str, list[ast.expr]] = {}
    for case in going:
        moving = {id(d) for service in case.services for d in service.decorators.moving}
        facts = case.found.facts
        connecting = [m.node.func for m in case.found.made if m.call is None and m.facts is facts]
        for decorator in (*case.found.decorators, *connecting):
            dotted = project.symbols.resolve(decorator, facts.scope, facts)
            if dotted is not None and id(decorator) not in moving:
                marks.setdefault(dotted, []).append(decorator)
    found: dict[str, tuple[str, ast.stmt]] = {}
    for dotted, decorators in marks.items():
        function = project.function(dotted)
        if function is None or any(case.receiver.file == function[0] for case in going):
            continue  # beside its handlers: see `retire`
        path, definition = function
        ours = {id(node) for mark in decorators for node in ast.walk(mark)}
        home = project.known(path)
        files = {case.receiver.file for case in going}
        top = any(statement is definition.node for statement in home.tree.body)
        if top and not any(_mentions(project, dotted, definition.node, ours, files)):
            found[dotted] = path, definition.node
    return found


def _mentions(
    project: Project, dotted: str, definition: ast.AST, ours: set[int], files: Iterable[str]
) -> Iterator[ast.AST]:
    """What else says the function's name: uses, strings, and imports of files without receivers."""
    name = dotted.rpartition(".")[2]
    inside = {id(node) for node in ast.walk(definition)}
    for path in project.paths:
        facts = project.facts(path) if name in project.text(path) else None
        for node in ast.walk(facts.tree) if facts is not None else ():
            if id(node) in ours or id(node) in inside or facts is None:
                continue
            if _says(node, name, facts, project, dotted) or (
                path not in files and _imports(node, name)
            ):
                yield node


def _says(node: ast.AST, name: str, facts: FileFacts, project: Project, dotted: str) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value.rpartition(".")[2] == name
    if isinstance(node, ast.Attribute):
        return node.attr == name
    if isinstance(node, ast.Name) and node.id == name:
        return project.symbols.resolve(node, facts.scope, facts) == dotted
    return False


def _imports(node: ast.AST, name: str) -> bool:
    return isinstance(node, (ast.Import, ast.ImportFrom)) and any(
        alias.name.rpartition(".")[2] == name for alias in node.names
    )
