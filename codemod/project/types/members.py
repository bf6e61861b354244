"""Members of objects: fields and relations of models, properties, assigned attributes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Literal

from codemod.facts.nodes import is_none
from codemod.facts.tables import FunctionDef
from codemod.project import roles
from codemod.project.answers import (
    Answer,
    ClassRef,
    Instance,
    Manager,
    Pair,
    Tier,
    Type,
)
from codemod.project.classes import ClassInfo
from codemod.project.model_tables import FOREIGN, Field, Model, Reverse
from codemod.project.types import assigned, filling, given, held_children
from codemod.project.types.arguments import QUIET, decorators
from codemod.project.types.kinds import (
    NONE,
    PENDING,
    UNKNOWN,
    Bound,
    Options,
    one,
    other,
    union,
    weaker,
)

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_PROPERTIES = frozenset(
    "property cached_property classproperty hybrid_property lazy_attribute lazy_property reify "
    "lazyproperty threaded_cached_property".split()
)


def of_model(engine: Engine, base: Answer, kind: Instance, attr: str) -> Answer:
    """An attribute of an object of a model."""
    model = engine.model(kind.cls)
    if model is not None:
        found = _of_fields(engine, base, model, attr)
        if found is not None:
            return found
    if attr == "_meta":
        return one(Options("meta", kind.cls), "options")
    if attr in ("pk", "id", "_state", "DoesNotExist"):
        return other(attr.strip("_"))
    cls = model.name if model is not None else kind.cls
    if engine.classes.method(cls, attr) is not None and not _is_property(engine, cls, attr):
        return one(Bound(attr, kind), f"method {attr}")
    found = of_object(engine, Instance(cls), attr)
    if found is not None:
        return found
    if model is not None and model.abstract:
        parts = [
            of_model(engine, base, Instance(child.name), attr)
            for label in engine.labels(kind.cls)
            if (child := engine.models.get(label)) is not None
        ]
        # Some of the models may lack the attribute: those that have it decide.
        return (
            union([part for part in parts if part.types])
            if any(p.types for p in parts)
            else UNKNOWN
        )
    return UNKNOWN


def _of_fields(engine: Engine, base: Answer, model: Model, attr: str) -> Answer | None:
    field = model.fields.get(attr)
    if field is not None:
        return _field(engine, base, model, field)
    if attr.endswith("_id") and attr[:-3] in model.fields:
        return other("id")
    reverse = engine.models.relations(model.label).get(attr) if not model.abstract else None
    if reverse is not None:
        return _reverse(engine, base, reverse)
    return None


def _field(engine: Engine, base: Answer, model: Model, field: Field) -> Answer:
    name = f"{field.model}.{field.name}"
    if field.kind in FOREIGN:
        if field.target is None:
            package = target_of_package(engine, model, field)
            return other(package, f"{name} points to a package's model") if package else UNKNOWN
        kinds = dict.fromkeys(
            (*engine.row(field.target), *held_children.children_held(engine, field))
        )
        return Answer(tuple(kinds), base.tier, f"{name} points to {field.target}")
    if field.kind in ("ManyToManyField", "GenericRelation"):
        if field.target is None:
            return UNKNOWN
        related: Literal["m2m", "generic"] = "m2m" if field.kind == "ManyToManyField" else "generic"
        manager = Manager(field.target, None, related, name)
        return Answer((manager,), base.tier, f"{name} leads to {field.target}")
    if field.kind == "GenericForeignKey":
        return _generic(engine, model, field)
    if field.kind in ("FileField", "ImageField") or field.kind.endswith(
        ("FileField", "ImageField")
    ):
        return other("FieldFile")
    if field.kind == "TaggableManager":
        return other("TaggableManager")
    if field.kind.endswith(("Key", "OneToOneField", "ManyToMany")):
        return UNKNOWN
    if field.kind in ("JSONField", "ArrayField", "HStoreField"):
        return other("data")
    return other(field.kind)


def target_of_package(engine: Engine, model: Model, field: Field) -> str | None:
    """The class of a package that a relation points to, by its own name."""
    declared = engine.classes.attribute(model.name, field.name)
    call = declared[1] if declared is not None else None
    if declared is None or not isinstance(call, ast.Call):
        return None
    named = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "to")]
    if not named or isinstance(named[0], ast.Constant):
        return None
    target = engine.symbols.resolve(named[0], declared[0].scope, declared[0].facts)
    if target is None or not engine.is_external(target) or not _is_class(target):
        return None
    return None if engine.classes.subclasses(target) else target


def _is_class(dotted: str) -> bool:
    last = dotted.rpartition(".")[2]
    return last[:1].isupper() and not last.isupper()


def _generic(engine: Engine, model: Model, field: Field) -> Answer:
    """A generic foreign key whose content type is limited to some models by `limit_choices_to`."""
    declared = engine.classes.attribute(model.name, field.parts[0]) if field.parts else None
    call = declared[1] if declared is not None else None
    keywords = call.keywords if isinstance(call, ast.Call) else []
    limit = next((k.value for k in keywords if k.arg == "limit_choices_to"), None)
    if not isinstance(limit, ast.Dict):
        return UNKNOWN
    wanted: dict[str, list[str]] = {}
    for key, value in zip(limit.keys, limit.values):
        items = value.elts if isinstance(value, (ast.List, ast.Tuple, ast.Set)) else [value]
        texts = [i.value for i in items if isinstance(i, ast.Constant) and isinstance(i.value, str)]
        if isinstance(key, ast.Constant) and len(texts) == len(items):
            wanted[str(key.value).removesuffix("__in")] = texts
    if not {"app_label", "model"} & {*wanted}:
        return UNKNOWN
    labels = [label for label, known in engine.models.by_label.items() if not known.abstract]
    found = [
        engine.instance(label)
        for label in labels
        if label.partition(".")[0] in wanted.get("app_label", [label.partition(".")[0]])
        and label.partition(".")[2].lower()
        in wanted.get("model", [label.partition(".")[2].lower()])
    ]
    types = tuple(kind for kind in found if kind is not None)
    reason = (
        f"{field.model}.{field.name} is limited to {', '.join(map(', '.join, wanted.values()))}"
    )
    return Answer(types, Tier.INFERRED, reason[:160]) if types else UNKNOWN


def _reverse(engine: Engine, base: Answer, reverse: Reverse) -> Answer:
    name = f"{reverse.field.model}.{reverse.field.name}"
    reason = f"{reverse.model} by {name}"
    if reverse.kind == "o2o":
        held = held_children.children_holding(engine, reverse.field)
        kinds = dict.fromkeys((*engine.row(reverse.model), *held))
        return Answer(tuple(kinds), base.tier, reason)
    if reverse.kind == "m2m":
        return Answer((Manager(reverse.model, None, "m2m", name, True),), base.tier, reason)
    return Answer((Manager(reverse.model, None, "fk", name),), base.tier, reason)


def of_object(engine: Engine, kind: Instance | ClassRef, attr: str) -> Answer | None:
    """An attribute of an object of a project class; None where no class has it.

    The object may be of a subclass, so what subclasses put in its place counts too, and what others
    give it.
    """
    found = assigned.everywhere(engine, kind.cls, attr)
    for child in engine.classes.subclasses(kind.cls):
        info = engine.classes.get(child)
        own = _own(engine, info, kind, attr) if info is not None else None
        if own is not None:
            found.append(own)
    for name in engine.classes.mro(kind.cls):
        info = engine.classes.get(name)
        own = _own(engine, info, kind, attr) if info is not None else None
        if info is not None and own is not None:
            if not (found and _is_left_open(engine, info, attr)):
                found.append(own)
            break
    if not found:
        return None
    told = any(answer.types != NONE.types for answer in found)
    answer = union([*found, *given.from_outside(engine, kind.cls, attr, told=told)])
    return UNKNOWN if answer is PENDING and all(a is not PENDING for a in found) else answer


def _is_left_open(engine: Engine, info: ClassInfo, attr: str) -> bool:
    """Whether a class has a property that only raises, for its subclasses to override."""
    from codemod.project.types.functions import only_raises

    method = info.definition.methods.get(attr)
    function = engine.function_at(method, info.facts) if method is not None else None
    return function is not None and is_property(function) and only_raises(engine, function)


def _own(engine: Engine, info: ClassInfo, kind: Instance | ClassRef, attr: str) -> Answer | None:
    """What one class body gives an attribute."""
    if attr not in info.scope.bindings:
        return None
    method = info.definition.methods.get(attr)
    if method is not None:
        function = engine.function_at(method, info.facts)
        if function is None or (attr in info.definition.conditional and may_be_property(function)):
            return UNKNOWN  # there may be another of the name
        if may_be_property(function):
            from codemod.project.types.functions import called

            receiver: Type = kind
            if isinstance(kind, ClassRef):
                receiver = Instance(kind.cls)
            return called(engine, info.facts, function, None, receiver)
        return one(Bound(attr, kind), f"method {attr}")
    value = info.definition.attributes.get(attr)
    bindings = info.scope.bindings.get(attr, ())
    if value is not None and not (
        is_none(value) and any(b.annotation is not None for b in bindings)
    ):
        return _class_value(engine, info, attr, value)
    for binding in bindings:
        if binding.annotation is not None:
            from codemod.project.types.hints import annotated

            answer = annotated(engine, binding.annotation, info.scope, info.facts)
            if not answer.types and _is_set_below(engine, info, attr):
                return NONE  # `model: type[Model]`, for subclasses to say
            return answer
    inner = engine.classes.get(f"{info.name}.{attr}")
    if inner is not None:
        return one(ClassRef(inner.name), f"class {attr}")
    return UNKNOWN if bindings else None


def _is_set_below(engine: Engine, info: ClassInfo, attr: str) -> bool:
    """Whether each class that comes of one and has none below it has a value for an attribute."""
    last = [c for c in engine.classes.subclasses(info.name) if not engine.classes.subclasses(c)]
    for name in last:
        found = engine.classes.attribute(name, attr)
        if found is None or found[0].name in engine.classes.mro(info.name):
            return False
    return bool(last)


def _class_value(engine: Engine, info: ClassInfo, attr: str, value: ast.expr) -> Answer:
    """A class attribute; declarations of factories and forms stand for what they make."""
    from codemod.project.types import factories

    answer = factories.declared(engine, info, value)
    if answer is None:
        answer = engine.of(value, info.scope, info.facts)
        if any(_keeps_history(engine, kind) for kind in answer.types):
            label = f"simple_history.Historical{info.definition.node.name}"
            return one(Manager(label), "history")
        answer = filling.attribute(engine, answer, value, info.name, attr)
    if any(_describes(engine, kind) for kind in answer.types):
        return _described(engine, info, answer, value)
    return weaker(answer, Tier.PROVED)


def _describes(engine: Engine, kind: Type) -> bool:
    """Whether a class attribute gives its objects something else than itself."""
    if isinstance(kind, Instance):
        return engine.classes.method(kind.cls, "__get__") is not None
    return getattr(kind, "what", "") in ("property", "cached_property")


def _described(engine: Engine, info: ClassInfo, answer: Answer, value: ast.expr) -> Answer:
    """What `line = Lazy(Line, 1)` gives by its `__get__()`, `owner = property(get_owner)` by its
    function."""
    from codemod.project.types.functions import called, method_result

    parts: list[Answer] = []
    for kind in answer.types:
        if isinstance(kind, Instance):
            parts.append(method_result(engine, kind, "__get__", None) or UNKNOWN)
            continue
        getter = value.args[0] if isinstance(value, ast.Call) and value.args else None
        name = getter.id if isinstance(getter, ast.Name) else ""
        method = info.definition.methods.get(name)
        function = engine.function_at(method, info.facts) if method is not None else None
        mine = Instance(info.name)
        found = called(engine, info.facts, function, None, mine) if function else UNKNOWN
        parts.append(found)
    return union(parts)


def _keeps_history(engine: Engine, kind: Type) -> bool:
    """Whether it is django-simple-history's: the rows of another model, made at run time."""
    cls = kind.cls if isinstance(kind, Instance) else getattr(kind, "what", "")
    return engine.classes.is_subclass(str(cls), "simple_history.models.HistoricalRecords")


