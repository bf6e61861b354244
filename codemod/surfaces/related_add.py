"""Adding an object from the other side of a foreign key, with a save of its own.

    shelf.books.add(book, bulk=False)   ->   with transaction.atomic():
                                                 shelf.books.add(book, bulk=False)
                                                 index(book)

    shelf.books.clear(bulk=False)       ->   with transaction.atomic():
                                                 for book in shelf.books.all():
                                                     book.shelf = None
                                                     book.save(update_fields=["shelf"])
                                                     index(book)

Recognised: `add(x, bulk=False)` of a related manager or a generic relation, which saves the
object inside a transaction of Django's own, and `clear(bulk=False)`, written out as Django does
it (SEMANTICS 2.10, 2.11). With `bulk`, the default, both are one query, which fires nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Manager, Tier
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.objects import created as created_rules
from codemod.surfaces.placing.atomic import in_transaction
from codemod.surfaces.placing.coroutine import is_awaited, is_stray, method, placed
from codemod.surfaces.placing.statements import inserted, is_stable, is_statement
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import SAVE_SIGNALS, Created
from codemod.values.edits import Edit, Insert, Replace, Where

name = "related-add"
CODE = "related-manager"


def find(project: Project) -> Iterator[Site]:
    """Every `add()` and `clear()` of a related manager that saves the objects one by one."""
    for facts in project.read():
        for call in facts.named("add", "aadd", "clear", "aclear"):
            function, bulk = call.node.func, found.keyword(call.node, "bulk")
            if not isinstance(function, ast.Attribute) or bulk is None:
                continue
            if found.is_literal(bulk, True):
                continue
            kinds = ("fk", "generic") if method(call) == "add" else ("fk",)
            answer = project.type_of(function.value, call.scope, facts)
            models = tuple(
                t.model for t in answer.types if isinstance(t, Manager) and t.related in kinds
            )
            tier = answer.tier
            if not answer.known and isinstance(function.value, ast.Attribute):
                models, tier = by_name(project, function.value.attr), Tier.POSSIBLE
            elif len(answer.types) > len(models):
                tier = Tier.POSSIBLE  # or something else with such a method
            direct = tuple(m for m in models if not found.overrides(project, m, "save"))
            if direct:
                yield Site(
                    name, facts.path, facts.lines.span(call.node), direct, SAVE_SIGNALS, tier,
                    _created(project, facts, call, direct), answer.reason,
                    code=None if found.is_literal(bulk, False) else CODE,
                    mixed=len(direct) < len(models), call=call,
                )  # fmt: skip


def by_name(project: Project, accessor: str) -> tuple[str, ...]:
    """The models that some model reaches by an accessor of the name."""
    reached = (project.models.relations(m.label).get(accessor) for m in project.models.all())
    return tuple(dict.fromkeys(r.model for r in reached if r is not None and r.kind == "fk"))


def _created(
    project: Project, facts: FileFacts, call: CallSite, models: tuple[str, ...]
) -> Created:
    if method(call) == "clear":
        return "false"
    given = call.node.args[0] if len(call.node.args) == 1 else None
    if given is None or isinstance(given, ast.Starred):
        return "dynamic"
    return created_rules.at_save(project, facts, call, given, models, arguments=False)


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Put the calls around the statement, or write it out."""
    call = site.call
    assert call is not None
    facts = desk.project.known(site.file)
    if is_stray(call):
        return Blocked("async-site")
    if not is_statement(call):
        return Blocked("expression")
    if method(call) == "clear":
        return _clear(site, work, desk, call, facts)
    if work.before or len(call.node.args) != 1 or isinstance(call.node.args[0], ast.Starred):
        return Blocked(CODE)  # the object gets its foreign key right before it is saved
    lines, given = Lines(desk, site), call.node.args[0]
    statement = facts.lines.span(call.statement)
    edits: list[Edit] = []
    target = facts.lines.source(facts.lines.span(given))
    if not found.may_repeat(desk.project, facts, call.scope, given):
        free = desk.free_name(site, found.variable(site.models))
        if free is None:
            return Blocked("name-taken")
        edits = [Insert(statement, f"{free} = {target}", Where.ABOVE)]
        edits.append(Replace(facts.lines.span(given), free))
        target = free
    values = site.values
    if site.reads_created(work):
        variable = desk.free_name(site, "created")
        if variable is None:
            return Blocked("name-taken")
        rule = created_rules.expression(desk.project, site.models, target)
        edits.append(Insert(statement, f"{variable} = {rule}", Where.BEFORE))
        values["created"] = variable
    after = lines.calls(work.after, target, values)
    edits += inserted(statement, after)
    return _together(site, desk, lines, edits)


def _clear(
    site: Site, work: Work, desk: Desk, call: CallSite, facts: FileFacts
) -> Placed | Blocked:
    """What Django does, with the calls around each save."""
    assert isinstance(call.node.func, ast.Attribute)
    manager = call.node.func.value
    field = _field(desk.project, call, facts)
    item = desk.free_name(site, found.variable(site.models))
    if field is None or not isinstance(manager, ast.Attribute) or not is_stable(manager):
        return Blocked(CODE)
    if item is None:
        return Blocked("name-taken")
    if is_awaited(call):
        return Blocked("async-site")
    lines = Lines(desk, site)
    fields = f'["{field}"]'
    values = {"created": "False", "update_fields": fields, "frozen_fields": f"frozenset({fields})"}
    body = [
        f"{item}.{field} = None",
        *lines.calls(work.before, item, values),
        f"{item}.save(update_fields={fields})",
        *lines.calls(work.after, item, values),
    ]
    rows = found.rows(desk.project, facts, manager)
    text = [f"for {item} in {rows}:", *(f"    {line}" for line in body)]
    edit = Replace(facts.lines.span(call.statement), "\n".join(text))
    return _together(site, desk, lines, [edit])


def _together(site: Site, desk: Desk, lines: Lines, edits: list[Edit]) -> Placed | Blocked:
    """The edits, in the transaction that Django opens."""
    call = site.call
    assert call is not None
    facts = desk.project.known(site.file)
    edits += in_transaction(call, facts, desk.project)
    return placed(lines, call, facts, edits, f"{method(call)}_{found.variable(site.models)}")


def _field(project: Project, call: CallSite, facts: FileFacts) -> str | None:
    """The foreign key behind a related manager."""
    assert isinstance(call.node.func, ast.Attribute)
    answer = project.type_of(call.node.func.value, call.scope, facts)
    fields = {t.field for t in answer.types if isinstance(t, Manager)}
    field = fields.pop() if len(fields) == 1 else None
    return field.rpartition(".")[2] if field else None
