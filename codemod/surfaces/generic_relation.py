"""Taking rows out of a generic relation, which deletes them.

    note.tags.remove(tag)   ->   with transaction.atomic():
                                     deleted = list(note.tags.filter(pk=tag.pk))
                                     note.tags.remove(tag)
                                     for deleted_tag in deleted:
                                         unindex(deleted_tag)

    note.tags.clear()       ->   with transaction.atomic():
                                     deleted = list(note.tags.all())
                                     note.tags.clear()
                                     for tag in deleted:
                                         unindex(tag)

    note.tags.set(tags)     ->   with transaction.atomic():
                                     deleted = [tag for tag in note.tags.all() if tag not in tags]
                                     note.tags.set(tags)
                                     for tag in deleted:
                                         unindex(tag)

Recognised: `remove`, `clear` and `set` of a GenericRelation. The rows are deleted as a queryset
(SEMANTICS 2.14); with `bulk=False` one by one, which blocks. What `set` and `add` put into the
relation is updated in one query, which fires nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Manager, QuerySet, Tier
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.placing.coroutine import is_stray, method
from codemod.surfaces.placing.statements import is_stable, is_statement
from codemod.surfaces.queryset_delete import around, names_of
from codemod.surfaces.relation_set import TIMING
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS
from codemod.values.edits import Edit, Insert, Replace, Where

name = "generic-relation"
METHODS = ("remove", "clear", "set", "aremove", "aclear", "aset")
CODE = "generic-relation"


def find(project: Project) -> Iterator[Site]:
    """Every such call on a generic relation, or on what may be one by its name."""
    named: dict[str, set[str]] = {}
    for model in project.models.by_class.values():
        for field in model.fields.values():
            if field.kind.endswith("GenericRelation") and field.target:
                named.setdefault(field.name, set()).add(field.target)
    for facts in project.read() if named else ():
        for call in facts.named(*METHODS):
            function = call.node.func
            if not isinstance(function, ast.Attribute):
                continue
            answer = project.type_of(function.value, call.scope, facts)
            models = [
                t.model for t in answer.types if isinstance(t, Manager) and t.related == "generic"
            ]
            tier = answer.tier
            if not answer.known and isinstance(function.value, ast.Attribute):
                models, tier = sorted(named.get(function.value.attr, ())), Tier.POSSIBLE
            elif len(answer.types) > len(models):
                tier = Tier.POSSIBLE  # or something else with such a method
            if models:
                yield Site(
                    name, facts.path, facts.lines.span(call.node), tuple(dict.fromkeys(models)),
                    DELETE_SIGNALS, tier, None, answer.reason, call=call,
                )  # fmt: skip


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Fetch the rows that go, as for the delete of a queryset."""
    call = site.call
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    facts = desk.project.known(site.file)
    if any(keyword.arg is None for keyword in call.node.keywords):
        return Blocked(CODE)
    bulk, manager = found.keyword(call.node, "bulk"), call.node.func.value
    if is_stray(call):
        return Blocked("async-site")
    if not is_statement(call) or not is_stable(manager):
        return Blocked("expression")
    if work.writes_first() or not (bulk is None or found.is_literal(bulk, True)):
        return Blocked(CODE)  # the rows may no longer be those of the relation, or go one by one
    if not isinstance(manager, ast.Attribute):
        return Blocked("expression")
    if method(call) == "set":
        return _set(site, work, desk, call, facts, manager)
    lines, target = Lines(desk, site), found.rows(desk.project, facts, manager)
    if method(call) == "remove":
        condition = _condition(call, facts, desk, site)
        if condition is None:
            return Blocked("relation-arguments")
        target = f"{ast.unparse(manager)}.filter({condition})"
    return around(site, work, lines, [], target, f"list({target})")


def _condition(call: CallSite, facts: FileFacts, desk: Desk, site: Site) -> str | None:
    """What the rows that `remove()` is given have in common."""
    given = call.node.args
    sources = [
        facts.lines.source(facts.lines.span(a.value if isinstance(a, ast.Starred) else a))
        for a in given
    ]
    starred = any(isinstance(a, ast.Starred) for a in given)
    if starred and len(given) == 1 and isinstance(given[0], ast.Starred):
        item = desk.free_name(site, found.variable(site.models[:1]), "row")
        if item is None or not is_kept(given[0].value, call, facts, desk.project):
            return None
        return f"pk__in=[{item}.pk for {item} in {sources[0]}]"
    if starred or not given or not all(map(is_stable, given)):
        return None
    if len(given) == 1:
        return f"pk={sources[0]}.pk"
    return f"pk__in=[{', '.join(f'{source}.pk' for source in sources)}]"


def _set(
    site: Site, work: Work, desk: Desk, call: CallSite, facts: FileFacts, manager: ast.Attribute
) -> Placed | Blocked:
    """Those of the rows go that are not among what is set."""
    given, clear = found.keyword(call.node, "objs", 0), found.keyword(call.node, "clear")
    notes = (TIMING,) if work.after else ()
    lines = Lines(desk, site)
    rows = found.rows(desk.project, facts, manager)
    if clear is not None and found.is_literal(clear, True):
        return around(site, work, lines, [], rows, f"list({rows})", notes)
    if given is None or not (clear is None or found.is_literal(clear, False)):
        return Blocked("relation-arguments")
    kept = is_kept(given, call, facts, desk.project)
    query = found.is_query(desk.project.type_of(given, call.scope, facts))
    if not kept and not query:
        return Blocked("relation-arguments")
    if isinstance(given, (ast.List, ast.Tuple)):
        keys = [f"{ast.unparse(element)}.pk" for element in given.elts]
        if keys:
            condition = f"pk={keys[0]}" if len(keys) == 1 else f"pk__in=[{', '.join(keys)}]"
            rows = f"{ast.unparse(manager)}.exclude({condition})"
        return around(site, work, lines, [], rows, f"list({rows})", notes)
    names = names_of(site, desk)
    if names is None:
        return Blocked("name-taken")
    item, many = names
    source = facts.lines.source(facts.lines.span(given))
    edits: list[Edit] = []
    if not kept:
        free = desk.free_name(site, found.plural(found.variable(site.models[:1])))
        if free is None:
            return Blocked("name-taken")
        statement = facts.lines.span(call.statement)
        edits = [Insert(statement, f"{free} = {source}", Where.ABOVE)]
        edits.append(Replace(facts.lines.span(given), free))
        source = free
    going = f"[{item} for {item} in {rows} if {item} not in {source}]"
    return around(site, work, lines, edits, many, going, notes, origin=rows)


def is_kept(node: ast.expr, call: CallSite, facts: FileFacts, project: Project) -> bool:
    """Whether objects can be looked through twice: a list or a queryset under a name."""
    if isinstance(node, (ast.List, ast.Tuple)):
        return all(map(is_stable, node.elts))
    kinds = project.type_of(node, call.scope, facts).types
    if not is_stable(node) or not kinds:
        return False
    if all(isinstance(kind, QuerySet) for kind in kinds):
        return True
    bound = call.scope.bindings.get(node.id, ()) if isinstance(node, ast.Name) else ()
    return bool(bound) and all(
        isinstance(binding.value, (ast.List, ast.ListComp, ast.Tuple)) and not binding.path
        for binding in bound
    )
