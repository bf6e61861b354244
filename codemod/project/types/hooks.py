"""The methods that frameworks call, and what they pass."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemod.facts.tables import FileFacts, FunctionDef
from codemod.project import roles, views
from codemod.project.answers import (
    Answer,
    ClassRef,
    Collection,
    Instance,
    Manager,
    QuerySet,
    Tier,
    Type,
)
from codemod.project.held import held_by
from codemod.project.types import formsets, managers, roles_of_self
from codemod.project.types.arguments import decorators
from codemod.project.types.kinds import UNKNOWN, Cleaned, FormOf, one, other, union, weaker

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine


def parameter(engine: Engine, function: FunctionDef, name: str, facts: FileFacts) -> Answer | None:
    """What a framework passes for a parameter; None where none is known to."""
    if function.outer.kind != "class":
        return _of_action(engine, function, name, facts)
    info = engine.class_at(function.outer.node)
    if info is None:
        return None
    method, cls = function.node.name, info.name
    found = _of_class(engine, cls, method, name, function)
    if found is not None:
        heirs = (
            _of_class(engine, heir, method, name, function) for heir in _heirs(engine, cls, method)
        )
        others = [answer for answer in heirs if answer is not None and answer.types != found.types]
        return union([found, *others]) if others else found
    if method not in MIXED_IN:
        return None
    # A mixin's method gets what the classes get that it is mixed into.
    mixed = [_of_class(engine, c, method, name, function) for c in _mixed_into(engine, cls)]
    if not mixed or any(answer is None for answer in mixed):
        return None
    return weaker(union(answer for answer in mixed if answer is not None))


def _heirs(engine: Engine, cls: str, method: str) -> Iterator[str]:
    """The classes that inherit a method as a class has it; each may be about a model of its own."""
    for child in engine.classes.subclasses(cls):
        defined = engine.classes.method(child, method)
        if defined is not None and defined[0].name == cls:
            yield child


# Methods that frameworks call and that mixins of a project have.
MIXED_IN = frozenset(
    "form_valid form_invalid perform_create perform_update perform_destroy save_model delete_model "
    "delete_queryset save_related save_formset".split()
)


def _mixed_into(engine: Engine, cls: str) -> list[str]:
    """The views and admins that inherit a method of a class that is neither."""
    if views.is_view(engine.project, cls) or engine.classes.is_subclass(cls, *roles.ADMINS):
        return []
    users = [
        child
        for child in engine.classes.subclasses(cls)
        if views.is_view(engine.project, child) or engine.classes.is_subclass(child, *roles.ADMINS)
    ]
    # A base without a model of its own is no view yet; its subclasses are.
    return [
        child
        for child in users
        if engine.project.model_of(child) is not None or not engine.classes.subclasses(child)
    ]


def _of_class(
    engine: Engine, cls: str, method: str, name: str, function: FunctionDef
) -> Answer | None:
    """What a framework passes to a method of one class."""
    project = engine.project
    if engine.classes.is_subclass(cls, *roles.ADMINS):
        return _of_admin(engine, cls, method, name, function)
    if engine.classes.is_subclass(cls, *roles.SERIALIZERS):
        return _of_serializer(engine, cls, method, name, function)
    if views.is_view(project, cls):
        return _of_view(engine, cls, method, name)
    if engine.classes.is_subclass(cls, "django.forms.BaseForm", *roles.FORMS):
        return other("form data") if name in ("commit", "attrs") else None
    if method in _BULK and managers.is_manager_class(engine, cls):
        return _of_bulk(engine, cls, name, function)
    if name == "user" and is_adapter(engine, cls):
        return engine.user(f"user of {cls.rpartition('.')[2]}.{method}()")
    if any(name_.rpartition(".")[2] in _FILTERS for name_ in engine.classes.mro(cls)):
        return _of_filter(engine, cls, name)
    return None


# Methods of managers and querysets that get a list of objects first.
_BULK = ("bulk_create", "abulk_create", "bulk_update", "abulk_update")


def _of_bulk(engine: Engine, cls: str, name: str, function: FunctionDef) -> Answer | None:
    """What an override of `bulk_create(objs)` gets: objects of the model that it makes rows of."""
    if name not in [a.arg for a in function.node.args.args][1:2]:
        return None
    rows = roles_of_self.self_type(engine, cls)
    models = [engine.models.get(k.model) for k in rows.types if isinstance(k, (Manager, QuerySet))]
    kinds: tuple[Type, ...] = tuple(Instance(m.name) for m in models if m is not None)
    if not kinds or len(kinds) < len(rows.types):
        return None
    return Answer((Collection(kinds),), Tier.INFERRED, f"objects for {function.node.name}()")


def is_adapter(engine: Engine, cls: str) -> bool:
    """Whether a class is an adapter of allauth's, which passes users around."""
    return any(
        name.startswith("allauth.") and name.endswith("Adapter") for name in engine.classes.mro(cls)
    )


_FILTERS = ("FilterSet", "ModelResource", "Resource")


def _of_filter(engine: Engine, cls: str, name: str) -> Answer | None:
    label = roles.model_of(engine.project, cls)
    if label is None:
        return None
    if name in ("queryset", "qs"):
        return one(QuerySet(label), f"{name} of {cls.rpartition('.')[2]}")
    if name in ("instance", "obj"):
        return _object(engine, label, cls, name)
    return None


