"""Parameters through all the calls of their function, where all of them can be found."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from codemod.facts.tables import Binding, CallSite, FileFacts, FunctionDef
from codemod.project.answers import Answer, Callable, ClassRef, Instance, Manager, QuerySet, Tier
from codemod.project.types.arguments import QUIET, argument, decorators, default_of, is_bound
from codemod.project.types.kinds import PENDING, UNKNOWN, Module, Super, union, weaker
from codemod.project.types.mentions import is_handed_on
from codemod.project.types.mocks import is_idle_mock

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_DEPTH = 4  # from callers to their callers
_CALLERS = 120
_CALLED = re.compile(r"(\w+)\(")
#: Methods that frameworks call, so that the project's own calls are not all there are.
_CALLED_OUTSIDE = frozenset(
    """
    get post put patch delete head options dispatch form_valid form_invalid get_object get_queryset
    save_model delete_model save_formset save_related handle ready clean save create update validate
    to_representation to_internal_value has_permission has_object_permission get_context_data
    setUp tearDown resolve mutate run process_request process_response process_view perform_create
    perform_update perform_destroy list retrieve destroy partial_update add_arguments send render
    """.split()
)


def parameter(engine: Engine, function: FunctionDef, binding: Binding, facts: FileFacts) -> Answer:
    """What all callers pass for a parameter."""
    depth = engine.tables.get("caller depth", 0)
    name = function.node.name
    called_outside = name in _CALLED_OUTSIDE and function.outer.kind == "class"
    if depth >= _DEPTH or called_outside or not {*decorators(function)} <= QUIET:
        return UNKNOWN
    if name.startswith("__") and name != "__init__":
        return UNKNOWN
    engine.tables["caller depth"] = depth + 1
    try:
        return engine.within(None, lambda: _passed(engine, function, binding, facts))
    finally:
        engine.tables["caller depth"] = depth


def _passed(engine: Engine, function: FunctionDef, binding: Binding, facts: FileFacts) -> Answer:
    callers = calls_of(engine, function, facts)
    if not callers:
        return UNKNOWN
    skip = 1 if is_bound(function) else 0
    given = [(p, c, argument(function, c.node, binding.name, skip)) for p, c in callers]
    passed = [
        (place, call, value)
        for place, call, value in given
        if value is not None and not is_idle_mock(engine, value, call.scope, place)
    ]
    if len(passed) > _CALLERS:
        return UNKNOWN
    found: list[Answer] = []
    default = default_of(function, binding.name)
    if default is not None and any(value is None for _, _, value in given):
        found.append(engine.of(default, function.scope.parent or function.scope, facts))
    for place, call, value in passed:
        if isinstance(value, bool):
            return UNKNOWN
        answer = engine.of(value, call.scope, place)
        if not answer.types and answer is not PENDING:
            return UNKNOWN
        found.append(answer)
    if not found:
        return UNKNOWN
    answer = union(found)
    if answer is PENDING:
        return PENDING
    # Last, because it looks through the text of all files.
    if is_handed_on(engine, function, facts):
        return UNKNOWN
    count = f"all {len(found)} callers pass" if len(found) > 1 else "its caller passes"
    reason = f"parameter of {function.node.name}(); {count} {answer.reason}"
    return weaker(answer, Tier.INFERRED, reason[:160])


def calls_of(
    engine: Engine, function: FunctionDef, facts: FileFacts
) -> list[tuple[FileFacts, CallSite]] | None:
    """All calls of a function, and all that may be of a method; None if some may go unseen."""
    known = engine.tables.setdefault("calls of", {})
    if function.node not in known:
        known[function.node] = None  # while it is being found out
        known[function.node] = _find(engine, function, facts)
    found: list[tuple[FileFacts, CallSite]] | None = known[function.node]
    return found


def may_call(
    engine: Engine, place: FileFacts, call: CallSite, function: FunctionDef, facts: FileFacts
) -> bool | None:
    """Whether a call may be one of a function or method; None if that can't be told."""
    info = engine.class_at(function.outer.node) if function.outer.kind == "class" else None
    if info is None:
        dotted = f"{engine.module_name(facts)}.{function.qualname}"
        return _calls_function(engine, place, call, dotted)
    return _calls_method(engine, place, call, info.name, function.node.name)


def _find(
    engine: Engine, function: FunctionDef, facts: FileFacts
) -> list[tuple[FileFacts, CallSite]] | None:
    info = engine.class_at(function.outer.node) if function.outer.kind == "class" else None
    name = function.node.name
    if name == "__init__":
        if info is None:
            return None
        return _constructions(engine, info.name)
    found: list[tuple[FileFacts, CallSite]] = []
    for place, call in _named(engine, name):
        verdict = may_call(engine, place, call, function, facts)
        if verdict is None:
            return None
        if verdict:
            found.append((place, call))
    return found


