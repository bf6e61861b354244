"""Serializers of drf-writable-nested, which save what their nested serializers are about.

    class OrderSerializer(WritableNestedModelSerializer):    saves a Customer with each Order:
        customer = CustomerSerializer()                      blocked, `package-saves`

The package calls `save()` of the nested serializers, before it saves its own object or after
(drf_writable_nested/mixins.py), and deletes rows that a list no longer has. Where the nested
serializer, or the model, overrides what is called, the line in there fires instead. The place is
the outer serializer's `super().create()` or `super().update()`, or else the class.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.project.answers import Tier
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces import found
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
            for label, many, halves in _nested(project, chain):
                yield from _sites(project, cls, label, many, halves)


def _nested(
    project: Project, chain: tuple[str, ...]
) -> Iterator[tuple[str, bool, tuple[str, ...]]]:
    """(model, whether it is a list, the halves that are Django REST framework's own)."""
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
                yield label, found.keyword(value, "many") is not None, halves


def _sites(
    project: Project, cls: ClassInfo, label: str, many: bool, halves: tuple[str, ...]
) -> Iterator[Site]:
    saved = not found.overrides(project, label, "save")
    deleted = many and not found.overrides(project, label, "delete")
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
                )  # fmt: skip


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
