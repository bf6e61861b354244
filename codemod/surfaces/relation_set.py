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

    team.players.set(players)   ->   with transaction.atomic():
    (work before that looks              old = set(team.players.values_list("pk", flat=True))
    at the relation)                     new = {player.pk for player in players}
                                         if new - old:
                                             check_roster(team, new - old)
                                         team.players.set(players)

    team.players.set(players)   ->   set_team_players(team, players)
    (in many places)

Recognised: `x.relation.set(...)` from either side.
Fires the remove pair if something goes, then the add pair if something is new (SEMANTICS 4.6);
with `clear=True`, as django-sortedm2m does always, the clear pair, then the add pair for all (4.7).
Work on what was removed runs when the new objects are there already, as does work before a change
that looks at nothing of it, and work that is the same for both runs once: all are named.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.many_to_many.function import through
from codemod.surfaces.many_to_many.ids import (
    MISSING,
    are_keys,
    ids_in,
    ids_of,
    is_filtered,
    may_be_ids,
)
from codemod.surfaces.many_to_many.relations import Change, Spot, changes, spot
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work

name = "relation-set"
METHODS = ("set", "aset")
REMOVED = ("pre_remove", "post_remove")
CLEARED = ("pre_clear", "post_clear")
ADDED = ("pre_add", "post_add")
TIMING = "set-timing"
ONCE = "set-once"
BEFORE = "relation-before"


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
    yield from changes(project, name, *METHODS)


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Compare the ids before and after the statement."""
    at = spot(site, work, desk, *REMOVED, *CLEARED, *ADDED)
    if not isinstance(at, Spot):
        return at
    clear = found.keyword(at.call.node, "clear")
    clears = at.change.clears or found.is_literal(clear, True)
    told = clear is None or clears or found.is_literal(clear, False)
    if not told or any(k.arg is None for k in at.call.node.keywords):
        return Blocked("set-with-clear")
    old, new = at.name("old", "old_ids"), at.name("new", "new_ids")
    removed, added = at.name("removed", "removed_ids"), at.name("added", "added_ids")
    if old is None or new is None or removed is None or added is None:
        return Blocked("name-taken")
    names = Names(old, new, removed, added)
    item = at.name(found.variable((at.change.relation.other(at.change.reverse),)))
    if clears:
        compared = emptied(desk.project, at.change, at.manager, names)
    else:
        compared = compare(desk.project, at.change, at.manager, names)
        if isinstance(compared, Blocked) and compared.code == BEFORE and item is not None:
            compared = _known(at, names, item, desk.project) or compared
    if isinstance(compared, Blocked):
        return compared
    if not compared.before and not compared.after:
        return Placed()
    notes = compared.notes
    given = [*at.call.node.args[:1], *(k.value for k in at.call.node.keywords if k.arg == "objs")]
    starred = [ast.copy_location(ast.Starred(value, ast.Load()), value) for value in given]
    if at.change.takes_ids(*ADDED) and may_be_ids([*starred], at.call, at.facts, desk.project):
        notes = (*notes, MISSING)
    return through(at, notes) or at.around([*compared.before], [*compared.after], notes)


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
    if change.clears:
        return emptied(project, change, manager, names, fresh=fresh, shared=shared)
    if not change.waits("pre_add", *(() if fresh else ("pre_remove",))):
        return Blocked(BEFORE)
    if is_filtered(project, change.relation.other(change.reverse)):
        return Blocked("filtered-relation")
    ids = ids_in(manager)
    late = change.speaks("pre_remove", "pre_add")
    timing = late or (shared and change.looks(*REMOVED, *ADDED))
    once = change.repeats(REMOVED) or change.repeats(ADDED)
    if fresh:
        text = change.guarded(ADDED, names.added, names.added)
        after = (f"{names.added} = {ids}", *text)
        return Comparison((), after, _notes(once, timing)) if text else Comparison()
    removes, adds = change.speaks(*REMOVED), change.speaks(*ADDED)
    if not removes and not adds:
        return Comparison()
    before = (f"{names.old} = {ids}",)
    if not (removes and adds):
        actions, what, value = (
            (ADDED, names.added, f"{ids} - {names.old}")
            if adds
            else (REMOVED, names.removed, f"{names.old} - {ids}")
        )
        text = change.guarded(actions, what, what)
        return Comparison(before, (f"{what} = {value}", *text), _notes(once, timing))
    same = change.texts(REMOVED, "")
    if not change.takes_ids(*REMOVED, *ADDED) and same == change.texts(ADDED, ""):
        after = (f"if {ids} != {names.old}:", *(f"    {line}" for line in same))
        return Comparison(before, after, _notes(True, timing))
    gone, new = f"{names.old} - {names.new}", f"{names.new} - {names.old}"
    after = (
        f"{names.new} = {ids}",
        *change.guarded(REMOVED, gone, gone),
        *change.guarded(ADDED, new, new),
    )
    return Comparison(before, after, _notes(once, timing or change.looks(*REMOVED)))


def emptied(
    project: Project,
    change: Change,
    manager: str,
    names: Names,
    *,
    fresh: bool = False,
    shared: bool = False,
) -> Comparison | Blocked:
    """The same for a change that empties the relation, then adds all (SEMANTICS 4.7)."""
    if not change.waits("pre_add", *(("pre_clear",) if fresh else ())):
        return Blocked(BEFORE)
    before = () if fresh else tuple(change.text("pre_clear", "None"))
    actions = CLEARED if fresh else ("post_clear",)
    after = change.texts(actions, "None")
    late = change.speaks("pre_add") or (fresh and change.speaks("pre_clear"))
    timing = late or change.looks("post_clear")
    timing = timing or (shared and change.looks(*CLEARED, *ADDED))
    again = not change.takes_ids(*ADDED) and set(change.texts(ADDED, "")) <= set(after)
    once = change.repeats(actions) or change.repeats(ADDED) or again
    if change.speaks(*ADDED) and not again:
        if is_filtered(project, change.relation.other(change.reverse)):
            return Blocked("filtered-relation")
        after.append(f"{names.added} = {ids_in(manager)}")
        after += change.guarded(ADDED, names.added, names.added)
    return Comparison(before, tuple(after), _notes(once and bool(after), timing))


def _notes(once: bool, timing: bool) -> tuple[str, ...]:
    return (*((ONCE,) if once else ()), *((TIMING,) if timing else ()))


def _known(at: Spot, names: Names, item: str, project: Project) -> Comparison | None:
    """Lines before and after a change that gets objects: what they bring is known before it."""
    given = found.keyword(at.call.node, "objs", 0)
    if given is None:
        return None
    starred = ast.copy_location(ast.Starred(given, ast.Load()), given)
    ids = ids_of([starred], at.call, at.facts, project, item)
    other = at.change.relation.other(at.change.reverse)
    if ids is None or not are_keys(ids, project, other):
        return None
    gone, new = f"{names.old} - {names.new}", f"{names.new} - {names.old}"
    before = (
        f"{names.old} = {ids_in(at.manager)}",
        f"{names.new} = {ids}",
        *at.change.guarded(REMOVED[:1], gone, gone),
        *at.change.guarded(ADDED[:1], new, new),
    )
    after = at.change.guarded(REMOVED[1:], gone, gone) + at.change.guarded(ADDED[1:], new, new)
    return Comparison(before, tuple(after), (TIMING,))
