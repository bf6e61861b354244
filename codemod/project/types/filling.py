"""Containers and what is put into them after they are made.

orders = []                   self.orders = []               _registry = {}
orders.append(order)          self.orders.append(order)      cls._registry[key] = order

by_shop = defaultdict(list)   orders = [first]               found = {"first": first}
by_shop[shop].append(order)   orders += others               found["last"] = last
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.tables import Binding, FileFacts, Scope
from codemod.project.answers import Answer, ClassRef, Collection, Instance
from codemod.project.types.fills import Fill, asked, fills_of, happens
from codemod.project.types.iteration import iterated, unpacked
from codemod.project.types.kinds import NONE, NOTHING, PENDING, UNKNOWN, Dict, is_dict, other, union
from codemod.project.types.uses import is_only_read

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine


def named(
    engine: Engine, answer: Answer, binding: Binding, place: Scope, facts: FileFacts
) -> Answer:
    """The list or dictionary that a binding gives a name, with all that is put into it."""
    stated = binding.annotation is not None and not _is_empty(answer)
    if stated or not _is_container(answer):
        return answer
    name = binding.name
    found = _of_names(engine, facts).get(name, ())
    fills = [fill for fill in found if _lives(engine, name, fill.scope, place)]
    if place.kind == "module":
        fills += _elsewhere(engine).get(f"{engine.module_name(facts)}.{name}", ())
    fills = [fill for fill in fills if happens(engine, fill)]
    if not fills and _is_empty(answer) and not is_only_read(name, place):
        return _unknown(answer)
    return _completed(engine, answer, fills)


def attribute(
    engine: Engine, answer: Answer, value: ast.expr | None, cls: str, attr: str
) -> Answer:
    """The list or dictionary in an attribute of a class or its objects, with its items."""
    if not _is_container(answer):
        return answer
    found = _of_attributes(engine).get(attr, ())
    if isinstance(value, (ast.List, ast.ListComp)):  # `order.tags.add(tag)` is none
        found = [fill for fill in found if fill.method not in ("add", "update", "setdefault")]
    fills = [f for f in found if _shares(engine, f, cls, attr) and happens(engine, f)]
    return _completed(engine, answer, fills) if fills or not _is_empty(answer) else _unknown(answer)


def _is_container(answer: Answer) -> bool:
    """Whether it is a list, set or dictionary that was made in Python."""
    return bool(answer.types) and all(
        isinstance(kind, (Collection, Dict)) or getattr(kind, "what", "") in ("list", "dict", "set")
        for kind in answer.types
    )


def _is_empty(answer: Answer) -> bool:
    """Whether nothing was in it when it was made."""
    return bool(answer.types) and all(
        kind == NOTHING or (isinstance(kind, Dict) and kind.values == NONE.types)
        for kind in answer.types
    )


def _unknown(answer: Answer) -> Answer:
    """A container of the same kind of which nothing is known."""
    return other("dict" if any(isinstance(kind, Dict) for kind in answer.types) else "list")


def _lives(engine: Engine, name: str, scope: Scope, place: Scope) -> bool:
    found = engine.symbols.bindings(name, scope)
    return found is not None and found[0] is place


def _shares(engine: Engine, fill: Fill, cls: str, attr: str) -> bool:
    """Whether a container may be the one that objects of a class have."""
    assert isinstance(fill.container, ast.Attribute)
    owners = engine.of(fill.container.value, fill.scope, fill.facts).types
    if not owners:
        return True
    family = {cls, *engine.classes.subclasses(cls)}
    for kind in owners:
        if not isinstance(kind, (Instance, ClassRef)):
            continue
        if not family.isdisjoint(engine.classes.heirs(kind.cls)):
            return True
        # A container in the body of a class is shared by all that come from it.
        for ancestor in engine.classes.mro(kind.cls):
            info = engine.classes.get(ancestor)
            if info is not None and attr in info.definition.attributes:
                if ancestor in engine.classes.mro(cls):
                    return True
    return False


def _completed(engine: Engine, answer: Answer, fills: list[Fill]) -> Answer:
    if not fills:
        return answer
    if is_dict(answer):
        return _completed_dict(engine, answer, fills)
    items = [_item(engine, fill) for fill in fills]
    items = [_unknown(item) if _is_empty(item) else item for item in items]
    item = union([iterated(engine, answer), *items])
    if item is PENDING:
        return PENDING
    if not item.types:
        return other("list", "a list")
    return Answer((Collection(item.types),), item.tier, f"a list of {item.reason}")


def _completed_dict(engine: Engine, answer: Answer, fills: list[Fill]) -> Answer:
    """A dictionary; what is put under a literal key says nothing of the other keys."""
    before = [kind if isinstance(kind, Dict) else Dict("dict") for kind in answer.types]
    keys: dict[str, Answer] = {}
    loose: list[Answer] = []
    index: list[Answer] = []
    for kind in before:
        index.append(Answer(kind.index, answer.tier, answer.reason))
        for text, types in kind.keys:
            keys[text] = Answer(types, answer.tier, answer.reason)
        if not kind.keys:
            loose.append(Answer(kind.values, answer.tier, answer.reason))
    nested = any(fill.inner for fill in fills)
    for fill in fills:
        index.append(_key(engine, fill))
        item = _item(engine, fill)
        if item is PENDING or (nested and not fill.inner and _is_empty(item)):
            continue  # `setdefault(key, [])`
        if not fill.inner and _is_empty(item):
            item = _unknown(item)  # something may fill it where it can't be seen
        key = fill.key.value if isinstance(fill.key, ast.Constant) else None
        if isinstance(key, str):
            keys[key] = union([keys[key], item]) if key in keys else item
        else:
            loose.append(item)
    every = union([*loose, *keys.values()])
    told = tuple((text, union([item, *loose]).types) for text, item in keys.items())
    kept = Dict("dict", every.types, told, union(index).types)
    return Answer((kept,), every.tier, "a dictionary")


def _key(engine: Engine, fill: Fill) -> Answer:
    """What the key is under which one line puts something into a dictionary."""
    return asked(engine, fill, lambda put: _key_of(engine, put))


def _key_of(engine: Engine, fill: Fill) -> Answer:
    if fill.key is not None:
        return engine.of(fill.key, fill.scope, fill.facts)
    if fill.many and fill.value is not None:
        return iterated(engine, engine.of(fill.value, fill.scope, fill.facts))
    return UNKNOWN


def _item(engine: Engine, fill: Fill) -> Answer:
    """What one line puts into a container."""
    return asked(engine, fill, lambda put: _item_of(engine, put))


def _item_of(engine: Engine, fill: Fill) -> Answer:
    if fill.value is None:
        return UNKNOWN
    answer = unpacked(engine, engine.of(fill.value, fill.scope, fill.facts), fill.path)
    if fill.many and is_dict(answer):
        return union(
            Answer(k.values, answer.tier, answer.reason)
            if isinstance(k, Dict) and k.values
            else UNKNOWN
            for k in answer.types
        )
    item = iterated(engine, answer) if fill.many else answer
    if fill.inner and item.types:
        return Answer((Collection(item.types),), item.tier, item.reason)
    return item


def _of_names(engine: Engine, facts: FileFacts) -> dict[str, list[Fill]]:
    """What a file puts into containers, by their names."""
    tables: dict[str, dict[str, list[Fill]]] = engine.tables.setdefault("filling", {})
    known = tables.get(facts.path)
    if known is None:
        known = tables[facts.path] = {}
        for fill in fills_of(engine, facts):
            if isinstance(fill.container, ast.Name):
                known.setdefault(fill.container.id, []).append(fill)
    return known


def _elsewhere(engine: Engine) -> dict[str, list[Fill]]:
    """What files put into containers of other modules, by the containers' dotted names."""
    known: dict[str, list[Fill]] | None = engine.tables.get("filled elsewhere")
    if known is None:
        known = engine.tables["filled elsewhere"] = {}
        for facts in engine.project.read():
            imported = {binding.name for binding in facts.imports}
            for fill in fills_of(engine, facts):
                root = fill.container
                while isinstance(root, ast.Attribute):
                    root = root.value
                if isinstance(root, ast.Name) and root.id in imported:
                    dotted = engine.symbols.resolve(fill.container, fill.scope, facts)
                    if dotted is not None:
                        known.setdefault(dotted, []).append(fill)
    return known


def _of_attributes(engine: Engine) -> dict[str, list[Fill]]:
    """What the project puts into containers in attributes, by the attributes' names."""
    known: dict[str, list[Fill]] | None = engine.tables.get("filled attributes")
    if known is None:
        known = engine.tables["filled attributes"] = {}
        for facts in engine.project.read():
            for fill in fills_of(engine, facts):
                if isinstance(fill.container, ast.Attribute):
                    known.setdefault(fill.container.attr, []).append(fill)
    return known
