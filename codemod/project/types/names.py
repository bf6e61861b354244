"""Names: the union of the bindings that reach them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.tables import Binding, FileFacts, Scope
from codemod.project.answers import Answer, Callable, ClassRef, Collection, Instance, Tier, Type
from codemod.project.types.flow import Test, narrowing, reaching
from codemod.project.types.kinds import (
    NONE,
    PENDING,
    UNKNOWN,
    Module,
    one,
    other,
    union,
    weaker,
)
from codemod.project.types.recasts import recast

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine


def name(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    """What a bare name is."""
    assert isinstance(expr, ast.Name)
    found = engine.symbols.bindings(expr.id, scope)
    if found is None:
        dotted = engine.symbols.resolve(expr, scope, facts)
        return engine.named(dotted) if dotted is not None else UNKNOWN
    place, bindings = found
    holder: Scope | None = scope
    while holder is not None and holder is not place and holder.kind == "comprehension":
        holder = holder.parent
    tests: tuple[Test, ...] = ()
    counted: tuple[Binding, ...] = tuple(bindings)
    if holder is place and place.kind != "comprehension":
        reach = reaching(expr.id, place, bindings, expr, facts.asked_for_classes)
        # What a function within gives the name, it gives whenever it is called.
        inner = [b for b in bindings if facts.declaring and facts.bound_inside(b, place)]
        counted = tuple(dict.fromkeys((*reach.bindings, *inner)))
        tests = reach.tests
    answer = union(binding_answer(engine, b, place, facts) for b in _useful(counted))
    if tests:
        answer = narrowed(engine, answer, tests, scope, facts)
    return recast(engine, answer, expr, place, facts) if facts.changes_classes else answer


def _useful(bindings: tuple[Binding, ...]) -> list[Binding]:
    """Without those that only change or remove what is there."""
    useful = [b for b in bindings if b.kind not in ("delete", "augmented")]
    annotated = [b for b in useful if b.kind == "annotation"]
    return annotated or useful  # an annotation speaks for all bindings of a name


def binding_answer(engine: Engine, binding: Binding, place: Scope, facts: FileFacts) -> Answer:
    """What one binding gives its name."""
    return engine.once(binding, place, _binding, engine, binding, place, facts)


def _binding(engine: Engine, binding: Binding, place: Scope, facts: FileFacts) -> Answer:
    from codemod.project.types import filling

    return filling.named(engine, _bound(engine, binding, place, facts), binding, place, facts)


def _bound(engine: Engine, binding: Binding, place: Scope, facts: FileFacts) -> Answer:
    from codemod.project.types import contexts, hints, iteration, parameters
    from codemod.project.types.functions import keep_function

    kind, value = binding.kind, binding.value
    if kind == "import":
        dotted = engine.symbols.canonical(binding.target or "", facts.path)
        return engine.named(dotted) if dotted is not None else UNKNOWN
    if kind == "class":
        info = engine.class_at(binding.node)
        return one(ClassRef(info.name), f"class {info.definition.node.name}") if info else UNKNOWN
    if kind == "function":
        function = engine.function_at(binding.node, facts)
        if function is None:
            return UNKNOWN
        dotted = f"{engine.module_name(facts)}.{function.qualname}"
        keep_function(engine, dotted, facts, function)
        return one(Callable(dotted), f"function {binding.name}")
    if kind == "param":
        return parameters.parameter(engine, binding, place, facts)
    if kind == "except":
        return other("exception")
    if value is None and kind != "annotation":
        return UNKNOWN
    if kind in ("assign", "annotation", "walrus"):
        if binding.annotation is not None:
            stated = hints.annotated(engine, binding.annotation, place, facts)
            if stated.types and not _is_vague(engine, stated):
                if value is None or not iteration.is_bare(stated):
                    return stated
        if value is None:
            return UNKNOWN
        return iteration.unpacked(engine, engine.of(value, place, facts), binding.path)
    if kind == "loop":
        assert value is not None
        seen_from = place
        node = binding.node
        generators = getattr(place.node, "generators", None)
        if generators and generators[0] is node and place.parent is not None:
            seen_from = place.parent  # the first iterable is evaluated outside
        answer = iteration.iterated(engine, engine.of(value, seen_from, facts))
        answer = iteration.unpacked(engine, answer, binding.path)
        if answer.types and answer is not PENDING and answer.reason:
            return Answer(answer.types, answer.tier, f"loop over {_short(value)}")
        return answer
    if kind == "with":
        assert value is not None
        answer = contexts.entered(engine, value, place, facts)
        return iteration.unpacked(engine, answer, binding.path)
    return UNKNOWN


def _is_vague(engine: Engine, answer: Answer) -> bool:
    """Whether an annotation says no more than "a model"."""
    return any(
        isinstance(kind, (Instance, ClassRef)) and kind.cls == "django.db.models.Model"
        for kind in answer.types
    )


def dotted_answer(engine: Engine, dotted: str) -> Answer:
    """What a canonical dotted name is: a class, a function, a module, a variable."""
    if engine.classes.get(dotted) is not None or dotted in engine.models.by_class:
        return one(ClassRef(dotted), f"class {dotted.rpartition('.')[2]}")
    if engine.is_external(dotted):
        return _external(dotted)
    definition = engine.symbols.definition(dotted)
    if definition is not None:
        bindings = _useful(definition.bindings)
        answers = [binding_answer(engine, b, definition.scope, definition.facts) for b in bindings]
        return union(answers)
    if engine.project.modules.find(dotted) is not None:
        return one(Module(dotted), f"module {dotted}")
    return UNKNOWN


def _external(dotted: str) -> Answer:
    module, _, last = dotted.rpartition(".")
    if module == "builtins":
        if last in ("None", "Ellipsis", "NotImplemented"):
            return NONE
        return one(ClassRef(dotted), last)
    if module and last.lstrip("_")[:1].isupper() and not last.isupper():
        return one(ClassRef(dotted), f"class {last}")
    return one(Module(dotted), dotted)


def narrowed(
    engine: Engine, answer: Answer, tests: tuple[Test, ...], scope: Scope, facts: FileFacts
) -> Answer:
    """An answer with the `isinstance` tests that hold, the outermost applied first."""
    for test in reversed(tests):
        classes = engine.of(test.cls, scope, facts)
        wanted = _classes(classes.types)
        if not wanted:
            continue
        if not test.holds:
            left = tuple(
                kind
                for kind in answer.types
                if not (
                    isinstance(kind, Instance) and engine.classes.is_subclass(kind.cls, *wanted)
                )
            )
            answer = Answer(left, answer.tier, answer.reason) if left else answer
            continue
        kept = dict.fromkeys(k for kind in answer.types for k in _of_it(engine, kind, wanted))
        types = (*kept,) or tuple(kind for cls in wanted for kind in _said(engine, cls))
        answer = Answer(types, Tier.PROVED, f"isinstance(..., {_short(test.cls)})")
    return answer


def _of_it(engine: Engine, kind: Type, wanted: list[str]) -> tuple[Type, ...]:
    """What an object of a kind may be that is of one of these classes."""
    if not isinstance(kind, Instance):
        return ()
    if engine.classes.is_subclass(kind.cls, *wanted):
        return (kind,)
    below = (cls for cls in wanted if engine.classes.is_subclass(cls, kind.cls))
    return tuple(kind for cls in below for kind in _said(engine, cls))


def _said(engine: Engine, cls: str) -> tuple[Type, ...]:
    """What an object may be that is said to be of a class."""
    if cls.startswith("builtins."):
        return other(cls.removeprefix("builtins.")).types
    return engine.declared(cls)


def narrowed_expression(
    engine: Engine, answer: Answer, expr: ast.expr, scope: Scope, facts: FileFacts
) -> Answer:
    """A dotted expression with the tests that hold where it stands."""
    tests = narrowing(expr, scope, facts.asked_for_classes) if facts.asked_for_classes else ()
    return narrowed(engine, answer, tests, scope, facts) if tests else answer


def _classes(types: tuple[Type, ...]) -> list[str]:
    """The classes in the second argument of `isinstance`; empty if one is not known."""
    found: list[str] = []
    for kind in types:
        if isinstance(kind, ClassRef):
            found.append(kind.cls)
        elif isinstance(kind, Collection):
            found += _classes(kind.of)
        else:
            parts = getattr(kind, "items", None)
            if not isinstance(parts, tuple):
                return []
            for part in parts:
                found += _classes(part)
    return found


def _short(expr: ast.expr) -> str:
    text = ast.unparse(expr)
    return text if len(text) <= 60 else f"{text[:57]}..."


__all__ = ["binding_answer", "dotted_answer", "name", "narrowed_expression", "weaker"]
