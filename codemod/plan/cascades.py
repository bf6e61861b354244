"""Deletes without a line of their own: a parent's delete takes its children along.

Deleting a row fires the delete receivers of every row that cascades with it (SEMANTICS 3.6,
3.21), of the multi-table children of that row (3.11), and of rows behind a GenericRelation
(3.15); no line of text names them. Where the parents are the project's own, their deletes are
rewritten (see `surfaces.cascade`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.plan.features import touches
from codemod.plan.handler import Handler
from codemod.plan.package_rows import culprit
from codemod.project.models import Field, Models
from codemod.project.project import Project

FOREIGN = ("ForeignKey", "OneToOneField")
# What Django does with a row whose target goes, other than CASCADE (django/db/models/deletion.py).
STAYING = frozenset(("SET_NULL", "SET_DEFAULT", "SET", "DO_NOTHING", "PROTECT", "RESTRICT"))
MOST = 4  # ways from one ancestor that a reader can still follow in one query
MOST_MODELS = 5  # of one receiver: the rows of each would be collected at every delete
GENERIC = "through a generic relation"
DEPTH = "rows of one model at any depth"


@dataclass(frozen=True)
class Way:
    """How rows of a model go when a row of an ancestor goes."""

    ancestor: str  # label
    lookup: str  # from the model to the ancestor: "project", "slot__day"
    accessor: str | None  # from an ancestor's object to its rows, if they are its own children
    relation: str  # for people: "Slot.day"
    link: bool = False  # the ancestor is a multi-table parent of a model on the way
    trouble: str = ""  # why no query can collect the rows


def ways(project: Project, label: str) -> tuple[Way, ...]:
    """Every way in which rows of a model cascade, nearest first."""
    models = project.models
    model = models.by_label.get(label)
    if model is None or model.proxy:
        return ()  # a cascade fires for the model behind a proxy only (SEMANTICS 3.13)
    generic = tuple(_generic_relations(models))
    found: list[Way] = []
    seen: Counter[str] = Counter()
    pending: list[tuple[str, str, tuple[str, ...], str]] = [(label, "", (label,), "")]
    while pending:
        child, prefix, path, trouble = pending.pop(0)
        seen[child] += 1
        if seen[child] > MOST + 1:
            continue  # what lies beyond has been reached in too many ways already
        if not trouble and _reaches_itself(project, child):
            trouble = DEPTH
        family = (child, *project.models.subclasses(child))
        for owner, relation, target in generic:
            if target in family:
                troubled = trouble or GENERIC
                found.append(Way(owner, "", None, relation, False, troubled))
                if owner not in path:  # its own rows go with others
                    pending.append((owner, relation, (*path, owner), troubled))
        for name, field, link in _upwards(models, child):
            target = concrete(project, field.target or "")
            lookup = f"{prefix}__{name}" if prefix else name
            troubled = trouble or _trouble(models, field, target, path, link)
            relation = f"{field.model.rpartition('.')[2]}.{field.name}"
            accessor = _accessor(models, field, child) if not prefix and not link else None
            found.append(Way(target, lookup, accessor, relation, link, troubled))
            if target not in path and not link:
                pending.append((target, lookup, (*path, target), troubled))
    return tuple(found)


def is_foreign(project: Project, label: str) -> bool:
    """Whether a model is a package's."""
    model = project.models.by_label.get(label)
    return model is None or model.external


def concrete(project: Project, label: str) -> str:
    """The label of the model behind a proxy, or the label itself."""
    model = project.models.by_label.get(label)
    while model is not None and model.proxy_for is not None:
        label = model.proxy_for
        model = project.models.by_label.get(label)
    return label


def looks_at_parent(handler: Handler, way: Way) -> bool:
    """Whether work for a row may need the row that it goes with.

    That row is still there when the child's post_delete fires, and gone after the whole delete.
    """
    own = way.lookup.partition("__")[0]
    return touches(handler, own) or touches(handler, f"{own}_id")


