"""Getting an object, or creating it; updating it, or creating it.

    tag, _ = Tag.objects.get_or_create(name=name)
->  with transaction.atomic():
        tag, created = Tag.objects.get_or_create(name=name)
        if created:
            index_tag(tag)

    attach(Tag.objects.get_or_create(name=name)[0])
->  with transaction.atomic():
        tag, created = Tag.objects.get_or_create(name=name)
        if created:
            index_tag(tag)
    attach(tag)

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
from functools import partial
from itertools import groupby
from operator import attrgetter
from textwrap import dedent

from codemod.facts.nodes import is_name
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.objects.flow import always_before
from codemod.surfaces.objects.own_rows import CODE, runs_own
from codemod.surfaces.placing.atomic import database, header, imports, in_transaction, inside_atomic
from codemod.surfaces.placing.coroutine import is_stray, method, placed
from codemod.surfaces.placing.guards import under
from codemod.surfaces.placing.statements import (
    evaluated_first,
    inserted,
    is_read,
    is_stable,
    is_statement,
    nested,
    outermost,
)
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import SAVE_SIGNALS
from codemod.values.edits import Bind, Edit, Insert, Replace, Where

name = "get-or-create"

# Fields with a `pre_save()` of their own.
SETTING_THEMSELVES = ("DateField", "DateTimeField", "FileField", "ImageField", "TimeField")
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
    asked = None
    if operation == "update_or_create" and any(c.only_created is not True for c in work.after):
        perhaps = _perhaps_empty(desk.project, call, site.models)
        if isinstance(perhaps, Blocked):
            return perhaps
        asked = perhaps
    wanted = found.variable(site.models)
    above = _taken_from(call)
    pair = pair_of(site, call, facts, desk, wanted) if above is None else _names(site, desk, wanted)
    if isinstance(pair, Blocked):
        return pair
    target, created, edits = pair
    lines = Lines(desk, site)
    calls = work.after
    if operation == "get_or_create":  # nothing is saved by a hit
        calls = tuple(replace(c, only_created=True) for c in calls if c.only_created is not False)
    values = {"created": created, "update_fields": "None"}
    text = []
    for hears, group in groupby(calls, key=attrgetter("only_created")):
        several = lines.calls((*group,), target, values)
        if asked and hears is not True:
            several = under(asked if hears is False else f"{created} or {asked}", several)
        text += several
    if operation == "get_or_create":
        text = [line.replace(f"created={created}", "created=True") for line in text]
    if not text:
        return Placed()
    statement = facts.lines.span(call.statement)
    if above is None:
        around = in_transaction(call, facts, desk.project)
        edits += [*_beside(call, facts, created, text, wrapped=bool(around)), *around]
    else:
        block = [f"{target}, {created} = {facts.lines.source(facts.lines.span(call.node))}", *text]
        if not inside_atomic(call, facts, desk.project) or database(call, facts):
            block, edits = nested([header(call, facts)], block), imports(call)
        edits += inserted(statement, block, Where.ABOVE)
        edits.append(Replace(facts.lines.span(above), target))
    verb = "get" if operation == "get_or_create" else "update"
    return placed(lines, call, facts, edits, f"{verb}_{found.variable(site.models[:1])}")


def _beside(
    call: CallSite, facts: FileFacts, created: str, text: list[str], *, wrapped: bool
) -> list[Edit]:
    """The calls below their statement, or at the top of an `if created:` that comes next."""
    below = _block_below(call, created) if not wrapped else None
    guarded = text[0] == f"if {created}:" and all(line.startswith(" ") for line in text[1:])
    if below is None or not guarded:
        return inserted(facts.lines.span(call.statement), text)
    return [Insert(facts.lines.span(below), dedent("\n".join(text[1:])), Where.BEFORE)]


def _block_below(call: CallSite, created: str) -> ast.stmt | None:
    """The first statement of an `if created:` that comes next, if it is right below its line."""
    after = call.block[call.block.index(call.statement) + 1 :]
    if not after or not isinstance(after[0], ast.If) or not is_name(after[0].test, created):
        return None
    first = after[0].body[0]
    return first if first.lineno == after[0].lineno + 1 else None


def _taken_from(call: CallSite) -> ast.Subscript | None:
    """The `get_or_create()[0]` of a call that goes above its statement, which goes on with the
    object. None: it stays where it is, or can't go."""
    parent = call.parents[-1]
    if not isinstance(parent, ast.Subscript) or not found.is_literal(parent.slice, 0):
        return None
    is_kept = isinstance(call.statement, ast.Assign) and call.statement.value is parent
    on_one_line = call.node.lineno == call.node.end_lineno
    if is_kept or not on_one_line or _is_owner(call):
        return None
    return parent if evaluated_first(call) else None


