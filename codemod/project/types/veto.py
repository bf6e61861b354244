"""What speaks against an unknown `x` in `x.save()` being of a model."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemod.facts.nodes import last_name
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import Instance
from codemod.project.external_classes import PLAIN_BASES
from codemod.project.model_tables import Model
from codemod.project.types.guarded import asked_before
from codemod.project.types.having import field_names, has, is_foreign
from codemod.project.types.lacking import is_of_nothing
from codemod.project.types.lookups import may_find
from codemod.project.types.origins import cant_be
from codemod.project.types.uses import asked_for, attributes_used, is_looked_into, text_of

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_QUERIES = frozenset(
    "create acreate get_or_create aget_or_create update_or_create aupdate_or_create".split()
)
_SAVE_ARGUMENTS = frozenset("force_insert force_update using update_fields".split())
_DELETE_ARGUMENTS = frozenset(("using", "keep_parents"))
_FILE_ARGUMENT = "save"  # of `FieldFile.save()` and `FieldFile.delete()`


def could_be(engine: Engine, call: CallSite, facts: FileFacts, label: str) -> bool:
    """Whether nothing speaks against the object of a call being of a model."""
    known: dict[tuple[CallSite, str], bool] = engine.tables.setdefault("could be", {})
    if (call, label) not in known:
        known[call, label] = _could_be(engine, call, facts, label)
    return known[call, label]


def _could_be(engine: Engine, call: CallSite, facts: FileFacts, label: str) -> bool:
    function = call.node.func
    model = engine.models.get(label)
    if not isinstance(function, ast.Attribute) or model is None:
        return True
    deleted = function.value
    if isinstance(deleted, ast.Call) and is_search(engine, deleted.func):
        return False
    # FieldFile.save() takes a name and what is to be stored (django/db/models/fields/files.py).
    files = call.name == "delete" or bool(call.node.args or call.node.keywords)
    if cant_be(engine, function.value, call.scope, facts, model, files=files):
        return False
    if is_of_nothing(engine, function.value, call.scope, facts):
        return False
    if not may_find(engine, function.value, call.scope, facts, model):
        return False
    if call.name in _QUERIES:
        return _takes(engine, call.node, model)
    if _other_arguments(engine, call, model, facts):
        return False
    if is_looked_into(call) and not _answers_otherwise(engine, call, model):
        return False
    for asked in asked_before(engine, call):
        if not any(has(engine, model, attr, asked=True) for attr in asked):
            return False
    uses = used(engine, function.value, call, facts)
    called = _called(engine, function.value, call, facts)
    return all(has(engine, model, attr, attr in called) for attr in uses)


def _called(engine: Engine, expr: ast.expr, call: CallSite, facts: FileFacts) -> set[str]:
    """The methods that the function calls on the same expression."""
    owner = call.scope.function()
    if owner is None:
        return set()
    known: dict[Scope, dict[str, set[str]]] = engine.tables.setdefault("called", {})
    if owner not in known:
        inside, found = set(owner.inside()), known.setdefault(owner, {})
        for function in (other.node.func for other in facts.calls if other.scope in inside):
            if isinstance(function, ast.Attribute):
                found.setdefault(text_of(function.value), set()).add(function.attr)
    return known[owner].get(text_of(expr), set())


def _answers_otherwise(engine: Engine, call: CallSite, model: Model) -> bool:
    """Whether a model's own `save()` or `delete()` may give something else than Django's."""
    foreign = any(is_foreign(engine, cls) for cls in engine.classes.mro(model.name))
    return foreign or bool(_overrides(engine, model, call.name))


def is_search(engine: Engine, function: ast.expr) -> bool:
    """Whether it is a method of Elasticsearch's: the `query` of a queryset can't be called."""
    method = function.attr if isinstance(function, ast.Attribute) else ""
    return method == "query" and not any(method in c.definition.methods for c in engine.classes)


def _other_arguments(engine: Engine, call: CallSite, model: Model, facts: FileFacts) -> bool:
    """Whether the call is given what the model's own method doesn't take."""
    method = "save" if "save" in call.name else "delete"
    known = _SAVE_ARGUMENTS if method == "save" else _DELETE_ARGUMENTS
    plain = frozenset(a for cls in engine.classes.mro(model.name) for a in PLAIN_BASES.get(cls, ()))
    known |= plain
    others = [name for name in _keywords(call) if name not in known]
    overrides = _overrides(engine, model, method)
    if overrides:
        arguments = overrides[0].args
        if len(arguments.args) > 1 or arguments.kwonlyargs or arguments.kwarg or arguments.vararg:
            # What one override doesn't name, it may pass on to the next.
            if not all(_is_named(engine, overrides, name) for name in others):
                return True
            passed = call.node.args[:4]
            if not passed or not all(map(_hands_on, overrides)):
                return False
            return any(_is_no_flag(engine, call, value, facts) for value in passed)
        return bool(call.node.args or call.node.keywords)
    if others:
        foreign = any(is_foreign(engine, name) for name in engine.classes.mro(model.name))
        return _FILE_ARGUMENT in others or not foreign
    return any(_is_no_flag(engine, call, value, facts) for value in call.node.args[:4])


def _keywords(call: CallSite) -> list[str]:
    """The names of a call's keywords, those of `**data` too where `data` is a literal."""
    names = [keyword.arg for keyword in call.node.keywords if keyword.arg is not None]
    for keyword in call.node.keywords:
        if keyword.arg is None and isinstance(keyword.value, ast.Name):
            bindings = call.scope.bindings.get(keyword.value.id, ())
            value = bindings[0].value if len(bindings) == 1 and not bindings[0].path else None
            keys = value.keys if isinstance(value, ast.Dict) else []
            names += [
                key.value
                for key in keys
                if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
    return names


def _is_named(engine: Engine, overrides: list[_Function], name: str) -> bool:
    """Whether one of the methods has an argument of a name, or looks one up in its `kwargs`."""
    known: dict[_Function, frozenset[str]] = engine.tables.setdefault("override names", {})
    for node in overrides:
        if node not in known:
            known[node] = frozenset(_names_in(node))
        if name in known[node]:
            return True
    return False


def _names_in(function: _Function) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, (ast.arg, ast.keyword)) and node.arg is not None:
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _hands_on(function: _Function) -> bool:
    """Whether a method hands its positional arguments on as they come: `(self, *args)`."""
    arguments = function.args
    if arguments.vararg is None or len(arguments.posonlyargs + arguments.args) != 1:
        return False
    name = arguments.vararg.arg
    starred = {n.value for n in ast.walk(function) if isinstance(n, ast.Starred)}
    uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]
    return all(use in starred for use in uses)


