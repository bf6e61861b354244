"""Serializers of drf-writable-nested, which save what their nested serializers are about.

    class OrderSerializer(WritableNestedModelSerializer):    saves a Customer with each Order:
        customer = CustomerSerializer()                      blocked, `package-saves`

The package calls `save()` of the nested serializers, before it saves its own object or after
(drf_writable_nested/mixins.py), and deletes rows that point to it and are no longer given. Where
the nested serializer, or the model's `save()`, overrides what is called, the line in there fires
instead. The place is the outer serializer's `super().create()` or `super().update()`, or else the
class.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.project.answers import Tier
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.packages import CODE
from codemod.surfaces.rest_framework import SERIALIZER
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, Created
from codemod.values.span import Span

name = "nested-serializer"

PACKAGE = "drf_writable_nested."
HALVES = ("create", "update")


def find(project: Project) -> Iterator[Site]:
    """Each nested serializer of such a serializer, where the package saves by it."""
    for cls in project.classes:
        chain = project.classes.mro(cls.name)
        if any(base.startswith(PACKAGE) for base in chain):
            for label, field, halves in _nested(project, chain):
                yield from _sites(project, cls, label, field, halves)


def _nested(project: Project, chain: tuple[str, ...]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(model, relation that leads there, the halves that are Django REST framework's own)."""
    seen: set[str] = set()
    for info in filter(None, map(project.classes.get, chain)):
        for field, value in info.definition.attributes.items():
            if field in seen or not isinstance(value, ast.Call):
                continue
            seen.add(field)
            inner = project.symbols.resolve(value.func, info.scope, info.facts)
            if inner is None or not project.classes.is_subclass(inner, SERIALIZER):
                continue
            if found.is_literal(found.keyword(value, "read_only"), True):
                continue
            label = project.model_of(inner)
            halves = tuple(h for h in HALVES if project.classes.method(inner, h) is None)
            if label is not None and halves:
                source = found.keyword(value, "source")
                told = source.value if isinstance(source, ast.Constant) else field
                yield label, str(told), halves


def _sites(
    project: Project, cls: ClassInfo, label: str, field: str, halves: tuple[str, ...]
) -> Iterator[Site]:
    saved = not found.overrides(project, label, "save")
    deleted = _may_delete(project, cls, field)  # as a queryset, past the model's `delete()`
    created: Created = "dynamic"
    if len(halves) == 1:
        created = "true" if halves == ("create",) else "false"
    for span in dict.fromkeys(_places(cls)):
        for fires, signals in ((saved, SAVE_SIGNALS), (deleted, DELETE_SIGNALS)):
            if fires:
                yield Site(
                    name, cls.file, span, (label,), signals, Tier.INFERRED,
                    created if signals is SAVE_SIGNALS else None,
                    "saved with the serializer that it is nested in", code=CODE, cls=cls,
                    bypass=signals is DELETE_SIGNALS,
                )  # fmt: skip


def _may_delete(project: Project, cls: ClassInfo, field: str) -> bool:
    """Whether rows that are no longer given are deleted: those that point to the outer object."""
    label = project.model_of(cls.name)
    model = project.models.by_label.get(label or "")
    if model is None:
        return True
    if field in model.fields:
        return model.fields[field].kind == "GenericRelation"
    reverse = project.models.relations(model.label).get(field)
    return reverse is None or reverse.kind != "m2m"


def _places(cls: ClassInfo) -> Iterator[Span]:
    lines = cls.facts.lines
    for half in HALVES:
        method = cls.definition.methods.get(half)
        calls = found.super_calls(cls.facts, method, half) if method is not None else []
        yield from (lines.span(call.node) for call in calls)
        if not calls:
            yield lines.span(cls.definition.node)


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Never: the package saves."""
    return Blocked(CODE)
