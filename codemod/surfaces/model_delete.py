"""Deleting one object.

    order.delete()      ->   with transaction.atomic():
                                 order.delete()
                                 release_stock(order)

    order.delete()      ->   deleted = copy(order)  # delete() clears the pk
    (the service reads       with transaction.atomic():
    the pk)                      order.delete()
                                 unindex(deleted)

    [order.delete() for order in orders]   ->   for order in orders:
                                                    with transaction.atomic():
                                                        order.delete()
                                                        release_stock(order)

    await order.adelete()   ->   the same in a function, awaited in a thread (see `coroutine`)

    user.delete()       ->   delete_user(user)
    (a package's model, deleted in several places: `plan.services.deleters`)

Recognised: `x.delete()` and `x.adelete()` where `x` is an instance of a model whose class does
not override `delete()` in the project (then its `super().delete()` is the line that fires).
Fires pre_delete and post_delete inside a transaction of Django's own (SEMANTICS 3.1, 3.2); the
object's pk is cleared afterwards. A multi-table child fires its parents' receivers too (3.11).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite
from codemod.project.answers import Tier
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.placing.atomic import caught, header, imports, in_transaction, inside_atomic
from codemod.surfaces.placing.coroutine import is_awaited, is_stray, placed
from codemod.surfaces.placing.statements import (
    enclosed,
    headers,
    inserted,
    is_kept,
    is_statement,
    kept_return,
    nested,
)
from codemod.surfaces.removing.failing import key_cleared
from codemod.surfaces.removing.removal import Removal, around
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS
from codemod.values.edits import Edit, Insert, Replace, Where

name = "model-delete"


def find(project: Project) -> Iterator[Site]:
    """Every `x.delete()` on a model instance, or on something unknown."""
    for facts in project.read():
        for call in facts.named("delete", "adelete"):
            function = call.node.func
            if not isinstance(function, ast.Attribute):
                continue
            if found.is_super(function.value):
                continue
            answer = project.owner_of(call, facts)
            models = found.instances(project, answer)
            if answer.known and not models:
                continue
            direct = tuple(m for m in models if not found.overrides(project, m, "delete"))
            if models and not direct:
                continue
            yield Site(
                name,
                facts.path,
                facts.lines.span(call.node),
                direct,
                DELETE_SIGNALS,
                found.tier_of(project, answer) if models else Tier.POSSIBLE,
                None,
                answer.reason,
                mixed=found.is_mixed(project, answer, direct),
                call=call,
            )


def is_whole(work: Work, call: CallSite) -> bool:
    """Whether a function that deletes one object can do what is to be done at a call."""
    return not (work.before or work.after or call.node.args or call.node.keywords)


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Put the calls around the statement, in one transaction with it."""
    call = site.call
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    deleted = call.node.func.value
    whole = desk.deleter(site.models[0])
    if whole is not None and call.name == "delete" and is_whole(work, call):
        facts, lines = desk.project.known(site.file), Lines(desk, site)
        argument = facts.lines.source(facts.lines.span(deleted))
        made = Replace(facts.lines.span(call.node), f"{lines.name(whole)}({argument})")
        return lines.placed([made])
    return place(site, work, desk, deleted)


def place(site: Site, work: Work, desk: Desk, deleted: ast.expr) -> Placed | Blocked:
    """Put the calls around a statement that deletes `deleted`."""
    call = site.call
    assert call is not None
    facts = desk.project.known(site.file)
    if is_stray(call):
        return Blocked("async-site")
    lines = Lines(desk, site)
    statement = facts.lines.span(call.statement)
    target = facts.lines.source(facts.lines.span(deleted))
    loops = headers(call, facts)
    stable = found.may_repeat(desk.project, facts, call.scope, deleted)
    if loops is not None and stable:
        return _in_loops(site, lines, loops, around(work, lines, target))
    if not is_statement(call) and not is_kept(call):
        return Blocked("expression")
    edits: list[Edit] = []
    if not stable:
        direct = desk.project.models.without_parents(site.models)
        free = desk.free_name(site, found.variable(direct))
        if free is None:
            return Blocked("name-taken")
        edits.append(Insert(statement, f"{free} = {enclosed(target)}", Where.ABOVE))
        edits.append(Replace(facts.lines.span(deleted), free))
        target = free
    removal = around(work, lines, target)
    if removal is None:
        return Blocked("name-taken")
    if removal.shortens and not is_statement(call):
        return Blocked("expression")  # its count would be without the children
    edits += [Insert(statement, text, Where.ABOVE) for text in removal.above]
    edits += inserted(statement, removal.before, Where.BEFORE)
    if removal.after and isinstance(call.statement, ast.Return):
        result = desk.free_name(site, "result", "count")
        if result is None or is_awaited(call):
            return Blocked("expression")
        edits = [*kept_return(call, facts, edits, result)]
        edits += inserted(statement, removal.after, Where.BEFORE)
    else:
        edits += inserted(statement, removal.after)
    edits += in_transaction(call, facts, desk.project)
    what = f"delete_{found.variable(site.models[:1])}"
    notes = caught(call, facts, desk.project)
    if removal.after:
        notes += key_cleared(desk.project, facts, call, deleted)
    return placed(lines, call, facts, edits, what, notes)


def _in_loops(
    site: Site, lines: Lines, loops: list[str], removal: Removal | None
) -> Placed | Blocked:
    """Write a comprehension that only deletes as the loops that it stands for."""
    call = site.call
    assert call is not None
    if removal is None:
        return Blocked("name-taken")
    facts = lines.desk.project.known(site.file)
    body = [*removal.before, facts.lines.source(facts.lines.span(call.node)), *removal.after]
    edits: list[Edit] = []
    if not inside_atomic(call, facts, lines.desk.project):
        body = nested([header(call, facts)], body)
        edits += imports(call)
    code = "\n".join(nested(loops, [*removal.above, *body]))
    return lines.placed([*edits, Replace(facts.lines.span(call.statement), code)])
