"""Imports that load a module of which other receivers stay.

    def ready(self):                                       def ready(self):
        from . import signals                     ->           from . import signals  # noqa: F401
        post_save.connect(signals.index_line, sender=Line)

`from .signals import index_line` loads the module too, and becomes the same. So does an import in a
module of receivers that is the only one of another such module.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence, Set

from codemod.facts.tables import FileFacts
from codemod.facts.walk import absolute_name
from codemod.project.project import Project

Removed = Mapping[str, Sequence[ast.stmt]]
Import = ast.Import | ast.ImportFrom


def loads_alone(project: Project, path: str, going: Set[str]) -> bool:
    """Whether nothing else imports a module that connects receivers which stay."""
    others = _connecting(project, going) - {path}
    return any(project.is_loaded_by(other, path) for other in others)


def _connecting(project: Project, going: Set[str]) -> frozenset[str]:
    """The files that connect receivers when they are imported, but for some that go."""
    staying = (found for found in project.receivers if found.receiver.name not in going)
    return frozenset(made.facts.path for found in staying for made in found.made)


def loaders(
    project: Project,
    removed: Removed,
    emptied: Set[str],
    homes: Set[str],
    going: Set[str],
) -> Iterator[tuple[FileFacts, Import, str]]:
    """The imports that have to stay without a use, with what they become.

    `removed`: by file the statements that go; `emptied`: the files that go as a whole; `homes`:
    the files of receivers that go; `going`: the names of these. Modules with models need no help:
    Django loads them.
    """
    connecting = _connecting(project, going)
    left = {
        path for path in homes - emptied if project.module_of(path) not in project.startup.models
    }
    for path, statements in removed.items():
        if path in emptied:
            continue
        facts = project.known(path)
        inside = {id(node) for statement in statements for node in ast.walk(statement)}
        gone: set[str] = set()
        rest: set[str] = set()
        for node in ast.walk(facts.tree):
            if isinstance(node, ast.Name):
                (gone if id(node) in inside else rest).add(node.id)
        for node in ast.walk(facts.tree):
            if not isinstance(node, (ast.Import, ast.ImportFrom)) or id(node) in inside:
                continue
            names = {alias.asname or alias.name.partition(".")[0] for alias in node.names}
            if not names <= gone or names & rest or "noqa" in _line(facts, node):
                continue
            loaded = _loaded(project, facts, node)
            if loaded is None or loaded == path:
                continue
            alone = loaded in connecting and project.is_loaded_by(loaded, path)
            if loaded not in left and not alone:
                continue
            if _acts(project.known(loaded), removed.get(loaded, ())):
                yield facts, node, f"{_written(project, facts, node)}  # noqa: F401"


def _line(facts: FileFacts, node: Import) -> str:
    return facts.lines.line(node.end_lineno or node.lineno)


def _loaded(project: Project, facts: FileFacts, node: Import) -> str | None:
    """The file of the module that an import is about, where it is one of the project."""
    module = project.module_defining(_target(project, facts, node))
    info = project.modules.find(module) if module is not None else None
    if info is None or project.facts(info.path) is None:
        return None
    return info.path


def _target(project: Project, facts: FileFacts, node: Import) -> str:
    """The longest dotted name that the import's first name stands for."""
    if isinstance(node, ast.Import):
        return node.names[0].name
    source = absolute_name(project.modules.by_path[facts.path].package, node.level, node.module)
    return f"{source}.{node.names[0].name}" if source else node.names[0].name


def _acts(facts: FileFacts, gone: Sequence[ast.stmt]) -> bool:
    """Whether importing a module does something, without the statements that go."""
    for statement in facts.tree.body:
        if any(statement is s for s in gone):
            continue
        called = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
        marked = bool(getattr(statement, "decorator_list", ()))
        if called or marked or isinstance(statement, (ast.For, ast.If, ast.Try, ast.With)):
            return True
    return False


def _written(project: Project, facts: FileFacts, node: Import) -> str:
    """The import, of the module itself if it was of names in it."""
    source = facts.lines.source(facts.lines.span(node))
    if isinstance(node, ast.Import) or node.module is None:
        return source
    package = project.modules.by_path[facts.path].package
    module = absolute_name(package, node.level, node.module)
    if project.modules.find(f"{module}.{node.names[0].name}", facts.path) is not None:
        return source  # `from shop import signals`
    above, _, last = node.module.rpartition(".")
    if not above and not node.level:
        return f"import {last}"
    return f"from {'.' * node.level}{above} import {last}"
