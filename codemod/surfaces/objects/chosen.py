"""Which object the form or serializer of a view holds, where the view or the form chooses it.

    def get_object(self):                    an UpdateView may make a row, then
        return Order.objects.filter(...).first()

    def form_valid(self, form):              a CreateView changes a row, then
        form.save()
        return super().form_valid(form)

Django's CreateView and Django REST framework's `create()` start without an object, UpdateView and
`update()` with a fetched one (SEMANTICS 6, 8.1, 8.2).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set

from codemod.facts.nodes import descend, is_name, is_none, last_name
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.project.types.order import comes_again, loops_around, may_follow
from codemod.project.types.resets import rekeyed
from codemod.surfaces.calls import found
from codemod.surfaces.objects import created as created_rules
from codemod.surfaces.objects.flow import key_names
from codemod.surfaces.objects.held_keys import is_instance
from codemod.values.account import Created

HOOKS = ("perform_create", "perform_update")  # of views, which save the serializer they get
MAKERS = ("get_form_kwargs", "get_form", "get_serializer")
# Methods of forms that run before anything is saved, those of single fields among them.
EARLY = ("__init__", "is_valid", "full_clean", "clean", "_clean", "_post_clean")


def is_chosen(project: Project, cls: str, created: Created, models: tuple[str, ...]) -> bool:
    """Whether the form or serializer of a view may hold another object than the view's kind says,
    `created` ("true" for one without an object)."""
    views = project.classes.heirs(cls)
    parts = (c for view in views for c in (*project.forms_of(view), *project.serializers_of(view)))
    if gives_instance(project, models, *views, *parts):
        return True
    return any(
        value is None or not _is_usual(project, info, scope, value, created, models)
        for info in _classes(project, *views)
        for scope, value in _objects(info, created)
    )


def gives_instance(project: Project, models: tuple[str, ...], *names: str) -> bool:
    """Whether a class of some names, or a base of it, gives a form or serializer an object, or
    gives the one that it holds a key, or a row before it is valid."""
    keys = key_names(project, models)
    return any(
        _gives_instance(function, keys)
        for info in _classes(project, *names)
        for function in info.definition.methods.values()
    )


def _classes(project: Project, *names: str) -> Iterator[ClassInfo]:
    """The project's classes whose code runs for an object of one of some classes."""
    for name in dict.fromkeys(a for n in names for a in project.classes.mro(n)):
        info = project.classes.get(name)
        if info is not None:
            yield info


def _gives_instance(function: ast.FunctionDef | ast.AsyncFunctionDef, keys: Set[str]) -> bool:
    """Whether a method gives a form or serializer an instance: `form.instance = user`, or
    `kwargs["instance"] = ...` where it is made; or the instance a key or, early, a row:
    `form.instance.pk = 3`, `self.instance.save()`."""
    makes = function.name in MAKERS or function.name == "__init__"
    for node in descend(function):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if node.attr == "instance" or is_instance(rekeyed(node, keys)):
                return True
        elif isinstance(node, ast.Attribute) and node.attr == "save":
            if function.name.startswith(EARLY) and is_instance(node.value):
                return True
        elif makes and isinstance(node, ast.keyword) and node.arg == "instance":
            if not is_name(node.value, "instance"):
                return True
        elif makes and isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            if getattr(node.slice, "value", None) == "instance":
                return True
        elif makes and isinstance(node, ast.Call) and last_name(node.func) == "setdefault":
            if node.args and getattr(node.args[0], "value", None) == "instance":
                return True
    return False


def _objects(info: ClassInfo, created: Created) -> Iterator[tuple[Scope, ast.expr | None]]:
    """What the methods of a view take for its object, with where they do: what `get_object()`
    gives, where it is asked, and what `self.object` is set to."""
    for scope in info.scope.children:
        if scope.kind != "function":
            continue
        if scope.name == "get_object" and created != "true":
            for node in descend(scope.node):
                if isinstance(node, ast.Return):
                    yield scope, node.value
        for store in scope.stores:
            target = store.target
            if isinstance(target, ast.Attribute) and target.attr == "object":
                if is_name(target.value, "self"):
                    yield scope, None if store.path else store.value


def _is_usual(
    project: Project,
    info: ClassInfo,
    scope: Scope,
    value: ast.expr,
    created: Created,
    models: tuple[str, ...],
) -> bool:
    """Whether a value is what a view of this kind holds in any case: nothing, or a row."""
    if isinstance(value, ast.Call) and last_name(value.func) == "save":
        return True  # it has been saved by then
    if created == "true":
        return is_none(value)
    if isinstance(value, ast.Call) and last_name(value.func) == "get_object":
        function = value.func
        if isinstance(function, ast.Attribute):
            return found.is_super(function.value) or is_name(function.value, "self")
    return created_rules.of_held(project, info.facts, scope, value, models) == "false"


def saved_above(
    project: Project, facts: FileFacts, call: CallSite, models: tuple[str, ...]
) -> bool:
    """Whether the function of a call saves an object of some models above it, and may come from
    there to the call."""
    owner = call.scope.node
    return any(
        other.scope is call.scope
        and other.node is not call.node
        and (other.node.lineno, other.node.col_offset) < (call.node.lineno, call.node.col_offset)
        and (may_follow(owner, other.node, call.node) or loops_around(owner, other.node, call.node))
        and (
            _is_given(other, call)
            if other.name in HOOKS
            else _may_save(project, facts, other, models)
        )
        for other in facts.named("save", *HOOKS)
    )


def saves_first(project: Project, cls: str, method: str, models: tuple[str, ...]) -> bool:
    """Whether a class's own method saves an object of some models, then hands on to its base, or
    hands on twice, as in a loop."""
    info = project.classes.get(cls)
    node = info.definition.methods.get(method) if info is not None else None
    if info is None or node is None:
        return False
    calls = found.super_calls(info.facts, node, method)
    return any(
        saved_above(project, info.facts, call, models)
        or comes_again(node, [None], call.node)
        or any(may_follow(node, o.node, call.node) for o in calls if o is not call)
        for call in calls
    )


def _is_given(hook: CallSite, call: CallSite) -> bool:
    """Whether a hook is given what a call saves."""
    saved = call.node.func.value if isinstance(call.node.func, ast.Attribute) else None
    return saved is not None and ast.unparse(saved) in map(ast.unparse, hook.node.args)


def _may_save(project: Project, facts: FileFacts, call: CallSite, models: tuple[str, ...]) -> bool:
    """Whether `x.save()` may save an object of some models, itself or as a form of it."""
    function = call.node.func
    if not isinstance(function, ast.Attribute):
        return False
    if found.is_literal(found.keyword(call.node, "commit", 0), False):
        return False
    answer = project.type_of(function.value, call.scope, facts)
    labels = found.instances(project, answer)
    return not labels or not {*labels}.isdisjoint(models)
