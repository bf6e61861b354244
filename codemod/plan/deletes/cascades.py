"""Deletes without a line of their own: a parent's delete takes its children along.

Deleting a row fires the delete receivers of every row that cascades with it (SEMANTICS 3.6,
3.21), of the multi-table children of that row (3.11), and of rows behind a GenericRelation
(3.15); no line of text names them. Where the parents are the project's own, their deletes are
rewritten (see `surfaces.removing.cascade`): by a query for the rows, or where none has them all, by
what Django itself collects for a delete (`plan.services.collectors`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.plan.reading.features import touches
from codemod.plan.reading.handler import Handler
from codemod.plan.third_party.package_rows import ITS_PAGE, culprits
from codemod.project.model_tables import FOREIGN, STAYING
from codemod.project.models import Field, Models
from codemod.project.project import Project

MOST = 4  # ways from one ancestor that a reader can still follow in one query
MOST_MODELS = 5  # of one receiver: the rows of each would be collected at every delete


@dataclass(frozen=True)
class Way:
    """How rows of a model go when a row of an ancestor goes."""

    ancestor: str  # label
    lookup: str  # from the model to the ancestor: "project", "slot__day"
    accessor: str | None  # from an ancestor's object to its rows, if they are its own children
    relation: str  # for people: "Slot.day"
    link: bool = False  # the ancestor is a multi-table parent of a model on the way
    deep: bool = False  # no query has all the rows: a tree, a GenericRelation, an own on_delete
    pointers: tuple[str, ...] = ()  # the row's attributes that tell with what it goes


def ways(project: Project, label: str) -> tuple[Way, ...]:
    """Every way in which rows of a model cascade, nearest first."""
    known = project.once(_known_ways)
    if label not in known:
        known[label] = _ways(project, label)
    return known[label]


def _known_ways(project: Project) -> dict[str, tuple[Way, ...]]:
    """What `ways` has found, by model."""
    return {}


def _ways(project: Project, label: str) -> tuple[Way, ...]:
    models = project.models
    model = models.by_label.get(label)
    if model is None or model.proxy:
        return ()  # a cascade fires for the model behind a proxy only (SEMANTICS 3.13)
    generic = project.once(_generic_relations)
    found: list[Way] = []
    seen: Counter[str] = Counter()
    pending: list[_Step] = [_Step(label, "", (label,))]
    while pending:
        step = pending.pop(0)
        child = step.child
        seen[child] += 1
        if seen[child] > MOST + 1:
            continue  # what lies beyond has been reached in too many ways already
        deep = step.deep or _reaches_itself(project, child)
        family = (child, *project.models.subclasses(child))
        for owner, field in generic:
            if field.target in family:
                direct = field.target == label and not (step.lookup or deep)
                accessor = field.name if direct else None
                relation = f"{owner.rpartition('.')[2]}.{field.name}"
                pointers = step.pointers_by(models, field, owner)
                found.append(Way(owner, "", accessor, relation, False, True, pointers))
                if owner not in step.path:  # its own rows go with others
                    pending.append(_Step(owner, relation, (*step.path, owner), True, pointers))
        for name, field, link in _upwards(models, child):
            target = concrete(project, field.target or "")
            lookup = f"{step.lookup}__{name}" if step.lookup else name
            beyond = deep or _needs_django(models, field, target, step.path, link)
            relation = f"{field.model.rpartition('.')[2]}.{field.name}"
            near = not (step.lookup or link or beyond)
            accessor = _accessor(models, field, child) if near else None
            pointers = step.pointers_by(models, field, target)
            found.append(Way(target, lookup, accessor, relation, link, beyond, pointers))
            if target not in step.path and not link:
                pending.append(_Step(target, lookup, (*step.path, target), beyond, pointers))
    return tuple(found)


@dataclass(frozen=True)
class _Step:
    """A model reached on the way up."""

    child: str
    lookup: str
    path: tuple[str, ...]
    deep: bool = False
    pointers: tuple[str, ...] | None = None  # of the first step

    def pointers_by(self, models: Models, field: Field, target: str) -> tuple[str, ...]:
        """The pointers of a way that begins with these steps and goes on by a field."""
        if self.pointers is not None:
            return self.pointers
        return _pointers(models, field, self.child, target)


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

    Where the way has pointers to it, that row is still there when the child's post_delete fires,
    and gone after the whole delete.
    """
    return any(touches(handler, pointer) for pointer in way.pointers)


