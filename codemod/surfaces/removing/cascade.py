"""Children that go with their parent.

    project.delete()   ->   with transaction.atomic():
                                uploads = list(project.upload_set.all())
                                project.delete()
                                for upload in uploads:
                                    release_quota(upload)

    (the service asks       with transaction.atomic():
    for its project)            uploads = project.upload_set.all()
                                deleted_uploads = list(uploads)
                                uploads.delete()
                                for upload in deleted_uploads:
                                    count_down(upload)
                                project.delete()

    (several ways)          Upload.objects.filter(Q(project=project) | Q(folder__project=project))

    topic.delete()     ->   with transaction.atomic():
    (of a tree, or where        [topics] = deleted_with([topic], Topic)
    no query has them all)      topic.delete()
                                for topic in topics:
                                    unindex(topic)

No site of its own: every surface that deletes asks here what its objects take along. The
children are collected inside the block, so that the list and the cascade agree; they are our
own copies and keep their pk (SEMANTICS 3.6, 3.21, 11.11). A child's post_delete fires when its
row is gone and its parent's is not yet (3.6): a service that may look at the parent gets its
children deleted first, which is Django's own order. Rows of a tree, behind a GenericRelation of
several objects, or that go in many ways are those that Django itself collects
(`plan.services.collectors`).
"""

from __future__ import annotations

from dataclasses import dataclass

from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.placing.atomic import database
from codemod.surfaces.placing.statements import over
from codemod.surfaces.site import Cascade, Lines, Work

Q = "django.db.models.Q"


@dataclass(frozen=True)
class Collected:
    """Lines for the children: to collect them, to call before the delete, to delete them and
    call first, and to call after the delete."""

    collect: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


NAME = "deleted_with"
FUNCTION = f'''
def {NAME}(objects, *models):
    """List the rows of each model that Django deletes together with objects."""
    using = router.db_for_write(models[0])
    own, found = NestedObjects(using=using), NestedObjects(using=using)
    own.collect(objects, collect_related=False)
    found.collect(objects)
    return [
        sorted(found.data[model].difference(own.data[model]), key=attrgetter("pk"))
        for model in models
    ]
'''


def collect(
    work: Work,
    lines: Lines,
    target: str,
    *,
    many: bool = False,
    origin: str | None = None,
) -> Collected | None:
    """The lines for a delete of `target`, one object or (`many`) a queryset. None: impossible.

    `origin`: what stands for `target` once it is deleted; the queryset, where `target` is a list.
    """
    site, desk = lines.site, lines.desk
    asked: dict[str, str] = {}  # names of the rows that Django is asked for, and their models
    named = {target, origin}  # the site may have made them up just now

    def is_free(name: str) -> bool:
        return desk.free_name(site, name) == name

    collected: list[str] = []
    before: list[str] = []
    first: list[str] = []
    after: list[str] = []
    for cascade in work.cascades:
        noun = found.variable((cascade.model,))
        item, rows = (
            next((n for n in (name, f"child_{name}") if n not in named and is_free(n)), None)
            for name in (noun, found.plural(noun))
        )
        if item is None or rows is None:
            return None
        named.add(rows)
        early = cascade.first and bool(cascade.after)
        query = _query(cascade, lines, target, many)
        if query is None:
            asked[rows] = lines.model(cascade.model)
            query = by_key(lines, cascade.model, item, rows) if early else ""
        elif early:
            taken = desk.free_name(site, f"deleted_{rows}")
            if taken is None:
                return None
            collected += [f"{rows} = {query}", f"{taken} = list({rows})"]
            query, rows = rows, taken
        else:
            collected.append(f"{rows} = list({query})")
        start = origin if many and origin else target
        before += over(lines, item, rows, lines.calls(cascade.before, item, {"origin": start}))
        calls = over(
            lines, item, rows, lines.calls(cascade.after, item, {"origin": origin or target})
        )
        if early:
            first += [f"{query}.delete()", *calls]
        else:
            after += calls
    if asked:
        collector = desk.collector()
        if collector is None or _database(lines) is not None:  # Django is asked for the usual one
            return None
        names = ", ".join(asked) if len(asked) > 1 else f"[{next(iter(asked))}]"
        given = ", ".join((target if many else f"[{target}]", *asked.values()))
        collected.insert(0, f"{names} = {lines.name(collector)}({given})")
    return Collected(tuple(collected), tuple(before), tuple(first), tuple(after))


def _query(cascade: Cascade, lines: Lines, target: str, many: bool) -> str | None:
    """The queryset of the rows that go with `target`; None: there is none for all of them."""
    manager, using = manager_of(lines.desk.project, cascade.model), _database(lines)
    accessor = cascade.accessor
    if accessor is not None and not many and manager == "objects":
        if using:
            return f"{target}.{accessor}.using({using})"
        if not found.is_fetched(lines.desk.project, accessor):
            return f"{target}.{accessor}.all()"  # else it is what was there then
    if cascade.deep:
        return None
    rows = _rows(lines, cascade.model)
    suffix = "__in" if many else ""
    conditions = [f"{lookup}{suffix}={target}" for lookup in cascade.lookups]
    if len(conditions) == 1:
        return f"{rows}.filter({conditions[0]})"
    q = lines.name(Q)
    return f"{rows}.filter({' | '.join(f'{q}({c})' for c in conditions)})"


def by_key(lines: Lines, label: str, item: str, objects: str) -> str:
    """A query for the rows of a list of objects, whatever has become of their other values."""
    return f"{_rows(lines, label)}.filter(pk__in=[{item}.pk for {item} in {objects}])"


def _rows(lines: Lines, label: str) -> str:
    """All rows of a model, in the database that the site deletes from."""
    using = _database(lines)
    rows = f"{lines.model(label)}.{manager_of(lines.desk.project, label)}"
    return f"{rows}.using({using})" if using else rows


def _database(lines: Lines) -> str | None:
    """The database that the site names, as code; `using` of a `delete()` is what its callers give,
    mostly nothing."""
    call = lines.site.call
    if call is None:
        return None
    named = database(call, lines.desk.project.known(lines.site.file))
    handed = call.scope.bindings.get(named or "", [])
    return named if not any(binding.kind == "param" for binding in handed) else None


def manager_of(project: Project, label: str) -> str:
    """The manager that sees all rows that a cascade takes, as Django's own collector does, and
    whose querysets delete them."""
    managers = project.models.by_label[label].managers
    plain = "objects" in managers or not managers
    hidden = any(
        project.classes.method(cls, "get_queryset") or project.classes.method(cls, "delete")
        for manager in managers.values()
        for cls in (manager.cls, manager.queryset)
        if cls is not None
    )
    return "objects" if plain and not hidden else "_base_manager"
