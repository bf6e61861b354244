"""What a function gives with the project's own decorators around it.

def first(function):
    return lambda *args: function(*args).first()

@first
def paid(owner):  # gives one order or None, not the orders that it returns
    return Order.objects.filter(owner=owner, paid=True)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemod.facts.nodes import own_nodes, parameters
from codemod.facts.tables import FileFacts, FunctionDef, Scope
from codemod.project.answers import Answer, Callable
from codemod.project.types.arguments import QUIET, decorators
from codemod.project.types.kinds import union

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, eq=False)
class _Wrapper:
    """What stands in a function's place: the values it gives, None for what the function gave."""

    scope: Scope
    facts: FileFacts
    results: tuple[ast.expr | None, ...]


def around(engine: Engine, facts: FileFacts, function: FunctionDef, answer: Answer) -> Answer:
    """`answer` is what the function's own body gives.

    A package's decorator, and one that can't be told, is taken to hand on what it gets.
    """
    stated = zip(function.node.decorator_list, decorators(function), strict=True)
    for decorator, name in reversed([*stated]):
        if name in QUIET:
            continue
        place = function.scope.parent or function.scope
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        for kind in engine.of(target, place, facts).types:
            if isinstance(kind, Callable):
                for wrapper in _wrappers(engine, kind.name):
                    answer = _given(engine, wrapper, answer)
    return answer


def _given(engine: Engine, wrapper: _Wrapper, answer: Answer) -> Answer:
    return union(
        answer if value is None else engine.of(value, wrapper.scope, wrapper.facts)
        for value in wrapper.results
    )


def _wrappers(engine: Engine, name: str) -> list[_Wrapper]:
    """The functions that a decorator puts in the place of what it decorates; kept."""
    from codemod.project.types.functions import find_functions

    table: dict[str, list[_Wrapper]] = engine.tables.setdefault("wrappers", {})
    if name not in table:
        table[name] = [
            wrapper
            for function, facts in find_functions(engine, name).items()
            for wrapper in _inner(function.node, frozenset(), facts)
        ]
    return table[name]


def _inner(
    node: _Function | ast.Lambda, wrapped: frozenset[str], facts: FileFacts
) -> Iterator[_Wrapper]:
    """The functions in one that call what it, or one around it, was given."""
    wrapped |= {*parameters(node)}
    for inner in _functions(node):
        calls = [n for n in own_nodes(inner) if isinstance(n, ast.Call) and _is(n.func, wrapped)]
        if calls:
            scope = facts.scopes.get(inner)
            if scope is not None:
                yield _Wrapper(scope, facts, tuple(_results(inner, calls)))
        else:
            yield from _inner(inner, wrapped, facts)


def _results(node: _Function | ast.Lambda, calls: list[ast.Call]) -> Iterator[ast.expr | None]:
    """The values it gives; None for what one of the calls gives."""
    if isinstance(node, ast.Lambda):
        yield None if node.body in calls else node.body
        return
    own = [*own_nodes(node)]
    handed_on = {
        target.id
        for n in own
        if isinstance(n, ast.Assign) and _call(n.value) in calls
        for target in n.targets
        if isinstance(target, ast.Name)
    }
    returns = [n.value for n in own if isinstance(n, ast.Return)]
    generates = any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in own)
    for value in returns or ([] if generates else [_NOTHING]):
        is_same = value is not None and (_call(value) in calls or _is(value, handed_on))
        yield None if is_same else value or _NOTHING
    if generates:
        yield None


_NOTHING = ast.Constant(None)


def _call(value: ast.expr) -> ast.expr:
    return value.value if isinstance(value, ast.Await) else value


def _is(node: ast.expr, names: frozenset[str] | set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _functions(node: ast.AST) -> Iterator[_Function | ast.Lambda]:
    """The functions right in a function."""
    for inner in own_nodes(node):
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield inner