def _overrides(engine: Engine, model: Model, method: str) -> list[_Function]:
    """The project's definitions of a method that a call on the model may run through."""
    found = []
    for label in (model.label, *engine.models.subclasses(model.label)):
        user = engine.models.get(label)
        for name in engine.classes.mro(user.name) if user is not None else ():
            info = engine.classes.get(name)
            if info is not None and method in info.definition.methods:
                found.append(info.definition.methods[method])
    return found


def _is_no_flag(engine: Engine, call: CallSite, value: ast.expr, facts: FileFacts) -> bool:
    """Whether a positional argument is neither a flag, nor a database alias, nor field names."""
    if isinstance(value, (ast.Starred, ast.Constant)):
        return isinstance(value, ast.Constant) and isinstance(value.value, (str, bytes))
    answer = engine.of(value, call.scope, facts)
    last = last_name(value)
    if any(word in last for word in ("using", "alias", "db")):
        return False
    if answer.types:
        return not any(getattr(kind, "what", "") in _FLAGS for kind in answer.types)
    return any(word in last for word in ("path", "file", "stream", "buffer", "url", "key"))


_FLAGS = ("bool", "list", "tuple", "None", "signal argument", "kwargs")


def used(engine: Engine, expr: ast.expr, call: CallSite, facts: FileFacts) -> Iterator[str]:
    """The attributes that the function uses on the same name or expression.

    Only where the name means one thing: what another binding of it has says nothing.
    """
    if isinstance(expr, ast.Name):
        found = [s for s in call.scope.chain() if expr.id in s.bindings]
        if not found or len(found[0].bindings[expr.id]) > 1:
            return
        owner = call.scope if found[0].kind == "module" else found[0]
    elif isinstance(expr, ast.Attribute):
        function = call.scope.function()
        if function is None:
            return
        owner = function
    else:
        return
    # Old tests set fields that their model has no more.
    fields = frozenset() if "test" in facts.path else field_names(engine)
    text = text_of(expr)
    inside = set(owner.inside())
    for test in facts.calls_by_name.get("isinstance", ()):
        if test.scope in inside and test.node.args and text_of(test.node.args[0]) == text:
            return  # it is used as several things
    asked = asked_for(engine, owner, facts)
    if asked is None:
        return
    for attr, is_read in attributes_used(engine, owner).get(text, ()):
        # Anything may be set on an object, but a field is set on its own model.
        if (is_read or attr in fields) and (text, attr) not in asked:
            yield attr


def _takes(engine: Engine, call: ast.Call, model: Model) -> bool:
    """Whether the arguments of `create(...)` can be of the model: keywords, and its own."""
    named = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if named in ("create", "acreate") and any(not isinstance(a, ast.Starred) for a in call.args):
        return any(
            engine.classes.method(cls, named) is not None or is_foreign(engine, cls)
            for manager in model.managers.values()
            for cls in (manager.cls, manager.queryset)
            if cls is not None
        )
    for keyword in call.keywords:
        name = keyword.arg
        if name is None or name in ("defaults", "create_defaults", "pk", "id"):
            continue
        name = name.partition("__")[0]
        if name in model.fields or (name.endswith("_id") and name[:-3] in model.fields):
            continue
        if name in engine.models.relations(model.label):
            continue
        if _has_setter(engine, model, name):
            continue
        return False
    return True


def _has_setter(engine: Engine, model: Model, name: str) -> bool:
    """Whether the model's constructor takes a name that is no field: a property, or its own."""
    if engine.classes.method(model.name, "__init__") is not None:
        return True
    for ancestor in engine.classes.mro(model.name):
        info = engine.classes.get(ancestor)
        if info is None and is_foreign(engine, ancestor):
            return True
        if info is not None and name in info.scope.bindings:
            return True
    for manager in model.managers.values():
        for cls in (manager.cls, manager.queryset):
            if cls is not None and engine.classes.method(cls, "create") is not None:
                return True
    return False


__all__ = ["Instance", "could_be"]
