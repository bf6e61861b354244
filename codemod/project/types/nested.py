"""Serializers within serializers: of nested objects, and of the items of a list.

self.fields["order"]          of a serializer with `order = OrderSerializer()`
self.fields["lines"].child    of one with `lines = LineSerializer(many=True)`
self.child                    of one that is the `list_serializer_class` of OrderSerializer
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.project.answers import Answer, ClassRef, Instance, Other, Tier, Type
from codemod.project.roles import SERIALIZERS
from codemod.project.types.kinds import Dict, one

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

LIST = "rest_framework.serializers.ListSerializer"


def fields(engine: Engine, cls: str) -> Answer | None:
    """The `fields` of a serializer; None where none of them is a serializer."""
    inner: dict[str, tuple[Type, ...]] = {}
    for info in filter(None, map(engine.classes.get, engine.classes.mro(cls))):
        for name, value in info.definition.attributes.items():
            made = value.func if isinstance(value, ast.Call) else None
            dotted = engine.symbols.resolve(made, info.scope, info.facts) if made else None
            if dotted is not None and engine.classes.is_subclass(dotted, *SERIALIZERS):
                inner.setdefault(name, (Instance(dotted),))
    if not inner:
        return None
    others = dict.fromkeys(kind for kinds in inner.values() for kind in kinds)
    values = (Other("form data"), *others)
    return one(Dict("dict", values, tuple(inner.items())), "fields of the serializer")


def child(engine: Engine, cls: str) -> Answer | None:
    """The `child` of a serializer of lists: of each class that names it. What is made of another
    class with `many=True` is one, too, whose child is of that class."""
    if not engine.classes.is_subclass(cls, LIST):
        return one(Instance(cls), "child of the serializer")
    found: list[Type] = []
    for info in engine.classes:
        option = engine.classes.attribute(info.name, "list_serializer_class")
        if option is None or not info.name.endswith(".Meta"):
            continue
        kinds = engine.of(option[1], option[0].scope, option[0].facts).types
        if any(isinstance(kind, ClassRef) and kind.cls == cls for kind in kinds):
            found.append(Instance(info.name.removesuffix(".Meta")))
    return Answer(tuple(found), Tier.PROVED, "child of the serializer") if found else None
