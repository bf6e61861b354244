"""A serializer's `create()` or `update()` that the project calls itself.

    order = self.fields["order"].create(data)     ->     order = self.fields["order"].create(data)
                                                         create_invoice(order)

    self.child.update(order, data)                ->     self.child.update(order, data)
                                                         log_order(order)

Recognised: both on a model serializer that has them from Django REST framework; on one that
overrides them the line within fires. Serializers of nested objects, and those of lists
(`self.child`), are called so. What nothing is known of may be any model serializer of the project
if it is called one, is taken out of `fields`, or is given what no dictionary's `update()` takes.
Fires as `create()` or a full `save()` does (SEMANTICS 8.1, 8.2).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.nodes import last_name
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Instance, Tier
from codemod.project.held import held_by
from codemod.project.project import Project
from codemod.surfaces import created as created_rules
from codemod.surfaces import found, many
from codemod.surfaces.rest_framework import SERIALIZER
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.surfaces.statements import inserted, is_stable, is_statement, keep
from codemod.values.account import SAVE_SIGNALS, Created
from codemod.values.edits import Edit, Insert, Where

name = "serializer-call"


_ARGUMENTS = ("instance", "validated_data")


def find(project: Project) -> Iterator[Site]:
    """Every such call, that of a base's method left out."""
    for facts in project.read():
        if "erializer" not in facts.text:
            continue
        for call in facts.named("create", "update"):
            if _takes_data(call) and not found.goes_up(call):
                yield from _sites(project, facts, call)


def _takes_data(call: CallSite) -> bool:
    """Whether a call has the arguments of a serializer's method, as no manager's has:
    `create(data)`, `update(order, data)`."""
    given = [*call.node.args, *(k for k in call.node.keywords if k.arg in (None, *_ARGUMENTS))]
    whole = len(given) == (1 if call.name == "create" else 2)
    return whole or found.has_unpacking(call.node)


def _sites(project: Project, facts: FileFacts, call: CallSite) -> Iterator[Site]:
    answer = project.owner_of(call, facts)
    owner = getattr(call.node.func, "value", None)
    serializers = [
        kind.cls
        for kind in answer.types
        if isinstance(kind, Instance) and project.classes.is_subclass(kind.cls, SERIALIZER)
    ]
    unknown = not answer.known and owner is not None and _may_be_one(call, owner)
    if unknown:
        serializers = [*project.classes.subclasses(SERIALIZER)]
    plain = [cls for cls in serializers if project.classes.method(cls, call.name) is None]
    held: list[str] = []
    for cls in plain:
        label = project.model_of(cls)
        if label in project.models.by_label:
            held += (label,) if call.name == "create" else held_by(project, cls, label)
    models = tuple(dict.fromkeys(m for m in held if not found.overrides(project, m, "save")))
    if not models or owner is None:
        return
    created: Created = "true"
    if call.name == "update":
        given = found.keyword(call.node, "instance", 0)
        created = "dynamic"
        if given is not None:
            created = created_rules.of_held(project, facts, call.scope, given, models)
    code = "serializer-overrides-half" if len(plain) < len(serializers) else None
    mixed = len(models) < len({*held}) or len(serializers) < len(answer.types)
    yield Site(
        name, facts.path, facts.lines.span(call.node), models, SAVE_SIGNALS,
        Tier.POSSIBLE if unknown else answer.tier, created,
        answer.reason, call=call, mixed=mixed,
        code="serializer-of-many" if many.may(project, facts, call, owner) else code,
    )  # fmt: skip


def _may_be_one(call: CallSite, owner: ast.expr) -> bool:
    """Whether an unknown object may be a serializer: `self.fields[name].update(order, data)`."""
    if len(call.node.args) == 2 and call.name == "update":
        return True
    named = owner.value if isinstance(owner, ast.Subscript) else owner
    return last_name(named) == "fields" or "serializer" in last_name(named).lower()


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Keep what the call returns and call with it."""
    call = site.call
    assert call is not None
    if work.before:
        return Blocked("serializer-with-pre-save")
    facts = desk.project.known(site.file)
    lines = Lines(desk, site)
    values = site.values
    edits: list[Edit] = []
    given = found.keyword(call.node, "instance", 0) if call.name == "update" else None
    if site.reads_created(work):
        variable = desk.free_name(site, "created")
        if given is None or not is_stable(given):
            return Blocked("expression")
        if variable is None:
            return Blocked("name-taken")
        source = facts.lines.source(facts.lines.span(given))
        rule = created_rules.expression(desk.project, site.models, source)
        statement = facts.lines.span(call.statement)
        edits.append(Insert(statement, f"{variable} = {rule}", Where.BEFORE))
        values["created"] = variable
    if not lines.calls(work.after, "_", values):
        return Placed()
    if call.name == "update" and is_statement(call) and isinstance(given, ast.Name):
        # What it saves has a name already.
        edits += inserted(
            facts.lines.span(call.statement), lines.calls(work.after, given.id, values)
        )
        return lines.placed(edits)
    kept = keep(call, facts, desk.free_name(site, found.variable(site.models)))
    if kept is None:
        return Blocked("expression")
    edits += kept.edits
    after = lines.calls(work.after, kept.target, values)
    return lines.placed([*edits, Insert(kept.anchor, "\n".join(after), kept.where)])
