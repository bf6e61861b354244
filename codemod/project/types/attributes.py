"""Attributes: of modules, classes, objects, managers."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

from codemod.facts.tables import FileFacts, Scope
from codemod.project import roles
from codemod.project.answers import (
    Answer,
    Callable,
    ClassRef,
    Instance,
    Manager,
    Other,
    QuerySet,
    Tier,
    Type,
)
from codemod.project.types import (
    assigned,
    external,
    formsets,
    lacking,
    managers,
    members,
    names,
    roles_of_self,
)
from codemod.project.types.kinds import (
    LEADING,
    PENDING,
    THROUGH,
    UNKNOWN,
    Bound,
    Descriptor,
    Dict,
    FieldOf,
    FormOf,
    Module,
    Namespace,
    Options,
    Super,
    is_open,
    one,
    other,
    union,
    weaker,
)
from codemod.project.types.lookups import defining

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine


def attribute(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    """What `x.y` is."""
    assert isinstance(expr, ast.Attribute)
    if expr.attr == "through":
        label = engine.models.label_of(expr, scope, facts)
        if label is not None:
            return one(engine.class_ref(label), f"through model {label}")
    if expr.attr == "user" and _is_request(expr.value):
        return engine.user("request.user")
    base = engine.of(expr.value, scope, facts)
    if base is PENDING:
        return PENDING
    if not base.types:
        held = _of_strange_manager(engine, expr, scope) or of_unknown(engine, expr.value, expr.attr)
        return names.narrowed_expression(engine, held, expr, scope, facts)
    base = lacking.without_values(base, expr.attr)
    answer = union(attribute_of(engine, base, kind, expr.attr, facts) for kind in base.types)
    if not answer.types and answer is not PENDING:
        able = lacking.without(engine, base, expr.attr)
        if able is not base:
            answer = union(attribute_of(engine, able, k, expr.attr, facts) for k in able.types)
            answer = weaker(answer)
    return names.narrowed_expression(engine, answer, expr, scope, facts)


def attribute_of(
    engine: Engine, base: Answer, kind: Type, attr: str, facts: FileFacts | None
) -> Answer:
    """An attribute of one possible type of an object."""
    if isinstance(kind, Module):
        near = facts.path if facts is not None else ""
        dotted = engine.symbols.canonical(f"{kind.what}.{attr}", near)
        return engine.named(dotted) if dotted is not None else UNKNOWN
    if attr == "__class__":
        return one(ClassRef(kind.cls), "__class__") if isinstance(kind, Instance) else UNKNOWN
    if isinstance(kind, Instance):
        return _of_instance(engine, base, kind, attr)
    if isinstance(kind, ClassRef):
        return _of_class(engine, base, kind, attr)
    if isinstance(kind, (Manager, QuerySet)):
        return managers.attribute(engine, base, kind, attr)
    if isinstance(kind, Super):
        return one(Bound(attr, kind), f"super().{attr}")
    if isinstance(kind, Descriptor):
        return UNKNOWN
    if isinstance(kind, Options):
        return _of_options(engine, base, kind, attr)
    if isinstance(kind, FieldOf):
        return _of_field(engine, kind, attr)
    if isinstance(kind, Other):
        if kind.what == "request":
            if attr == "user":
                return engine.user("request.user")
            if attr in _REQUEST_PARTS:
                return other(_REQUEST_PARTS[attr])
            return assigned.on_requests(engine, attr)
        if isinstance(kind, Namespace):
            types = dict(kind.attributes).get(attr, ())
            return Answer(types, base.tier, f"{attr} of a namespace") if types else UNKNOWN
        if isinstance(kind, Dict) or is_open(kind):
            return UNKNOWN
        return other(kind.what)
    if isinstance(kind, Callable):
        return other("function")
    return UNKNOWN


def of_unknown(engine: Engine, owner: ast.expr, attr: str) -> Answer:
    """What an attribute of something unknown is: `field.remote_field.through` is a model of the
    rows of a many-to-many relation, where the project has nothing else of the name."""
    if attr != "through" or defining(engine).get(attr) or not _RELATION.search(ast.unparse(owner)):
        return UNKNOWN
    return one(THROUGH, "a through model")


_RELATION = re.compile(r"field|(?:\b|_)rel(?:ation)?\b")


def _of_strange_manager(engine: Engine, expr: ast.Attribute, scope: Scope) -> Answer | None:
    """What the class itself gives a manager that is no model's: `RoleManager(user)` is made where
    it is used, and what its rows are can't be told."""
    info = engine.class_around(scope)
    if info is None or not isinstance(expr.value, ast.Name) or expr.value.id != "self":
        return None
    if not managers.is_manager_class(engine, info.name):
        return None
    return members.of_object(engine, Instance(info.name), expr.attr)


def _of_options(engine: Engine, base: Answer, kind: Options, attr: str) -> Answer:
    """What a model's `_meta` has: the model, its managers, and much that leads to others."""
    if attr in ("model", "concrete_model"):
        return one(ClassRef(kind.cls), f"_meta.{attr}")
    if attr in ("default_manager", "base_manager"):
        return managers.of_class(engine, base, kind.cls, f"_{attr}") or UNKNOWN
    return UNKNOWN if attr in LEADING else other("meta")