def _of_admin(
    engine: Engine, cls: str, method: str, name: str, function: FunctionDef
) -> Answer | None:
    labels = roles.admin_models(engine.project, cls)
    inline = engine.classes.is_subclass(cls, "django.contrib.admin.InlineModelAdmin")
    text = f"{name} of {cls.rpartition('.')[2]}.{method}()"
    if name == "request":
        return other("request")
    if (name == "formset" and method == "save_formset") or name == "formsets":
        return _formsets(engine, cls, text, many=name == "formsets")
    if name in ("formset", "change", "form_data"):
        return other("formset" if name != "change" else "bool")
    arguments = [a.arg for a in function.node.args.args]
    if not labels or (inline and method.startswith(("has_", "get_"))):
        return None
    last_of_two = len(arguments) == 2 and arguments[1] == name and not method.startswith("get_")
    if name in ("obj", "instance", "object") or (last_of_two and _is_shown(function, engine, cls)):
        kinds = tuple(kind for label in labels if (kind := engine.instance(label)) is not None)
        return Answer(kinds, Tier.PROVED, text)
    if name in ("queryset", "qs"):
        return Answer(tuple(QuerySet(label) for label in labels), Tier.PROVED, text)
    if name == "form" and method in ("save_model", "save_related", "save_form", "save_formset"):
        form = engine.classes.attribute(cls, "form")
        if form is not None:
            made = engine.of(form[1], form[0].scope, form[0].facts).types
            forms = tuple(formsets.form_of(kind) for kind in made if isinstance(kind, ClassRef))
            if forms and len(forms) == len(made):
                return Answer(forms, Tier.PROVED, text)
        return one(FormOf("django.forms.ModelForm", labels[0]), text) if len(labels) == 1 else None
    return None


def _formsets(engine: Engine, cls: str, text: str, *, many: bool) -> Answer:
    """The formsets of the inlines that an admin class lists."""
    info = engine.classes.get(cls)
    found = formsets.of_admin(engine, info) if info is not None else None
    if found is None:
        return UNKNOWN
    if not found:
        return other("formset")
    return Answer((Collection(found),) if many else found, Tier.PROVED, text)


def _is_shown(function: FunctionDef, engine: Engine, cls: str) -> bool:
    """Whether a method is a column of the list or a read-only field."""
    for option in ("list_display", "readonly_fields", "fields"):
        found = engine.classes.attribute(cls, option)
        if found is None:
            continue
        for node in ast.walk(found[1]):
            if isinstance(node, ast.Constant) and node.value == function.node.name:
                return True
    return False


def _of_serializer(
    engine: Engine, cls: str, method: str, name: str, function: FunctionDef
) -> Answer | None:
    text = f"{name} of {cls.rpartition('.')[2]}.{method}()"
    if name in ("validated_data", "attrs") or (method == "validate" and name == "data"):
        return one(Cleaned("cleaned data", cls), text)
    label = roles.model_of(engine.project, cls)
    if label is None:
        return None
    passes = method in ("update", "to_representation", "save_object") or (
        method.startswith("get_") and _is_method_field(engine, cls, method)
    )
    if passes and name in [a.arg for a in function.node.args.args][1:2]:
        return _object(engine, label, cls, name)
    return None


def _is_method_field(engine: Engine, cls: str, method: str) -> bool:
    declared = engine.classes.attribute(cls, method[4:])
    return declared is not None and "MethodField" in ast.unparse(declared[1])


def _of_view(engine: Engine, cls: str, method: str, name: str) -> Answer | None:
    text = f"{name} of {cls.rpartition('.')[2]}.{method}()"
    if name == "request":
        return other("request")
    project, label = engine.project, roles.model_of(engine.project, cls)
    if name == "form" and method in ("form_valid", "form_invalid"):
        forms: tuple[Type, ...] = tuple(map(Instance, views.forms_of(project, cls)))
        if forms:
            return Answer(forms, Tier.PROVED, text)
        return one(FormOf("django.forms.ModelForm", label), text) if label is not None else None
    if name == "serializer" and method.startswith("perform_"):
        serializers: tuple[Type, ...] = tuple(map(Instance, views.serializers_of(project, cls)))
        if serializers:
            return Answer(serializers, Tier.PROVED, text)
        return one(FormOf(roles.SERIALIZERS[2], label), text) if label is not None else None
    if method == "perform_destroy" and name in ("instance", "obj", "object"):
        labels = views.objects_of(project, cls)
        kinds = tuple(kind for label in labels if (kind := engine.instance(label)) is not None)
        return Answer(kinds, Tier.PROVED, text) if kinds else None
    if name in ("queryset", "qs") and method == "filter_queryset" and label is not None:
        return one(QuerySet(label), text)
    return None


def _object(engine: Engine, label: str, cls: str, name: str) -> Answer:
    held = held_by(engine.project, cls, label) if label in engine.models.by_label else (label,)
    kinds = tuple(kind for label in held if (kind := engine.instance(label)) is not None)
    text = f"{name} of {cls.rpartition('.')[2]}"
    return Answer(kinds, Tier.PROVED, text) if kinds else UNKNOWN


def _of_action(engine: Engine, function: FunctionDef, name: str, facts: FileFacts) -> Answer | None:
    """A module's function that admin classes list in `actions`."""
    arguments = [a.arg for a in function.node.args.args]
    if len(arguments) != 3 or arguments[2] != name or arguments[1] != "request":
        return None
    labels: list[str] = []
    for entry in engine.project.admin_entries():
        if entry.cls is None:
            continue
        option = engine.classes.attribute(entry.cls, "actions")
        if option is not None and function.node.name in ast.unparse(option[1]):
            labels.append(entry.model)
    if not labels:
        return UNKNOWN if "action" in decorators(function) else None
    kinds: tuple[Type, ...] = tuple(QuerySet(label) for label in dict.fromkeys(labels))
    return Answer(kinds, Tier.PROVED, f"queryset of the action {function.node.name}()")
