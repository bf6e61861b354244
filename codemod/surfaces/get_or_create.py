"""Getting an object, or creating it; updating it, or creating it.

    tag, _ = Tag.objects.get_or_create(name=name)
->  with transaction.atomic():
        tag, created = Tag.objects.get_or_create(name=name)
        if created:
            index_tag(tag)

    Price.objects.update_or_create(sku=sku, defaults={"amount": 3})
->  with transaction.atomic():
        price, created = Price.objects.update_or_create(sku=sku, defaults={"amount": 3})
        record_price(price, created=created)

    tag, _ = await Tag.objects.aget_or_create(name=name)
->  def get_tag():
        with transaction.atomic():
            tag, created = Tag.objects.get_or_create(name=name)
            if created:
                index_tag(tag)
            return tag

    tag = await sync_to_async(get_tag)()

A hit of `get_or_create` fires nothing; both outcomes of `update_or_create` save, inside a
transaction of Django's own (SEMANTICS 2.2 to 2.6), which the block stands for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.project import Project
from codemod.surfaces import found
from codemod.surfaces.atomic import in_transaction
from codemod.surfaces.coroutine import is_stray, method, placed
from codemod.surfaces.own_rows import CODE, runs_own
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.surfaces.statements import inserted, is_read, is_statement, outermost
from codemod.values.account import SAVE_SIGNALS
from codemod.values.edits import Bind, Edit, Replace

name = "get-or-create"

METHODS = ("get_or_create", "update_or_create", "aget_or_create", "aupdate_or_create")


def find(project: Project) -> Iterator[Site]:
    """Every call of one of the methods on something that is, or may be, a manager."""
    for facts, call, answer, direct in found.through_managers(project, *METHODS):
        own = runs_own(project, facts, call, answer)
        made = runs_own(project, facts, call, answer, "create")
        if own or (made and "get" in call.name):
            continue  # the line within it fires
        yield Site(
            name,
            facts.path,
            facts.lines.span(call.node),
            direct,
            SAVE_SIGNALS,
            answer.tier,
            "true" if "get" in call.name else "dynamic",
            answer.reason,
            code=CODE if own is None or made is not False else None,
            mixed=found.is_mixed(project, answer, direct),
            call=call,
        )


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Use the pair that Django returns."""
    call = site.call
    assert call is not None
    facts = desk.project.known(site.file)
    if is_stray(call):
        return Blocked("async-site")
    operation = method(call)
    if work.before:
        return Blocked("get-or-create-with-pre-save")
    if any("update_fields" in c.flags for c in work.after) and operation == "update_or_create":
        return Blocked("update-fields")
    if operation == "update_or_create" and not found.has_unpacking(call.node):
        given = found.keyword(call.node, "defaults", 0)
        if given is None or (isinstance(given, ast.Dict) and not given.keys):
            return Blocked("update-without-defaults")  # a hit saves nothing, or only auto_now (2.6)
    pair = pair_of(site, call, facts, desk, found.variable(site.models))
    if isinstance(pair, Blocked):
        return pair
    target, created, edits = pair
    lines = Lines(desk, site)
    calls = work.after
    if operation == "get_or_create":  # nothing is saved by a hit
        calls = tuple(replace(c, only_created=True) for c in calls if c.only_created is not False)
    values = {"created": created, "update_fields": "None"}
    text = lines.calls(calls, target, values)
    if operation == "get_or_create":
        text = [line.replace(f"created={created}", "created=True") for line in text]
    if not text:
        return Placed()
    statement = facts.lines.span(call.statement)
    edits += inserted(statement, text)
    edits += in_transaction(call, facts, desk.project)
    verb = "get" if operation == "get_or_create" else "update"
    return placed(lines, call, facts, edits, f"{verb}_{found.variable(site.models[:1])}")


def pair_of(
    site: Site, call: CallSite, facts: FileFacts, desk: Desk, wanted: str
) -> tuple[str, str, list[Edit]] | Blocked:
    """Names of the object (`wanted` if it has none) and of `created`, and edits that bind them."""
    statement = call.statement
    if is_statement(call):
        target, created = desk.free_name(site, wanted), desk.free_name(site, "created")
        if target is None or created is None:
            return Blocked("name-taken")
        return target, created, [Bind(facts.lines.span(statement), f"{target}, {created}")]
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return Blocked("expression")
    left = statement.targets[0]
    if statement.value is outermost(call) and isinstance(left, ast.Tuple) and len(left.elts) == 2:
        first, second = left.elts
        if not isinstance(first, ast.Name) or not isinstance(second, ast.Name):
            return Blocked("expression")
        edits: list[Edit] = []
        names = []
        for element, name_wanted in ((first, wanted), (second, "created")):
            if not element.id.startswith("_") or is_read(call, element.id):
                names.append(element.id)
                continue
            free = desk.free_name(site, name_wanted)
            if free is None:
                return Blocked("name-taken")
            names.append(free)
            edits.append(Replace(facts.lines.span(element), free))
        return names[0], names[1], edits
    parent = call.parents[-1]
    if isinstance(parent, ast.Subscript) and statement.value is parent:
        if found.is_literal(parent.slice, 0) and isinstance(left, ast.Name):
            free = desk.free_name(site, "created")
            if free is None:
                return Blocked("name-taken")
            source = facts.lines.source(facts.lines.span(call.node))
            return left.id, free, [
                Replace(facts.lines.span(left), f"{left.id}, {free}"),
                Replace(facts.lines.span(parent), source),
            ]  # fmt: skip
    return Blocked("expression")
