"""Saving one object.

    order.save()                     ->   order.save()
                                          create_invoice(order)

    Order(total=3).save()            ->   order = Order(total=3)
                                          order.save()
                                          create_invoice(order)

    await order.asave()              ->   await order.asave()
                                          await sync_to_async(create_invoice)(order)

Recognised: `x.save()` and `x.asave()` where `x` is an instance of a model whose class does not
override `save()` in the project; for a model that does, the line that fires is the override's
`super().save()` (see `save_override`).
Fires pre_save and post_save (SEMANTICS section 1); an empty `update_fields` fires nothing (1.8).
The calls hug the statement; `created` is read above it where it is not known.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef, Tier
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.calls.upward import upward
from codemod.surfaces.objects import created as created_rules
from codemod.surfaces.objects import told_by_view
from codemod.surfaces.objects.keys import asks_rows
from codemod.surfaces.objects.told_by_admin import created_by
from codemod.surfaces.objects.update_fields import fields_of, unknown, written_out
from codemod.surfaces.placing.save_m2m import setting
from codemod.surfaces.placing.statements import enclosed, inserted, is_statement, outermost
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import SAVE_SIGNALS
from codemod.values.edits import Edit, Insert, Replace, Where

name = "model-save"

METHODS = ("save", "asave")


def find(project: Project) -> Iterator[Site]:
    """Every `x.save()` on a model instance, or on something unknown."""
    for facts in project.read():
        for call in facts.named(*METHODS):
            if isinstance(call.node.func, ast.Attribute):
                yield from sites(project, facts, call, call.node.func.value)


def sites(project: Project, facts: FileFacts, call: CallSite, saved: ast.expr) -> Iterator[Site]:
    """The sites of one call that saves `saved`, if it is of a model or unknown."""
    if upward(project, facts, call, call.name) is not None or found.is_super(saved):
        return  # overrides have surfaces of their own
    named = project.type_of(saved, call.scope, facts)
    if any(isinstance(kind, ClassRef) for kind in named.types):
        return  # `Order.save(order)`: see `unbound`
    answer = project.owner_of(call, facts)
    models = found.instances(project, answer)
    if answer.known and not models:
        return
    direct = tuple(m for m in models if not found.overrides(project, m, "save"))
    if models and not direct:
        return
    fields = found.save_argument(call.node, "update_fields", 3)
    created = created_rules.at_save(project, facts, call, saved, direct)
    if created == "dynamic":
        created = told_by_view.created_by(project, facts, call, saved, direct)
    yield Site(
        name,
        facts.path,
        facts.lines.span(call.node),
        direct,
        SAVE_SIGNALS,
        found.tier_of(project, answer) if models else Tier.POSSIBLE,
        created,
        answer.reason,
        never=isinstance(fields, (ast.List, ast.Tuple, ast.Set)) and not fields.elts,
        mixed=found.is_mixed(project, answer, direct),
        call=call,
        fields=written_out(fields),
    )


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Put the calls around the statement."""
    assert site.call is not None and isinstance(site.call.node.func, ast.Attribute)
    return place(site, work, desk, site.call.node.func.value)


def place(site: Site, work: Work, desk: Desk, saved: ast.expr) -> Placed | Blocked:
    """Put the calls around a statement that saves `saved`."""
    call = site.call
    assert call is not None
    facts = desk.project.known(site.file)
    statement = facts.lines.span(call.statement)
    awaited = isinstance(call.parents[-1], ast.Await)
    if (call.name == "asave") is not awaited:
        return Blocked("async-site")  # a coroutine that is kept, or a save that is none
    returned = isinstance(call.statement, ast.Return) and call.statement.value is outermost(call)
    if not is_statement(call) and not returned:
        return Blocked("expression")
    lines = Lines(desk, site, awaited=awaited)
    edits: list[Edit] = []
    target = facts.lines.source(facts.lines.span(saved))
    source = facts.lines.source(facts.lines.span(call.node))
    if _names(site, work) and not found.may_repeat(desk.project, facts, call.scope, saved):
        free = desk.free_name(site, found.variable(site.models))
        if free is None:
            return Blocked("name-taken")
        value = facts.lines.source(facts.lines.span(saved))
        edits.append(Insert(statement, f"{free} = {enclosed(value)}", Where.BEFORE))
        edits.append(Replace(facts.lines.span(saved), free))
        source = source.replace(target, free, 1)
        target = free
    fields = fields_of(desk.project, facts, call)
    values = {**site.values, **fields.values}
    if unknown(work, fields):
        return Blocked("update-fields")
    if not fields.plain and fields.matters(work):
        # It is asked again beside the save, so it needs a name.
        free = desk.free_name(site, "update_fields", "fields")
        node = found.save_argument(call.node, "update_fields", 3)
        if free is None or node is None:
            return Blocked("name-taken")
        edits.append(Insert(statement, f"{free} = {fields.source}", Where.BEFORE))
        edits.append(Replace(facts.lines.span(node), free))
        source = source.replace(fields.source, free)
        fields = replace(fields, source=free, plain=True, frozen=False)
        values |= fields.values
    if site.reads_created(work):
        told = created_by(desk.project, facts, call, saved, site.models)
        if told is None and found.may_be_no_model(desk.project, desk.project.owner_of(call, facts)):
            return Blocked("possible-site", "it may be something that has no `_state`")
        if told is None:
            told = desk.free_name(site, "created")
            if told is None:
                return Blocked("name-taken")
            key = asks_rows(desk.project, facts, call, saved, site.models)
            other = found.other_database(call)
            rule = created_rules.expression(desk.project, site.models, target, key, other)
            edits.append(Insert(statement, f"{told} = {rule}", Where.BEFORE))
        values["created"] = told
    before = fields.guarded(lines.calls(work.before, target, values), work.before)
    edits += inserted(statement, before, Where.BEFORE)
    late = tuple(c for c in work.after if c.late and not returned)
    early = tuple(c for c in work.after if c not in late)
    after = fields.guarded(lines.calls(early, target, values), early)
    if returned and after:
        function = call.scope.node
        assert isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        end = [] if function.body[-1] is call.statement else ["return"]
        whole = "\n".join([f"await {source}" if awaited else source, *after, *end])
        edits = [e for e in edits if not isinstance(e, Replace)]
        edits.append(Replace(statement, whole))
    else:
        edits += inserted(statement, after)
        later = setting(call, saved)
        anchor = facts.lines.span(later) if later is not None else statement
        last = fields.guarded(lines.calls(late, target, values), late)
        edits += inserted(anchor, last)
    return lines.placed(edits)


def _names(site: Site, work: Work) -> bool:
    """Whether what is called beside a save says the object."""
    calls = (*work.before, *work.after)
    return site.reads_created(work) or any(c.only or c.link or not c.bare for c in calls)
