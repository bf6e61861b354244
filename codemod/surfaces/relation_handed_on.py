"""A method that changes a relation and is handed on: whoever gets it calls it.

    transaction.on_commit(team.players.clear)                       expression
    await sync_to_async(team.players.add)(player)                   expression
    method = team.players.add if joins else team.players.remove     expression
    getattr(team.players, "add" if joins else "remove")(player)     expression

Recognised: `add`, `remove`, `set`, `clear` and their like, taken off a many-to-many relation or a
generic one and not called there, and a method of one whose name is worked out. Fires as the call
does (see `relation_add` and the others); the rows that a generic relation loses, or that a model
between has, are deleted (`generic_relation`, `through_rows`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from codemod.facts.nodes import last_name
from codemod.facts.tables import CallSite
from codemod.project.answers import Answer, Manager, Tier
from codemod.project.many_to_many import Relation
from codemod.project.project import Project
from codemod.surfaces import (
    generic_relation,
    relation_add,
    relation_clear,
    relation_create,
    relation_remove,
    relation_set,
)
from codemod.surfaces.calls.taken import Taken, handed
from codemod.surfaces.many_to_many.relations import M2M, Change, heard
from codemod.surfaces.relation_set import ADDED, CLEARED, REMOVED
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS

name = "relation-handed-on"

ANY = ""  # note of a site whose method isn't known
ACTIONS = {
    **dict.fromkeys(relation_add.METHODS, ADDED),
    **dict.fromkeys(relation_remove.METHODS, REMOVED),
    **dict.fromkeys(relation_clear.METHODS, CLEARED),
    **dict.fromkeys(relation_set.METHODS, (*REMOVED, *CLEARED, *ADDED)),
    **dict.fromkeys((*relation_create.CREATE, *relation_create.PAIRS), ADDED),
    ANY: (*REMOVED, *CLEARED, *ADDED),
}
METHODS = tuple(method for method in ACTIONS if method)


def find(project: Project) -> Iterator[Site]:
    """Every such method, for the relations that receivers listen to and for the rows that go."""
    listened = heard(project)
    by_field = {f"{r.field.model}.{r.field.name}": r for r in project.relations.values()}
    for taken in (*handed(project, METHODS), *_worked_out(project)):
        facts, node = taken.facts, taken.node
        answer = project.type_of(node.value, taken.scope, facts)
        for signals, label in _fired(answer, node, listened, by_field):
            yield Site(
                name, facts.path, facts.lines.span(node), (label,), signals,
                answer.tier if answer.known else Tier.POSSIBLE, None, "handed on", note=node.attr,
                call=taken.call,
            )  # fmt: skip


def _worked_out(project: Project) -> Iterator[Taken]:
    """`getattr(team.players, method)`."""
    for facts in project.read():
        for call in facts.named("getattr"):
            if len(call.node.args) == 2 and _may_be_method(call):
                value = ast.Attribute(call.node.args[0], ANY, ast.Load())
                node = ast.copy_location(value, call.node)
                yield Taken(facts, call.scope, node, call, None, told=False)


def _may_be_method(call: CallSite) -> bool:
    """Whether the name is worked out, and what it gives may be called."""
    around = call.parents[-1]
    looked_at = isinstance(around, (ast.Compare, ast.FormattedValue, ast.BinOp, ast.Subscript))
    return not isinstance(call.node.args[1], ast.Constant) and not looked_at


def _fired(
    answer: Answer,
    node: ast.Attribute,
    listened: Mapping[str, Relation],
    by_field: Mapping[str, Relation],
) -> Iterator[tuple[tuple[str, ...], str]]:
    """The signals that the method may fire, each with the label of their sender."""
    if not answer.known:
        named = last_name(node.value)
        for table, heard_one in listened.items():
            if named and named in (heard_one.field.name, heard_one.accessor):
                yield M2M, table
        return
    deletes = node.attr in (ANY, *generic_relation.METHODS)
    for kind in answer.types:
        if not isinstance(kind, Manager):
            continue
        relation = by_field.get(kind.field or "") if kind.related == "m2m" else None
        if relation is not None and relation.through in listened:
            yield M2M, relation.through
        if deletes and relation is not None and not relation.field.auto_through:
            yield DELETE_SIGNALS, relation.through
        if deletes and kind.related == "generic":
            yield DELETE_SIGNALS, kind.model


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Blocked, unless no service acts on what the method does: nothing can stand beside a call
    that is made elsewhere."""
    if site.signals is not M2M:
        return Blocked("expression")
    relation = desk.project.relations[site.models[0]]
    sides = (Change(Lines(desk, site), work, relation, side, "") for side in (False, True))
    acts = any(change.speaks(*ACTIONS[site.note]) for change in sides)
    return Blocked("expression") if acts else Placed()