def hindrances(
    project: Project,
    label: str,
    signal: str,
    handler: Handler,
    deleted: frozenset[str],
    closed: frozenset[str],
    senders: int = 1,
) -> list[tuple[str, str]]:
    """(code, text) for each way whose deletes can't be rewritten.

    `deleted`: the models that the project deletes somewhere; `closed`: those of packages whose
    page in the admin is to be replaced; `senders`: how many models the receiver listens to.
    """
    found: list[tuple[str, str]] = []
    children = project.models.subclasses(label)
    restricted = any(f.on_delete == "RESTRICT" for f in project.models.pointing_to(label))
    for way in ways(project, label):
        text = f"{way.ancestor} -> {way.relation} (CASCADE)"
        foreign = strangers(project, way.ancestor, closed)
        known = way.ancestor in deleted or way.ancestor in closed
        if senders > MOST_MODELS and (is_foreign(project, way.ancestor) or known):
            found.append(("cascade", f"{text}, and rows of {senders} models to collect"))
            continue
        if foreign:
            found.append(("cascade-from-package", f"{text}, by {', '.join(foreign)}"))
        if known and way.deep and way.ancestor in children:
            found.append(("cascade", f"{text}, whose own parent would count among them"))
        elif known and restricted and signal == "post_delete" and looks_at_parent(handler, way):
            found.append(("cascade", f"{text}, and the receiver looks at the parent"))
    return [*found, *untold(project, label)]


def untold(project: Project, label: str) -> list[tuple[str, str]]:
    """(code, text) for the relations by which rows may go with others that nothing is known of:
    a class of a package that isn't read, or whatever a function gives, or a condition."""
    found = []
    for owner in dict.fromkeys((label, *(way.ancestor for way in ways(project, label)))):
        model = project.models.by_label.get(owner)
        for field in model.fields.values() if model is not None else ():
            if field.kind not in FOREIGN or field.on_delete in STAYING:
                continue
            relation = f"{owner.rpartition('.')[2]}.{field.name}"
            if field.conditional:
                found.append(("cascade", f"{relation}, which is there under a condition only"))
            elif not field.target:
                package = project.types.package_target(owner, field.name)
                if package is not None:
                    found.append(("cascade-from-package", f"{package} -> {relation} (CASCADE)"))
                else:
                    found.append(("cascade", f"{relation}, which leads who knows where"))
    return found


def foreign_parents(project: Project, label: str, closed: frozenset[str]) -> list[str]:
    """The ways in which rows go with a package's, whose deletes are all known but for other
    packages and a shell."""
    return [
        f"{way.ancestor} -> {way.relation} (CASCADE)"
        for way in ways(project, label)
        if is_foreign(project, way.ancestor) and not strangers(project, way.ancestor, closed)
    ]


def strangers(project: Project, label: str, closed: frozenset[str]) -> tuple[str, ...]:
    """What deletes rows of a model and is no code of the project's."""
    if not is_foreign(project, label):
        return ()
    found = culprits(project, label)
    return tuple(c for c in found if c != ITS_PAGE or label not in closed)


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


def _needs_django(
    models: Models, field: Field, target: str, path: tuple[str, ...], link: bool
) -> bool:
    """Whether rows beyond a field can't be collected by a lookup: what it does with them is the
    project's own, or they may be of a model that is on the way already."""
    if field.on_delete not in (None, "CASCADE"):
        return True
    families = {label for known in path for label in (known, *models.parents(known))}
    return not link and (target in families or not families.isdisjoint(models.parents(target)))


def _pointers(models: Models, field: Field, label: str, target: str) -> tuple[str, ...]:
    """The attributes of a row that lead to the row that it goes with, if that is still there.

    Rows of one model go in one statement. Of others, the row that is pointed to goes first where
    nothing that goes with it has a field that can't be null (django/db/models/deletion.py,
    `Collector.add()` and `sort()`).
    """
    if target == label:
        return ()
    generic = field.kind == "GenericRelation"
    if (generic or field.null) and all(
        other.null or other.on_delete != "CASCADE" for other in models.pointing_to(target)
    ):
        return ()
    if not generic:
        return field.name, f"{field.name}_id"
    keys = [f for f in models.by_label[label].fields.values() if f.kind == "GenericForeignKey"]
    return tuple(name for key in keys for name in (key.name, *key.parts))


def _accessor(models: Models, field: Field, child: str) -> str | None:
    """How an object of the target reaches its own children."""
    if field.kind != "ForeignKey":
        return None
    reverse = models.relations(field.target or "")
    return next(
        (r.accessor for r in reverse.values() if r.field == field and r.model == child), None
    )


def _generic_relations(project: Project) -> tuple[tuple[str, Field], ...]:
    """(model, field) of every GenericRelation of the project."""
    return tuple(
        (model.label, field)
        for model in project.models.by_label.values()
        for field in model.fields.values()
        if field.kind == "GenericRelation" and field.target
    )
