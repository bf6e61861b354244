"""What the framework puts on views, forms, serializers and admins."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from codemod.project import roles, views
from codemod.project.answers import (
    Answer,
    ClassRef,
    Collection,
    Instance,
    Manager,
    Other,
    QuerySet,
    Tier,
    Type,
)
from codemod.project.held import held_by
from codemod.project.types import nested
from codemod.project.types.hints import annotated
from codemod.project.types.kinds import PENDING, UNKNOWN, Cleaned, FormOf, one, other, union
from codemod.project.types.managers import is_manager_class, is_queryset_class, users_of

if TYPE_CHECKING:
    from codemod.project.types.arguments import Given
    from codemod.project.types.engine import Engine

_REQUESTS = ("request", "req")
_MANY = 8  # models that the classes below a base are about and that still say something


def self_type(engine: Engine, cls: str) -> Answer:
    """What `self` is in a class: the managers of its users for a manager class."""
    if is_manager_class(engine, cls):
        users = users_of(engine, cls)
        if is_queryset_class(engine, cls):
            kinds: tuple[Type, ...] = tuple(QuerySet(label) for label in users)
        else:
            kinds = tuple(Manager(label, cls) for label in users)
        text = f"{cls.rpartition('.')[2]} of {', '.join(users[:3])}"
        return Answer(kinds, Tier.PROVED, text) if kinds else _stated(engine, cls)
    text = f"self of {cls.rpartition('.')[2]}"
    model = engine.models.by_class.get(cls)
    if model is not None and not model.abstract:
        # A method of a parent or of the model behind a proxy also runs for those.
        return Answer(engine.declared(cls), Tier.PROVED, text)
    return Answer(tuple(map(Instance, _with_models(engine, cls))), Tier.PROVED, text)


def _with_models(engine: Engine, cls: str) -> list[str]:
    """A class, and of those that come from it one for each model that a form, view or serializer
    is about: a method of the class also runs for those."""
    children = engine.classes.subclasses(cls)
    mixed = not _is_view(engine, cls) and any(_is_view(engine, child) for child in children)
    if not children or not (mixed or _is_view(engine, cls) or _holds_instance(engine, cls)):
        return [cls]
    own = _labels(engine, cls)
    found = dict.fromkeys(own, cls)
    for child in children:
        for label in _labels(engine, child):
            found.setdefault(label, child)
    if not own:  # a base, of which there are no objects
        last = (child for child in children if not engine.classes.subclasses(child))
        if len(found) > _MANY or not all(_labels(engine, child) for child in last):
            return [cls]
    return list(dict.fromkeys(found.values()))


def _labels(engine: Engine, cls: str) -> tuple[str, ...]:
    """The models that a view, form or serializer is about."""
    if _is_view(engine, cls):
        return views.rows_of(engine.project, cls)
    label = roles.model_of(engine.project, cls)
    return (label,) if label is not None else ()


def _stated(engine: Engine, cls: str) -> Answer:
    """What a manager class says that it is of: `class OrderQuerySet(QuerySet["Order"])`."""
    info = engine.classes.get(cls)
    for base in info.definition.node.bases if info is not None else ():
        if info is None or not isinstance(base, ast.Subscript):
            continue
        answer = annotated(engine, base, info.definition.outer, info.facts)
        if any(isinstance(kind, (Manager, QuerySet)) for kind in answer.types):
            kinds = (replace(k, cls=cls) if isinstance(k, Manager) else k for k in answer.types)
            return Answer(tuple(kinds), answer.tier, f"{info.name.rpartition('.')[2]} says so")
    return UNKNOWN


def attribute(engine: Engine, cls: str, attr: str) -> Answer | None:
    """An attribute that the framework sets; None where the class's own text decides."""
    from codemod.project.types.members import of_object

    if attr in _REQUESTS and _is_view(engine, cls):
        return other("request")
    if attr == "kwargs" and _is_view(engine, cls):
        return other("url values")
    if attr in ("client", "async_client") and _is_test(engine, cls):
        own = of_object(engine, Instance(cls), attr)
        return own if own is not None else other("client")
    if attr == "instance" and _holds_instance(engine, cls):
        return _of_model(engine, cls, "instance") or UNKNOWN
    if attr in ("cleaned_data", "validated_data") and _holds_data(engine, cls):
        return one(Cleaned("cleaned data", cls), attr)
    if attr in ("fields", "child") and engine.classes.is_subclass(cls, *roles.SERIALIZERS):
        inner = nested.fields(engine, cls) if attr == "fields" else nested.child(engine, cls)
        if inner is not None:
            return inner
    if attr in ("save_m2m", "errors", "data", "initial", "files", "fields"):
        if _holds_data(engine, cls):
            return other("form data")
    if attr == "object" and _is_view(engine, cls):
        own = of_object(engine, Instance(cls), attr)
        if own is not None and (own.types or own is PENDING):
            return own
        return _objects(engine, _shown(engine, cls), cls, "self.object")
    if attr == "object_list" and _is_view(engine, cls):
        own = of_object(engine, Instance(cls), attr)
        if own is not None:
            return own
        return _rows(engine, views.rows_of(engine.project, cls), False, "self.object_list")
    if attr in ("model", "queryset") and _is_view(engine, cls):
        own = of_object(engine, Instance(cls), attr)
        if own is not None and own.types and not _is_none(own):
            routed = views.routed(engine.project, cls, *views.ROWS)
            other_rows = _rows(engine, routed, attr == "model", f"{attr} of a route")
            return union([own, other_rows]) if other_rows is not None else own
        labels = views.declared_of(engine.project, cls)
        return _rows(engine, labels, attr == "model", f"self.{attr}") or own
    return None


