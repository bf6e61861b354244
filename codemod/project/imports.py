"""Which modules a module imports when it is itself imported."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from codemod.facts.nodes import is_type_checking, nested
from codemod.facts.walk import absolute_name
from codemod.project.modules import ModuleInfo, Modules

if TYPE_CHECKING:
    from codemod.project.project import Project


def imported_modules(info: ModuleInfo, tree: ast.Module, modules: Modules) -> frozenset[str]:
    """The project modules that a module needs at import time, packages above them included."""
    found: set[str] = set()
    for node in on_import(tree.body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found.update(_with_parents(alias.name, info, modules))
        elif isinstance(node, ast.ImportFrom):
            source = absolute_name(info.package, node.level, node.module)
            found.update(needed_from(source, [alias.name for alias in node.names], info, modules))
    found.discard(info.name)
    return frozenset(found)


def reaches(imports_of: Callable[[str], Iterable[str]], start: str, goal: str) -> bool:
    """Whether importing `start` imports `goal`; only what is on the way is asked for."""
    seen, pending = set(), [start]
    while pending:
        module = pending.pop()
        if module == goal:
            return True
        if module not in seen:
            seen.add(module)
            pending.extend(imports_of(module))
    return False


def needed_from(
    source: str, names: Sequence[str], info: ModuleInfo, modules: Modules
) -> Iterator[str]:
    """The project modules that `from source import names` in the module `info` needs."""
    yield from _with_parents(source, info, modules)
    # `from . import x` in a package's module asks the package only for what isn't a module.
    own = modules.find(source, info.path)
    submodules = [modules.find(f"{source}.{name}" if source else name, info.path) for name in names]
    yield from (module.name for module in submodules if module is not None)
    if own is not None and not all(submodules):
        yield own.name


def dotted_names(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
    """Every dotted name that an import may load a module by, those of the packages around it too.
    `package`: what relative imports start from."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield from _prefixes(alias.name)
        return
    source = absolute_name(package, node.level, node.module)
    yield from _prefixes(source)
    for alias in node.names:
        yield f"{source}.{alias.name}" if source else alias.name


def _prefixes(dotted: str) -> Iterator[str]:
    parts = dotted.split(".")
    for depth in range(1, len(parts) + 1):
        yield ".".join(parts[:depth])


def package_of(project: Project, path: str, module: str) -> set[str]:
    """The package within an app that importing a module yet to be written imports first."""
    app = project.app_of(path)
    package = project.modules.find(module.rpartition(".")[0], path)
    return {package.name} if package is not None and app and package.name != app.package else set()


def _with_parents(dotted: str, info: ModuleInfo, modules: Modules) -> Iterator[str]:
    """A module and the packages above it; not those that hold the importing module anyway."""
    parts = dotted.split(".")
    for depth in range(1, len(parts) + 1):
        module = modules.find(".".join(parts[:depth]), info.path)
        if module is not None:
            above = module.is_package and f"{info.name}.".startswith(f"{module.name}.")
            if not above:
                yield module.name


def on_import(body: Iterable[ast.AST]) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that run when a module is imported, in no special order."""
    pending = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, ast.If) and is_type_checking(node.test):
            pending += node.orelse
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            pending += nested(node)
