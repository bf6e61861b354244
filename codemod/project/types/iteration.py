"""What comes out of a thing that is looped over or unpacked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codemod.project.answers import Answer, Collection, Instance, Other, Pair, QuerySet, Type
from codemod.project.types.kinds import NONE, PENDING, UNKNOWN, Dict, FormOf, is_open, union

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine


def iterated(engine: Engine, answer: Answer) -> Answer:
    """One item of an iterable."""
    if answer is PENDING or not answer.types:
        return answer
    return union(
        Answer(types, answer.tier, answer.reason) if types else UNKNOWN
        for kind in answer.types
        if (types := _items(engine, kind)) is not None
    )


def _items(engine: Engine, kind: Type) -> tuple[Type, ...] | None:
    """Types of the items; empty if unknown, None if there are none."""
    if isinstance(kind, QuerySet):
        return engine.row(kind.model)
    if isinstance(kind, Collection):
        return kind.of
    if isinstance(kind, Pair):
        if not kind.items:
            return None
        if not all(kind.items):
            return ()
        return tuple(dict.fromkeys(t for item in kind.items for t in item))
    if isinstance(kind, Dict):
        return kind.index
    if kind == NONE.types[0]:
        return None
    if isinstance(kind, Other) and not is_open(kind):
        return (Other(kind.what),)
    if isinstance(kind, Instance):
        return _of_project_iterable(engine, kind)
    return ()


def _of_project_iterable(engine: Engine, kind: Instance) -> tuple[Type, ...]:
    """What a formset gives (its forms), or the `__iter__` of a project class."""
    from codemod.project.types import formsets
    from codemod.project.types.functions import method_result

    if isinstance(kind, FormOf):
        return formsets.forms(kind)
    if engine.classes.method(kind.cls, "__iter__") is None:
        return ()
    found = method_result(engine, kind, "__iter__", None)
    if found is None or not found.types:
        return ()
    return union(
        _next_of(engine, Answer((i,), found.tier, found.reason)) for i in found.types
    ).types


def _next_of(engine: Engine, iterator: Answer) -> Answer:
    """What an iterator of one type gives: what the `__next__` of a project class returns.

    Its own `__iter__`, which as a rule returns the object itself, is not asked:
    https://docs.python.org/3/library/stdtypes.html#iterator-types
    """
    from codemod.project.types.functions import method_result

    (kind,) = iterator.types
    if not isinstance(kind, Instance) or isinstance(kind, FormOf):
        return iterated(engine, iterator)
    return method_result(engine, kind, "__next__", None) or UNKNOWN


def is_bare(answer: Answer) -> bool:
    """Whether it is a list, set or dictionary of which nothing more is known."""
    return all(
        isinstance(kind, Other)
        and kind.what in ("list", "dict")
        and not getattr(kind, "values", ())
        for kind in answer.types
    )


def unpacked(engine: Engine, answer: Answer, path: tuple[int, ...]) -> Answer:
    """What stands at a place of an unpacked target."""
    for index in path:
        if answer is PENDING or not answer.types:
            return answer
        parts = []
        for kind in answer.types:
            if isinstance(kind, Pair) and -len(kind.items) <= index < len(kind.items):
                types = kind.items[index]
                parts.append(Answer(types, answer.tier, answer.reason) if types else UNKNOWN)
            elif isinstance(kind, Pair):
                parts.append(UNKNOWN)
            else:
                parts.append(iterated(engine, Answer((kind,), answer.tier, answer.reason)))
        answer = union(parts)
    return answer