def _of_model(engine: Engine, cls: str, what: str) -> Answer | None:
    """The object of a form or serializer."""
    label = roles.model_of(engine.project, cls)
    held = held_by(engine.project, cls, label) if label in engine.models.by_label else ()
    if label is not None and not held:
        held = (label,)
    return _objects(engine, held, cls, what)


def _objects(engine: Engine, labels: tuple[str, ...], cls: str, what: str) -> Answer | None:
    kinds = tuple(kind for label in labels if (kind := engine.instance(label)) is not None)
    if not kinds:
        return None
    return Answer(kinds, Tier.PROVED, f"{what} of {cls.rpartition('.')[2]}")


def _rows(engine: Engine, labels: tuple[str, ...], as_class: bool, what: str) -> Answer | None:
    """The models' querysets, or the models themselves."""
    kinds: tuple[Type, ...] = tuple(
        engine.class_ref(label) if as_class else QuerySet(label) for label in labels
    )
    return Answer(kinds, Tier.PROVED, what) if kinds else None


def _shown(engine: Engine, cls: str) -> tuple[str, ...]:
    """Labels of the models that `self.object` of a view may be of."""
    made = (
        views.made_by(engine.project, cls) if engine.classes.is_subclass(cls, *views.CREATE) else ()
    )
    return made or views.objects_of(engine.project, cls)


def _is_none(answer: Answer) -> bool:
    return answer.types == (Other("None"),)


def _is_test(engine: Engine, cls: str) -> bool:
    """Whether a class is a test case, or a part of one."""
    users = engine.classes.heirs(cls)
    return any(engine.classes.is_subclass(user, *roles.TEST_CASES) for user in users)


def _is_view(engine: Engine, cls: str) -> bool:
    return views.is_view(engine.project, cls)


def _holds_instance(engine: Engine, cls: str) -> bool:
    return engine.classes.is_subclass(cls, *roles.FORMS, *roles.SERIALIZERS)


def _holds_data(engine: Engine, cls: str) -> bool:
    return engine.classes.is_subclass(
        cls, "django.forms.BaseForm", *roles.FORMS, *roles.SERIALIZERS
    )


def method(engine: Engine, kind: Instance, name: str, given: Given) -> Answer | None:
    """A method whose meaning the framework fixes whatever the project's override returns."""
    cls = kind.cls
    if name == "paginate_queryset" and _is_view(engine, cls) and given.call.args:
        from codemod.project.types.iteration import iterated

        item = iterated(engine, engine.of(given.call.args[0], given.scope, given.facts))
        return Answer((Collection(item.types),), item.tier, item.reason) if item.types else UNKNOWN
    if name == "filter_queryset" and _is_view(engine, cls) and given.call.args:
        found = engine.of(given.call.args[0], given.scope, given.facts)
        return found if found.types or found is PENDING else None
    return None


def standard_method(engine: Engine, kind: Instance, name: str) -> Answer | None:
    """What the framework's own method of a name gives."""
    cls = kind.cls
    if name in ("save", "create", "update") and _holds_instance(engine, cls):
        return _of_model(engine, cls, f"{name}()") or UNKNOWN
    if _holds_data(engine, cls):
        if name in ("clean", "validate"):
            return one(Cleaned("cleaned data", cls), name)
        if name in ("is_valid", "has_changed", "add_error", "full_clean", "to_representation"):
            return other(f"result of {name}()")
        if name == "get_user":
            return engine.user("get_user()")
    if name == "get_user" and engine.classes.is_subclass(
        cls, "django.contrib.auth.forms.AuthenticationForm"
    ):
        return engine.user("get_user()")
    if _is_view(engine, cls):
        return _of_view(engine, cls, name)
    if name in ("get_queryset",) and engine.classes.is_subclass(cls, *roles.ADMINS):
        labels = roles.admin_models(engine.project, cls)
        kinds = tuple(QuerySet(label) for label in labels)
        return Answer(kinds, Tier.PROVED, "get_queryset() of the admin") if kinds else None
    if name in ("get_object",) and engine.classes.is_subclass(cls, *roles.ADMINS):
        items = [engine.instance(label) for label in roles.admin_models(engine.project, cls)]
        found = tuple(item for item in items if item is not None)
        return Answer(found, Tier.PROVED, "get_object() of the admin") if found else None
    if name.startswith(("assert", "subTest")) or name in ("skipTest", "fail", "reverse"):
        return other("None") if engine.classes.is_subclass(cls, *roles.TEST_CASES) else None
    return None


def _of_view(engine: Engine, cls: str, name: str) -> Answer | None:
    if name == "get_object":
        return _objects(engine, views.rows_of(engine.project, cls), cls, "get_object()")
    if name == "get_queryset":
        return _rows(engine, views.declared_of(engine.project, cls), False, "get_queryset()")
    if name in ("get_form", "get_serializer"):
        classes = views.form_classes if name == "get_form" else views.serializer_classes
        made: tuple[Type, ...] = tuple(map(Instance, classes(engine.project, cls)))
        label = roles.model_of(engine.project, cls) if not made else None
        if label is not None:  # of Django's own making
            base = roles.FORMS[1] if name == "get_form" else roles.SERIALIZERS[2]
            made = (FormOf(base, label),)
        return Answer(made, Tier.PROVED, f"{name}()") if made else None
    if name in ("get_form_class", "get_serializer_class"):
        part = views.declared_class(engine.project, cls, name.removeprefix("get_"))
        return one(ClassRef(part), f"{name}()") if part is not None else None
    if name in ("get_context_data", "get_form_kwargs", "get_serializer_context"):
        return other("dict")
    if name in ("render_to_response", "form_valid", "form_invalid", "dispatch", "get_success_url"):
        return other("response")
    return None


__all__ = ["attribute", "method", "self_type", "standard_method", "union"]
