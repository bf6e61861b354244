"""Factories of test objects: factory_boy, model_bakery, mixer."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.project import roles
from codemod.project.answers import Answer, ClassRef, Collection, Instance, Tier, Type
from codemod.project.classes import ClassInfo
from codemod.project.types.kinds import UNKNOWN, one

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
        for kind in target.types:
            if isinstance(kind, ClassRef):
                item = constructed(engine, kind.cls)
                return one(item, "SubFactory") if item is not None else UNKNOWN
    return UNKNOWN


def external_call(engine: Engine, dotted: str, given: Given) -> Answer | None:
    """`baker.make("shop.Order")`, `mixer.blend(Order)`, `factory.create(Order)`."""
    call = given.call
    last = dotted.rpartition(".")[2]
    if dotted.startswith(_BAKERS) and last in ("make", "prepare", "blend", "cycle"):
        item = _named(engine, call.args[0] if call.args else None, given)
        if item is None:
            return UNKNOWN
        keys = {keyword.arg for keyword in call.keywords}
        return one(Collection((item,)) if "_quantity" in keys else item, f"made by {last}()")
    if dotted.startswith(_DYNAMIC) and last in ("get", "G", "new", "N", "create", "fixture"):
        item = _named(engine, call.args[0] if call.args else None, given)
        if item is None:
            return UNKNOWN
        many = next((k.value for k in call.keywords if k.arg == "n"), None)
        one_only = many is None or (isinstance(many, ast.Constant) and many.value == 1)
        return one(item if one_only else Collection((item,)), f"made by {last}()")
    if dotted in ("factory.create", "factory.build") and call.args:
        item = _named(engine, call.args[0], given)
        return one(item, f"made by {last}()") if item is not None else UNKNOWN
    return None


def _named(engine: Engine, expr: ast.expr | None, given: Given) -> Type | None:
    if expr is None:
        return None
    if isinstance(expr, ast.Constant):
        label = engine.models.label_of(expr, given.scope, given.facts)
        known = engine.models.get(label) if label is not None else None
        if known is None and isinstance(expr.value, str):  # a model's bare name
            named = [
                m for m in engine.models.by_label.values() if m.label.endswith(f".{expr.value}")
            ]
            known = named[0] if len(named) == 1 else None
        return Instance(known.name) if known is not None else None
    for kind in engine.of(expr, given.scope, given.facts).types:
        if isinstance(kind, ClassRef):
            return Instance(kind.cls)
    return engine.instance(engine.models.label_of(expr, given.scope, given.facts))


__all__ = ["Tier", "constructed", "declared", "external_call", "is_factory", "made", "method"]
