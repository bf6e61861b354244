"""The call of a function that changes a many-to-many relation with all that goes with it.

    team.players.set(players)          ->   set_team_players(team, players)
    await team.players.aset(players)   ->   await sync_to_async(set_team_players)(team, players)

`plan.services.changers` tells which sites call one.
"""

from __future__ import annotations

import ast

from codemod.surfaces.many_to_many.relations import Spot
from codemod.surfaces.placing.atomic import caught
from codemod.surfaces.placing.coroutine import is_awaited
from codemod.surfaces.site import SYNC_TO_ASYNC, Lines, Placed
from codemod.values.edits import Replace


def through(at: Spot, notes: tuple[str, ...] = ()) -> Placed | None:
    """The call in place of the change; None where there is no such function, or no way to it."""
    desk, site = at.change.lines.desk, at.change.lines.site
    function = desk.changer(site)
    if function is None:
        return None
    manager = at.call.node.func
    assert isinstance(manager, ast.Attribute) and isinstance(manager.value, ast.Attribute)
    lines = Lines(desk, site)
    name = lines.name(function)
    if is_awaited(at.call):
        name = f"{lines.name(SYNC_TO_ASYNC)}({name})"
    given = ", ".join(map(at.source, (manager.value.value, *at.call.node.args)))
    edit = Replace(at.facts.lines.span(at.call.node), f"{name}({given})")
    result = lines.placed([edit], (*notes, *caught(at.call, at.facts, desk.project)))
    return result if isinstance(result, Placed) else None
