"""Attributes that objects get outside of their class: `order.seen = True`, `annotate(n=...)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import Answer, ClassRef, Instance, Manager, QuerySet, Type
from codemod.project.types.kinds import weaker

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_PLAIN = (ast.Constant, ast.JoinedStr, ast.Compare)  # values that are no objects


@dataclass(frozen=True, eq=False)
class Gift:
    """One line that gives an attribute to something other than `self`."""

    owner: ast.expr | None  # what is given it; None: that can't be told
    value: ast.expr | None  # None: that can't be told
    scope: Scope
    facts: FileFacts


_GIVING = ("annotate", "alias", "extra", "aggregate", "Prefetch", "setattr", "add_to_class")


def places(engine: Engine) -> dict[str, list[Gift]]:
    """By name the attributes that the project gives to objects other than `self`."""
    known: dict[str, list[Gift]] | None = engine.tables.get("given")
    if known is None:
        known = engine.tables["given"] = {}
        for facts in engine.project.read():
            for attr, gift in _in_file(facts):
                known.setdefault(attr, []).append(gift)
    return known


def from_outside(engine: Engine, cls: str, attr: str, *, told: bool) -> list[Answer]:
    """What lines outside of a class give its objects for an attribute.

    `told`: whether the class itself says what it is; what is given to something unknown then
    counts for nothing.
    """
    found: list[Answer] = []
    for gift in places(engine).get(attr, ()):
        if gift.owner is None or gift.value is None or isinstance(gift.value, _PLAIN):
            continue
        kinds = engine.of(gift.owner, gift.scope, gift.facts).types
        if any(_is_related(engine, kind, cls) for kind in kinds) or not (kinds or told):
            found.append(weaker(engine.of(gift.value, gift.scope, gift.facts)))
    return found


def _is_related(engine: Engine, kind: Type, cls: str) -> bool:
    """Whether a thing may be an object of a class, or the class."""
    return isinstance(kind, (Instance, ClassRef)) and (
        engine.classes.is_subclass(kind.cls, cls) or engine.classes.is_subclass(cls, kind.cls)
    )


def may_get(engine: Engine, label: str, attr: str) -> bool:
    """Whether one of the places may give an attribute to objects of a model."""
    model = engine.models.get(label)
    related = {label, *engine.models.subclasses(label), *engine.models.parents(label)}
    for gift in places(engine).get(attr, ()):
        owner = gift.owner
        kinds = engine.of(owner, gift.scope, gift.facts).types if owner is not None else ()
        if not kinds or model is None:
            return True
        for kind in kinds:
            if isinstance(kind, (Manager, QuerySet)):
                if kind.model in related:
                    return True
            elif _is_related(engine, kind, model.name):
                return True
    return False


def _in_file(facts: FileFacts) -> Iterator[tuple[str, Gift]]:
    for call in facts.named(*_GIVING):
        is_set = call.name == "setattr" and len(call.node.args) == 3
        value = call.node.args[2] if is_set else None
        for attr in names(call):
            yield attr, Gift(_owner(call), value, call.scope, facts)
    for scope in facts.scopes.values():
        for store in scope.stores:
            target = store.target
            if isinstance(target, ast.Attribute) and not _is_self(target.value):
                plain = store.kind in ("assign", "annotation") and not store.path
                value = store.value if plain else None
                yield target.attr, Gift(target.value, value, scope, facts)


def names(call: CallSite) -> Iterator[str]:
    """The names of the attributes that a call gives to objects."""
    keywords = {k.arg: k.value for k in call.node.keywords if k.arg is not None}
    arguments = call.node.args
    named: list[ast.expr | None] = []
    if call.name in ("annotate", "alias", "aggregate"):
        yield from keywords
    elif call.name == "setattr":
        named = list(arguments[1:2])
    elif call.name == "add_to_class":
        named = list(arguments[:1])
    elif call.name == "Prefetch":
        named = [keywords.get("to_attr"), *arguments[2:3]]
    else:
        for given in (keywords.get("select"), *arguments[:1]):
            named += given.keys if isinstance(given, ast.Dict) else []
    for name in named:
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield name.value


def _owner(call: CallSite) -> ast.expr | None:
    if call.name == "setattr":
        return call.node.args[0] if call.node.args else None
    function = call.node.func
    return function.value if isinstance(function, ast.Attribute) else None


def _is_self(expr: ast.expr) -> bool:
    return isinstance(expr, ast.Name) and expr.id == "self"
