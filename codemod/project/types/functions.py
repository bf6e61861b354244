"""What functions and methods of the project return."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.nodes import is_text, own_nodes
from codemod.facts.tables import FileFacts, FunctionDef
from codemod.project.answers import (
    Answer,
    ClassRef,
    Collection,
    Instance,
    Tier,
    Type,
)
from codemod.project.types import decorated
from codemod.project.types.arguments import Given, frame_for
from codemod.project.types.hints import annotated
from codemod.project.types.kinds import NONE, PENDING, UNKNOWN, one, other, union, weaker

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_MANY = 15  # overriding subclasses that are still looked at


def keep_function(engine: Engine, name: str, facts: FileFacts, function: FunctionDef) -> None:
    """Keep a function for the `Callable` of its name, which others may share: `if`, `try`."""
    functions = engine.tables.setdefault("by name", {})
    functions.setdefault(name, {})[function] = facts


def find_functions(engine: Engine, name: str) -> dict[FunctionDef, FileFacts]:
    """The functions that a `Callable` may stand for, each with its file."""
    found: dict[FunctionDef, FileFacts] = engine.tables.setdefault("by name", {}).get(name, {})
    return found


def called(
    engine: Engine,
    facts: FileFacts,
    function: FunctionDef,
    given: Given | None,
    receiver: Type | None = None,
) -> Answer:
    """What a function returns, for the arguments of one call where they are known."""
    frame = frame_for(engine, function, facts, given, receiver)
    name = function.node.name

    def ask() -> Answer:
        node = ("returns", function.node)
        return engine.once(node, function.scope, _given, engine, facts, function)

    answer = engine.within(frame, ask)
    return weaker(answer, Tier.INFERRED, f"{name}() returns {_what(answer)}")


def _given(engine: Engine, facts: FileFacts, function: FunctionDef) -> Answer:
    answer = _returned(engine, facts, function)
    if function.node.decorator_list:
        answer = decorated.around(engine, facts, function, answer)
    return answer


def _returned(engine: Engine, facts: FileFacts, function: FunctionDef) -> Answer:
    node = function.node
    if node.returns is not None:
        place = function.scope.parent or function.scope
        stated = annotated(engine, node.returns, place, facts)
        if stated.types and stated is not PENDING and not _is_loose(stated):
            return stated
    returns, yields, raises = results_of(engine, function)
    if yields:
        items = union(
            engine.of(value, function.scope, facts) if value is not None else NONE
            for value in yields
        )
        return one(Collection(items.types), "generator") if items.types else items
    if not returns:
        return PENDING if raises else NONE
    return union(
        engine.of(value, function.scope, facts) if value is not None else NONE for value in returns
    )


def _is_loose(answer: Answer) -> bool:
    """Whether an annotation says less than the body may."""
    return any(
        getattr(kind, "what", "") in ("list", "dict", "object", "request") for kind in answer.types
    )


_Results = tuple[list["ast.expr | None"], list["ast.expr | None"], bool]


def results_of(engine: Engine, function: FunctionDef) -> _Results:
    """The same, kept."""
    table: dict[ast.AST, _Results] = engine.tables.setdefault("results", {})
    known = table.get(function.node)
    if known is None:
        known = table[function.node] = results(function)
    return known


def results(function: FunctionDef) -> _Results:
    """(returned values, yielded values, whether it does nothing but raise)."""
    returns: list[ast.expr | None] = []
    yields: list[ast.expr | None] = []
    for node in own_nodes(function.node):
        if isinstance(node, ast.Return):
            returns.append(node.value)
        elif isinstance(node, ast.Yield):
            yields.append(node.value)
        elif isinstance(node, ast.YieldFrom):
            yields.append(ast.Subscript(node.value, ast.Constant(0), ast.Load()))
    body = [s for s in function.node.body if not is_text(s)]
    empty = all(isinstance(s, (ast.Raise, ast.Pass)) for s in body)
    return returns, yields, empty


def method_on(
    engine: Engine, cls: str, receiver: Type, name: str, given: Given | None
) -> Answer | None:
    """What a method returns for a receiver of a class; None where no project class has it."""
    from codemod.project.types.members import is_property

    if engine.classes.is_undecided(cls, name):
        return UNKNOWN  # there may be another of the name
    found: list[Answer] = []
    if isinstance(receiver, (Instance, ClassRef)):
        for child in engine.classes.subclasses(cls)[:_MANY]:
            info = engine.classes.get(child)
            if info is None or name not in info.definition.methods:
                continue
            if name in info.definition.conditional:
                return UNKNOWN  # there may be another of the name
            function = engine.function_at(info.definition.methods[name], info.facts)
            if function is not None and not is_property(function):
                kind = ClassRef(child) if isinstance(receiver, ClassRef) else Instance(child)
                found.append(called(engine, info.facts, function, given, kind))
    own = engine.classes.method(cls, name)
    if own is not None and is_property(own[1]):
        own = None  # what is called is its value
    if own is not None and not (found and only_raises(engine, own[1])):
        found.append(called(engine, own[0].facts, own[1], given, receiver))
    return union(found) if found else None


def only_raises(engine: Engine, function: FunctionDef) -> bool:
    """Whether it is left to subclasses to say what a method gives."""
    returns, yields, raises = results_of(engine, function)
    last = function.node.body[-1]
    return raises and not returns and not yields and isinstance(last, ast.Raise)


def method_result(
    engine: Engine, kind: Instance | ClassRef, name: str, given: Given | None
) -> Answer | None:
    """What a method of a project class returns."""
    return method_on(engine, kind.cls, kind, name, given)


def function_result(engine: Engine, name: str, given: Given | None) -> Answer:
    """What calling a project function gives."""
    found = find_functions(engine, name)
    if not found:
        return UNKNOWN
    return union(called(engine, facts, f, given) for f, facts in found.items())


def _what(answer: Answer) -> str:
    kinds = {
        kind.cls.rpartition(".")[2] if isinstance(kind, (Instance, ClassRef)) else ""
        for kind in answer.types
    }
    text = " or ".join(sorted(filter(None, kinds)))
    return text or "something known"


__all__ = ["called", "find_functions", "function_result", "method_on", "method_result", "other"]
