"""Taking objects out of a relation with a model between: its rows are deleted.

    team.members.remove(member)   ->   with transaction.atomic():
                                           deleted = list(
                                               Membership.objects.filter(team=team, member=member)
                                           )
                                           team.members.remove(member)
                                           for membership in deleted:
                                               forget(membership)

Recognised: `remove`, `clear` and `set` of a many-to-many relation with a `through` model of the
project, from either side. The rows are deleted as a queryset, which fires pre_delete and
post_delete inside the pair of m2m_changed (SEMANTICS 4.10). What is added is created in bulk,
which fires nothing for the rows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Manager, Tier
from codemod.project.many_to_many import Relation
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.generic_relation import is_kept
from codemod.surfaces.many_to_many.owner import is_of_owner
from codemod.surfaces.many_to_many.relations import REVERSE, heard
from codemod.surfaces.placing.coroutine import is_stray, method
from codemod.surfaces.placing.statements import is_stable, is_statement
from codemod.surfaces.queryset_delete import around
from codemod.surfaces.relation_set import TIMING
from codemod.surfaces.removing.cascade import manager_of
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS

name = "through-rows"
ORDER = "between-order"
METHODS = ("remove", "clear", "set", "aremove", "aclear", "aset")


def find(project: Project) -> Iterator[Site]:
    """Every such call on a relation with a model between, or on what may be one by its name."""
    between = [r for r in project.relations.values() if not r.field.auto_through]
    named = {n: (r, r.field.name != n) for r in between for n in (r.field.name, r.accessor) if n}
    by_field = {f"{r.field.model}.{r.field.name}": r for r in between}
    for facts in project.read() if between else ():
        for call in facts.named(*METHODS):
            function = call.node.func
            if not isinstance(function, ast.Attribute):
                continue
            answer = project.type_of(function.value, call.scope, facts)
            sides = {
                (by_field[t.field], t.reverse)
                for t in answer.types
                if isinstance(t, Manager) and t.related == "m2m" and t.field in by_field
            }
            tier = answer.tier
            if not answer.known and isinstance(function.value, ast.Attribute):
                sides = {named[function.value.attr]} if function.value.attr in named else set()
                tier = Tier.POSSIBLE
            elif len(sides) > 1 or len(answer.types) > len(sides):
                tier = Tier.POSSIBLE
            for relation, reverse in sides:
                yield Site(
                    name, facts.path, facts.lines.span(call.node), (relation.through,),
                    DELETE_SIGNALS, tier, None, answer.reason,
                    note=REVERSE if reverse else "", call=call,
                )  # fmt: skip


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Fetch the rows that go, as for the delete of a queryset."""
    call = site.call
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    facts, manager = desk.project.known(site.file), call.node.func.value
    if is_stray(call):
        return Blocked("async-site")
    if not is_statement(call) or not isinstance(manager, ast.Attribute):
        return Blocked("expression")
    if not is_stable(manager) or any(keyword.arg is None for keyword in call.node.keywords):
        return Blocked("expression")
    relation, reverse = desk.project.relations[site.models[0]], site.note == REVERSE
    if not is_of_owner(desk.project, call, facts, manager, relation, reverse):
        return Blocked("expression")
    keys = _keys(desk.project, relation, reverse=reverse)
    if keys is None or manager_of(desk.project, relation.through) != "objects":
        return Blocked("through-rows")
    if work.writes_first():
        return Blocked("through-rows")  # which rows go may change
    own, other = keys
    taken = _taken(call, facts, desk.project, other)
    if taken is None:
        return Blocked("relation-arguments")
    lines = Lines(desk, site)
    owner = facts.lines.source(facts.lines.span(manager.value))
    positive = [f"{own}={owner}", *([taken] if taken and method(call) == "remove" else [])]
    target = f"{lines.model(relation.through)}.objects.filter({', '.join(positive)})"
    if taken and method(call) == "set":
        target += f".exclude({taken})"
    notes = (TIMING,) if method(call) == "set" and work.after else ()
    if relation.through in heard(desk.project):
        notes = (*notes, ORDER)
    return around(site, work, lines, [], target, f"list({target})", notes)


def _keys(project: Project, relation: Relation, *, reverse: bool) -> tuple[str, str] | None:
    """The fields of the model between: to the object whose relation changes, and to the others."""
    if relation.owner == relation.target:
        return None
    ends = []
    for label in (relation.subject(reverse), relation.other(reverse)):
        fields = project.models.by_label[relation.through].fields.values()
        found_fields = [f.name for f in fields if f.target == label and f.kind == "ForeignKey"]
        if len(found_fields) != 1:
            return None
        ends += found_fields
    return ends[0], ends[1]


def _taken(call: CallSite, facts: FileFacts, project: Project, other: str) -> str | None:
    """The condition on what `remove()` takes and `set()` leaves, "" for all rows; None: it can't
    be written."""
    clear = found.keyword(call.node, "clear")
    if method(call) == "clear" or found.is_literal(clear, True):
        return ""
    given = call.node.args
    if method(call) == "set":
        only = found.keyword(call.node, "objs", 0)
        if only is None or not (clear is None or found.is_literal(clear, False)):
            return None
        if isinstance(only, (ast.List, ast.Tuple)) and not only.elts:
            return ""
        several = only
    elif len(given) == 1 and isinstance(given[0], ast.Starred):
        several = given[0].value
    elif not given or not all(is_stable(a) or isinstance(a, ast.Constant) for a in given):
        return None
    else:
        sources = [facts.lines.source(facts.lines.span(argument)) for argument in given]
        return (
            f"{other}={sources[0]}" if len(sources) == 1 else f"{other}__in=[{', '.join(sources)}]"
        )
    if not is_kept(several, call, facts, project):
        return None
    return f"{other}__in={facts.lines.source(facts.lines.span(several))}"