def asks_another(engine: Engine, answer: Answer, name: str) -> bool:
    """Whether something may be an object of a project's class that lacks a method and has another
    object run it by its `__getattr__` (`Wrapper(order).save()`), or gets it from a base that can't
    be followed: `class GiftForm(make_form(Order))`."""
    return any(
        isinstance(kind, Instance)
        and engine.classes.method(kind.cls, name) is None
        and (_is_wrapper(engine, kind.cls) or _has_strange_base(engine, kind.cls))
        for kind in answer.types
    )


def _is_wrapper(engine: Engine, cls: str) -> bool:
    return engine.classes.method(cls, "__getattr__") is not None and all(
        c == "builtins.object" or engine.classes.get(c) for c in engine.classes.mro(cls)
    )


def _has_strange_base(engine: Engine, cls: str) -> bool:
    """Whether a base of a class is what some call gives, and nothing says what the class is."""
    if engine.is_model(cls) or engine.classes.is_subclass(cls, *_SAID):
        return False
    return any(
        engine.classes.get(base) is None
        and (base.startswith("?.") or not engine.is_external(base))
        and "formset_factory(" not in base
        for base in engine.classes.mro(cls)
    )


_SAID = (*roles.FORMS, *roles.SERIALIZERS, *roles.FACTORIES, *roles.ADMINS, *roles.TEST_CASES)


def _is_property(engine: Engine, cls: str, attr: str) -> bool:
    found = engine.classes.method(cls, attr)
    return found is not None and may_be_property(found[1])


def is_property(function: FunctionDef) -> bool:
    """Whether a method is read like an attribute."""
    return any(name in _PROPERTIES or name in ("setter", "getter") for name in decorators(function))


def may_be_property(function: FunctionDef) -> bool:
    """Whether a decorator may make it one: any that isn't known to leave it a method."""
    return any(name not in QUIET or name in _PROPERTIES for name in decorators(function))


__all__ = ["Pair", "asks_another", "is_property", "of_model", "of_object"]
