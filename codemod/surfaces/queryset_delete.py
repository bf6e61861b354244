"""Deleting the objects of a queryset.

    Document.objects.filter(expired=True).delete()
->  documents = Document.objects.filter(expired=True)
    with transaction.atomic():
        deleted = list(documents)
        documents.delete()
        for document in deleted:
            unindex(document)

    User.objects.filter(expired=True).delete()
->  with transaction.atomic():
        for user in User.objects.filter(expired=True):
            delete_user(user)
    (where a function, or the model's own new `delete()`, does for each row what several kinds of
    rows that go with it ask for)

Recognised: `delete()` of a queryset or manager. The model's own `delete()` is not called (3.4).
Fires pre_delete for all objects, then post_delete, inside a transaction of Django's own; the
objects fetched here keep their pk, because Django deletes objects of its own (SEMANTICS 3.4).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from textwrap import indent

from codemod.facts.tables import CallSite
from codemod.project.answers import Manager, QuerySet
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.objects.own_rows import CODE, runs_own
from codemod.surfaces.placing.atomic import caught, header, imports, in_transaction, inside_atomic
from codemod.surfaces.placing.coroutine import is_awaited, is_stray, placed
from codemod.surfaces.placing.statements import (
    enclosed,
    inserted,
    is_kept,
    is_stable,
    is_statement,
    kept_return,
    over,
)
from codemod.surfaces.removing.cascade import by_key, collect
from codemod.surfaces.removing.conditions import tables
from codemod.surfaces.removing.counted import only_its_own
from codemod.surfaces.removing.fetched_rows import fresh, written_out
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, ServiceCall, Site, Work
from codemod.values.account import DELETE_SIGNALS
from codemod.values.edits import Edit, Insert, Replace, Where

name = "queryset-delete"


def find(project: Project) -> Iterator[Site]:
    """Every `delete()` on a queryset of a known model; `model_delete` lists the unknown."""
    for facts in project.read():
        for call in facts.named("delete", "adelete"):
            function = call.node.func
            if not isinstance(function, ast.Attribute) or project.is_told(call, facts):
                continue
            answer = found.managed(project, call, facts)
            queries = [t for t in answer.types if isinstance(t, (Manager, QuerySet))]
            models = tuple(dict.fromkeys(t.model for t in queries))
            own = runs_own(project, facts, call, answer)
            if models and not own:
                yield Site(
                    name,
                    facts.path,
                    facts.lines.span(call.node),
                    models,
                    DELETE_SIGNALS,
                    found.tier_among(answer, queries),
                    None,
                    answer.reason,
                    code=CODE if own is None else None,
                    call=call,
                )


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Fetch the objects first, then delete and loop, in one transaction."""
    call = site.call
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    facts = desk.project.known(site.file)
    if is_stray(call):
        return Blocked("async-site")
    if not is_statement(call) and not is_kept(call):
        return Blocked("expression")
    statement = facts.lines.span(call.statement)
    names = names_of(site, desk)
    if names is None:
        return Blocked("name-taken")
    lines = Lines(desk, site)
    loop = _one_by_one(site, work, desk, lines)
    if loop is not None:
        edit = Replace(statement, loop)
        return lines.placed([edit, *imports(call)], ("delete-order",))
    edits: list[Edit] = []
    queryset = call.node.func.value
    moving = _may_move(site, work, desk, queryset)
    target = facts.lines.source(facts.lines.span(queryset))
    if found.is_super(queryset):
        target = _self(call)
    elif not is_stable(queryset) and (not moving or work.asks_origin):
        noun = found.plural(found.variable(site.models[:1]))
        told = _quality(queryset)
        free = desk.free_name(site, *([told] if told else ()), noun, f"{noun}_to_delete")
        if free is None:
            return Blocked("name-taken")
        edits.append(Insert(statement, f"{free} = {enclosed(target)}", Where.ABOVE))
        if not moving:
            waits = is_awaited(call)  # then it goes into a function as it stands
            asked, code = (queryset, free) if waits else (call.node, f"{free}.{call.name}()")
            edits.append(Replace(facts.lines.span(asked), code))
        target = free
    answer = desk.project.type_of(queryset, call.scope, facts)
    if any(isinstance(t, Manager) for t in answer.types):
        target += ".all()"
    rows = f"list({fresh(desk.project, site, call, queryset, target)})"
    origin = target
    if moving:
        # Then the conditions of the query may no longer hold for what it was to delete.
        # Where no loop has a variable for them, that of the comprehension is its own.
        item = names[0] if work.before or work.after else found.variable(site.models[:1])
        query = by_key(lines, site.models[0], item, names[1])
        edits.append(Replace(facts.lines.span(queryset), query))
        target = names[1]
    return around(site, work, lines, edits, target, rows, listed=moving, origin=origin)


def _quality(queryset: ast.expr) -> str | None:
    """What all rows of `Document.objects.filter(expired=True)` are: `expired`."""
    if not isinstance(queryset, ast.Call) or len(queryset.keywords) != 1 or queryset.args:
        return None
    asked = queryset.keywords[0]
    filters = isinstance(queryset.func, ast.Attribute) and queryset.func.attr == "filter"
    if not filters or asked.arg is None or "__" in asked.arg:
        return None
    name = asked.arg.removeprefix("is_")
    # A participle or an adjective, which the noun can be left out behind.
    adjective = name.endswith(("ed", "ing", "able", "ive", "al", "ous"))
    return name if found.is_literal(asked.value, True) and adjective else None


