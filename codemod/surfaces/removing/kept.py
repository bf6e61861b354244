"""What a delete of one object clears, kept for the work that comes after it.

    deleted = copy(order)  # delete() clears the pk
    with transaction.atomic():
        order.delete()
        unindex(deleted)

    (work for the object of       with transaction.atomic():
    a multi-table parent)             document = order.document_ptr
                                      order.delete()
                                      unindex(document)

Django's collector takes a child's parents by their links, `order.document_ptr`, before it fires
anything (SEMANTICS 3.11); read once, the object is the one that it uses. Afterwards the link leads
nowhere. Objects that the delete doesn't know, such as those of a list, still have all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from codemod.surfaces.site import Lines, ServiceCall, Work

COPY = "  # delete() clears the pk"


@dataclass(frozen=True)
class Kept:
    """Lines to run before the delete, and what the calls are made for."""

    parents: tuple[str, ...]  # above the work before the delete
    copies: tuple[str, ...]  # below it, with what it leaves on the objects
    before: Mapping[str, str]  # the parents by their links
    subject: str  # of the work after the delete
    after: Mapping[str, str]


def keep(work: Work, lines: Lines, target: str) -> Kept | None:
    """Keep what the calls of a delete of `target` need. None: a name for it is taken."""
    early, late = _links(work.before), _links(work.after)
    copied = work.hands_on_origin or (work.reads_pk and bool(work.after))
    if all(call.link for call in work.before):  # else that work may change the child
        early = [link for link in early if link in late]
    parents: dict[str, str] = {}
    for link in dict.fromkeys([*early, *([] if copied else late)]):
        parents[link] = _free(lines, _noun(link), f"parent_{_noun(link)}")
    copies: list[str] = []
    subject, after = target, parents
    if copied:
        if work.hands_on_origin or any(not call.link for call in work.after):
            subject = _free(lines, "deleted")
            copies.append(f"{subject} = {lines.copied(target)}")
        after = {}
        for link in late:
            after[link] = _free(lines, f"deleted_{_noun(link)}", f"removed_{_noun(link)}")
            source = parents.get(link, f"{target}.{link}")
            copies.append(f"{after[link]} = {lines.copied(source)}")
        copies[0] += COPY
    if "" in (subject, *parents.values(), *after.values()):
        return None
    read = tuple(f"{name} = {target}.{link}" for link, name in parents.items())
    return Kept(read, tuple(copies), parents, subject, after)


def _links(calls: Iterable[ServiceCall]) -> list[str]:
    return list(dict.fromkeys(call.link for call in calls if call.link))


def _noun(link: str) -> str:
    """`document` for `document_ptr`."""
    return link.removesuffix("_ptr")


def _free(lines: Lines, wanted: str, *otherwise: str) -> str:
    """A name for it; "" if all are taken in the function. A new method has no names yet."""
    if lines.site.call is None:
        return wanted
    return lines.desk.free_name(lines.site, wanted, *otherwise) or ""
