"""Packages that only gather what their modules connect: they go with the last of those.

shop/signals/__init__.py     from .handlers import *      both go, and so does
shop/signals/handlers.py     @receiver(...)               `import shop.signals` in ready()
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Set

from codemod.facts.tables import FileFacts
from codemod.facts.walk import absolute_name
from codemod.project.project import Project
from codemod.project.references import mentions_module

INIT = "__init__.py"


def gathers(project: Project, facts: FileFacts, path: str, going: Set[str]) -> bool:
    """Whether a file is a package that imports and does nothing else, and of which others import
    nothing that the module at `path` binds but what goes. `going`: the names of handlers."""
    if not _is_package(project, facts):
        return False
    bound = set(project.known(path).scope.bindings) - {g.rpartition(".")[2] for g in going}
    return not project.exported(facts.path) & bound


def _is_package(project: Project, facts: FileFacts) -> bool:
    folder, name = posixpath.split(facts.path)
    app = project.app_of(facts.path)
    is_app = app is not None and app.folder == folder
    return name == INIT and not is_app and all(map(_is_import, facts.tree.body))


def packages(project: Project, emptied: Set[str], going: Set[str]) -> set[str]:
    """The packages that are left without content, by the files of theirs that go."""
    found: set[str] = set()
    while True:
        gone = emptied | found
        more = {
            path
            for path in {posixpath.join(posixpath.dirname(each), INIT) for each in gone}
            if path in project.modules.by_path and path not in gone
            if _is_left_empty(project, path, gone, going)
        }
        if not more:
            return found
        found |= more


def stars(project: Project, facts: FileFacts, module: str) -> list[ast.ImportFrom]:
    """The statements `from module import *` at the top of a file."""
    return [
        node
        for node in facts.tree.body
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
        if _sources(project, facts, node) == {module}
    ]


def _is_left_empty(project: Project, path: str, gone: Set[str], going: Set[str]) -> bool:
    facts = project.facts(path)
    folder = posixpath.dirname(path)
    if facts is None or set(_inside(project, folder)) - gone - {path}:
        return False
    allowed = {dotted.rpartition(".")[2] for dotted in going}
    allowed |= {posixpath.basename(p).removesuffix(".py") for p in _inside(project, folder)}
    modules = {project.module_of(each) for each in gone}
    imports = [s for s in facts.tree.body if isinstance(s, (ast.Import, ast.ImportFrom))]
    return (
        _is_package(project, facts)
        and project.exported(path) <= allowed
        and all(_sources(project, facts, node) <= modules for node in imports)
        and not mentions_module(project, project.module_of(path))
    )


def _sources(project: Project, facts: FileFacts, node: ast.Import | ast.ImportFrom) -> set[str]:
    """The modules that an import is from; a package's module, where that is what it imports."""
    info = project.modules.by_path[facts.path]
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    source = absolute_name(info.package, node.level, node.module)
    found = set()
    for alias in node.names:
        inner = project.modules.find(f"{source}.{alias.name}", facts.path)
        outer = project.modules.find(source, facts.path)
        module = inner or outer
        found.add(module.name if module is not None else source)
    return found


def _inside(project: Project, folder: str) -> list[str]:
    return [path for path in project.paths if path.startswith(f"{folder}/")]


def _is_import(statement: ast.stmt) -> bool:
    """An import, a docstring or `__all__`."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Assign):
        return all(isinstance(t, ast.Name) and t.id == "__all__" for t in statement.targets)
    return isinstance(statement, (ast.Import, ast.ImportFrom))
