"""The code of the project that a handler's work runs: its own, and that of what it mentions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codemod.facts.tables import FileFacts, Scope
from codemod.project.project import Project

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def run_by(
    project: Project, cls: str, work: Iterable[ast.AST], scope: Scope, facts: FileFacts
) -> Iterator[ast.AST]:
    """The nodes of some work, of the functions that it names, and of methods of the model's class
    whose names it has; and so on from there."""
    work = list(work)
    for statement in work:
        yield from ast.walk(statement)
    for _, function in functions_of(project, cls, work, scope, facts):
        for statement in function.body:
            yield from ast.walk(statement)


def functions_of(
    project: Project, cls: str, work: Iterable[ast.AST], scope: Scope, facts: FileFacts
) -> Iterator[tuple[FileFacts, _Function]]:
    """The functions and methods that some work runs in that way, each with its file."""
    pending: list[tuple[Iterable[ast.AST], Scope, FileFacts]] = [(work, scope, facts)]
    seen: set[ast.AST] = set()
    while pending:
        nodes, scope, facts = pending.pop()
        for node in (inner for outer in nodes for inner in ast.walk(outer)):
            for path, function in _reached(project, cls, node, scope, facts):
                if function not in seen:
                    seen.add(function)
                    home = project.known(path)
                    yield home, function
                    pending.append((function.body, home.scopes[function], home))


def _reached(
    project: Project, cls: str, node: ast.AST, scope: Scope, facts: FileFacts
) -> Iterator[tuple[str, _Function]]:
    """The functions of the project that a name means, and the model's methods of a name."""
    if isinstance(node, (ast.Name, ast.Attribute)):
        dotted = project.symbols.resolve(node, scope, facts)
        found = project.function(dotted) if dotted is not None else None
        if found is not None:
            yield found[0], found[1].node
    if isinstance(node, ast.Attribute):
        method = project.classes.method(cls, node.attr)
        if method is not None:
            yield method[0].facts.path, method[1].node
