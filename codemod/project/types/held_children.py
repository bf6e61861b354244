"""Objects of proxies and children that a relation has in memory; rows are of what it points to.

line = Line(order=rush)                the very object that it was given, of the proxy `Rush`
line.order = rush
rush.lines.first().order               and that by which it was reached

FastProfile(order=order)               the other side of a one-to-one relation has it then, too
order.profile
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import Instance, Type
from codemod.project.model_tables import Field
from codemod.project.types import given

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

Place = tuple[ast.expr, Scope, FileFacts]


def children_held(engine: Engine, field: Field) -> tuple[Type, ...]:
    """The objects of proxies and children of a relation's target that it may have been given."""
    assert field.target is not None
    children = [engine.models.by_label[label] for label in engine.models.subclasses(field.target)]
    if not children:
        return ()
    known: dict[tuple[str, str], tuple[Type, ...]]
    known = engine.tables.setdefault("children held", {})
    key = (field.model, field.name)
    if key not in known:
        known[key] = ()  # what is asked on the way: what it is given may come from itself
        wanted = {Instance(child.name) for child in children}
        found = (kind for place in _given(engine, field) for kind in engine.of(*place).types)
        known[key] = tuple(dict.fromkeys(kind for kind in found if kind in wanted))
    return known[key]


def children_holding(engine: Engine, field: Field) -> tuple[Type, ...]:
    """The objects of proxies and children of a one-to-one relation's own model that are given what
    it leads to, which has them in memory (ForwardManyToOneDescriptor.__set__())."""
    children = [engine.models.by_label[label] for label in engine.models.subclasses(field.model)]
    known: dict[tuple[str, str], tuple[Type, ...]]
    known = engine.tables.setdefault("children holding", {})
    key = (field.model, field.name)
    if children and key not in known:
        known[key] = ()
        wanted = {Instance(child.name) for child in children}
        found = [kind for place in _owners(engine, field) for kind in engine.of(*place).types]
        known[key] = tuple(dict.fromkeys(kind for kind in found if kind in wanted))
    return known.get(key, ())


def _owners(engine: Engine, field: Field) -> Iterator[Place]:
    """The objects that get an attribute of a field's name, and the calls that may make one."""
    for gift in given.places(engine).get(field.name, ()):
        if gift.owner is not None:
            yield gift.owner, gift.scope, gift.facts
    for facts in engine.project.read():
        if f"{field.name}=" in facts.text:
            for call in facts.calls:
                made = call.name not in ("get", "aget")
                if made and any(keyword.arg == field.name for keyword in call.node.keywords):
                    yield call.node, call.scope, facts


def _given(engine: Engine, field: Field) -> Iterator[Place]:
    """What the project gives to an attribute or an argument of the field's name, and what it asks
    for the objects on the field's other side."""
    for gift in given.places(engine).get(field.name, ()):
        if gift.value is not None:
            yield gift.value, gift.scope, gift.facts
    accessor = _accessor(engine, field)
    for facts in engine.project.read():
        if f"{field.name}=" in facts.text:
            for call in facts.calls:
                yield from (
                    (keyword.value, call.scope, facts)
                    for keyword in call.node.keywords
                    if keyword.arg == field.name
                )
        if accessor is not None and accessor in facts.text:
            for scope in facts.scopes.values():
                yield from (
                    (node.value, scope, facts) for node in scope.attributes if node.attr == accessor
                )


def _accessor(engine: Engine, field: Field) -> str | None:
    """The name of the way back over a relation."""
    assert field.target is not None
    relations = engine.models.relations(field.target).items()
    return next((name for name, reverse in relations if reverse.field == field), None)
