"""The arguments of a call, matched to a function's parameters."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemod.facts.nodes import last_name
from codemod.facts.tables import FileFacts, FunctionDef, Scope
from codemod.project.answers import Answer, Type
from codemod.project.types.kinds import PENDING, UNKNOWN, one

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine, Frame

#: Decorators that leave it to the project's own lines to call the function.
QUIET = frozenset(
    """
    staticmethod classmethod atomic wraps lru_cache cache override abstractmethod contextmanager
    sync_to_async database_sync_to_async async_to_sync shared_task task cached_property final
    overload no_type_check sensitive_variables non_atomic_requests asynccontextmanager
    deprecated traced trace timed instrument
    """.split()
)


@dataclass(frozen=True, eq=False)
class Given:
    """A call and where it stands."""

    call: ast.Call
    scope: Scope
    facts: FileFacts


def is_bound(function: FunctionDef) -> bool:
    """Whether the first parameter is filled in by the object or class."""
    return function.outer.kind == "class" and not has_decorator(function, "staticmethod")


def has_decorator(function: FunctionDef, *names: str) -> bool:
    """Whether a decorator has one of the names."""
    return any(name in names for name in decorators(function))


def decorators(function: FunctionDef) -> list[str]:
    """The last names of a function's decorators."""
    found: list[str] = []
    for decorator in function.node.decorator_list:
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        last = last_name(inner)
        found.append(last)
    return found


def argument(function: FunctionDef, call: ast.Call, name: str, skip: int) -> ast.expr | bool | None:
    """The value a call gives a parameter; None: it takes the default; False: can't be told.

    `skip`: how many leading parameters the call doesn't write out.
    """
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    arguments = function.node.args
    plain = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    if name in plain:
        place = plain.index(name) - skip
        if 0 <= place < len(call.args):
            if any(isinstance(a, ast.Starred) for a in call.args[: place + 1]):
                return False
            return call.args[place]
        if any(isinstance(a, ast.Starred) for a in call.args):
            return False
    if any(keyword.arg is None for keyword in call.keywords):
        return False
    return None


def frame_for(
    engine: Engine,
    function: FunctionDef,
    facts: FileFacts,
    given: Given | None,
    receiver: Type | None,
) -> Frame | None:
    """The parameters' values for one call; None where nothing is known about them."""
    from codemod.project.types.engine import Frame

    values: list[tuple[str, Answer]] = []
    arguments = function.node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    skip = 1 if is_bound(function) and receiver is not None else 0
    if skip and plain:
        values.append((plain[0].arg, one(receiver_of(function, receiver), plain[0].arg)))
    if given is not None:
        for parameter in (*plain[skip:], *arguments.kwonlyargs):
            value = argument(function, given.call, parameter.arg, skip)
            if value is None:
                value = default_of(function, parameter.arg)
                if value is not None:
                    place = function.scope.parent or function.scope
                    values.append((parameter.arg, engine.of(value, place, facts)))
                continue
            if isinstance(value, bool):
                continue
            answer = engine.of(value, given.scope, given.facts)
            if answer is PENDING:
                continue
            if answer.types or parameter.annotation is None:
                values.append((parameter.arg, answer if answer.types else UNKNOWN))
    return Frame(function.scope, tuple(values)) if values else None


def receiver_of(function: FunctionDef, receiver: Type | None) -> Type:
    """What the first parameter is, the class for class methods."""
    from codemod.project.answers import ClassRef, Instance

    assert receiver is not None
    if has_decorator(function, "classmethod") and isinstance(receiver, Instance):
        return ClassRef(receiver.cls)
    return receiver


def default_of(function: FunctionDef, name: str) -> ast.expr | None:
    """The default of a parameter."""
    for binding in function.scope.bindings.get(name, ()):
        if binding.kind == "param":
            return binding.value
    return None
