"""Setting a many-to-many relation.

    team.players.set(players)   ->   with transaction.atomic():
                                         old = set(team.players.values_list("pk", flat=True))
                                         team.players.set(players)
                                         new = set(team.players.values_list("pk", flat=True))
                                         remove_lockers(team, old - new)
                                         add_lockers(team, new - old)

    cart.products.set(chosen)   ->   with transaction.atomic():
    (one work for both)                  old = set(cart.products.values_list("pk", flat=True))
                                         cart.products.set(chosen)
                                         if set(cart.products.values_list("pk", flat=True)) != old:
                                             update_total(cart)

Recognised: `x.relation.set(...)` from either side.
Fires the remove pair if something goes, then the add pair if something is new (SEMANTICS 4.6).
Work on what was removed runs when the new objects are there already, and work that is the same for
both runs once: both are named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from codemod.project.project import Project
from codemod.surfaces import found
from codemod.surfaces.relations import Change, Spot, changes, ids_in, is_filtered, spot
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work

name = "relation-set"
ACTIONS = ("pre_remove", "post_remove", "pre_clear", "post_clear", "pre_add", "post_add")
TIMING = "set-timing"
ONCE = "set-once"


@dataclass(frozen=True)
class Names:
    """What the sets of ids are called."""

    old: str
    new: str
    removed: str = "removed"
    added: str = "added"


@dataclass(frozen=True)
class Comparison:
    """Lines around a change that is only known by its outcome."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def find(project: Project) -> Iterator[Site]:
    """Every `set()` of a relation that a receiver listens to."""
    yield from changes(project, name, "set", "aset")


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Compare the ids before and after the statement."""
    at = spot(site, work, desk, *ACTIONS)
    if not isinstance(at, Spot):
        return at
    clear = found.keyword(at.call.node, "clear")
    if clear is not None and not found.is_literal(clear, False):
        return Blocked("set-with-clear")
    old, new = at.name("old", "old_ids"), at.name("new", "new_ids")
    removed, added = at.name("removed", "removed_ids"), at.name("added", "added_ids")
    if old is None or new is None or removed is None or added is None:
        return Blocked("name-taken")
    compared = compare(desk.project, at.change, at.manager, Names(old, new, removed, added))
    if isinstance(compared, Blocked):
        return compared
    if not compared.after:
        return Placed()
    return at.around([*compared.before], [*compared.after], compared.notes)


def compare(
    project: Project,
    change: Change,
    manager: str,
    names: Names,
    *,
    fresh: bool = False,
    shared: bool = False,
) -> Comparison | Blocked:
    """Lines that find out what was removed and added, and call for it.

    `fresh`: nothing was there before. `shared`: other relations may be set at the same time.
    """
    if change.speaks("pre_remove", "pre_add"):
        return Blocked("relation-before")
    if is_filtered(project, change.relation.other(change.reverse)):
        return Blocked("filtered-relation")
    after: list[str] = []
    removes = change.speaks("post_remove") and not fresh
    adds = change.speaks("post_add")
    if not removes and not adds:
        return Comparison()
    ids = ids_in(manager)
    timing = (TIMING,) if shared and change.looks("post_remove", "post_add") else ()
    if fresh:
        text = change.guarded("post_add", names.added, names.added)
        return Comparison((), (f"{names.added} = {ids}", *text), timing)
    before = [f"{names.old} = {ids}"]
    if not (removes and adds):
        action, what, value = (
            ("post_add", names.added, f"{ids} - {names.old}")
            if adds
            else ("post_remove", names.removed, f"{names.old} - {ids}")
        )
        text = change.guarded(action, what, what)
        return Comparison((*before,), (f"{what} = {value}", *text), timing)
    same = change.text("post_remove", "")
    if not change.takes_ids("post_remove", "post_add") and same == change.text("post_add", ""):
        after = [f"if {ids} != {names.old}:", *(f"    {line}" for line in same)]
        return Comparison((*before,), (*after,), (ONCE, *timing))
    gone, new = f"{names.old} - {names.new}", f"{names.new} - {names.old}"
    after = [
        f"{names.new} = {ids}",
        *change.guarded("post_remove", gone, gone),
        *change.guarded("post_add", new, new),
    ]
    if change.looks("post_remove"):
        timing = (TIMING,)
    return Comparison((*before,), (*after,), timing)
