"""What a file's lines put into containers, by what has the container.

orders.append(order)             self.orders += others
by_shop[shop].append(order)      found["last"] = order
collect(orders)                  # def collect(into): into.append(Order())
"""

from __future__ import annotations

import ast
from collections.abc import Callable as Function
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codemod.facts.tables import CallSite, FileFacts, FunctionDef, Scope
from codemod.project.answers import Answer
from codemod.project.types.arguments import Given, argument, frame_for, is_bound
from codemod.project.types.callers import may_call, other_names

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_ONE = {"append": 0, "add": 0, "appendleft": 0, "insert": 1, "setdefault": 1}
_MANY = ("extend", "update", "extendleft")


@dataclass(eq=False, slots=True)  # not frozen: they are many, and that costs
class Fill:
    """Something that is put into a container."""

    container: ast.expr
    value: ast.expr | None  # None: nothing can be told
    scope: Scope
    facts: FileFacts
    path: tuple[int, ...] = ()
    many: bool = False  # `extend(others)`, `+= others`
    key: ast.expr | None = None  # `[key] = order`
    inner: bool = False  # into a container in the container
    method: str = ""
    handed: Handed | None = None  # where a function does it that gets the container


@dataclass(eq=False, slots=True)
class Handed:
    """A call that hands a container to a function which puts something into it."""

    call: CallSite
    function: FunctionDef
    put: Fill  # what the function does with its parameter


def fills_of(engine: Engine, facts: FileFacts) -> list[Fill]:
    """What a file puts into containers, by itself or through functions of the project; kept."""
    tables: dict[str, list[Fill]] = engine.tables.setdefault("fills", {})
    known = tables.get(facts.path)
    if known is None:
        fills = _plain(engine, facts)
        handed = _handed(facts, _fillers(engine))
        known = tables[facts.path] = [*fills, *handed]
    return known


def happens(engine: Engine, fill: Fill) -> bool:
    """Whether a fill counts: the call that hands a container on may be one of that function."""
    by = fill.handed
    if by is None:
        return True
    called = may_call(engine, fill.facts, by.call, by.function, by.put.facts)
    return called is not False and happens(engine, by.put)


def asked(engine: Engine, fill: Fill, ask: Function[[Fill], Answer]) -> Answer:
    """What is asked about a fill, of the line that does it, for the call that leads there."""
    by = fill.handed
    if by is None:
        return ask(fill)
    given = Given(by.call.node, fill.scope, fill.facts)
    frame = frame_for(engine, by.function, by.put.facts, given, None)
    return engine.within(frame, lambda: asked(engine, by.put, ask))


_Fillers = dict[str, list[tuple[FunctionDef, str, Fill]]]
_ROUNDS = 3  # functions that hand the container on to the next


def _fillers(engine: Engine) -> _Fillers:
    """The functions that put something into what they are given: the parameter, and the fill."""
    known: _Fillers | None = engine.tables.get("fillers")
    if known is None:
        known = engine.tables["fillers"] = {}
        files = [*engine.project.read()]
        found = [f for facts in files for f in _plain(engine, facts)]
        other = other_names(engine)
        for _ in range(_ROUNDS):
            new: _Fillers = {}
            for fill in found:
                function = _parameter_of(engine, fill)
                if function is not None and isinstance(fill.container, ast.Name):
                    name = function.node.name
                    for each in (name, *other.get(name, ())):
                        new.setdefault(each, []).append((function, fill.container.id, fill))
            for name, fillers in new.items():
                known.setdefault(name, []).extend(fillers)
            found = [f for facts in files for f in _handed(facts, new)]
    return known


def _parameter_of(engine: Engine, fill: Fill) -> FunctionDef | None:
    """The function whose parameter, a list or set, a line fills."""
    name, scope = fill.container, fill.scope
    if not isinstance(name, ast.Name) or scope.kind != "function":
        return None
    if fill.key is not None or fill.inner or isinstance(fill.value, ast.Constant):
        return None
    bindings = scope.bindings.get(name.id, ())
    if not any(b.kind == "param" for b in bindings):
        return None
    return engine.function_at(scope.node, fill.facts)


