"""Factories of test objects: factory_boy, model_bakery, mixer."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.project import roles
from codemod.project.answers import Answer, ClassRef, Collection, Instance, Tier, Type
from codemod.project.classes import ClassInfo
from codemod.project.types.kinds import PENDING, UNKNOWN, again, one, union

if TYPE_CHECKING:
    from codemod.project.types.arguments import Given
    from codemod.project.types.engine import Engine

_ONE = frozenset("create build _create _build stub simple_generate generate".split())
_MANY = frozenset(
    "create_batch build_batch stub_batch generate_batch simple_generate_batch".split()
)
_DYNAMIC = ("django_dynamic_fixture.", "ddf.")
_BAKERS = ("model_bakery.baker.", "model_mommy.mommy.", "mixer.backend.django.mixer.")


def is_factory(engine: Engine, cls: str) -> bool:
    """Whether a class is a factory."""
    return engine.classes.is_subclass(cls, *roles.FACTORIES)


def made(engine: Engine, cls: str) -> Type | None:
    """What a factory makes."""
    return engine.instance(roles.model_of(engine.project, cls))


def constructed(engine: Engine, cls: str) -> Type | None:
    """What calling a factory class gives; None for other classes."""
    return made(engine, cls) if is_factory(engine, cls) else None


def method(engine: Engine, kind: ClassRef, name: str, given: Given | None) -> Answer | None:
    """What a class method of a factory gives; None where it is no business of factories."""
    if name not in _ONE | _MANY or not is_factory(engine, kind.cls):
        return None
    item = made(engine, kind.cls)
    if item is None:
        return UNKNOWN
    text = f"made by {kind.cls.rpartition('.')[2]}"
    return one(Collection((item,)) if name in _MANY else item, text)


def declared(engine: Engine, info: ClassInfo, value: ast.expr) -> Answer | None:
    """What a declaration in a factory's body stands for in the object."""
    if not isinstance(value, ast.Call) or not is_factory(engine, info.name):
        return None
    last = getattr(value.func, "attr", getattr(value.func, "id", ""))
    if last == "SubFactory" and value.args:
        target = engine.of(value.args[0], info.scope, info.facts)
        parts = target.types if all(isinstance(k, ClassRef) for k in target.types) else ()
        items = [constructed(engine, kind.cls) for kind in parts if isinstance(kind, ClassRef)]
        return union(one(i, "SubFactory") if i is not None else UNKNOWN for i in items or [None])
    return UNKNOWN


def external_call(engine: Engine, dotted: str, given: Given) -> Answer | None:
    """`baker.make("shop.Order")`, `mixer.blend(Order)`, `factory.create(Order)`."""
    call = given.call
    last = dotted.rpartition(".")[2]
    if dotted.startswith(_BAKERS) and last in ("make", "prepare", "blend", "cycle"):
        made = _named(engine, call.args[0] if call.args else None, given, f"made by {last}()")
        return _many(made) if any(keyword.arg == "_quantity" for keyword in call.keywords) else made
    if dotted.startswith(_DYNAMIC) and last in ("get", "G", "new", "N", "create", "fixture"):
        made = _named(engine, call.args[0] if call.args else None, given, f"made by {last}()")
        many = next((k.value for k in call.keywords if k.arg == "n"), None)
        one_only = many is None or (isinstance(many, ast.Constant) and many.value == 1)
        return made if one_only else _many(made)
    if dotted in ("factory.create", "factory.build") and call.args:
        return _named(engine, call.args[0], given, f"made by {last}()")
    return None


def _many(made: Answer) -> Answer:
    return again(made, (Collection(made.types),)) if made.types else made


def _named(engine: Engine, expr: ast.expr | None, given: Given, reason: str) -> Answer:
    """An object of the class that is given, by its name or as it is."""
    if expr is None:
        return UNKNOWN
    if isinstance(expr, ast.Constant):
        label = engine.models.label_of(expr, given.scope, given.facts)
        known = engine.models.get(label) if label is not None else None
        if known is None and isinstance(expr.value, str):  # a model's bare name
            named = [
                m for m in engine.models.by_label.values() if m.label.endswith(f".{expr.value}")
            ]
            known = named[0] if len(named) == 1 else None
        return one(Instance(known.name), reason) if known is not None else UNKNOWN
    classes = engine.of(expr, given.scope, given.facts)
    if classes is PENDING:
        return PENDING
    kinds: list[Type] = [Instance(k.cls) for k in classes.types if isinstance(k, ClassRef)]
    if kinds:
        told = len(kinds) == len(classes.types)
        return again(classes, tuple(kinds), reason) if told else UNKNOWN
    item = engine.instance(engine.models.label_of(expr, given.scope, given.facts))
    return one(item, reason) if item is not None else UNKNOWN


__all__ = ["Tier", "constructed", "declared", "external_call", "is_factory", "made", "method"]
