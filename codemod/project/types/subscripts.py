"""Items and slices: `queryset[0]`, `{"page": Page}[kind]`, `form.cleaned_data["user"]`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import Answer, Collection, Instance, Pair, QuerySet, Type
from codemod.project.types import forms
from codemod.project.types.iteration import iterated
from codemod.project.types.kinds import PENDING, UNKNOWN, Cleaned, Dict, is_closed, other, union

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine


def subscript(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    """What `x[y]` is."""
    from codemod.project.types import parameters

    assert isinstance(expr, ast.Subscript)
    given = parameters.keyword_item(engine, expr.value, expr.slice, scope, facts)
    if given is not None:
        return given
    base = engine.of(expr.value, scope, facts)
    if base is PENDING or not base.types:
        return base
    # `rows = rows[0] if rows else Order()`: a model's object is nothing to take an item of.
    kinds = [kind for kind in base.types if not _is_row(engine, kind)] or list(base.types)
    return union(_item(engine, base, kind, expr.slice) for kind in kinds)


def _is_row(engine: Engine, kind: Type) -> bool:
    return (
        isinstance(kind, Instance)
        and kind.cls in engine.models.by_class
        and engine.classes.method(kind.cls, "__getitem__") is None
    )


def _item(engine: Engine, base: Answer, kind: Type, index: ast.expr) -> Answer:
    alone = Answer((kind,), base.tier, base.reason)
    if isinstance(index, ast.Slice):
        if isinstance(kind, Pair):
            return Answer((Collection(iterated(engine, alone).types),), base.tier, base.reason)
        return alone if isinstance(kind, (QuerySet, Collection)) or is_closed(kind) else UNKNOWN
    if isinstance(kind, Pair):
        place = _number(index)
        if place is None:
            return iterated(engine, alone)
        if -len(kind.items) <= place < len(kind.items) and kind.items[place]:
            return Answer(kind.items[place], base.tier, base.reason)
        return UNKNOWN
    if isinstance(kind, (QuerySet, Collection)):
        return iterated(engine, alone)
    if isinstance(kind, (Dict, Cleaned)):
        return item_of(engine, kind, index, base)
    return other(getattr(kind, "what", "item")) if is_closed(kind) else UNKNOWN


def item_of(engine: Engine, kind: Dict | Cleaned, index: ast.expr, base: Answer) -> Answer:
    """What a dictionary holds under a key."""
    key = index.value if isinstance(index, ast.Constant) else None
    if isinstance(kind, Cleaned):
        return forms.cleaned(engine, kind.cls, key) if isinstance(key, str) else UNKNOWN
    if isinstance(key, str) and kind.keys:
        types = dict(kind.keys).get(key, ())  # code that is not seen here sets any other key
        return Answer(types, base.tier, base.reason) if types else UNKNOWN
    return Answer(kind.values, base.tier, base.reason) if kind.values else UNKNOWN


def _number(index: ast.expr) -> int | None:
    if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub):
        inner = _number(index.operand)
        return -inner if inner is not None else None
    if isinstance(index, ast.Constant) and isinstance(index.value, int):
        return index.value
    return None
