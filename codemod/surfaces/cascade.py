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

No site of its own: every surface that deletes asks here what its objects take along. The
children are collected inside the block, so that the list and the cascade agree; they are our
own copies and keep their pk (SEMANTICS 3.6, 3.21, 11.11). A child's post_delete fires when its
row is gone and its parent's is not yet (3.6): a service that may look at the parent gets its
children deleted first, which is Django's own order.
"""

from __future__ import annotations

from dataclasses import dataclass

from codemod.project.project import Project
from codemod.surfaces import found
from codemod.surfaces.site import Cascade, Desk, Lines, Site, Work

Q = "django.db.models.Q"


@dataclass(frozen=True)
class Collected:
    """Lines for the children: to collect them, to call before the delete, to delete them and
    call first, and to call after the delete."""

    collect: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def collect(
    site: Site, work: Work, desk: Desk, lines: Lines, target: str, many: bool
) -> Collected | None:
    """The lines for a delete of `target`, one object or (`many`) a queryset. None: impossible."""
    collected: list[str] = []
    before: list[str] = []
    first: list[str] = []
    after: list[str] = []
    for cascade in work.cascades:
        noun = found.variable((cascade.model,))
        item = desk.free_name(site, noun, f"child_{noun}")
        rows = desk.free_name(site, found.plural(noun), f"child_{found.plural(noun)}")
        query = _query(cascade, site, desk, lines, target, many)
        if item is None or rows is None or query is None:
            return None
        early = cascade.first and bool(cascade.after)
        if early:
            collected.append(f"{rows} = {query}")
            query = f"{rows}"
            taken = desk.free_name(site, f"deleted_{rows}")
            if taken is None:
                return None
            rows = taken
        collected.append(f"{rows} = list({query})")
        if body := lines.calls(cascade.before, item, {}):
            before += [f"for {item} in {rows}:", *(f"    {line}" for line in body)]
        body = lines.calls(cascade.after, item, {})
        calls = [f"for {item} in {rows}:", *(f"    {line}" for line in body)] if body else []
        if early:
            first += [f"{query}.delete()", *calls]
        else:
            after += calls
    return Collected(tuple(collected), tuple(before), tuple(first), tuple(after))


def _query(
    cascade: Cascade, site: Site, desk: Desk, lines: Lines, target: str, many: bool
) -> str | None:
    """The queryset of the rows that go with `target`."""
    manager = manager_of(desk.project, cascade.model)
    if cascade.accessor is not None and not many and manager == "objects":
        return f"{target}.{cascade.accessor}.all()"
    named = desk.model(site.file, cascade.model, site.place)
    if named is None:
        return None
    name, imports = named
    lines.imports += [edit for edit in imports if edit not in lines.imports]
    suffix = "__in" if many else ""
    conditions = [f"{lookup}{suffix}={target}" for lookup in cascade.lookups]
    if len(conditions) == 1:
        return f"{name}.{manager}.filter({conditions[0]})"
    named = desk.reference(site.file, Q, site.place)
    if named is None:
        return None
    q, imports = named
    lines.imports += [edit for edit in imports if edit not in lines.imports]
    return f"{name}.{manager}.filter({' | '.join(f'{q}({c})' for c in conditions)})"


def manager_of(project: Project, label: str) -> str:
    """The manager that sees all rows that a cascade takes, as Django's own collector does."""
    managers = project.models.by_label[label].managers
    plain = "objects" in managers or not managers
    hidden = any(
        project.classes.method(cls, "get_queryset") is not None
        for manager in managers.values()
        for cls in (manager.cls, manager.queryset)
        if cls is not None
    )
    return "objects" if plain and not hidden else "_base_manager"
