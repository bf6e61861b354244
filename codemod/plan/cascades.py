"""Deletes without a line of their own: a parent's delete takes its children along.

Deleting a row fires the delete receivers of every row that cascades with it (SEMANTICS 3.6,
3.21). A parent that no code of the project deletes, and that is not in the admin, is no way.
"""

from __future__ import annotations

from collections.abc import Iterable

from codemod.project.project import Project
from codemod.surfaces.site import Site


def ancestors(project: Project, label: str) -> dict[str, str]:
    """Models whose deletion reaches `label`: label -> the relation it comes through."""
    found: dict[str, str] = {}
    pending = [label]
    while pending:
        child = pending.pop()
        model = project.models.by_label.get(child)
        if model is None:
            continue
        ways = [
            (field.target, f"{child.rpartition('.')[2]}.{name}")
            for name, field in model.fields.items()
            if field.kind in ("ForeignKey", "OneToOneField")
            and field.target
            and (field.on_delete or "CASCADE") == "CASCADE"
        ]
        for parent, relation in ways:
            if parent is not None and parent not in found and parent != label:
                found[parent] = relation
                pending.append(parent)
    return found


def ways_to_cascade(
    project: Project, label: str, sites: Iterable[Site]
) -> list[tuple[str, str]]:
    """(code, text) for each ancestor whose deletion fires the receivers of `label`.

    `sites`: all sites of the project, for the models that it deletes somewhere.
    """
    deleted = {m for s in sites if "post_delete" in s.signals for m in s.models}
    ways = []
    for parent, relation in ancestors(project, label).items():
        model = project.models.by_label.get(parent)
        text = f"{parent} -> {relation} (CASCADE)"
        if model is None or model.external:
            ways.append(("cascade-from-package", text))
        elif parent in deleted:
            ways.append(("cascade", text))
    return ways
