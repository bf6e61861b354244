"""Calls: constructors, functions, methods."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from codemod.facts.nodes import is_name, last_name
from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import (
    Answer,
    Callable,
    ClassRef,
    Collection,
    Instance,
    Manager,
    Other,
    Pair,
    QuerySet,
    Tier,
    Type,
)
from codemod.project.types import (
    external,
    factories,
    formsets,
    functions,
    lacking,
    made,
    managers,
    methods,
)
from codemod.project.types.arguments import Given
from codemod.project.types.hints import object_of
from codemod.project.types.kinds import (
    LEADING,
    PENDING,
    UNKNOWN,
    Bound,
    Cleaned,
    Descriptor,
    Dict,
    FieldOf,
    Module,
    Options,
    Super,
    is_open,
    one,
    other,
    union,
    weaker,
)
from codemod.project.types.packages import gives_back
from codemod.values.inventory import is_test

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine


def call(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    """What a call gives."""
    assert isinstance(expr, ast.Call)
    function, given = expr.func, Given(expr, scope, facts)
    dotted = engine.symbols.resolve(function, scope, facts)
    if dotted is not None:
        found = external.called(engine, dotted, given)
        if found is not None:
            return found
    if isinstance(function, ast.Attribute):
        base = engine.of(function.value, scope, facts)
        if base is PENDING:
            return PENDING
        if not base.types:
            base = _as_manager(engine, function, given)
        if not base.types:
            return _by_model_name(engine, given)
        found = union(method_of(engine, base, kind, function.attr, given) for kind in base.types)
        able = base if found.types else lacking.without(engine, base, function.attr, True)
        if found is PENDING or able is base:
            return found
        return weaker(union(method_of(engine, able, k, function.attr, given) for k in able.types))
    target = engine.of(function, scope, facts)
    if target is PENDING:
        return PENDING
    if not target.types:
        return _by_model_name(engine, given)
    found = union(result_of(engine, target, kind, given) for kind in target.types)
    return found if found is PENDING or found.types else _by_model_name(engine, given)


#: What migration tests call the state of the apps: `old_apps`, `self.apps_before`.
_HISTORICAL = re.compile(r"(old|new|before|after|from|to|migrat|state)\w*\W*apps|apps_?\w|state")


def _by_model_name(engine: Engine, given: Given) -> Answer:
    """`get_model("shop", "Order")`, however the function is come by."""
    function = given.call.func
    last = last_name(function)
    if last == "get_model" and isinstance(function, ast.Attribute):
        if _HISTORICAL.search(ast.unparse(function.value)) or _is_kept_state(given):
            return other("historical model")
    if last in ("get_model", "get_registered_model", "load_model", "get_user_model"):
        label = engine.models.label_of(given.call, given.scope, given.facts)
        if label is not None:
            return one(engine.class_ref(label), f"model {label}")
    return UNKNOWN


def _is_kept_state(given: Given) -> bool:
    """Whether `get_model()` is asked of `self.apps` in a test, which keeps a migration's there."""
    owner = given.call.func.value if isinstance(given.call.func, ast.Attribute) else None
    if not is_test(given.facts.path) or not isinstance(owner, ast.Attribute):
        return False
    return owner.attr == "apps" and is_name(owner.value, "self")


#: What nothing but managers and querysets has.
_OF_MANAGERS = frozenset(
    "filter exclude order_by select_related prefetch_related select_for_update annotate "
    "get_or_create update_or_create bulk_create values_list".split()
)


def _as_manager(engine: Engine, function: ast.Attribute, given: Given) -> Answer:
    """`Order.archived` in `Order.archived.filter(...)`: a manager that a package's base gives."""
    owner, call = function.value, function.value
    if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "getattr" and call.args:
        owner = call.args[0]
    elif isinstance(owner, ast.Attribute):
        owner = owner.value
    if function.attr not in _OF_MANAGERS or owner is call:
        return UNKNOWN
    kinds = engine.of(owner, given.scope, given.facts).types
    labels = [m.label for k in kinds if isinstance(k, ClassRef) and (m := engine.model(k.cls))]
    if not labels or len(labels) < len(kinds):
        return UNKNOWN
    return Answer(tuple(map(Manager, labels)), Tier.INFERRED, f"manager of {', '.join(labels)}")


#: What gives objects of models though its owner is none: a search, a store of sessions.
_OUT_OF_OTHERS = ("to_queryset", "create_model_instance", "get_model_class")