def _handed(facts: FileFacts, fillers: _Fillers) -> Iterator[Fill]:
    """The containers that a file's calls hand to functions that fill them."""
    for name in facts.calls_by_name.keys() & fillers.keys():
        for call in facts.named(name):
            for function, parameter, put in fillers[name]:
                skip = 1 if is_bound(function) else 0
                if skip and not _is_own(call.node.func):
                    continue  # too many methods of other objects have its name
                value = argument(function, call.node, parameter, skip)
                if isinstance(value, (ast.Name, ast.Attribute)):
                    by = Handed(call, function, put)
                    yield replace(
                        put, container=value, value=None, scope=call.scope, facts=facts, handed=by
                    )


def _is_own(function: ast.expr) -> bool:
    """`self.collect`, `cls.collect`."""
    owner = function.value if isinstance(function, ast.Attribute) else None
    return isinstance(owner, ast.Name) and owner.id in ("self", "cls")


def _plain(engine: Engine, facts: FileFacts) -> list[Fill]:
    """What a file's own lines put into containers."""
    tables: dict[str, list[Fill]] = engine.tables.setdefault("plain fills", {})
    known = tables.get(facts.path)
    if known is None:
        fills = [*_in_file(facts)]
        known = tables[facts.path] = [*fills, *_by_other_names(engine, fills)]
    return known


def _by_other_names(engine: Engine, fills: list[Fill]) -> Iterator[Fill]:
    """`rows = self.rows` and `rows.append(row)` fill what has the other name."""
    for fill in fills:
        name = fill.container
        found = engine.symbols.bindings(name.id, fill.scope) if isinstance(name, ast.Name) else None
        for binding in found[1] if found is not None else ():
            if isinstance(binding.value, (ast.Name, ast.Attribute)) and not binding.path:
                if binding.kind == "assign":
                    yield replace(fill, container=binding.value)


def _in_file(facts: FileFacts) -> Iterator[Fill]:
    for call in facts.named(*_ONE, *_MANY):
        function, arguments = call.node.func, call.node.args
        if not isinstance(function, ast.Attribute):
            continue
        many = call.name in _MANY
        index = 0 if many else _ONE[call.name]
        told = len(arguments) > index and not (many and (call.node.keywords or arguments[1:]))
        value = arguments[index] if told else None
        container, depth, key = _outermost(function.value)
        if call.name == "setdefault" and arguments and not depth:
            key = arguments[0]
        value = value if depth < 2 else None
        inner = depth > 0
        yield Fill(container, value, call.scope, facts, (), many, key, inner, call.name)
    for scope in facts.scopes.values():
        for name, bindings in scope.bindings.items() if facts.augments else ():
            for binding in bindings:
                if binding.kind == "augmented":
                    target = ast.Name(name, ast.Load())
                    yield Fill(target, binding.value, scope, facts, many=True)
        for store in scope.stores:
            if store.kind == "augmented":
                container, depth, key = _outermost(store.target)
                value = store.value if depth < 2 else None
                yield Fill(container, value, scope, facts, (), True, key, depth > 0)
            elif isinstance(store.target, ast.Subscript) and store.kind in ("assign", "loop"):
                many = isinstance(store.target.slice, ast.Slice)
                container, depth, key = _outermost(store.target)
                value = store.value if store.kind == "assign" and depth == 1 else None
                key = None if many and depth == 1 else key
                yield Fill(container, value, scope, facts, store.path, many, key)


def _outermost(expr: ast.expr) -> tuple[ast.expr, int, ast.expr | None]:
    """`by_shop`, 1 and `shop` of `by_shop[shop]` and of `by_shop.setdefault(shop, [])`."""
    depth = 0
    key: ast.expr | None = None
    while True:
        if isinstance(expr, ast.Subscript):
            key = expr.slice
            expr = expr.value
        elif isinstance(expr, ast.Call) and _gives_item(expr):
            key = expr.args[0]
            expr = expr.func.value if isinstance(expr.func, ast.Attribute) else expr
        else:
            return expr, depth, key
        depth += 1


def _gives_item(call: ast.Call) -> bool:
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return method in ("setdefault", "get") and bool(call.args)
