"""Parameters: `self`, annotations, what frameworks pass, fixtures, and else the callers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.nodes import all_given, is_none
from codemod.facts.tables import Binding, FileFacts, FunctionDef, Scope
from codemod.project.answers import Answer, Instance, Tier, Type
from codemod.project.types import callers, fixtures, hints, hooks, receivers, roles_of_self
from codemod.project.types.arguments import decorators, is_bound
from codemod.project.types.kinds import PENDING, UNKNOWN, one, other, union, weaker
from codemod.project.types.mentions import is_handed_on
from codemod.values.inventory import is_test

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_REGISTRY = ("django.apps.apps", "django.apps.registry.apps")


def parameter(engine: Engine, binding: Binding, place: Scope, facts: FileFacts) -> Answer:
    """What a parameter is."""
    frame = engine.frame
    if frame is not None and frame.scope is place:
        given = frame.get(binding.name)
        if given is not None:
            return given
    function = engine.function_at(place.node, facts)
    if function is None:
        return UNKNOWN  # of a lambda
    arguments = function.node.args
    if arguments.vararg is not None and arguments.vararg.arg == binding.name:
        return other("tuple")
    if arguments.kwarg is not None and arguments.kwarg.arg == binding.name:
        return other("kwargs")
    plain = [*arguments.posonlyargs, *arguments.args]
    if plain and plain[0].arg == binding.name and is_bound(function):
        return _first(engine, function, facts)
    if binding.annotation is not None:
        stated = hints.annotated(engine, binding.annotation, place.parent or place, facts)
        if stated.types and not _is_bare_container(stated):
            return stated
    if _is_migration_step(function) and binding.name == plain[1].arg:
        return other("schema editor")
    if _is_historical(engine, function, binding, facts):
        return other("historical apps")
    for rule in (receivers.parameter, hooks.parameter, fixtures.parameter):
        answer = rule(engine, function, binding.name, facts)
        if answer is not None:
            return answer
    answer = callers.parameter(engine, function, binding, facts)
    if answer is PENDING or answer.types:
        return answer
    if binding.value is not None and not is_none(binding.value):
        default = engine.of(binding.value, place.parent or place, facts)
        if any(not hasattr(kind, "what") for kind in default.types):
            return weaker(default, Tier.POSSIBLE, f"default of parameter {binding.name}")
    if binding.name in ("request", "req"):
        return other("request")
    return answer


def _first(engine: Engine, function: FunctionDef, facts: FileFacts) -> Answer:
    """`self` or `cls`."""
    from codemod.project.types import factories

    info = engine.class_at(function.outer.node)
    if info is None:
        return UNKNOWN
    names = decorators(function)
    if factories.is_factory(engine, info.name) and {"post_generation", "lazy_attribute"} & {*names}:
        item = factories.made(engine, info.name)
        if item is None or "lazy_attribute" in names:
            return UNKNOWN
        return one(item, f"object made by {function.outer.name}")
    kind = roles_of_self.self_type(engine, info.name)
    if "classmethod" in names or function.node.name in ("__new__", "__init_subclass__"):
        return _as_class(kind)
    if function.node.name in ("setUpTestData", "setUpClass", "tearDownClass"):
        return _as_class(kind)
    return kind


def _as_class(answer: Answer) -> Answer:
    from codemod.project.answers import ClassRef

    types: tuple[Type, ...] = tuple(
        ClassRef(kind.cls) if isinstance(kind, Instance) else kind for kind in answer.types
    )
    return Answer(types, answer.tier, answer.reason)


def _is_bare_container(answer: Answer) -> bool:
    """Whether an annotation names a container and not what is in it."""
    return any(getattr(kind, "what", "") in ("list", "dict", "object") for kind in answer.types)


def _is_historical(
    engine: Engine, function: FunctionDef, binding: Binding, facts: FileFacts
) -> bool:
    """Whether a parameter is the `apps` of a migration: no call gives it the registry, and it is of
    code that migrations and their tests have, or that nothing but the migrations calls. Tests have
    further names for it: `def prepare(self, installed_apps)`."""
    named = binding.name == "apps" or (binding.name.endswith("_apps") and is_test(facts.path))
    if not named or not (binding.value is None or is_none(binding.value)):
        return False
    if not _is_of_migrations(function, facts) and _is_used(engine, function, facts):
        return False
    return not any(
        engine.symbols.resolve(argument, call.scope, facts) in _REGISTRY
        for facts in engine.project.read()
        for call in facts.named(function.node.name)
        for argument in all_given(call.node)
    )


def _is_of_migrations(function: FunctionDef, facts: FileFacts) -> bool:
    """Whether a function is a migration's step, is beside migrations or in a test, or is made as
    the receivers of post_migrate are: `def fill(apps, **kwargs)`."""
    return (
        _is_migration_step(function)
        or function.node.args.kwarg is not None
        or "migrations/" in facts.path
        or is_test(facts.path)
    )


def _is_used(engine: Engine, function: FunctionDef, facts: FileFacts) -> bool:
    """Whether code that is no migration calls a function, or hands it on."""
    called = callers.calls_of(engine, function, facts)
    return called is None or bool(called) or is_handed_on(engine, function, facts)


def _is_migration_step(function: FunctionDef) -> bool:
    """Whether it is a data migration's function: `def forwards(apps, schema_editor)`."""
    names = [a.arg for a in function.node.args.args]
    return (
        len(names) >= 2
        and names[0] == "apps"
        and names[1].strip("_") in ("schema_editor", "schema", "")
    )


def keyword_item(
    engine: Engine, base: ast.expr, index: ast.expr, scope: Scope, facts: FileFacts
) -> Answer | None:
    """`kwargs["instance"]` of a receiver."""
    if not isinstance(base, ast.Name) or not isinstance(index, ast.Constant):
        return None
    function = scope.function()
    found = engine.function_at(function.node, facts) if function is not None else None
    if found is None or found.node.args.kwarg is None or found.node.args.kwarg.arg != base.id:
        return None
    if isinstance(index.value, str):
        return receivers.parameter(engine, found, index.value, facts)
    return None


__all__ = ["keyword_item", "parameter", "union"]