def method_of(engine: Engine, base: Answer, kind: Type, name: str, given: Given) -> Answer:
    """What a method of one possible type of an object gives."""
    if isinstance(kind, Module):
        dotted = engine.symbols.canonical(f"{kind.what}.{name}", given.facts.path)
        if dotted is None:
            return UNKNOWN
        found = external.called(engine, dotted, given)
        if found is not None:
            return found
        target = engine.named(dotted)
        if not target.types:
            return _by_model_name(engine, given)
        return union(result_of(engine, target, k, given) for k in target.types)
    if isinstance(kind, (Manager, QuerySet)):
        if name == "model":
            return result_of(engine, base, engine.class_ref(kind.model), given)
        return managers.method(engine, base, kind, name, given)
    if isinstance(kind, Super):
        return methods.of_super(engine, base, kind, name, given)
    if isinstance(kind, ClassRef):
        return _of_class(engine, base, kind, name, given)
    if isinstance(kind, Instance):
        return methods.of_instance(engine, base, kind, name, given)
    if isinstance(kind, (Collection, Pair)):
        return methods.of_collection(engine, base, kind, name)
    if isinstance(kind, (Dict, Cleaned)):
        return methods.of_dict(engine, base, kind, name, given)
    if isinstance(kind, Callable):
        return other("task") if name in ("delay", "apply_async", "s", "si") else UNKNOWN
    if isinstance(kind, Descriptor):
        return one(QuerySet(kind.model), "get_queryset()") if name == "get_queryset" else UNKNOWN
    if isinstance(kind, Bound):
        return UNKNOWN
    if isinstance(kind, Options):
        if name in ("model", "concrete_model"):
            return construct(engine, kind.cls, given)
        if name == "get_field":
            return _field(engine, kind.cls, given)
        return UNKNOWN if name in LEADING else other("meta")
    if isinstance(kind, FieldOf):
        return UNKNOWN
    if gives_back(kind.what, name) or name in _OUT_OF_OTHERS:
        return UNKNOWN
    if kind.what == "historical apps" or not is_open(kind):
        return other("historical model" if kind.what == "historical apps" else kind.what)
    if kind.what in ("list", "set", "tuple", "dict"):
        return other("None") if name in ("append", "extend", "add", "update", "clear") else UNKNOWN
    return UNKNOWN


def _field(engine: Engine, cls: str, given: Given) -> Answer:
    """What `get_field("tags")` of a model's options gives."""
    model, named = engine.model(cls), given.call.args[:1]
    name = named[0].value if named and isinstance(named[0], ast.Constant) else None
    if model is None or not isinstance(name, str) or name not in model.fields:
        return UNKNOWN
    return one(FieldOf("field", cls, name), f"field {name}")


def _of_class(engine: Engine, base: Answer, kind: ClassRef, name: str, given: Given) -> Answer:
    """A class method, a static method, a constructor of a nested class."""
    built = factories.method(engine, kind, name, given)
    if built is not None:
        return built
    found = functions.method_result(engine, kind, name, given)
    if found is not None and (found.types or found is PENDING):
        return found
    nested = engine.classes.get(f"{kind.cls}.{name}")
    if nested is not None:
        return construct(engine, nested.name, given)
    if engine.is_model(kind.cls):
        standard = methods.of_model_class(engine, base, kind, name)
        if standard is not None:
            return standard
    if name == "as_view":
        return other("view")
    if name == "search" and methods.is_indexed(engine, kind.cls):
        return other("search")
    if name == "__subclasses__":
        refs: tuple[Type, ...] = tuple(map(ClassRef, engine.classes.subclasses(kind.cls)))
        return Answer((Collection(refs),), Tier.INFERRED, f"{name}()") if refs else UNKNOWN
    if name == "from_queryset":
        return UNKNOWN
    if engine.classes.get(kind.cls) is None and not engine.is_model(kind.cls):
        return other(kind.cls.removeprefix("builtins."))
    return external.inherited(engine, kind.cls, name)


def result_of(engine: Engine, base: Answer, kind: Type, given: Given) -> Answer:
    """What calling one possible type gives."""
    if isinstance(kind, formsets.Made):
        return formsets.built(kind, given)
    if isinstance(kind, ClassRef):
        return construct(engine, kind.cls, given)
    if isinstance(kind, Callable):
        return functions.function_result(engine, kind.name, given)
    if isinstance(kind, Bound):
        return method_of(engine, base, kind.receiver, kind.what, given)
    if isinstance(kind, Module):
        return external.unknown(kind.what)
    if isinstance(kind, Manager) and kind.related:
        return Answer((kind,), base.tier, base.reason)  # order.lines(manager="objects")
    if isinstance(kind, Instance):
        return functions.method_result(engine, kind, "__call__", given) or UNKNOWN
    if isinstance(kind, Other) and not is_open(kind):
        return other(kind.what)
    return UNKNOWN


def construct(engine: Engine, cls: str, given: Given) -> Answer:
    """What a constructor gives."""
    name = cls.rpartition(".")[2]
    built = factories.constructed(engine, cls)
    if built is not None:
        return one(built, f"built by {name}(...) at line {given.call.lineno}")
    if cls in ("builtins.dict", "builtins.list", "builtins.set", "builtins.tuple"):
        return other(name)
    decided = made.other_than_own(engine, cls, given)
    if decided is not None:
        return decided
    kind = object_of(engine, cls)
    if managers.is_manager_class(engine, cls):
        return UNKNOWN
    return one(kind, f"built by {name}(...) at line {given.call.lineno}")
