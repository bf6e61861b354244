"""Creating an object within a many-to-many relation.

    team.players.create(name="a")   ->   with transaction.atomic():
                                             player = team.players.create(name="a")
                                             add_lockers(team, {player.pk})

    team.players.get_or_create(     ->   with transaction.atomic():
        name="a"                             player, created = team.players.get_or_create(name="a")
    )                                        if created:
                                                 add_lockers(team, {player.pk})

Recognised: `create`, `get_or_create` and `update_or_create` of a relation, from either side.
Fires the saves of the new object (see `manager_create`), then pre_add and post_add with its id
(SEMANTICS 2.16). Django's own transaction held the adding only; this one holds the creation too,
which is named.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.get_or_create import pair_of
from codemod.surfaces.many_to_many.owner import is_of_owner
from codemod.surfaces.many_to_many.relations import REVERSE, Change, changes
from codemod.surfaces.placing.atomic import in_transaction
from codemod.surfaces.placing.coroutine import is_stray, method, placed
from codemod.surfaces.placing.statements import is_kept, is_stable, is_statement, keep
from codemod.surfaces.relation_form import ATOMIC
from codemod.surfaces.relation_set import ADDED, ONCE, TIMING
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.edits import Edit, Insert

name = "relation-create"
CREATE = ("create", "acreate")
PAIRS = ("get_or_create", "update_or_create", "aget_or_create", "aupdate_or_create")


def find(project: Project) -> Iterator[Site]:
    """Every creation through a relation that a receiver listens to."""
    yield from changes(project, name, *CREATE, *PAIRS)


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Keep the object, and call with its id."""
    call = site.call
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    facts = desk.project.known(site.file)
    manager = call.node.func.value
    if not isinstance(manager, ast.Attribute) or not is_stable(manager.value):
        return Blocked("expression")
    relation, reverse = desk.project.relations[site.models[0]], site.note == REVERSE
    target = facts.lines.source(facts.lines.span(manager.value))
    change = Change(Lines(desk, site), work, relation, reverse, target)
    if not change.waits("pre_add"):
        return Blocked("relation-before")
    if not change.speaks(*ADDED):
        return Placed()
    if not is_of_owner(desk.project, call, facts, manager, relation, reverse):
        return Blocked("expression", "the relation is of another object")
    if change.reverse and change.is_one_sided(*ADDED):
        return Blocked("reverse-side")
    if is_stray(call):
        return Blocked("async-site")
    wanted = found.variable((relation.other(change.reverse),))
    statement = facts.lines.span(call.statement)
    edits: list[Edit]
    if method(call) == "create":
        kept = keep(call, facts, desk.free_name(site, wanted))
        if kept is None:
            return Blocked("expression")
        text = change.texts(ADDED, f"{{{kept.target}.pk}}")
        edits = [*kept.edits, Insert(kept.anchor, "\n".join(text), kept.where)]
        if not is_statement(call) and not is_kept(call):
            return Blocked("expression")
    else:
        pair = pair_of(site, call, facts, desk, wanted)
        if isinstance(pair, Blocked):
            return pair
        target, created, edits = pair
        text = change.texts(ADDED, f"{{{target}.pk}}")
        guarded = [f"if {created}:", *(f"    {line}" for line in text)]
        edits = [*edits, Insert(statement, "\n".join(guarded))]
    edits += in_transaction(call, facts, desk.project)
    notes = (
        ATOMIC,
        *((TIMING,) if change.speaks("pre_add") else ()),
        *((ONCE,) if change.repeats(ADDED) else ()),
    )
    return placed(change.lines, call, facts, edits, f"create_{wanted}", notes)