def hindrances(
    project: Project,
    label: str,
    signal: str,
    handler: Handler,
    deleted: frozenset[str],
    senders: int = 1,
) -> list[tuple[str, str]]:
    """(code, text) for each way whose deletes can't be rewritten.

    `deleted`: the models that the project deletes somewhere; `senders`: how many models the
    receiver listens to.
    """
    found: list[tuple[str, str]] = []
    taken: dict[str, int] = {}
    restricted = any(f.on_delete == "RESTRICT" for f in project.models.pointing_to(label))
    for way in ways(project, label):
        text = f"{way.ancestor} -> {way.relation} (CASCADE)"
        if senders > MOST_MODELS and (is_foreign(project, way.ancestor) or way.ancestor in deleted):
            found.append(("cascade", f"{text}, and rows of {senders} models to collect"))
            continue
        foreign = culprit(project, way.ancestor) if is_foreign(project, way.ancestor) else None
        if foreign is not None:
            found.append(("cascade-from-package", f"{text}, by {foreign}"))
        elif way.ancestor not in deleted:
            continue
        elif way.trouble:
            found.append(("cascade", f"{text}, {way.trouble}"))
        elif restricted and signal == "post_delete" and looks_at_parent(handler, way):
            found.append(("cascade", f"{text}, and the receiver looks at the parent"))
        else:
            taken[way.ancestor] = taken.get(way.ancestor, 0) + 1
            if taken[way.ancestor] == MOST + 1:
                found.append(("cascade", f"{text}, in more than {MOST} ways"))
    return found


def foreign_parents(project: Project, label: str) -> list[str]:
    """The ways in which rows go with a package's, whose deletes are all known but for other
    packages and a shell."""
    return [
        f"{way.ancestor} -> {way.relation} (CASCADE)"
        for way in ways(project, label)
        if is_foreign(project, way.ancestor) and culprit(project, way.ancestor) is None
    ]


def _upwards(models: Models, child: str) -> Iterator[tuple[str, Field, bool]]:
    """(lookup, field, is a parent link) of the fields whose target takes a row along.

    A child has the fields of all its multi-table parents, so no way goes on from a parent. But a
    child's row that goes takes its parents' along: "order__owner" for a document.
    """
    model = models.by_label.get(child)
    for name, field in model.fields.items() if model is not None else ():
        if field.kind not in FOREIGN or not field.target:
            continue
        if field.parent_link:
            yield name, field, True
        elif field.on_delete not in STAYING:
            yield name, field, False
    for label, query_name in models.children(child):
        for name, field, link in _upwards(models, label):
            if field.model == label or "__" in name:
                if not link:
                    yield f"{query_name}__{name}", field, False


def _reaches_itself(project: Project, label: str) -> bool:
    """Whether deleting a row of a model may take further rows of the same model along."""
    seen: set[str] = set()
    pending = [label]
    while pending:
        for _, field, link in _upwards(project.models, pending.pop()):
            target = concrete(project, field.target or "")
            if target == label:
                return True
            if target not in seen and not link:
                seen.add(target)
                pending.append(target)
    return False


def _trouble(models: Models, field: Field, target: str, path: tuple[str, ...], link: bool) -> str:
    """Why rows beyond a field can't be collected by a lookup."""
    if field.on_delete not in (None, "CASCADE"):
        return f"by {field.on_delete}"
    if link:
        return ""
    families = {label for known in path for label in (known, *models.parents(known))}
    if target in families or not families.isdisjoint(models.parents(target)):
        return DEPTH
    return ""


def _accessor(models: Models, field: Field, child: str) -> str | None:
    """How an object of the target reaches its own children."""
    if field.kind != "ForeignKey":
        return None
    reverse = models.relations(field.target or "")
    return next(
        (r.accessor for r in reverse.values() if r.field == field and r.model == child), None
    )


def _generic_relations(models: Models) -> Iterator[tuple[str, str, str]]:
    """(model, relation for people, target) of every GenericRelation of the project."""
    for model in models.by_label.values():
        for name, field in model.fields.items():
            if field.kind == "GenericRelation" and field.target:
                yield model.label, f"{model.label.rpartition('.')[2]}.{name}", field.target
