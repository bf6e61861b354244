"""Views: the models whose rows they show, whose objects they change, and whose they make.

class LineAdd(CreateView):
    model = Order                 whose rows it has
    form_class = LineForm         of whose model it makes an object
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemod.facts.nodes import descend, is_name, is_none
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import ClassRef, Instance
from codemod.project.classes import ClassInfo
from codemod.project.roles import FORMS, SERIALIZERS, labels_of, model_of, single

if TYPE_CHECKING:
    from codemod.project.project import Project

ROWS = ("queryset", "model")
PARTS = ("form_class", "serializer_class")
OPTIONS = frozenset((*ROWS, *PARTS))
_PARTS_OF_CLASS = 3  # that `type()` is given: a name, the bases, the attributes
FORM_BASES = ("django.forms.BaseForm", *FORMS)
CREATE = ("django.views.generic.CreateView", "django.views.generic.edit.BaseCreateView")
UPDATE = ("django.views.generic.UpdateView", "django.views.generic.edit.BaseUpdateView")
CREATE_API = "rest_framework.mixins.CreateModelMixin"
VIEWS = ("django.views.generic.View", "rest_framework.views.APIView")
# What tells a view its objects, as an attribute or as a method.
_TELLING = frozenset(
    "model queryset object form_class serializer_class get_queryset get_object get_form "
    "get_form_class get_serializer get_serializer_class __getattr__".split()
)
_VIEW_MODULES = (
    "django.views.",
    "rest_framework.mixins.",
    "rest_framework.generics.",
    "extra_views.",
)


def is_view(project: Project, cls: str) -> bool:
    """Whether a class is a view or a part of one."""
    known = project.once(_views)
    if cls not in known:
        bases = project.classes.mro(cls)
        known[cls] = any(name in VIEWS or name.startswith(_VIEW_MODULES) for name in bases)
    return known[cls]


def _views(project: Project) -> dict[str, bool]:
    """For the classes that anybody has asked for, whether they are views."""
    return {}


def declared_of(project: Project, cls: str) -> tuple[str, ...]:
    """Labels of the models that the attributes of a view name, also where it is routed, or else its
    form or serializer."""
    own = (project.classes.get(ancestor) for ancestor in project.classes.mro(cls))
    labels = (_of_attributes(project, info) for info in own if info is not None)
    label = next(filter(None, labels), None)
    told = (label,) if label is not None else ()
    told = tuple(dict.fromkeys((*told, *routed(project, cls, *ROWS))))
    label = None if told else _of_parts(project, cls)
    return (label,) if label is not None else told


def routed(project: Project, cls: str, *options: str) -> tuple[str, ...]:
    """Labels of the models that options of a view are about where it is routed:
    `OrderEdit.as_view(model=Line)`."""
    return tuple(
        dict.fromkeys(
            label
            for routing in project.once(routings)
            if routing.view == cls
            for label in labels_in(project, routing, *options)
        )
    )


@dataclass(frozen=True, eq=False)
class Routing:
    """A call that makes a view of a class and options which take the place of its attributes."""

    view: str
    options: Mapping[str, ast.expr]  # "" for those that are unpacked
    call: CallSite
    facts: FileFacts


def routings(project: Project) -> list[Routing]:
    """Every view that is given options where it is routed, or made by `type()`."""
    found = []
    for name, options_of in (("as_view", _keywords), ("type", _namespace)):
        for facts, call in project.calling(name):
            options = options_of(call.node)
            for base in _bases(call.node) if {"", *OPTIONS} & options.keys() else ():
                view = project.symbols.resolve(base, call.scope, facts)
                if view is not None and is_view(project, view):
                    found.append(Routing(view, options, call, facts))
    return found


def _bases(call: ast.Call) -> list[ast.expr]:
    """`Edit` of `Edit.as_view(...)`, and of `type("OrderEdit", (Edit,), {...})`."""
    if isinstance(call.func, ast.Attribute):
        return [call.func.value]
    bases = call.args[1] if len(call.args) == _PARTS_OF_CLASS else None
    return bases.elts if isinstance(bases, (ast.Tuple, ast.List)) else []


def _keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {keyword.arg or "": keyword.value for keyword in call.keywords}


def _namespace(call: ast.Call) -> dict[str, ast.expr]:
    """The attributes that `type("OrderEdit", (Edit,), {"model": Order})` writes out."""
    if len(call.args) != _PARTS_OF_CLASS:
        return {}
    given = call.args[2]
    if isinstance(given, ast.Call) and is_name(given.func, "dict"):
        return _keywords(given)
    if not isinstance(given, ast.Dict):
        return {"": given}
    return {str(getattr(k, "value", "")): v for k, v in zip(given.keys, given.values)}


def labels_in(project: Project, routing: Routing, *options: str) -> tuple[str, ...]:
    """Labels of the models that these options of a routing are about."""
    labels: list[str] = []
    for option, value in routing.options.items():
        if option in options:
            types = project.type_of(value, routing.call.scope, routing.facts).types
            parts = (model_of(project, k.cls) for k in types if isinstance(k, ClassRef))
            labels += sorted(labels_of(project, types)) or [part for part in parts if part]
    return tuple(dict.fromkeys(labels))


def is_told(project: Project, routing: Routing) -> bool:
    """Whether all options of a routing that name a model can be followed, or name a package's."""
    return "" not in routing.options and all(
        project.type_of(value, routing.call.scope, routing.facts).known
        or names_package(project, value, routing.call.scope, routing.facts)
        for option, value in routing.options.items()
        if option in OPTIONS
    )


