"""Imports that stay for what they load: nothing else would, or not when Django starts.

    def ready(self):                                       def ready(self):
        from . import signals                     ->           from . import signals  # noqa: F401
        post_save.connect(signals.index_line, sender=Line)

Receivers stay in that module, or in one that it imports, or something is registered there.
`from .signals import index_line` loads the module too, and becomes the same. A module of nothing
but receivers that go stays for such an import of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from codemod.facts.tables import FileFacts
from codemod.facts.walk import absolute_name
from codemod.plan.retiring.acting import acts
from codemod.plan.retiring.idle_imports import IdleImport
from codemod.project.imports import dotted_names
from codemod.project.project import Project
from codemod.project.started import Gone

Removed = Mapping[str, Sequence[ast.stmt]]
Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class Loading:
    """What modules load, once some statements have gone, by file."""

    project: Project
    removed: Removed

    def kept_for(self, emptied: Set[str], imports: Sequence[tuple[FileFacts, Import]]) -> set[str]:
        """The files that would go and have to stay for what their imports load.

        `imports`: those that go in other files.
        """
        kept: set[str] = set()
        for path in sorted(emptied):
            gone = Gone(emptied - kept, frozenset(self._loads(imports)))
            imported = [*self.project.loaded.at_start(path)]
            if any(self._misses(other, gone) for other in imported if other not in gone.files):
                kept.add(path)
        return kept

    def pinned(
        self, emptied: Set[str], imports: Sequence[tuple[FileFacts, Import]]
    ) -> Iterator[tuple[FileFacts, Import, str]]:
        """The imports that go and have to stay without a use, with what they become."""
        left = [*imports]
        for facts, node in imports:
            gone = Gone(emptied, frozenset(self._loads(left)))
            loaded = [p for p in self._files(facts, node) if gone.has(facts.path, p)]
            if any(self._misses(other, gone) for other in loaded):
                left.remove((facts, node))
                note = "" if "noqa" in _line(facts, node) else "  # noqa: F401"
                yield facts, node, f"{_written(self.project, facts, node)}{note}"

    def _loads(self, imports: Iterable[tuple[FileFacts, Import]]) -> Iterator[tuple[str, str]]:
        """(file, file that it imports), for imports that no other one of the file repeats."""
        going = {id(node) for _, node in imports}
        for facts in {facts.path: facts for facts, _ in imports}.values():
            found: dict[str, bool] = {}  # whether all imports of a file go
            for node in ast.walk(facts.tree):
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    for path in self._files(facts, node):
                        found[path] = found.get(path, True) and id(node) in going
            yield from ((facts.path, path) for path, goes in found.items() if goes)

    def _files(self, facts: FileFacts, node: Import) -> Iterator[str]:
        """The files of the modules that an import may load."""
        modules = self.project.modules
        for dotted in dotted_names(node, modules.by_path[facts.path].package):
            info = modules.find(dotted, facts.path)
            if info is not None:
                yield info.path

    def _misses(self, path: str, gone: Gone) -> bool:
        """Whether the module of a file does something when it is imported, or what it imports does,
        and that comes later or never without some imports."""
        seen, pending = {path}, [path]
        while pending:
            current = pending.pop()
            if current in gone.files or not self.project.loaded.is_left_out(current, gone):
                continue
            if acts(self.project, current, self.removed.get(current, ())):
                return True
            inner = [p for p in self.project.loaded.at_start(current) if p not in seen]
            pending += inner
            seen.update(inner)
        return False


def fading(
    project: Project, removed: Removed, idle: Sequence[IdleImport], emptied: Set[str]
) -> list[tuple[FileFacts, Import]]:
    """The imports that go, as a whole, in files that stay."""
    unused = _unused(project, removed, emptied)
    whole = [(i.facts, i.node) for i in idle if not i.left and i.facts.path not in emptied]
    return [*{id(node): (facts, node) for facts, node in (*unused, *whole)}.values()]


def _unused(
    project: Project, removed: Removed, emptied: Set[str]
) -> Iterator[tuple[FileFacts, Import]]:
    """The imports of files that stay which only what goes there uses."""
    for path, statements in removed.items():
        if path in emptied:
            continue
        facts = project.known(path)
        inside = {id(node) for statement in statements for node in ast.walk(statement)}
        gone: set[str] = set()
        rest = {*project.exported(path)}
        for node in ast.walk(facts.tree):
            if isinstance(node, ast.Name):
                (gone if id(node) in inside else rest).add(node.id)
        for node in ast.walk(facts.tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)) and id(node) not in inside:
                names = {alias.asname or alias.name.partition(".")[0] for alias in node.names}
                if names <= gone and not names & rest and "noqa" not in _line(facts, node):
                    yield facts, node


def _line(facts: FileFacts, node: Import) -> str:
    return facts.lines.line(node.end_lineno or node.lineno)


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
