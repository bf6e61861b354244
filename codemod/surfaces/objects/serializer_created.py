"""What `created` is where a serializer saves: by what it was made with, read above where it can't
be told.

    serializer = OrderSerializer(data=data)              True
    serializer = OrderSerializer(order, data=data)       False, of an order that was fetched

    order = Order.objects.filter(...).first()
    serializer = OrderSerializer(order, data=data)       created = serializer.instance is None
    order = find_or_build(...)                           ... or serializer.instance._state.adding

Without an object `save()` goes on to `create()`, else to `update()`, which saves in full
(SEMANTICS 8.1, 8.2).
"""

from __future__ import annotations

import ast

from codemod.facts.nodes import is_name, is_none
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import Instance
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.project.types.kinds import FormOf
from codemod.project.types.order import comes_again
from codemod.surfaces.calls import found
from codemod.surfaces.objects import created as created_rules
from codemod.surfaces.objects.chosen import is_chosen, saved_above, saves_first
from codemod.surfaces.site import Site
from codemod.values.account import Created

HOOKS: dict[str, Created] = {"perform_create": "true", "perform_update": "false"}


def in_hook(project: Project, cls: ClassInfo, method: str, models: tuple[str, ...]) -> Created:
    """By the hook of a view, which may hand another object to it than Django REST framework does,
    or save it before."""
    usual, views = HOOKS[method], project.classes.heirs(cls.name)
    if any(saves_first(project, view, method, models) for view in views):
        return "dynamic"
    if is_chosen(project, cls.name, usual, models) or _is_called(project, views, method, usual):
        return "dynamic"
    return usual


def at_save(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.expr, models: tuple[str, ...]
) -> Created:
    """Of `saved.save()`: by the hook it stands in, else by what the serializer was made with."""
    method, around = call.scope.function(), call.scope.class_()
    info = project.class_of(facts, around) if around is not None else None
    made = _made(call.scope, saved)
    if saved_above(project, facts, call, models) or comes_again(call.scope.node, made, call.node):
        return "dynamic"
    if method is not None and method.name in HOOKS and info is not None:
        return in_hook(project, info, method.name, models)
    return _of_serializer(project, facts, call.scope, saved)


def expression(project: Project, site: Site, serializer: str) -> str:
    """Code that reads it above the save. `serializer` is its code."""
    missing = f"{serializer}.instance is None"
    call = site.call
    if site.cls is None and call is not None and isinstance(call.node.func, ast.Attribute):
        facts = project.known(site.file)
        made = _made(call.scope, call.node.func.value)
        if all(_is_row_or_none(project, facts, call.scope, m, site.models) for m in made):
            return missing
    rule = created_rules.expression(project, site.models, f"{serializer}.instance")
    return f"{missing} or {rule}"


def _is_called(project: Project, views: tuple[str, ...], method: str, usual: Created) -> bool:
    """Whether views call a hook themselves with a serializer that may hold another object, or
    have it under another name."""
    names = dict.fromkeys(base for view in views for base in project.classes.mro(view))
    for info in filter(None, map(project.classes.get, names)):
        if any(is_name(value, method) for value in info.definition.attributes.values()):
            return True
        for call in info.facts.named(method):
            if call.scope.class_() is not info.scope or call.scope.name == method:
                continue
            given = call.node.args[:1]
            if not given or _of_serializer(project, info.facts, call.scope, given[0]) != usual:
                return True
    return False


def _of_serializer(
    project: Project, facts: FileFacts, scope: Scope, serializer: ast.expr
) -> Created:
    """By the object that each constructor of a serializer gets."""
    answers: set[Created] = set()
    for made in _made(scope, serializer):
        if made is None or found.has_unpacking(made):
            return "dynamic"
        given, models = found.keyword(made, "instance", 0), _models(project, facts, scope, made)
        if given is None:
            answers.add("true")
        else:
            answers.add(created_rules.of_held(project, facts, scope, given, models))
    return answers.pop() if len(answers) == 1 else "dynamic"


def _made(scope: Scope, serializer: ast.expr) -> list[ast.Call | None]:
    """The constructors of a serializer; None for a way in which it comes without one."""
    values: list[ast.expr | None] = [serializer]
    function = scope.function()
    if isinstance(serializer, ast.Name) and function is not None:
        bindings = function.bindings.get(serializer.id, ())
        values = [b.value if b.kind == "assign" and not b.path else None for b in bindings]
    return [value if isinstance(value, ast.Call) else None for value in values]


def _models(
    project: Project, facts: FileFacts, scope: Scope, serializer: ast.expr
) -> tuple[str, ...]:
    """Labels of the models that a serializer is about."""
    kinds = project.type_of(serializer, scope, facts).types
    labels = (
        kind.model if isinstance(kind, FormOf) else project.model_of(kind.cls)
        for kind in kinds
        if isinstance(kind, Instance)
    )
    return tuple(dict.fromkeys(label for label in labels if label in project.models.by_label))


def _is_row_or_none(
    project: Project, facts: FileFacts, scope: Scope, made: ast.Call | None, models: tuple[str, ...]
) -> bool:
    """Whether what a serializer is made with as its object is a row where it is anything."""
    given = found.keyword(made, "instance", 0) if made is not None else None
    if given is None or made is None or found.has_unpacking(made):
        return made is not None and not found.has_unpacking(made)
    values = [given]
    if isinstance(given, ast.Name) and scope.kind == "function":
        values = [b.value for b in scope.bindings.get(given.id, ()) if b.value is not None]
    for value in values:  # it grows on the way
        if isinstance(value, ast.IfExp):
            values += [value.body, value.orelse]
    return bool(values) and all(
        isinstance(value, ast.IfExp)
        or is_none(value)
        or created_rules.of_instance(project, facts, scope, value, models) == "false"
        for value in values
    )