def rows_of(project: Project, cls: str) -> tuple[str, ...]:
    """Labels of the models of which a view shows or changes rows: `get_queryset()`, `queryset`,
    `model`, and else what `get_object()` or the form or serializer is about."""
    known: dict[str, tuple[str, ...]] = project.types.engine.tables.setdefault("rows of views", {})
    if cls not in known:
        known[cls] = ()  # ends a question that comes back to itself
        told = (*_rows_of(project, cls), *routed(project, cls, *ROWS))
        known[cls] = tuple(dict.fromkeys(told))
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
    """Labels of the models of which a view makes objects: what its forms or serializers are for."""
    labels = (
        model_of(project, c) for c in (*forms_of(project, cls), *serializers_of(project, cls))
    )
    told = dict.fromkeys(label for label in labels if label is not None)
    return tuple(told) or rows_of(project, cls)


def _of_attributes(project: Project, info: ClassInfo) -> str | None:
    for name in ROWS:
        value = info.definition.attributes.get(name)
        if value is not None and not is_none(value):
            label = single(project, project.type_of(value, info.scope, info.facts).types)
            if label is not None:
                return label
    return None


def _of_parts(project: Project, cls: str) -> str | None:
    for parts in (form_classes(project, cls), serializer_classes(project, cls)):
        labels = {model_of(project, part) for part in parts} - {None}
        if len(labels) == 1:
            return labels.pop()
    return None


def forms_of(project: Project, cls: str) -> tuple[str, ...]:
    """The form classes that a view may use."""
    return _made(project, cls, "get_form") or form_classes(project, cls)


def serializers_of(project: Project, cls: str) -> tuple[str, ...]:
    """The serializer classes that a view may use."""
    return _made(project, cls, "get_serializer") or serializer_classes(project, cls)


def form_classes(project: Project, cls: str) -> tuple[str, ...]:
    """What `get_form_class()` of a view may give."""
    return _classes(project, cls, "form_class", "get_form_class", FORM_BASES)


def serializer_classes(project: Project, cls: str) -> tuple[str, ...]:
    """What `get_serializer_class()` of a view may give.

    Where it can't be followed and the view names none, all serializers of the view's model.
    """
    found = _classes(project, cls, "serializer_class", "get_serializer_class", SERIALIZERS)
    label = None if found else model_of(project, cls)
    if label is None or project.classes.method(cls, "get_serializer_class") is None:
        return found
    return tuple(
        info.name
        for info in project.classes
        if project.classes.is_subclass(info.name, *SERIALIZERS)
        and model_of(project, info.name) == label
    )


