"""Removing objects from a many-to-many relation.

    team.players.remove(player)   ->   with transaction.atomic():
                                           team.players.remove(player)
                                           remove_lockers(team, {player.pk})

Recognised: `x.relation.remove(...)` from either side.
Fires pre_remove and post_remove with all ids that it is given, there or not, as they are given;
`remove()` with nothing fires nothing (SEMANTICS 4.4, 4.15).
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.many_to_many.ids import ids_of, is_given, may_be_none
from codemod.surfaces.many_to_many.relations import Spot, changes, spot
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work

name = "relation-remove"
METHODS = ("remove", "aremove")
ACTIONS = ("pre_remove", "post_remove")


def find(project: Project) -> Iterator[Site]:
    """Every `remove()` of a relation that a receiver listens to."""
    yield from changes(project, name, *METHODS)


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Put the calls around the statement, with the ids it is given."""
    at = spot(site, work, desk, *ACTIONS)
    if not isinstance(at, Spot):
        return at
    arguments = at.call.node.args
    if not arguments:
        return Placed()
    change = at.change
    before: list[str] = []
    ids, test = "", ""
    takes_ids = change.takes_ids(*ACTIONS)
    if takes_ids and any(may_be_none(a, at.call, at.facts, desk.project) for a in arguments):
        return Blocked("relation-arguments", "it may be None")
    if takes_ids or not all(map(is_given, arguments)):
        item = at.name(found.variable((change.relation.other(change.reverse),)))
        if item is None:
            return Blocked("name-taken")
        held = at.hold(item)
        if held is not None:
            before, ids, test = held
        elif takes_ids:
            given = ids_of(arguments, at.call, at.facts, desk.project, item)
            if given is None:
                return Blocked("relation-arguments")
            ids = given
    pre, post = change.text("pre_remove", ids), change.text("post_remove", ids)
    if not change.idle(*ACTIONS):
        return at.around_any(before, pre, post, test)
    return at.around([*before, *pre], post)
