"""Lists that start empty and are filled: `orders = []`, then `orders.append(order)`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import Answer, Collection
from codemod.project.types.iteration import iterated
from codemod.project.types.kinds import PENDING, Dict, union

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_ONE = {"append": 0, "add": 0, "appendleft": 0, "insert": 1, "setdefault": 1}
_MANY = ("extend", "update")


def named(engine: Engine, name: str, place: Scope, facts: FileFacts) -> Answer | None:
    """What is put into the container of a name; None if nothing is seen to be."""
    subject = ("name", name)
    found = [
        (call, facts)
        for call in _calls(engine, facts).get(subject, ())
        if _lives(engine, name, call.scope, place)
    ]
    stored = [
        (value, scope, facts)
        for value, scope in _stores(engine, facts).get(subject, ())
        if _lives(engine, name, scope, place)
    ]
    return _filled(engine, found, stored)


def _lives(engine: Engine, name: str, scope: Scope, place: Scope) -> bool:
    found = engine.symbols.bindings(name, scope)
    return found is not None and found[0] is place


def _filled(
    engine: Engine,
    calls: list[tuple[CallSite, FileFacts]],
    stored: list[tuple[ast.expr, Scope, FileFacts]],
) -> Answer | None:
    items: list[Answer] = []
    for call, facts in calls:
        arguments = call.node.args
        if call.name in _MANY:
            if len(arguments) == 1:
                items.append(iterated(engine, engine.of(arguments[0], call.scope, facts)))
        elif len(arguments) > _ONE[call.name]:
            items.append(engine.of(arguments[_ONE[call.name]], call.scope, facts))
    values = [engine.of(value, scope, facts) for value, scope, facts in stored]
    if values and not items:
        held = union(values)
        if held is PENDING or not held.types:
            return None
        return Answer((Dict("dict", held.types),), held.tier, held.reason)
    if not items:
        return None
    item = union(items + values)
    if item is PENDING or not item.types:
        return item if item is PENDING else None
    return Answer((Collection(item.types),), item.tier, f"a list of {item.reason}")


def _calls(engine: Engine, facts: FileFacts) -> dict[tuple[str, str], list[CallSite]]:
    """The filling calls of a file by what they fill."""
    tables = engine.tables.setdefault("filling", {})
    known: dict[tuple[str, str], list[CallSite]] | None = tables.get(facts.path)
    if known is None:
        known = {}
        tables[facts.path] = known
        for call in facts.calls:
            function = call.node.func
            if (call.name in _ONE or call.name in _MANY) and isinstance(function, ast.Attribute):
                if isinstance(function.value, ast.Name):
                    known.setdefault(("name", function.value.id), []).append(call)
    return known


def _stores(
    engine: Engine, facts: FileFacts
) -> dict[tuple[str, str], list[tuple[ast.expr, Scope]]]:
    """The assignments `name[key] = value` of a file."""
    tables = engine.tables.setdefault("stores", {})
    known: dict[tuple[str, str], list[tuple[ast.expr, Scope]]] | None = tables.get(facts.path)
    if known is None:
        known = {}
        tables[facts.path] = known
        for function in facts.functions:
            for store in function.scope.stores:
                target = store.target
                if store.kind != "assign" or store.path or store.value is None:
                    continue
                if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                    key = ("name", target.value.id)
                    known.setdefault(key, []).append((store.value, function.scope))
    return known