def _of_field(engine: Engine, kind: FieldOf, attr: str) -> Answer:
    """Where a field leads: to a model, or to the table of a many-to-many relation."""
    model = engine.model(kind.cls)
    field = model.fields.get(kind.name) if model is not None else None
    if field is None:
        return UNKNOWN
    near = kind.what == "field"
    if near and attr == "remote_field" and field.is_relation:
        return one(FieldOf(attr, kind.cls, kind.name), f"{attr} of {kind.name}")
    label = field.target if near and attr == "related_model" else None
    label = field.through if not near and attr == "through" else label
    return one(engine.class_ref(label), f"{attr} of {kind.name}") if label else UNKNOWN


def _of_instance(engine: Engine, base: Answer, kind: Instance, attr: str) -> Answer:
    if isinstance(kind, FormOf):
        return formsets.attribute(engine, base, kind, attr)
    if engine.is_model(kind.cls):
        return members.of_model(engine, base, kind, attr)
    found = roles_of_self.attribute(engine, kind.cls, attr)
    if found is not None:
        return found
    return members.of_object(engine, kind, attr) or _of_mixed(engine, base, kind, attr)


def _of_mixed(engine: Engine, base: Answer, kind: Instance, attr: str) -> Answer:
    """What the classes that a mixin is mixed into have, where the mixin itself has nothing."""
    users = engine.classes.subclasses(kind.cls)
    models = [c for c in users if engine.is_model(c)]
    parts = [members.of_model(engine, base, Instance(c), attr) for c in models]
    told = [part for part in parts if part.types or part is PENDING]
    if models or len(users) > _USERS:
        return union(told) if told else UNKNOWN
    last = [c for c in users if not engine.classes.subclasses(c)]
    found = [members.of_object(engine, Instance(c), attr) for c in last]
    return union(answer or UNKNOWN for answer in found) if found else UNKNOWN


def _model_behind(engine: Engine, cls: str) -> str | None:
    """The class of the model that a form, a serializer or a factory is about, as are all below."""
    labels = {roles.model_of(engine.project, c) for c in engine.classes.heirs(cls)}
    model = engine.models.by_label.get(labels.pop() or "") if len(labels) == 1 else None
    return model.name if model is not None else None


def _of_class(engine: Engine, base: Answer, kind: ClassRef, attr: str) -> Answer:
    """An attribute of a class itself: managers, class attributes, nested classes, methods."""
    if engine.is_model(kind.cls) or _is_foreign(engine, kind.cls):
        found = managers.of_class(engine, base, kind.cls, attr)
        if found is not None:
            return found
    if attr == "_meta":
        about = kind.cls if engine.is_model(kind.cls) else _model_behind(engine, kind.cls)
        return one(Options("meta", about), "options") if about is not None else UNKNOWN
    if attr == "Meta":
        return UNKNOWN  # of a form, a serializer, a mutation: it leads to a model
    if attr in ("DoesNotExist", "MultipleObjectsReturned", "__name__"):
        return other(attr.strip("_"))
    inner = engine.classes.get(f"{kind.cls}.{attr}")
    if inner is not None:
        return one(ClassRef(inner.name), f"class {attr}")
    if engine.classes.method(kind.cls, attr) is not None:
        return one(Bound(attr, kind), f"method {attr}")
    found = members.of_object(engine, kind, attr) or _reverse(engine, kind.cls, attr)
    if found is not None:
        return found
    if engine.classes.get(kind.cls) is None and not engine.is_model(kind.cls):
        return other(f"{kind.cls}.{attr}")  # a member of an external class
    enums = ("django.db.models.Choices", "enum.Enum", "enum.IntEnum", "enum.StrEnum")
    if engine.classes.is_subclass(kind.cls, *enums):
        return other("choice")
    return external.inherited(engine, kind.cls, attr)


def _reverse(engine: Engine, cls: str, attr: str) -> Answer | None:
    """`User.profile` of the class itself, whose `get_queryset()` gives the profiles."""
    model = engine.models.by_class.get(cls)
    if model is None or model.abstract:
        return None
    reverse = engine.models.relations(model.label).get(attr)
    if reverse is None:
        return None
    return one(Descriptor("descriptor", reverse.model), f"{cls}.{attr}")


def _is_foreign(engine: Engine, cls: str) -> bool:
    """Whether a class is of a package that isn't known: what has `objects` is a model there."""
    return (
        engine.is_external(cls)
        and not cls.startswith(("builtins.", "django."))
        and cls.partition(".")[0] not in sys.stdlib_module_names
    )


_USERS = 60  # classes that a mixin is mixed into and that are still looked at

_REQUEST_PARTS = {
    "session": "session", "method": "str", "path": "str", "META": "META", "headers": "headers",
    "GET": "query", "POST": "query", "FILES": "files", "COOKIES": "cookies", "body": "bytes",
    "query_params": "query", "resolver_match": "match", "content_type": "str",
}  # fmt: skip


def _is_request(expr: ast.expr) -> bool:
    """Whether an expression is called a request: `request`, `self.request`, `info.context`."""
    if isinstance(expr, ast.Attribute):
        if expr.attr == "context" and isinstance(expr.value, ast.Name):
            return expr.value.id == "info"  # of a GraphQL resolver
        return expr.attr == "request"
    return isinstance(expr, ast.Name) and expr.id == "request"


__all__ = ["Tier", "attribute", "attribute_of"]