def declared_class(project: Project, cls: str, option: str) -> str | None:
    """The form or serializer class that an attribute of a view names."""
    found = project.classes.attribute(cls, option)
    if found is None or is_none(found[1]):
        return None
    types = project.type_of(found[1], found[0].scope, found[0].facts).types
    refs = {kind.cls for kind in types if isinstance(kind, ClassRef)}
    return refs.pop() if len(refs) == 1 else None


def _made(project: Project, cls: str, maker: str) -> tuple[str, ...]:
    """The classes of what a view's own `get_form()` or `get_serializer()` gives."""
    if project.classes.method(cls, maker) is None:
        return ()
    types = project.types.returned(cls, maker).types
    return tuple(dict.fromkeys(kind.cls for kind in types if isinstance(kind, Instance)))


def _classes(
    project: Project, cls: str, option: str, method: str, bases: tuple[str, ...]
) -> tuple[str, ...]:
    """What a method of a view gives, or else an attribute; where the method can't be followed, all
    that the view names."""
    declared = declared_class(project, cls, option)
    found = {declared: None} if declared is not None else {}
    for routing in project.once(routings):
        if routing.view == cls and option in routing.options:
            value = routing.options[option]
            given = project.type_of(value, routing.call.scope, routing.facts)
            found |= {k.cls: None for k in given.types if isinstance(k, ClassRef)}
    if project.classes.method(cls, method) is None:
        return tuple(found)
    answer = project.types.returned(cls, method)
    if answer.known:
        return tuple(dict.fromkeys(k.cls for k in answer.types if isinstance(k, ClassRef)))
    for ancestor in project.classes.mro(cls):
        info = project.classes.get(ancestor)
        if info is not None:
            found |= dict.fromkeys(_named(project, info, bases))
    return tuple(found)


def _named(project: Project, info: ClassInfo, bases: tuple[str, ...]) -> tuple[str, ...]:
    """The classes with one of some bases that the statement of a class names."""
    tables = project.types.engine.tables.setdefault("named in views", {})
    known: dict[str, tuple[str, ...]] = tables.setdefault(bases, {})
    if info.name not in known:
        names = (
            project.symbols.resolve(node, info.scope, info.facts)
            for node in descend(info.definition.node)
            if isinstance(node, (ast.Name, ast.Attribute))
        )
        known[info.name] = tuple(
            name for name in names if name is not None and project.classes.is_subclass(name, *bases)
        )
    return known[info.name]


def has_no_objects(project: Project, cls: str) -> bool:
    """Whether a view works for nobody: neither it nor a base says where its objects are from, or
    its form, and nothing tells it where it is routed. Django raises ImproperlyConfigured there."""
    if any(routing.view == cls for routing in project.once(routings)):
        return False
    for name in project.classes.mro(cls):
        info = project.classes.get(name)
        if info is None:
            if not name.startswith(("builtins.", "django.", "rest_framework.")):
                return False
        elif not _TELLING.isdisjoint(info.scope.bindings) or any(
            isinstance(node, ast.Attribute) and node.attr in _TELLING and _is_store(node)
            for node in ast.walk(info.definition.node)
        ):
            return False
    return True


def _is_store(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store)


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
    return names_package(project, found[1], found[0].scope, found[0].facts)


def names_package(project: Project, value: ast.expr, scope: Scope, facts: FileFacts) -> bool:
    """Whether a model or queryset is of a package: `AccessToken.objects`, `models.AccessToken`."""
    while True:
        dotted = project.symbols.resolve(value, scope, facts) or ""
        if dotted.rpartition(".")[2][:1].isupper():
            return dotted.partition(".")[0] not in {"django"} | project.first_party
        if not isinstance(value, (ast.Attribute, ast.Call)):
            return False
        value = value.value if isinstance(value, ast.Attribute) else value.func


def _of_method(project: Project, cls: str, info: ClassInfo, name: str) -> tuple[str, ...]:
    """The models of what a method of a view gives; none if they are not known."""
    if name not in info.definition.methods:
        return ()
    return tuple(sorted(labels_of(project, project.types.returned(cls, name).types)))
