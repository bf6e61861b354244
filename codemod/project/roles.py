"""What classes do in Django: forms, views, serializers, factories, admins, and their models."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.project.admins import AdminEntry
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
# Decorators of functions that Celery, RQ and others import by their names in each worker.
TASKS = frozenset(("shared_task", "task", "periodic_task", "job"))


def model_of(project: Project, cls: str) -> str | None:
    """The label of the model that a form, view, serializer, factory or filter class is about."""
    known = project.known_models
    if cls not in known:
        known[cls] = None  # ends a question that comes back to itself
        known[cls] = _model_of(project, cls)
    return known[cls]


def _model_of(project: Project, cls: str) -> str | None:
    from codemod.project import views  # whose forms and serializers have models in turn

    classes = project.classes
    if classes.is_subclass(cls, *FACTORIES):
        return _of_factory(project, cls)
    label = _of_meta(project, cls)
    if label is not None:
        return label
    if any(name in _USER_FORMS for name in classes.mro(cls)):
        return project.models.user_label
    if classes.is_subclass(cls, *FORMS):
        return _of_base(project, cls)
    if views.is_view(project, cls):
        rows = views.rows_of(project, cls)
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


def _of_base(project: Project, cls: str) -> str | None:
    """`class GiftForm(modelform_factory(Order))`: what the base is for that a function made."""
    for ancestor in project.classes.mro(cls):
        info = project.classes.get(ancestor)
        for base in info.definition.node.bases if info is not None else ():
            if info is not None and isinstance(base, (ast.Name, ast.Attribute, ast.Call)):
                types = project.type_of(base, info.definition.outer, info.facts).types
                labels = {getattr(kind, "model", None) for kind in types} - {None, ""}
                if len(labels) == 1:
                    return labels.pop()
    return None


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
        label = single(project, project.type_of(value, info.scope, info.facts).types)
    model = project.models.get(label) if label is not None else None
    return model.label if model is not None and not model.abstract else label


def single(project: Project, types: tuple[Type, ...]) -> str | None:
    """The one model that types are about."""
    labels = labels_of(project, types)
    return labels.pop() if len(labels) == 1 else None


def labels_of(project: Project, types: tuple[Type, ...]) -> set[str]:
    """The models that types are about."""
    labels: set[str] = set()
    for kind in types:
        if isinstance(kind, (Manager, QuerySet)):
            labels.add(kind.model)
        elif isinstance(kind, (Instance, ClassRef)):
            model = project.models.by_class.get(kind.cls)
            if model is not None and not model.abstract:
                labels.add(model.label)
    return labels


def admin_models(project: Project, cls: str) -> tuple[str, ...]:
    """Labels of the models that an admin class, or a subclass of it, is registered for."""
    users = project.classes.heirs(cls)
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
    "AdminEntry",
    "admin_models",
    "labels_of",
    "model_of",
    "resets_pk",
    "single",
]  # fmt: skip
