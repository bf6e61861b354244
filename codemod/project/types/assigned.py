"""Attributes that methods assign: `self.order = ...` in `__init__`, `setUp`, `setUpTestData`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemod.facts.nodes import last_name
from codemod.facts.tables import FileFacts, FunctionDef, Scope
from codemod.project.answers import Answer, Tier
from codemod.project.classes import ClassInfo
from codemod.project.types.filling import attribute
from codemod.project.types.iteration import iterated, unpacked
from codemod.project.types.kinds import UNKNOWN, union, weaker

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine


@dataclass(frozen=True, eq=False)
class Assigned:
    """One assignment to an attribute of `self` or `cls`."""

    value: ast.expr | None
    scope: Scope
    path: tuple[int, ...] = ()
    annotation: ast.expr | None = None
    loop: bool = False


def everywhere(engine: Engine, cls: str, attr: str) -> list[Answer]:
    """What the methods of a class, of its ancestors and descendants assign to an attribute."""
    found: list[Answer] = []
    for name in (*engine.classes.mro(cls), *engine.classes.subclasses(cls)):
        info = engine.classes.get(name)
        if info is None:
            continue
        for item in table(engine, info).get(attr, ()):
            answer = _answer(engine, item, info.facts)
            if item.annotation is None:
                answer = attribute(engine, answer, item.value, name, attr)
            found.append(weaker(answer, Tier.INFERRED))
    return found


def table(engine: Engine, info: ClassInfo) -> dict[str, list[Assigned]]:
    """The attributes that the methods of one class body assign."""
    tables = engine.tables.setdefault("assigned", {})
    known: dict[str, list[Assigned]] | None = tables.get(info.name)
    if known is None:
        known = {}
        for method in info.definition.functions:
            function = engine.function_at(method, info.facts)
            if function is not None:
                for attr, item in (*_in_method(function), *_by_name(info.facts, function)):
                    known.setdefault(attr, []).append(item)
        tables[info.name] = known
    return known


def on_requests(engine: Engine, attr: str) -> Answer:
    """What middleware and views put on requests: `request.profile = ...`."""
    table: dict[str, list[tuple[Assigned, FileFacts]]] | None = engine.tables.get("on requests")
    if table is None:
        table = engine.tables["on requests"] = {}
        for facts in engine.project.read():
            if "request." not in facts.text:
                continue
            for function in facts.functions:
                for store in function.scope.stores:
                    target = store.target
                    if (
                        store.kind != "assign"
                        or store.path
                        or not isinstance(target, ast.Attribute)
                    ):
                        continue
                    if _is_request(target.value):
                        item = Assigned(store.value, function.scope)
                        table.setdefault(target.attr, []).append((item, facts))
    found = table.get(attr)
    return union(_answer(engine, item, facts) for item, facts in found) if found else UNKNOWN


def _is_request(expr: ast.expr) -> bool:
    last = last_name(expr)
    return last == "request"


def _answer(engine: Engine, item: Assigned, facts: FileFacts) -> Answer:
    if item.annotation is not None:
        from codemod.project.types.hints import annotated

        stated = annotated(engine, item.annotation, item.scope, facts)
        if stated.types:
            return stated
    if item.value is None:
        return UNKNOWN
    answer = engine.of(item.value, item.scope, facts)
    if item.loop:
        answer = iterated(engine, answer)
    return weaker(unpacked(engine, answer, item.path), Tier.INFERRED)


def _in_method(function: FunctionDef) -> Iterator[tuple[str, Assigned]]:
    arguments = function.node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    if not plain:
        return
    owner = plain[0].arg
    for scope in function.scope.inside():
        for store in scope.stores:
            attr = _attr(store.target, owner)
            if attr is None or store.kind not in ("assign", "annotation", "loop", "with"):
                continue
            # What a context manager gives is not told by the manager itself.
            value = None if store.kind == "with" else store.value
            loop = store.kind == "loop"
            yield attr, Assigned(value, function.scope, store.path, store.annotation, loop)


def _by_name(facts: FileFacts, function: FunctionDef) -> Iterator[tuple[str, Assigned]]:
    """`setattr(self, "order", order)`."""
    inside = set(function.scope.inside()) if "setattr" in facts.calls_by_name else ()
    for call in facts.named("setattr") if inside else ():
        arguments = call.node.args
        if call.scope not in inside or len(arguments) != 3:
            continue
        owner, name, value = arguments
        plain = [*function.node.args.posonlyargs, *function.node.args.args]
        if isinstance(owner, ast.Name) and plain and owner.id == plain[0].arg:
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value, Assigned(value, call.scope)


def _attr(target: ast.Attribute | ast.Subscript, owner: str) -> str | None:
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        value = target.value.id
        if value == owner:
            return target.attr
        # `self.__class__.x = ...` and `type(self).x = ...` are rare enough to be left out.
    return None
