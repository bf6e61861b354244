"""The edits of a plan by file, as they are collected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from itertools import chain

from codemod.plan.moving.own_names import in_own_names
from codemod.project.exports import at_runtime
from codemod.project.notice import shared_notice
from codemod.project.project import Project
from codemod.values.edits import (
    AddImport,
    AddMethod,
    Append,
    Edit,
    FileEdits,
    Insert,
    Move,
    NewClass,
)


@dataclass
class Book:
    """Edits by file, as they are collected."""

    edits: dict[str, list[Edit]] = field(default_factory=lambda: defaultdict(list))
    deleted: set[str] = field(default_factory=set)
    _noted: set[tuple[str, Edit]] = field(default_factory=set)

    def add(self, path: str, *edits: Edit) -> None:
        """Note edits of a file; only inserts may repeat."""
        for edit in edits:
            if isinstance(edit, Insert) or (path, edit) not in self._noted:
                self._noted.add((path, edit))
                self.edits[path].append(edit)

    def files(self, project: Project) -> tuple[FileEdits, ...]:
        """The collected edits, in the order of the paths."""
        fetched = fetched_from(self.edits)
        return tuple(
            FileEdits(
                path,
                tuple(
                    _as_written(project, edit)
                    for edit in self._named(project, path)
                    if not _is_there(project, path, edit)
                ),
                create=path not in project.paths,
                delete=path in self.deleted,
                notice=self._notice(project, path),
                exported=project.exported(path) | fetched.get(project.module_for(path), set()),
            )
            for path in sorted({*self.edits, *self.deleted})
        )

    def _notice(self, project: Project, path: str) -> str:
        """The notice of the file that the first function of a new one comes from."""
        moved = (edit.source for edit in self.edits.get(path, ()) if isinstance(edit, Move))
        source = next(moved, None) if path not in project.paths else None
        return shared_notice(project, source) if source is not None else ""

    def _named(self, project: Project, path: str) -> list[Edit]:
        edits = self.edits.get(path, [])
        known = path in project.paths
        return in_own_names(project.known(path), edits) if known and edits else edits


def fetched_from(edits: Mapping[str, Iterable[Edit]]) -> Mapping[str, Set[str]]:
    """By module, the names that edits import from it."""
    found: dict[str, set[str]] = defaultdict(set)
    for edit in chain.from_iterable(edits.values()):
        for each in (edit, *getattr(edit, "imports", ())):
            if isinstance(each, AddImport) and each.name is not None:
                found[each.module].add(each.name)
    return found


def _as_written(project: Project, edit: Edit) -> Edit:
    """The edit with the names by which code imports modules."""
    if isinstance(edit, AddImport):
        return replace(edit, module=project.modules.import_name(edit.module))
    if isinstance(edit, (AddMethod, Append, Move, NewClass)) and edit.imports:
        named = (replace(e, module=project.modules.import_name(e.module)) for e in edit.imports)
        return replace(edit, imports=tuple(named))
    return edit


def _is_there(project: Project, path: str, edit: Edit) -> bool:
    """Whether an import adds a name that the file has already, perhaps from another module.

    One for type checkers is not there when the file runs.
    """
    if not isinstance(edit, AddImport) or edit.name is None or path not in project.paths:
        return False
    if f"{edit.module}.{edit.name}" == project.module_of(path):
        return True  # the module in itself
    facts = project.known(path)
    bindings = facts.scope.bindings.get(edit.alias or edit.name, [])
    bindings = bindings if edit.for_types else at_runtime(bindings, facts)
    home = project.modules.find(edit.module, path)
    if home is not None and home.path == path and bindings:
        return True  # its own
    wanted = project.symbols.canonical(f"{edit.module}.{edit.name}", path)
    return wanted is not None and any(
        b.kind == "import"
        and b.target is not None
        and project.symbols.canonical(b.target, path) == wanted
        for b in bindings
    )
