"""What speaks against an unknown `x` in `x.save()` being of a model."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import Instance
from codemod.project.external_classes import PLAIN_BASES
from codemod.project.model_tables import Model
from codemod.project.types import given
from codemod.project.types.lookups import may_find
from codemod.project.types.origins import cant_be
from codemod.project.types.uses import asked_for, attributes_used, text_of

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_BASICS = frozenset(
    """
    save asave delete adelete refresh_from_db arefresh_from_db full_clean clean clean_fields
    validate_unique validate_constraints get_deferred_fields serializable_value save_base
    prepare_database_save get_absolute_url unique_error_message date_error_message check from_db
    pk id _meta _state DoesNotExist MultipleObjectsReturned NotUpdated objects _default_manager
    _base_manager get_constraints natural_key
    """.split()
)
_QUERIES = frozenset(
    "create acreate get_or_create aget_or_create update_or_create aupdate_or_create".split()
)
_SAVE_ARGUMENTS = frozenset("force_insert force_update using update_fields".split())
_DELETE_ARGUMENTS = frozenset(("using", "keep_parents"))
# What forms, querysets and storages have, and no object of a model, whatever its bases are.
_CALL_ONLY = frozenset(
    """
    is_valid add_error cleaned_data save_m2m as_p errors has_changed validated_data
    exists filter exclude order_by values_list listdir
    """.split()
)

# What Django's users, and the bases of user models, have of their own (Django 4.2 to 6.0).
_USERS = {
    f"django.contrib.auth.{name}": frozenset(attributes.split())
    for names, attributes in (
        (
            "models.AbstractBaseUser base_user.AbstractBaseUser",
            """
            password last_login is_active REQUIRED_FIELDS USERNAME_FIELD EMAIL_FIELD is_anonymous
            is_authenticated get_username set_password check_password acheck_password
            set_unusable_password has_usable_password get_session_auth_hash
            get_session_auth_fallback_hash get_email_field_name normalize_username _password
            """,
        ),
        (
            "models.PermissionsMixin",
            """
            is_superuser groups user_permissions has_perm ahas_perm has_perms ahas_perms
            has_module_perms ahas_module_perms get_user_permissions aget_user_permissions
            get_group_permissions aget_group_permissions get_all_permissions aget_all_permissions
            """,
        ),
        (
            "models.AbstractUser",
            """
            username first_name last_name email is_staff is_active date_joined username_validator
            get_full_name get_short_name email_user EMAIL_FIELD USERNAME_FIELD REQUIRED_FIELDS
            """,
        ),
        ("models.User", ""),
        ("models.Group", "name permissions user_set"),
        ("models.Permission", "name content_type codename group_set user_set"),
    )
    for name in names.split()
}


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
    if cant_be(engine, function.value, call.scope, facts, model):
        return False
    if not may_find(engine, function.value, call.scope, facts, model):
        return False
    if call.name in _QUERIES:
        return _takes(engine, call.node, model)
    if _other_arguments(engine, call, model, facts):
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
        return not any(k for k in engine.classes.mro(model.name) if is_foreign(engine, k))
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
    last = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
    if any(word in last for word in ("using", "alias", "db")):
        return False
    if answer.types:
        return not any(getattr(kind, "what", "") in _FLAGS for kind in answer.types)
    return any(word in last for word in ("path", "file", "stream", "buffer", "url", "key"))


_FLAGS = ("bool", "list", "tuple", "None", "signal argument", "kwargs")


def is_foreign(engine: Engine, name: str) -> bool:
    """Whether an ancestor is of a package, and may define what can't be seen."""
    if engine.classes.get(name) is not None or name in PLAIN_BASES:
        return False
    return not name.startswith(("django.", "builtins."))


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
    fields = frozenset() if "test" in facts.path else _fields(engine)
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


def has(engine: Engine, model: Model, attr: str, called: bool = False) -> bool:
    """Whether an object of a model, or of a subclass, may have an attribute, or a method."""
    if attr in _BASICS or attr.startswith(("__", "get_next_by_", "get_previous_by_")):
        return True
    users = [model]
    for label in engine.models.subclasses(model.label):
        child = engine.models.get(label)
        if child is not None:
            users.append(child)
    if any(_own(engine, user, attr, called) for user in users):
        return True
    # A file that can't be read may hold the model with the relation, or set the attribute.
    return any(attr in engine.project.text(path) for path, _ in engine.project.unreadable)


def _own(engine: Engine, model: Model, attr: str, called: bool) -> bool:
    if attr in model.fields or attr in engine.models.relations(model.label):
        return True
    if attr.endswith("_id") and attr[:-3] in model.fields:
        return True
    if attr.startswith("get_") and attr.endswith("_display") and attr[4:-8] in model.fields:
        return True
    if attr.startswith("get_") and attr.endswith("_order"):
        return True
    for name in engine.classes.mro(model.name):
        info = engine.classes.get(name)
        if info is not None:
            if attr in info.scope.bindings or "__getattr__" in info.definition.methods:
                return True
            from codemod.project.types.assigned import table

            if attr in table(engine, info):
                return True
        elif name in _USERS:
            # Packages' models point to the user's: relations, which nobody calls.
            is_own = called and attr in _methods(engine)
            if attr in _USERS[name] or not (is_own or attr in _CALL_ONLY):
                return True
        elif is_foreign(engine, name) or name.startswith("django.contrib."):
            if attr not in _CALL_ONLY:
                return True  # it may come from there
        elif attr in PLAIN_BASES.get(name, ()):
            return True
    # Setting a field of some other model is no sign that this one gets such an attribute.
    return attr in given.places(engine) and attr not in _fields(engine)


def _methods(engine: Engine) -> frozenset[str]:
    """The names of the methods of the project's classes."""
    known: frozenset[str] | None = engine.tables.get("methods")
    if known is None:
        found = (name for cls in engine.classes for name in cls.definition.methods)
        known = engine.tables["methods"] = frozenset(found)
    return known


def _fields(engine: Engine) -> frozenset[str]:
    """The names of all fields of the project's models."""
    known = engine.tables.get("field names")
    if isinstance(known, frozenset):
        return known
    found = frozenset(name for m in engine.models.all() for name in m.fields)
    engine.tables["field names"] = found
    return found


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
