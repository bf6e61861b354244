"""Clearing a many-to-many relation.

    team.players.clear()   ->   with transaction.atomic():
                                    team.players.clear()
                                    clear_lockers(team)

Recognised: `x.relation.clear()` from either side.
Fires pre_clear and post_clear, without ids, even where nothing is there (SEMANTICS 4.5).
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.project.project import Project
from codemod.surfaces.many_to_many.relations import Spot, changes, spot
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work

name = "relation-clear"
METHODS = ("clear", "aclear")
ACTIONS = ("pre_clear", "post_clear")


def find(project: Project) -> Iterator[Site]:
    """Every `clear()` of a relation that a receiver listens to."""
    yield from changes(project, name, *METHODS)


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Put the calls around the statement."""
    at = spot(site, work, desk, *ACTIONS)
    if not isinstance(at, Spot):
        return at
    pre, post = (at.change.text(action, "None") for action in ACTIONS)
    return at.around(pre, post)
