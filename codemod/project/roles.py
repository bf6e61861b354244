"""What classes do in Django: forms, views, serializers, factories, admins, and their models."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.nodes import is_none
from codemod.project.admins import AdminEntry, InlineEntry, admin_entries, inline_entries
from codemod.project.answers import ClassRef, Instance, Manager, QuerySet, Type
from codemod.project.classes import ClassInfo

if TYPE_CHECKING:
    from codemod.project.project import Project

FORMS = ("django.forms.BaseModelForm", "django.forms.ModelForm")
SERIALIZERS = (
    "rest_framework.serializers.BaseSerializer",
    "rest_framework.serializers.Serializer",
    "rest_framework.serializers.ModelSerializer",
)
FACTORIES = ("factory.Factory", "factory.django.DjangoModelFactory")
ADMINS = ("django.contrib.admin.BaseModelAdmin", "django.contrib.admin.ModelAdmin")
TEST_CASES = (
    "django.test.TestCase", "django.test.SimpleTestCase", "django.test.TransactionTestCase",
    "rest_framework.test.APITestCase", "django.test.LiveServerTestCase", "unittest.TestCase",
    "rest_framework.test.APITransactionTestCase",
)  # fmt: skip
VIEWS = ("django.views.generic.View", "rest_framework.views.APIView")
_VIEW_MODULES = (
    "django.views.",
    "rest_framework.mixins.",
    "rest_framework.generics.",
    "extra_views.",
)


def is_view(project: Project, cls: str) -> bool:
    """Whether a class is a view or a part of one."""
    return any(name in VIEWS or name.startswith(_VIEW_MODULES) for name in project.classes.mro(cls))


def model_of(project: Project, cls: str) -> str | None:
    """The label of the model that a form, view, serializer, factory or filter class is about."""
    known = project.known_models
    if cls not in known:
        known[cls] = None  # ends a question that comes back to itself
        known[cls] = _model_of(project, cls)
    return known[cls]


def _model_of(project: Project, cls: str) -> str | None:
    classes = project.classes
    if classes.is_subclass(cls, *FACTORIES):
        return _of_factory(project, cls)
    label = _of_meta(project, cls)
    if label is not None:
        return label
    if any(name in _USER_FORMS for name in classes.mro(cls)):
        return project.models.user_label
    if is_view(project, cls):
        rows = rows_of(project, cls)
        return rows[0] if len(rows) == 1 else None
    if classes.is_subclass(cls, *ADMINS):
        labels = admin_models(project, cls)
        return labels[0] if len(labels) == 1 else None
    return None


_USER_FORMS = frozenset(
    f"django.contrib.auth.forms.{name}"
    for name in ("BaseUserCreationForm", "UserCreationForm", "UserChangeForm")
)


def _of_meta(project: Project, cls: str) -> str | None:
    found = project.classes.meta(cls, "model")
    return _label(project, *found) if found is not None else None


def _of_factory(project: Project, cls: str) -> str | None:
    """factory_boy inherits options from each parent's Meta, written or not."""
    for ancestor in project.classes.mro(cls):
        meta = project.classes.get(f"{ancestor}.Meta")
        value = meta.definition.attributes.get("model") if meta is not None else None
        if meta is not None and value is not None:
            return _label(project, meta, value)
        info = project.classes.get(ancestor)
        value = info.definition.attributes.get("FACTORY_FOR") if info is not None else None
        if info is not None and value is not None:
            return _label(project, info, value)
    return None


def _label(project: Project, info: ClassInfo, value: ast.expr) -> str | None:
    label = project.models.label_of(value, info.scope, info.facts)
    if label is None:
        label = _single(project, project.type_of(value, info.scope, info.facts).types)
    model = project.models.get(label) if label is not None else None
    return model.label if model is not None and not model.abstract else label


def declared_of(project: Project, cls: str) -> str | None:
    """The model that the attributes of a view name, or its form or serializer."""
    for ancestor in project.classes.mro(cls):
        info = project.classes.get(ancestor)
        label = _of_attributes(project, info) if info is not None else None
        if label is not None:
            return label
    return _of_parts(project, cls)


def rows_of(project: Project, cls: str) -> tuple[str, ...]:
    """Labels of the models of which a view shows or changes rows: `get_queryset()`, `queryset`,
    `model`, and else what `get_object()` or the form or serializer is about."""
    known: dict[str, tuple[str, ...]] = project.types.engine.tables.setdefault("rows of views", {})
    if cls not in known:
        known[cls] = ()  # ends a question that comes back to itself
        known[cls] = _rows_of(project, cls)
    return known[cls]


def _rows_of(project: Project, cls: str) -> tuple[str, ...]:
    for ancestor in project.classes.mro(cls):
        info = project.classes.get(ancestor)
        if info is None:
            continue
        told = _of_method(project, cls, info, "get_queryset")
        label = _of_attributes(project, info) if not told else None
        told = (label,) if label is not None else told
        told = told or _of_method(project, cls, info, "get_object")
        if told:
            return told
    label = _of_parts(project, cls)
    return (label,) if label is not None else ()


def objects_of(project: Project, cls: str) -> tuple[str, ...]:
    """Labels of the models that the object of a view may be of: `get_object()`."""
    own = project.classes.method(cls, "get_object")
    told = _of_method(project, cls, own[0], "get_object") if own is not None else ()
    return told or rows_of(project, cls)


