"""Adding objects to a many-to-many relation.

    team.players.add(player)     ->   with transaction.atomic():
                                          if not team.players.contains(player):
                                              team.players.add(player)
                                              add_lockers(team, {player.pk})
    (`players.filter(pk=player.pk).exists()` where players are fetched ahead somewhere)

    cart.products.add(product)   ->   with transaction.atomic():
    (work without the ids)                cart.products.add(product)
                                          update_total(cart)

    team.players.add(player)     ->   add_team_players(team, player)
    (in many places)

Recognised: `x.relation.add(...)` from either side.
Fires pre_add and post_add with the ids that are not there yet, an empty set too; `add()` with
nothing fires nothing (SEMANTICS 4.1, 4.2). `contains` is asked only where the work does nothing
for an empty set.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.project.answers import Instance
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.many_to_many.function import through
from codemod.surfaces.many_to_many.ids import (
    MISSING,
    are_keys,
    ids_in,
    ids_of,
    is_filtered,
    is_given,
    may_be_ids,
)
from codemod.surfaces.many_to_many.relations import Spot, changes, spot
from codemod.surfaces.placing.statements import is_stable
from codemod.surfaces.relation_set import TIMING
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.values.edits import Wrap

name = "relation-add"
METHODS = ("add", "aadd")
ACTIONS = ("pre_add", "post_add")


def find(project: Project) -> Iterator[Site]:
    """Every `add()` of a relation that a receiver listens to."""
    yield from changes(project, name, *METHODS)


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Put the calls around the statement, with the ids that are new."""
    at = spot(site, work, desk, *ACTIONS)
    if not isinstance(at, Spot):
        return at
    arguments = at.call.node.args
    if not arguments:
        return Placed()
    change = at.change
    before: list[str] = []
    ids, test, late, notes = "", "", False, []
    other = change.relation.other(change.reverse)
    takes_ids = change.takes_ids(*ACTIONS)
    if takes_ids and is_filtered(desk.project, other):
        return Blocked("filtered-relation")
    whole = through(at) if takes_ids else None
    if whole is not None:
        return whole
    only = _only_object(at, desk.project) if takes_ids else None
    if only is not None:
        test = f"{at.manager}.contains({only})"
        if _may_be_old(at, desk.project):
            test = f"{at.manager}.filter(pk={only}.pk).exists()"
        at.edits.append(Wrap(at.statement, at.statement, f"if not {test}:"))
        ids = f"{{{only}.pk}}"
        return at.around(change.text("pre_add", ids), change.text("post_add", ids))
    given: str | None = None
    if takes_ids or not all(map(is_given, arguments)):
        item = at.name(found.variable((other,)))
        if item is None:
            return Blocked("name-taken")
        held = at.hold(item)
        if held is not None:
            before, given, test = held
        else:
            given = ids_of(arguments, at.call, at.facts, desk.project, item)
    if takes_ids:
        old, new = at.name("old", "old_ids"), at.name("new", "new_ids")
        if old is None or new is None:
            return Blocked("name-taken")
        if given is not None and are_keys(given, desk.project, other):
            before.append(f"{new} = {given} - {ids_in(at.manager)}")
            ids = new
        elif change.takes_ids("pre_add") and not change.waits("pre_add"):
            return Blocked("relation-arguments")
        else:
            late = change.speaks("pre_add")
            if may_be_ids(arguments, at.call, at.facts, desk.project):
                notes.append(MISSING)
            before = [f"{old} = {ids_in(at.manager)}"]
            ids = f"{ids_in(at.manager)} - {old}"
    pre, post = change.text("pre_add", ids), change.text("post_add", ids)
    if late:
        pre, post = [], [*pre, *post]
    # Django writes the mirror of a symmetrical relation after post_add (4.9).
    mirrored = change.relation.field.symmetrical and change.looks("post_add")
    if mirrored or late:
        notes.append(TIMING)
    if change.idle(*ACTIONS):
        return at.around([*before, *pre], post, tuple(notes))
    return at.around_any(before, pre, post, test, tuple(notes))


def _may_be_old(at: Spot, project: Project) -> bool:
    """Whether `contains()` may answer from what was fetched ahead: then nothing would be added."""
    manager = getattr(at.call.node.func, "value", None)
    return isinstance(manager, ast.Attribute) and found.is_fetched(project, manager.attr)


def _only_object(at: Spot, project: Project) -> str | None:
    """The one object that is added, if all work would do nothing where it is there already."""
    if len(at.call.node.args) != 1 or not at.change.idle(*ACTIONS):
        return None
    value = at.call.node.args[0]
    answer = project.type_of(value, at.call.scope, at.facts)
    objects = bool(answer.types) and all(isinstance(kind, Instance) for kind in answer.types)
    return at.source(value) if objects and is_stable(value) else None
