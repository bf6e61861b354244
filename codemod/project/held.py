"""Of which models the objects are that forms and serializers hold.

class OrderForm(ModelForm):                    class Meta: model = Order

OrderForm(data)                                makes an Order
OrderForm(data, instance=rush_order)           saves a RushOrder, a proxy or a child of Order: its
                                               receivers run, and none of Order's (SEMANTICS 1.16)
RushForm(data, instance=order)                 and that of the proxy saves an Order
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemod.project import views
from codemod.project.roles import SERIALIZERS, labels_of

if TYPE_CHECKING:
    from codemod.facts.tables import FileFacts, Scope
    from codemod.project.project import Project

CLASSES = ("form_class", "serializer_class")  # what views call theirs


def held_by(project: Project, cls: str, label: str) -> tuple[str, ...]:
    """Labels of the models whose objects a form or serializer of a model may hold: its own, and
    those of its proxies and children, or of a proxy's model, that some place gives it."""
    below = _others(project, label)
    if not below:
        return (label,)
    known: dict[str, tuple[str, ...]] = project.types.engine.tables.setdefault("held by forms", {})
    if cls not in known:
        known[cls] = (label,)  # ends a question that comes back to itself
        given = {
            m for labels in _given(project, cls) for m in (below if labels is None else labels)
        }
        known[cls] = (label, *(child for child in below if child in given))
    return known[cls]


def held_at(
    project: Project, cls: str, label: str, form: ast.expr, scope: Scope, facts: FileFacts
) -> tuple[str, ...]:
    """The same for one form or serializer: by what it is made with, where that can be told."""
    below = _others(project, label)
    function, around = scope.function(), scope.class_()
    info = project.class_of(facts, around) if around is not None and below else None
    if info is not None and views.is_view(project, info.name) and _is_given(function, form):
        classes = project.classes.heirs(info.name)
        shown = {m for view in classes for m in _shown(project, view, label)}
        return tuple(each for each in (label, *below) if each in shown)
    values: list[ast.expr | None] = [form]
    if isinstance(form, ast.Name) and function is not None:
        bindings = function.bindings.get(form.id, ())
        values = [b.value if b.kind == "assign" and not b.path else None for b in bindings]
    told: dict[str, None] = {}
    for value in values if below else ():
        if not isinstance(value, ast.Call) or any(k.arg is None for k in value.keywords):
            return held_by(project, cls, label)
        made = project.symbols.resolve(value.func, scope, facts) == cls
        given = _instance(project, cls, value) if made else None
        answer = project.type_of(given, scope, facts) if given is not None else None
        labels = (
            labels_of(project, answer.types) & {label, *below} if answer is not None else {label}
        )
        if not made or not labels:
            return held_by(project, cls, label)
        told |= dict.fromkeys(each for each in (label, *below) if each in labels)
    return tuple(told) or (label,)


def _others(project: Project, label: str) -> tuple[str, ...]:
    """Labels of the other models whose objects a form of a model takes: its proxies and children,
    and of a proxy the model that it stands for."""
    behind = project.models.by_label[label].proxy_for
    return (*project.models.subclasses(label), *([behind] if behind else []))


def _is_given(function: Scope | None, form: ast.expr) -> bool:
    """Whether it is a parameter of a method, as of `form_valid()`."""
    bindings = function.bindings.get(form.id, ()) if function and isinstance(form, ast.Name) else ()
    return bool(bindings) and all(binding.kind == "param" for binding in bindings)


def _shown(project: Project, view: str, label: str) -> tuple[str, ...]:
    """Labels of the models of which a view's form or serializer of a model has objects."""
    makes = project.classes.is_subclass(view, *views.CREATE, views.CREATE_API)
    return (*([label] if makes else []), *views.objects_of(project, view))


def _given(project: Project, cls: str) -> Iterator[set[str] | None]:
    """The labels of what each place gives a form or serializer; None where nothing tells."""
    for name in (cls.rpartition(".")[2], *CLASSES):
        for facts, call in project.calling(name):
            if name not in CLASSES:
                made = project.symbols.resolve(call.node.func, call.scope, facts) == cls
            else:
                kinds = project.type_of(call.node.func, call.scope, facts).types
                made = any(getattr(kind, "cls", None) == cls for kind in kinds)
            if not made:
                continue
            if any(keyword.arg is None for keyword in call.node.keywords):
                yield None
            given = _instance(project, cls, call.node)
            if given is not None:
                answer = project.type_of(given, call.scope, facts)
                yield labels_of(project, answer.types) if answer.known else None
    for view in _views(project).get(cls, ()):
        yield {*views.objects_of(project, view)}
    for entry in project.admin_entries():
        form = project.classes.attribute(entry.cls, "form") if entry.cls is not None else None
        if form is not None:
            if project.symbols.resolve(form[1], form[0].scope, form[0].facts) == cls:
                yield {entry.model}


def _views(project: Project) -> dict[str, list[str]]:
    """The views that may use a form or serializer, by its class."""
    known: dict[str, list[str]] | None = project.types.engine.tables.get("views of forms")
    if known is None:
        known = project.types.engine.tables["views of forms"] = {}  # it may ask for itself
        for info in project.classes:
            if views.is_view(project, info.name):
                forms = views.forms_of(project, info.name)
                for part in {*forms, *views.serializers_of(project, info.name)}:
                    known.setdefault(part, []).append(info.name)
    return known


def _instance(project: Project, cls: str, call: ast.Call) -> ast.expr | None:
    """What a constructor is given as the object."""
    named = next((k.value for k in call.keywords if k.arg == "instance"), None)
    if named is None and call.args and project.classes.is_subclass(cls, *SERIALIZERS):
        return call.args[0]
    return named