def made_by(project: Project, cls: str) -> tuple[str, ...]:
    """Labels of the models of which a view makes objects: what its form or serializers are for."""
    form = form_of(project, cls)
    parts = (*((form,) if form is not None else ()), *serializers_of(project, cls))
    labels = (model_of(project, part) for part in parts)
    told = dict.fromkeys(label for label in labels if label is not None)
    return tuple(told) or rows_of(project, cls)


def _of_attributes(project: Project, info: ClassInfo) -> str | None:
    for name in ("queryset", "model"):
        value = info.definition.attributes.get(name)
        if value is not None and not is_none(value):
            label = _single(project, project.type_of(value, info.scope, info.facts).types)
            if label is not None:
                return label
    return None


def _of_parts(project: Project, cls: str) -> str | None:
    for part in (form_of(project, cls), serializer_of(project, cls)):
        label = model_of(project, part) if part is not None else None
        if label is not None:
            return label
    return None


def is_of_a_package(project: Project, cls: str) -> bool:
    """Whether a view's `queryset` or `model` is a class of a package that defines no known model.

    Its objects are then none of the project's: `queryset = AccessToken.objects`.
    """
    found = project.classes.attribute(cls, "queryset") or project.classes.attribute(cls, "model")
    if found is None:
        return False
    for method in ("get_queryset", "get_object"):
        own = project.classes.method(cls, method)
        if own is not None and not any(
            isinstance(node, ast.Attribute) and node.attr in ("queryset", method)
            for node in ast.walk(own[1].node)
        ):
            return False  # it gets them elsewhere
    info, value = found
    while True:  # `AccessToken.objects.all()`, `models.AccessToken`
        dotted = project.symbols.resolve(value, info.scope, info.facts) or ""
        if dotted.rpartition(".")[2][:1].isupper():
            return dotted.partition(".")[0] not in {"django"} | project.first_party
        if not isinstance(value, (ast.Attribute, ast.Call)):
            return False
        value = value.value if isinstance(value, ast.Attribute) else value.func


def _of_method(project: Project, cls: str, info: ClassInfo, name: str) -> tuple[str, ...]:
    """The models of what a method of a view gives; none if they are not known."""
    if name not in info.definition.methods:
        return ()
    return tuple(sorted(_labels(project, project.types.returned(cls, name).types)))


def _single(project: Project, types: tuple[Type, ...]) -> str | None:
    """The one model that types are about."""
    labels = _labels(project, types)
    return labels.pop() if len(labels) == 1 else None


def _labels(project: Project, types: tuple[Type, ...]) -> set[str]:
    labels: set[str] = set()
    for kind in types:
        if isinstance(kind, (Manager, QuerySet)):
            labels.add(kind.model)
        elif isinstance(kind, (Instance, ClassRef)):
            model = project.models.by_class.get(kind.cls)
            if model is not None and not model.abstract:
                labels.add(model.label)
    return labels


def form_of(project: Project, cls: str) -> str | None:
    """The form class of a view."""
    return _class_option(project, cls, "form_class", "get_form_class")


def serializer_of(project: Project, cls: str) -> str | None:
    """The serializer class of a view, where it has one only."""
    return _class_option(project, cls, "serializer_class", "get_serializer_class")


def serializers_of(project: Project, cls: str) -> tuple[str, ...]:
    """Every serializer class that a view may use.

    Where its `get_serializer_class()` can't be followed, all serializers of the view's model.
    """
    refs: dict[str, None] = {}
    found = project.classes.attribute(cls, "serializer_class")
    if found is not None:
        name = project.symbols.resolve(found[1], found[0].scope, found[0].facts)
        refs |= {name: None} if name is not None else {}
    if project.classes.method(cls, "get_serializer_class") is not None:
        answer = project.types.returned(cls, "get_serializer_class")
        refs |= {kind.cls: None for kind in answer.types if isinstance(kind, ClassRef)}
        if not answer.known:
            label = model_of(project, cls)
            refs |= {
                info.name: None
                for info in project.classes
                if project.classes.is_subclass(info.name, *SERIALIZERS)
                and label is not None
                and model_of(project, info.name) == label
            }
    return tuple(refs)


def _class_option(project: Project, cls: str, option: str, method: str) -> str | None:
    found = project.classes.attribute(cls, option)
    types: tuple[Type, ...] = ()
    if found is not None and not is_none(found[1]):
        types = project.type_of(found[1], found[0].scope, found[0].facts).types
    elif project.classes.method(cls, method) is not None:
        types = project.types.returned(cls, method).types
    refs = {kind.cls for kind in types if isinstance(kind, ClassRef)}
    return refs.pop() if len(refs) == 1 else None


def admin_models(project: Project, cls: str) -> tuple[str, ...]:
    """Labels of the models that an admin class, or a subclass of it, is registered for."""
    users = (cls, *project.classes.subclasses(cls))
    labels = [entry.model for entry in project.admin_entries() if entry.cls in users]
    labels += [entry.model for entry in project.inline_entries() if entry.cls in users]
    return tuple(dict.fromkeys(labels))


def resets_pk(project: Project, label: str) -> bool:
    """Whether the project sets the pk of something that may be of a model to None."""
    from codemod.project.types.resets import resets

    return resets(project, label)


__all__ = [
    "ADMINS",
    "FACTORIES",
    "FORMS",
    "SERIALIZERS",
    "VIEWS",
    "AdminEntry",
    "InlineEntry",
    "admin_entries",
    "admin_models",
    "declared_of",
    "form_of",
    "inline_entries",
    "is_view",
    "made_by",
    "model_of",
    "objects_of",
    "resets_pk",
    "rows_of",
    "serializer_of",
    "serializers_of",
]  # fmt: skip
