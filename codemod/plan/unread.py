"""What files that can't be read may do to a receiver."""

from __future__ import annotations

import re

from codemod.project.project import Project

# What fires, silences or mentions receivers without passing a model's own save().
BEYOND_SAVE = r"save_base|\.disconnect\(|mute_signals|_save\.send|\bModel\.save\("


def named_in(project: Project, label: str) -> tuple[str, ...]:
    """The files that can't be read and have the name of the model, or of the relation."""
    relation = project.relations.get(label)
    names = (relation.field.name, relation.accessor) if relation is not None else ()
    changed = [f".{name}." for name in names if name]
    name = label.rpartition(".")[2].lower()
    return tuple(
        path
        for path, text in project.unread.items()
        if name in text.lower().replace("_", "") or any(part in text for part in changed)
    )


def hindrance(project: Project, label: str, handler: str, in_save: bool) -> str | None:
    """An unread file that may fire a receiver of a model where no call stands.

    `in_save`: the model's own `save()` makes the calls, so that plain saves don't matter.
    """
    name = label.rpartition(".")[2]
    beyond = rf"{BEYOND_SAVE}|\b{handler}\b|class \w+\([^)]*\b{name}\b|\b{name}\.save\("
    for path in named_in(project, label):
        if not in_save or re.search(beyond, project.unread[path]):
            return path
    return None
