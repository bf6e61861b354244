"""Deletes without a line of their own: a parent's delete takes its children along.

Deleting a row fires the delete receivers of every row that cascades with it (SEMANTICS 3.6,
3.21); no line of text names the child. Where the parents are the project's own, their deletes
are rewritten (see `surfaces.cascade`).
"""

from __future__ import annotations

from dataclasses import dataclass

from codemod.plan.features import touches
from codemod.plan.handlers import Handler
from codemod.project.project import Project


@dataclass(frozen=True)
class Way:
    """How rows of a model go when a row of an ancestor goes."""

    ancestor: str  # label
    lookup: str  # from the model to the ancestor: "project", "slot__day"
    accessor: str | None  # from an ancestor's object to its rows, if they are its own children
    relation: str  # for people: "Slot.day"


def ways(project: Project, label: str) -> tuple[Way, ...]:
    """Every way in which rows of a model cascade, nearest first."""
    found: list[Way] = []
    pending = [(label, "")]
    while pending:
        child, prefix = pending.pop(0)
        model = project.models.by_label.get(child)
        for name, field in model.fields.items() if model is not None else ():
            if field.kind not in ("ForeignKey", "OneToOneField") or not field.target:
                continue
            if (field.on_delete or "CASCADE") != "CASCADE" or field.parent_link:
                continue
            lookup = f"{prefix}__{name}" if prefix else name
            if field.target == label or lookup.count("__") > 5:
                continue  # a tree of the model itself: its own deletes are sites anyway
            accessor = None
            if not prefix and field.kind == "ForeignKey":
                reverse = project.models.relations(field.target)
                accessor = next(
                    (r.accessor for r in reverse.values() if r.field == field and r.model == child),
                    None,
                )
            relation = f"{child.rpartition('.')[2]}.{name}"
            found.append(Way(field.target, lookup, accessor, relation))
            if field.target != child:
                pending.append((field.target, lookup))
    return tuple(found)


def is_tree(project: Project, label: str) -> bool:
    """Whether rows of a model cascade to rows of the same model."""
    model = project.models.by_label.get(label)
    return model is not None and any(
        f.kind in ("ForeignKey", "OneToOneField")
        and f.target == label
        and (f.on_delete or "CASCADE") == "CASCADE"
        for f in model.fields.values()
    )


def hindrances(
    project: Project, label: str, signal: str, handler: Handler, deleted: frozenset[str]
) -> list[tuple[str, str]]:
    """(code, text) for each way whose deletes can't be rewritten.

    `deleted`: the models that the project deletes somewhere.
    """
    found: list[tuple[str, str]] = []
    seen: list[str] = []
    for parent in project.models.parents(label):
        model = project.models.by_label.get(parent)
        if model is None or model.external:
            found.append(("cascade-from-package", f"{parent} is the parent of {label}"))
        elif parent in deleted:
            found.append(("cascade", f"{parent} is the parent of {label}"))
    if is_tree(project, label):
        found.append(("cascade", f"{label} -> {label} (CASCADE)"))
    for way in ways(project, label):
        text = f"{way.ancestor} -> {way.relation} (CASCADE)"
        model = project.models.by_label.get(way.ancestor)
        if model is None or model.external:
            found.append(("cascade-from-package", text))
        elif way.ancestor not in deleted:
            continue
        elif way.ancestor in seen:
            found.append(("cascade", f"{text}, in more than one way"))
        elif signal == "post_delete" and touches(handler, way.lookup.partition("__")[0]):
            # The parent's row is still there when the signal fires, and gone after the delete.
            found.append(("cascade", f"{text}, and the receiver looks at the parent"))
        seen.append(way.ancestor)
    return found
