"""One rule for each kind of expression."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import Answer, Collection, Pair, QuerySet, Type
from codemod.project.types import attributes, calls, names, subscripts
from codemod.project.types.kinds import (
    FIRING,
    NO_ITEMS,
    NONE,
    NOTHING,
    PENDING,
    UNKNOWN,
    Dict,
    Text,
    is_closed,
    is_dict,
    one,
    other,
    union,
)

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine, Rule

_LITERALS = {bytes: "bytes", bool: "bool", int: "int", float: "float"}


def _constant(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    assert isinstance(expr, ast.Constant)
    if expr.value is None:
        return NONE
    if isinstance(expr.value, str):
        return one(Text("str", expr.value if expr.value in FIRING else ""), "a literal")
    return other(_LITERALS.get(type(expr.value), "constant"), "a literal")


def _text(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    return other("str", "a text")


def _truth(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    if isinstance(expr, ast.UnaryOp) and not isinstance(expr.op, ast.Not):
        return other("int", "a number")
    return other("bool", "a comparison")


def _either(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    if isinstance(expr, ast.IfExp):
        parts = [expr.body, expr.orelse]
    else:
        assert isinstance(expr, ast.BoolOp)
        # The left sides of `and` only come out where they are false: of no further use.
        parts = expr.values if isinstance(expr.op, ast.Or) else expr.values[-1:]
    return union(engine.of(part, scope, facts) for part in parts)


def _inner(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    assert isinstance(expr, (ast.Await, ast.NamedExpr))
    return engine.of(expr.value, scope, facts)


def _sequence(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    """A tuple keeps its shape; a list or set is a collection, unknown if one item is."""
    from codemod.project.types.iteration import iterated

    assert isinstance(expr, (ast.List, ast.Tuple, ast.Set))
    elements = expr.elts
    answers = [
        (
            iterated(engine, engine.of(item.value, scope, facts))
            if isinstance(item, ast.Starred)
            else engine.of(item, scope, facts)
        )
        for item in elements
    ]
    if PENDING in answers:
        return PENDING
    starred = any(isinstance(item, ast.Starred) for item in elements)
    if isinstance(expr, ast.Tuple) and not starred:
        return one(Pair(tuple(answer.types for answer in answers)), "a tuple")
    if not isinstance(expr, ast.Tuple):
        answers = [_held(answer) for answer in answers]
    if not answers:
        return Answer((NOTHING,), NONE.tier, "an empty list")
    every = union(answers)
    if not every.types:
        return other("list", "a list")
    return Answer((Collection(every.types),), every.tier, f"a list of what is {every.reason}")


def _dict(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    assert isinstance(expr, ast.Dict)
    keys: list[tuple[str, tuple[Type, ...]]] = []
    answers: list[Answer] = []
    for key, value in zip(expr.keys, expr.values):
        answer = engine.of(value, scope, facts)
        if answer is PENDING:
            return PENDING
        answer = _held(answer)
        answers.append(UNKNOWN if key is None else answer)
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            keys.append((key.value, answer.types))
    if not answers:
        return one(NO_ITEMS, "an empty dictionary")
    values = union(answers).types
    index = union(engine.of(k, scope, facts) if k is not None else UNKNOWN for k in expr.keys).types
    told = tuple(keys) if None not in expr.keys else ()
    return one(Dict("dict", values, told, index), "a dictionary")


def _comprehension(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    inner = facts.scopes.get(expr, scope)
    if isinstance(expr, ast.DictComp):
        answer = engine.of(expr.value, inner, facts)
        if answer is PENDING:
            return PENDING
        answer = _held(answer)
        index = engine.of(expr.key, inner, facts).types
        return one(Dict("dict", answer.types, (), index), "a dictionary")
    assert isinstance(expr, (ast.ListComp, ast.SetComp, ast.GeneratorExp))
    answer = engine.of(expr.elt, inner, facts)
    if answer is PENDING:
        return PENDING
    answer = _held(answer)
    if not answer.types:
        return other("list", "a list")
    return Answer((Collection(answer.types),), answer.tier, answer.reason)


def _held(answer: Answer) -> Answer:
    """What another container holds: an empty list in there may be filled by way of that one."""
    if NOTHING in answer.types:
        return other("list", "a list")
    return other("dict", "a dictionary") if NO_ITEMS in answer.types else answer


def _binary(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    """Sums and unions of lists, sets, querysets and dictionaries; else a number or a text."""
    from codemod.project.types.iteration import iterated

    assert isinstance(expr, ast.BinOp)
    sides = [engine.of(side, scope, facts) for side in (expr.left, expr.right)]
    if isinstance(expr.op, (ast.Sub, ast.Mult)):
        sides = sides[:1] if isinstance(expr.op, ast.Sub) else [s for s in sides if _holds(s)]
    elif not isinstance(expr.op, (ast.Add, ast.BitOr, ast.BitAnd)):
        sides = []
    if any(side.types and all(is_closed(kind) for kind in side.types) for side in sides):
        sides = []
    if not sides:
        return other("number or text", "the result of an operator")
    if PENDING in sides or not all(side.types for side in sides):
        return PENDING if PENDING in sides else UNKNOWN
    if any(is_dict(side) for side in sides):
        return one(Dict("dict"), "a dictionary")
    if all(isinstance(kind, QuerySet) for side in sides for kind in side.types):
        return union(sides)
    if any(_holds(side) for side in sides):
        item = union(iterated(engine, side) for side in sides)
        if item is PENDING or not item.types:
            return item if item is PENDING else other("list", "a list")
        return Answer((Collection(item.types),), item.tier, item.reason)
    return UNKNOWN


def _holds(answer: Answer) -> bool:
    """Whether it is a list, set, tuple or queryset."""
    return any(
        isinstance(kind, (QuerySet, Collection, Pair))
        or getattr(kind, "what", "") in ("list", "tuple", "set")
        for kind in answer.types
    )


def _lambda(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    return other("function", "a lambda")


RULES: dict[type[ast.expr], Rule] = {
    ast.Constant: _constant,
    ast.JoinedStr: _text,
    ast.Compare: _truth,
    ast.UnaryOp: _truth,
    ast.BoolOp: _either,
    ast.IfExp: _either,
    ast.Await: _inner,
    ast.NamedExpr: _inner,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.BinOp: _binary,
    ast.Lambda: _lambda,
    ast.Name: names.name,
    ast.Attribute: attributes.attribute,
    ast.Call: calls.call,
    ast.Subscript: subscripts.subscript,
}