def _named(engine: Engine, name: str) -> list[tuple[FileFacts, CallSite]]:
    """All calls that are written with a name, or with an import's other name for it."""
    for path in _unread(engine).get(name, ()):
        engine.project.facts(path)
    names = dict.fromkeys((name, *other_names(engine).get(name, ())))
    return [found for each in names for found in engine.project.calling(each)]


def other_names(engine: Engine) -> Mapping[str, set[str]]:
    """For a name those that imports give it."""
    known: dict[str, set[str]] | None = engine.tables.get("other names")
    if known is None:
        known = engine.tables["other names"] = {}
        for facts in engine.project.read():
            for binding in facts.imports:
                last = (binding.target or "").rpartition(".")[2]
                if last != binding.name:
                    known.setdefault(last, set()).add(binding.name)
    return known


def _unread(engine: Engine) -> Mapping[str, list[str]]:
    """For the name of each call in them the files that nothing had asked for at first."""
    unread: dict[str, list[str]] | None = engine.tables.get("unread")
    if unread is None:
        unread = {}
        for path in engine.project.not_read():
            for called in set(_CALLED.findall(engine.project.text(path))):
                unread.setdefault(called, []).append(path)
        engine.tables["unread"] = unread
    return unread


def _constructions(engine: Engine, cls: str) -> list[tuple[FileFacts, CallSite]] | None:
    found: list[tuple[FileFacts, CallSite]] = []
    wanted = {cls} | {
        child for child in engine.classes.subclasses(cls) if not _has_own_init(engine, child)
    }
    for name in {w.rpartition(".")[2] for w in wanted}:
        for place, call in _named(engine, name):
            dotted = engine.symbols.resolve(call.node.func, call.scope, place)
            if dotted in wanted:
                found.append((place, call))
    for child in engine.classes.subclasses(cls):
        info = engine.classes.get(child)
        if info is not None and "__init__" in info.definition.methods:
            scope = info.facts.scopes.get(info.definition.methods["__init__"])
            for place, call in _named(engine, "__init__"):
                if call.scope is scope:
                    found.append((place, call))
    return found


def _has_own_init(engine: Engine, cls: str) -> bool:
    info = engine.classes.get(cls)
    return info is not None and "__init__" in info.definition.methods


def _calls_function(engine: Engine, place: FileFacts, call: CallSite, dotted: str) -> bool:
    function = call.node.func
    resolved = engine.symbols.resolve(function, call.scope, place)
    if resolved is not None:
        return resolved == dotted
    answer = engine.of(function, call.scope, place)
    return any(isinstance(kind, Callable) and kind.name == dotted for kind in answer.types)


def _calls_method(
    engine: Engine, place: FileFacts, call: CallSite, cls: str, name: str
) -> bool | None:
    """Whether a call may be of this class's method; None if that can't be told."""
    function = call.node.func
    if not isinstance(function, ast.Attribute):
        return False
    base = engine.of(function.value, call.scope, place)
    if not base.types:  # it may be: what it passes counts, as if it were
        common = len(_definers(engine, name)) > 1 or len(name) < 5
        return None if common and not _is_own(engine, cls) else True
    for kind in base.types:
        if isinstance(kind, Super):
            return cls in engine.classes.mro(kind.owner)[1:]
        if isinstance(kind, (Instance, ClassRef)):
            related = engine.classes.is_subclass(kind.cls, cls)
            if related or engine.classes.is_subclass(cls, kind.cls):
                return True
        elif isinstance(kind, (Manager, QuerySet)):
            from codemod.project.types.managers import classes_of

            if any(engine.classes.is_subclass(c, cls) for c in classes_of(engine, kind)):
                return True
        elif isinstance(kind, Module):
            return False
    return False


def _definers(engine: Engine, name: str) -> list[str]:
    table: dict[str, list[str]] | None = engine.tables.get("definers")
    if table is None:
        table = {}
        for info in engine.classes:
            for method in info.definition.methods:
                table.setdefault(method, []).append(info.name)
        engine.tables["definers"] = table
    return table.get(name, [])


def _is_own(engine: Engine, cls: str) -> bool:
    """Whether a class comes from the project alone, so that no framework calls its methods."""
    return all(
        engine.classes.get(name) is not None or name in _PLAIN for name in engine.classes.mro(cls)
    )


_PLAIN = ("abc.ABC", "builtins.object", "object", "typing.Generic", "typing.Protocol")
