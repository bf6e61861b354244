"""Children that go with their parent.

    project.delete()   ->   with transaction.atomic():
                                uploads = list(project.upload_set.all())
                                project.delete()
                                for upload in uploads:
                                    release_quota(upload)

No site of its own: every surface that deletes asks here what its objects take along. The
children are collected inside the block, so that the list and the cascade agree; they are our
own copies and keep their pk (SEMANTICS 3.6, 3.21, 11.11).
"""

from __future__ import annotations

from dataclasses import dataclass

from codemod.surfaces import found
from codemod.surfaces.site import Desk, Lines, Site, Work


@dataclass(frozen=True)
class Collected:
    """Lines for the children: to collect them, and to call before and after the delete."""

    collect: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def collect(
    site: Site, work: Work, desk: Desk, lines: Lines, target: str, many: bool
) -> Collected | None:
    """The lines for a delete of `target`, one object or (`many`) a queryset. None: impossible."""
    collected: list[str] = []
    before: list[str] = []
    after: list[str] = []
    for cascade in work.cascades:
        noun = found.variable((cascade.model,))
        item = desk.free_name(site, noun)
        rows = desk.free_name(site, found.plural(noun))
        if item is None or rows is None:
            return None
        if cascade.accessor is not None and not many:
            query = f"{target}.{cascade.accessor}.all()"
        else:
            named = desk.model(site.file, cascade.model, site.span)
            if named is None:
                return None
            name, imports = named
            lines.imports += [edit for edit in imports if edit not in lines.imports]
            suffix = "__in" if many else ""
            query = f"{name}.objects.filter({cascade.lookup}{suffix}={target})"
        collected.append(f"{rows} = list({query})")
        for calls, block in ((cascade.before, before), (cascade.after, after)):
            body = lines.calls(calls, item, {})
            if body:
                block += [f"for {item} in {rows}:", *(f"    {line}" for line in body)]
    return Collected(tuple(collected), tuple(before), tuple(after))
