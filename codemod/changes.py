"""From planned edits to changed files, checked."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from codemod.checks.run import run_checks
from codemod.project.project import Project
from codemod.rewrite.apply import apply
from codemod.rewrite.style import configured_style, finish, style_of
from codemod.source.files import SourceFile, encode
from codemod.values.edits import FileEdits
from codemod.values.failures import Failure
from codemod.values.files import Change


def make_changes(
    root: Path, files: Sequence[SourceFile], project: Project, edits: Sequence[FileEdits]
) -> tuple[tuple[Change, ...], tuple[Failure, ...]]:
    """Apply the edits of every file, format what is new, check the result."""
    by_path = {file.path: file for file in files}
    texts = {path: file.text for path, file in by_path.items()}
    pyproject = root / "pyproject.toml"
    configured = configured_style(
        pyproject.read_text("utf-8", errors="replace") if pyproject.is_file() else None
    )
    changes: list[Change] = []
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for entry in edits:
        old = by_path.get(entry.path)
        text = old.text if old is not None else ""
        if entry.delete:
            assert old is not None
            before[entry.path] = text
            changes.append(Change(entry.path, old.data, None))
            continue
        new = apply(
            text,
            entry.edits,
            module=project.module_for(entry.path),
            is_package=os.path.basename(entry.path) == "__init__.py",
            exported=entry.exported,
            first_party=project.first_party,
            sources=texts,
        )
        model = text or _neighbour(entry, texts)
        new = finish(text, new, style_of(model, configured))
        if new == text and old is not None:
            continue
        if old is not None:
            before[entry.path] = text
        after[entry.path] = new
        data = encode(old, new) if old is not None else new.encode()
        changes.append(Change(entry.path, old.data if old is not None else None, data))
    return tuple(changes), run_checks(before, after)


def _neighbour(entry: FileEdits, texts: dict[str, str]) -> str:
    """The text whose style a new file takes: where its first function comes from."""
    from codemod.values.edits import Move

    for edit in entry.edits:
        if isinstance(edit, Move):
            return texts[edit.source]
    return ""
