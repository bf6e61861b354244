"""What files that can't be read may do to a receiver."""

from __future__ import annotations

import re

from codemod.project.project import Project
from codemod.values.account import DELETE_SIGNALS

# What fires, silences or mentions receivers without passing a model's own save().
BEYOND_SAVE = r"save_base|\.disconnect\(|mute_signals|_save\.send|\bModel\.save\("

# What deletes rows, with a line of its own or in a class of a framework.
DELETING = (
    r"\.a?delete\b|_raw_delete|ollector|NestedObjects|can_delete|formset_factory|admin\.|"
    r"class \w+\([^)]*(?:View|ViewSet|Destroy\w*|Admin|Inline)\b"
)
REMOVING = r"\.a?(?:remove|clear|set)\("  # deletes the rows between, and those of generic relations


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


def _is_between(project: Project, label: str) -> bool:
    """Whether rows of a model go with a change of a relation."""
    return any(
        label == (field.target if field.kind == "GenericRelation" else field.through)
        for model in project.models.all()
        for field in model.fields.values()
    )


def hindrance(project: Project, label: str, signal: str, handler: str, in_save: bool) -> str | None:
    """An unread file that may fire a receiver of a model where no call stands.

    `in_save`: the model's own `save()` makes the calls, so that plain saves don't matter.
    """
    name = label.rpartition(".")[2]
    beyond = rf"{BEYOND_SAVE}|\b{handler}\b|class \w+\([^)]*\b{name}\b|\b{name}\.save\("
    if signal in DELETE_SIGNALS:
        beyond += f"|{DELETING}|{REMOVING}" if _is_between(project, label) else f"|{DELETING}"
    for path in named_in(project, label):
        harmless = in_save or signal in DELETE_SIGNALS
        if not harmless or re.search(beyond, project.unread[path]):
            return path
    return None
