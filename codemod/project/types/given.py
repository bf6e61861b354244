"""Attributes that objects get outside of their class: `order.seen = True`, `annotate(n=...)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import ClassRef, Instance, Manager, QuerySet

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

#: What is given an attribute (None: that can't be told), and where.
_Place = tuple["ast.expr | None", Scope, FileFacts]

_GIVING = ("annotate", "alias", "extra", "aggregate", "Prefetch", "setattr", "add_to_class")


def places(engine: Engine) -> dict[str, list[_Place]]:
    """By name the attributes that the project gives to objects other than `self`."""
    known: dict[str, list[_Place]] | None = engine.tables.get("given")
    if known is None:
        known = engine.tables["given"] = {}
        for facts in engine.project.read():
            for attr, owner, scope in _in_file(facts):
                known.setdefault(attr, []).append((owner, scope, facts))
    return known


def may_get(engine: Engine, label: str, attr: str) -> bool:
    """Whether one of the places may give an attribute to objects of a model."""
    model = engine.models.get(label)
    related = {label, *engine.models.subclasses(label), *engine.models.parents(label)}
    for owner, scope, facts in places(engine).get(attr, ()):
        kinds = engine.of(owner, scope, facts).types if owner is not None else ()
        if not kinds or model is None:
            return True
        for kind in kinds:
            if isinstance(kind, (Manager, QuerySet)):
                if kind.model in related:
                    return True
            elif isinstance(kind, (Instance, ClassRef)):
                if engine.classes.is_subclass(kind.cls, model.name):
                    return True
                if engine.classes.is_subclass(model.name, kind.cls):
                    return True
    return False


def _in_file(facts: FileFacts) -> Iterator[tuple[str, ast.expr | None, Scope]]:
    for call in facts.named(*_GIVING):
        for attr in names(call):
            yield attr, _owner(call), call.scope
    for scope in facts.scopes.values():
        for store in scope.stores:
            target = store.target
            if isinstance(target, ast.Attribute) and not _is_self(target.value):
                yield target.attr, target.value, scope


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
