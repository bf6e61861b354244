"""The lines around the delete of one object, whatever deletes it.

deleted = copy(order)  # delete() clears the pk      above
with transaction.atomic():
    files = list(order.file_set.all())               before
    order.delete()
    unindex(deleted)                                 after
    for file in files:
        unindex_file(file)
"""

from __future__ import annotations

from dataclasses import dataclass

from codemod.surfaces.removing.cascade import collect
from codemod.surfaces.removing.kept import keep
from codemod.surfaces.site import Lines, Work


@dataclass(frozen=True)
class Removal:
    """The lines around the delete of one object."""

    above: list[str]  # outside of the transaction
    before: list[str]
    after: list[str]
    shortens: bool  # children go before it


def around(work: Work, lines: Lines, target: str) -> Removal | None:
    """The lines for a delete of `target`. None: a name for them is taken."""
    kept = keep(work, lines, target)
    children = collect(work, lines, target, origin=kept.subject if kept is not None else None)
    if kept is None or children is None:
        return None
    above, late = ([], kept.copies) if work.before else ([*kept.copies], ())
    own = [*kept.parents, *lines.calls(work.before, target, {}, kept.before)]
    before = [*children.collect, *children.before, *own, *late, *children.first]
    after = [*children.after, *lines.calls(work.after, kept.subject, {}, kept.after)]
    return Removal(above, before, after, bool(children.first))