def _may_move(site: Site, work: Work, desk: Desk, queryset: ast.expr) -> bool:
    """Whether work before the delete may change which rows the query finds."""
    call = site.call
    assert call is not None
    query, facts = written_out(queryset, call), desk.project.known(site.file)
    asked = [tables(desk.project, query, label, call.scope, facts) for label in site.models]
    known = [found for found in asked if found is not None]
    return work.writes_first(*(frozenset().union(*known) if len(known) == len(asked) else ()))


def _one_by_one(site: Site, work: Work, desk: Desk, lines: Lines) -> str | None:
    """The loop that deletes the rows one by one, where that says it shortest."""
    call, label = site.call, site.models[0]
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    function = call.scope.function()
    if len(site.models) > 1 or not is_statement(call) or work.asks_origin:
        return None  # the origin would be another one
    if call.name != "delete" or isinstance(getattr(function, "node", None), ast.AsyncFunctionDef):
        return None
    noun = found.variable((label,))
    item = desk.free_name(site, noun, f"deleted_{noun}", f"removed_{noun}")
    delete = alone(label, item, work, lines) if item is not None else None
    if delete is None:
        return None
    facts = desk.project.known(site.file)
    queryset = call.node.func.value
    source = enclosed(facts.lines.source(facts.lines.span(queryset)))
    rows = fresh(desk.project, site, call, queryset, source)
    loop = f"for {item} in {rows}:\n    {delete}"
    if inside_atomic(call, facts, desk.project):
        return loop
    return f"{header(call, facts)}\n{indent(loop, '    ')}"


def alone(label: str, item: str, work: Work, lines: Lines) -> str | None:
    """The line that deletes a row with all that goes with it, where that says shorter what is to
    be done for it, or for each of several."""
    if len(work.cascades) < 2 or any(cascade.model == label for cascade in work.cascades):
        return None  # of a tree, an earlier row may have taken a later one along
    whole = lines.desk.deleter(label)
    if whole is not None and not (work.before or work.after):
        return f"{lines.name(whole)}({item})"
    return f"{item}.delete()" if lines.desk.deletes_alone(label) else None


def names_of(site: Site, desk: Desk) -> tuple[str, str] | None:
    """What one of the deleted objects is called, and all of them. None: the names are taken."""
    noun = found.variable(site.models[:1])
    item = desk.free_name(site, noun, f"deleted_{noun}", f"removed_{noun}")
    many = desk.free_name(site, "deleted", f"deleted_{found.plural(noun)}")
    return None if item is None or many is None else (item, many)


def around(
    site: Site,
    work: Work,
    lines: Lines,
    edits: list[Edit],
    target: str,
    rows: str,
    notes: tuple[str, ...] = (),
    *,
    listed: bool = False,
    origin: str = "",
) -> Placed | Blocked:
    """The calls around a statement that deletes the objects of the queryset `target`; the code
    `rows` makes a list of them, `listed` even for no call. `origin`: the queryset, where `target`
    is a list."""
    desk, call = lines.desk, site.call
    assert call is not None
    facts = desk.project.known(site.file)
    statement = facts.lines.span(call.statement)
    origin = origin or target
    names = names_of(site, desk)
    children = collect(work, lines, target, many=True, origin=origin)
    if names is None or children is None:
        return Blocked("name-taken")
    if children.first and not (is_statement(call) or _counts_its_own(site, work)):
        return Blocked("expression")  # its count would be without the children
    item, many = names

    def loop(calls: tuple[ServiceCall, ...]) -> list[str]:
        return over(lines, item, many, lines.calls(calls, item, {"origin": origin}))

    before = [f"{many} = {rows}"] if work.before or work.after or listed else []
    before += [*children.collect, *children.before, *loop(work.before), *children.first]
    after = [*children.after, *loop(work.after)]
    edits += inserted(statement, before, Where.BEFORE)
    if after and isinstance(call.statement, ast.Return):
        result = desk.free_name(site, "result", "count")
        if result is None or is_awaited(call):
            return Blocked("expression")
        edits = [*kept_return(call, facts, edits, result)]
        edits += inserted(statement, after, Where.BEFORE)
    else:
        edits += inserted(statement, after)
    edits += in_transaction(call, facts, desk.project)
    notes += caught(call, facts, desk.project)
    what = f"delete_{found.plural(found.variable(site.models[:1]))}"
    return placed(lines, call, facts, edits, what, notes)


def _counts_its_own(site: Site, work: Work) -> bool:
    """Whether the result is only asked for rows that no child's going takes along."""
    first = (c for c in work.cascades if c.first and c.after)
    assert site.call is not None
    return len(site.models) == 1 and (
        only_its_own(site.call, site.models[0])
        and not any(site.models[0] in cascade.changes for cascade in first)
    )


def _self(call: CallSite) -> str:
    """What a method calls the rows that it is of."""
    node = call.scope.node
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    return node.args.args[0].arg if node.args.args else "self"
