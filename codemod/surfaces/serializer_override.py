"""A serializer that overrides `create()`, `update()` or `save()`.

    def create(self, validated_data):          ->   def create(self, validated_data):
        validated_data["total"] = 0                     validated_data["total"] = 0
        return super().create(validated_data)           order = super().create(validated_data)
                                                        create_invoice(order)
                                                        return order

The line that fires is the override's `super()` call, so one edit there covers every view and
every `serializer.save()`. An override that writes by hand is seen by the other surfaces.
Fires as `create()` or a full `save()` does (SEMANTICS 8.1, 8.2). `super().save()` goes on to
`create` or `update`: where the project overrides these, they fire and not this line; it must not
be shared with serializers that don't.
An override in a mixin fires for each serializer that inherits it.
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Tier
from codemod.project.held import held_by
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.calls.arriving import is_last
from codemod.surfaces.placing.statements import keep
from codemod.surfaces.rest_framework import SERIALIZER
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import SAVE_SIGNALS, Created
from codemod.values.edits import Edit, Insert, Where

name = "serializer-override"

METHODS: dict[str, Created] = {"create": "true", "update": "false", "save": "dynamic"}


def find(project: Project) -> Iterator[Site]:
    """Every `super()` call in a serializer that reaches the framework's own method."""
    for facts in project.read():
        for call in facts.named(*METHODS):
            if found.goes_up(call):
                yield from _sites(project, facts, call)


def _sites(project: Project, facts: FileFacts, call: CallSite) -> Iterator[Site]:
    scope = call.scope.class_()
    owner = project.class_of(facts, scope) if scope is not None else None
    if owner is None:
        return
    models: dict[str, None] = {}
    mixed = False
    halves: set[str] = set()
    elsewhere: set[str] = set()  # what others override that come here too, and fire there
    for serializer in project.classes.heirs(owner.name):
        label = project.model_of(serializer)
        if label is None or not project.classes.is_subclass(serializer, SERIALIZER):
            continue
        if not is_last(project, owner.name, serializer, call.name):
            continue  # that one fires
        if call.name == "save":
            own = {m for m in ("create", "update") if project.classes.method(serializer, m)}
            if len(own) == 2:
                elsewhere |= own
                continue
            halves |= own
        held = (label,) if call.name == "create" else held_by(project, serializer, label)
        known = [each for each in held if each in project.models.by_label]
        plain = [each for each in known if not found.overrides(project, each, "save")]
        models, mixed = models | dict.fromkeys(plain), mixed or len(plain) < len(known)
    if not models:
        return
    yield Site(
        name,
        facts.path,
        facts.lines.span(call.node),
        tuple(models),
        SAVE_SIGNALS,
        Tier.PROVED,
        METHODS[call.name],
        f"{owner.definition.node.name} overrides {call.name}()",
        code=_trouble(call, halves | elsewhere),
        mixed=mixed,
        call=call,
    )


def _trouble(call: CallSite, halves: set[str]) -> str | None:
    if halves:
        return "serializer-overrides-half"
    if call.scope.kind != "function" or call.scope.name != call.name:
        return "super-outside-override"
    return None


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Keep what the `super()` call returns and call with it."""
    call = site.call
    assert call is not None
    if len(site.models) > 1 or site.mixed:
        return Blocked("shared-override")
    if work.before:
        return Blocked("serializer-with-pre-save")
    facts = desk.project.known(site.file)
    lines = Lines(desk, site)
    values = site.values
    edits: list[Edit] = []
    if site.reads_created(work):
        variable = desk.free_name(site, "created")
        if variable is None:
            return Blocked("name-taken")
        text = f"{variable} = self.instance is None"
        edits.append(Insert(facts.lines.span(call.statement), text, Where.BEFORE))
        values["created"] = variable
    if not lines.calls(work.after, "_", values):
        return Placed()
    kept = keep(call, facts, desk.free_name(site, found.variable(site.models)))
    if kept is None:
        return Blocked("expression")
    after = lines.calls(work.after, kept.target, values)
    edits += [*kept.edits, Insert(kept.anchor, "\n".join(after), kept.where)]
    return lines.placed(edits)
