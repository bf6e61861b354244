"""A serializer's `create()` or `update()` that the project calls itself.

    order = self.fields["order"].create(data)     ->     order = self.fields["order"].create(data)
                                                         create_invoice(order)

    self.child.update(order, data)                ->     self.child.update(order, data)
                                                         log_order(order)

Recognised: both on a model serializer that has them from Django REST framework; on one that
overrides them the line within fires. Serializers of nested objects, and those of lists
(`self.child`), are called so. What nothing is known of may be any model serializer of the project
if it is given what one takes, and nothing is asked of it that no serializer has.
Fires as `create()` or a full `save()` does (SEMANTICS 8.1, 8.2).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.nodes import last_name
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef, Instance, Tier
from codemod.project.held import held_by
from codemod.project.project import Project
from codemod.project.types.kinds import Text
from codemod.project.types.veto import used
from codemod.surfaces.calls import found, many
from codemod.surfaces.objects import created as created_rules
from codemod.surfaces.placing.statements import inserted, is_stable, is_statement, keep
from codemod.surfaces.rest_framework import SERIALIZER
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import SAVE_SIGNALS, Created
from codemod.values.edits import Edit, Insert, Where

name = "serializer-call"


_ARGUMENTS = ("instance", "validated_data")
# What Django REST framework's serializers have, those of lists too (3.14 to 3.16).
_HAS = frozenset(
    """
    allow_empty child context create data error_messages errors fields field_name get_fields
    get_initial initial_data instance is_valid label many parent partial
    read_only required root run_validation save source source_attrs to_internal_value
    to_representation update validate validated_data validators Meta
    """.split()
)


def find(project: Project) -> Iterator[Site]:
    """Every such call, that of a base's method left out."""
    for facts in project.read() if project.once(_serializers) else ():
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
    known = project.once(_serializers)
    serializers = [k.cls for k in answer.types if isinstance(k, Instance) and k.cls in known]
    unknown = owner is not None and not answer.known and _may_be_one(project, facts, call, owner)
    if unknown:
        serializers = [*known]
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


def _serializers(project: Project) -> tuple[str, ...]:
    """The model serializers of the project."""
    return tuple(project.classes.subclasses(SERIALIZER))


def _may_be_one(project: Project, facts: FileFacts, call: CallSite, owner: ast.expr) -> bool:
    """Whether an unknown object may be a serializer, by what is asked of it and what it is given:
    `self.fields[name].update(order, data)`."""
    data = found.keyword(call.node, "validated_data", 1 if call.name == "update" else 0)
    named = owner.value if isinstance(owner, ast.Subscript) else owner
    if last_name(named) == "fields" or "serializer" in last_name(named).lower():
        return True
    if data is None or found.has_unpacking(call.node):
        return False
    kinds = project.type_of(data, call.scope, facts).types
    if kinds and all(isinstance(kind, (Instance, ClassRef, Text)) for kind in kinds):
        return False  # an object, a class or a text
    has = _HAS | project.once(_own)
    return has.issuperset(used(project.types.engine, owner, call, facts))


def _own(project: Project) -> frozenset[str]:
    """What the project's serializers have of their own."""
    chain = {c for cls in project.once(_serializers) for c in project.classes.mro(cls)}
    classes = (info for cls in chain if (info := project.classes.get(cls)) is not None)
    return frozenset(name for info in classes for name in info.scope.bindings)


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