def _is_owner(call: CallSite) -> bool:
    """Whether the statement calls a method of the object, which may fire by itself and moves
    the object, too: `Tag.objects.get_or_create(name=name)[0].delete()`."""
    last: ast.AST = call.parents[-1]
    for parent in reversed(call.parents[:-1]):
        if isinstance(parent, ast.Attribute):
            last = parent
        else:
            return isinstance(parent, ast.Call) and parent.func is last
    return False


def _names(site: Site, desk: Desk, wanted: str) -> tuple[str, str, list[Edit]] | Blocked:
    """Names for the object and for `created`, which have none."""
    target, created = desk.free_name(site, wanted), desk.free_name(site, "created")
    if target is None or created is None:
        return Blocked("name-taken")
    return target, created, []


def _perhaps_empty(
    project: Project, call: CallSite, models: tuple[str, ...]
) -> str | Blocked | None:
    """The defaults of an `update_or_create()` as code, if it saves nothing at a hit where they are
    empty (2.6), and that can be asked. None: it saves."""
    given = found.keyword(call.node, "defaults", 0)
    if given is not None and _is_filled(given, call):
        return None
    if all(_saves_anyway(project, label) for label in models) and models:
        return None
    plain = all(_is_plain(project, label) for label in models)
    if plain and given is not None and is_stable(given):
        return ast.unparse(given)
    return Blocked("update-without-defaults")


def _is_filled(given: ast.expr, call: CallSite) -> bool:
    """Whether a dictionary surely holds something."""
    if isinstance(given, ast.Dict):
        return any(key is not None for key in given.keys)
    if isinstance(given, ast.Call) and is_name(given.func, "dict"):
        return any(k.arg is not None for k in given.keywords)
    if not isinstance(given, ast.Name) or call.scope.kind != "function":
        return False
    bindings = call.scope.bindings.get(given.id, [])
    made = [b.value for b in bindings if b.kind == "assign" and not b.path]
    if len(made) == len(bindings) and all(v is not None and _is_filled(v, call) for v in made):
        return bool(made)
    return any(
        isinstance(target, ast.Subscript) and is_name(target.value, given.id)
        for _, statements in always_before(call)
        for statement in statements
        if isinstance(statement, ast.Assign)
        for target in statement.targets
    )


def _saves_anyway(project: Project, label: str) -> bool:
    """Whether a model has a field of its own that sets itself at each save: `auto_now` or not."""
    fields = project.models.by_label[label].fields.values()
    return any(f.kind in SETTING_THEMSELVES and f.model == label for f in fields)


def _is_plain(project: Project, label: str) -> bool:
    """Whether all fields of a model are Django's own, none of which sets itself."""
    fields = project.models.by_label[label].fields.values()
    return all((f.cls or "").startswith("django.") for f in fields if f.name != "id")


def pair_of(
    site: Site, call: CallSite, facts: FileFacts, desk: Desk, wanted: str
) -> tuple[str, str, list[Edit]] | Blocked:
    """Names of the object (`wanted` if it has none) and of `created`, and edits that bind them."""
    statement = call.statement
    if is_statement(call):
        pair = _names(site, desk, wanted)
        if isinstance(pair, Blocked):
            return pair
        target, created, _ = pair
        return target, created, [Bind(facts.lines.span(statement), f"{target}, {created}")]
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return Blocked("expression")
    left = statement.targets[0]
    repeats = partial(found.may_repeat, desk.project, facts, call.scope)
    if statement.value is outermost(call) and isinstance(left, ast.Tuple) and len(left.elts) == 2:
        first, second = left.elts
        if not repeats(first) or not repeats(second):
            return Blocked("expression")
        edits: list[Edit] = []
        names = []
        for element, name_wanted in ((first, wanted), (second, "created")):
            code = ast.unparse(element)
            if not code.startswith("_") or is_read(call, code):
                names.append(code)
                continue
            free = desk.free_name(site, name_wanted)
            if free is None:
                return Blocked("name-taken")
            names.append(free)
            edits.append(Replace(facts.lines.span(element), free))
        return names[0], names[1], edits
    parent = call.parents[-1]
    if isinstance(parent, ast.Subscript) and statement.value is parent:
        if found.is_literal(parent.slice, 0) and repeats(left):
            free = desk.free_name(site, "created")
            if free is None:
                return Blocked("name-taken")
            source = facts.lines.source(facts.lines.span(call.node))
            target = ast.unparse(left)
            return target, free, [
                Replace(facts.lines.span(left), f"{target}, {free}"),
                Replace(facts.lines.span(parent), source),
            ]  # fmt: skip
    return Blocked("expression")
