"""Registrations in the admin, and inlines."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codemod.facts.nodes import is_none, last_name, own_nodes
from codemod.facts.tables import Binding, CallSite, ClassDef, FileFacts, Scope
from codemod.project.answers import ClassRef
from codemod.project.classes import Classes

if TYPE_CHECKING:
    from codemod.project.project import Project

_REGISTER = "django.contrib.admin.register"
_SITES = ("django.contrib.admin.site", "django.contrib.admin.sites.site")  # one, by two names
UNNAMED = "?.admin_class"  # stands for the class where a call registers more than one model
_ADMIN = "django.contrib.admin.ModelAdmin"
_INLINE = "django.contrib.admin.InlineModelAdmin"


@dataclass(frozen=True, eq=False)
class AdminEntry:
    """One model's registration."""

    model: str  # label; "" for one that can't be told
    cls: str | None  # canonical dotted admin class; None for a bare registration
    file: str  # of the registration
    node: ast.expr  # the registering call
    statement: ast.stmt  # the whole statement, the class statement for a decorator
    element: ast.expr  # the model expression
    elements: tuple[ast.expr, ...]  # all model expressions of the call
    site: str  # source of the site ("admin.site")


@dataclass(frozen=True)
class Withdrawal:
    """A model whose pages are taken out of the admin's own site."""

    model: str  # label
    always: bool  # under no condition


@dataclass(frozen=True, eq=False)
class InlineEntry:
    """An inline and the admin classes that list it."""

    model: str  # label of what it edits
    cls: str
    owners: tuple[str, ...]  # admin classes


def admin_entries(project: Project) -> tuple[AdminEntry, ...]:
    """All registrations of models in admin sites.

    Where one can't be followed, each model that no other names: `for model in get_models(): ...`.
    """
    entries: list[AdminEntry] = []
    for facts in project.read():
        if "register" not in facts.text or "admin" not in facts.text:
            continue
        for definition in facts.classes:
            for decorator in definition.node.decorator_list:
                entries += _decorated(project, facts, definition, decorator)
        for call in facts.named("register"):
            if isinstance(call.node.func, ast.Attribute):
                entries += _registered(project, facts, call)
    found = [entry for entry in entries if entry.model]
    told = {(entry.site, entry.model) for entry in found}
    own = [model.label for model in project.models.all() if not (model.abstract or model.external)]
    for entry in entries:
        others = own if not entry.model else ()
        found += [replace(entry, model=m) for m in others if (entry.site, m) not in told]
    return tuple(found)


def withdrawals(project: Project) -> Iterator[Withdrawal]:
    """What `admin.site.unregister(Group)` and `unregister([User, Group])` take out of the site."""
    for facts in project.read():
        for call in facts.named("unregister"):
            function = call.node.func
            if not isinstance(function, ast.Attribute):
                continue
            if project.symbols.resolve(function.value, call.scope, facts) not in _SITES:
                continue
            always = call.scope is facts.scope and all(
                isinstance(compound, ast.Try) for compound in call.compounds
            )
            for element in _elements(call.node.args[:1]):
                label = _label(project, element, call.scope, facts)
                if label is not None:
                    yield Withdrawal(label, always)


def inline_entries(project: Project) -> tuple[InlineEntry, ...]:
    """All inlines with a model."""
    owners: dict[str, list[str]] = {}
    for info in project.classes:
        value = info.definition.attributes.get("inlines")
        for item in getattr(value, "elts", ()):
            name = project.symbols.resolve(item, info.scope, info.facts)
            if name is not None:
                owners.setdefault(name, []).append(info.name)
    found: list[InlineEntry] = []
    for info in project.classes:
        if not project.classes.is_subclass(info.name, _INLINE):
            continue
        model = project.classes.attribute(info.name, "model")
        label = _label(project, model[1], model[0].scope, model[0].facts) if model else None
        if label is not None:
            found.append(InlineEntry(label, info.name, tuple(owners.get(info.name, ()))))
    return tuple(found)


def forbids(classes: Classes, cls: str, *actions: str) -> bool:
    """Whether an admin class, or an inline, lets nobody do any of these: "add", "change", "delete".

    Its `has_add_permission()` and the like return False and nothing else, under no condition; the
    pages, the formsets and the action of the admin ask them first
    (django/contrib/admin/options.py, actions.py).
    """
    return all(_never(classes, cls, f"has_{action}_permission") for action in actions)


def _never(classes: Classes, cls: str, name: str) -> bool:
    """Whether a class's method returns False whatever it is asked. A base of a package before it
    may have one of its own, as `ModelAdmin` has in `class A(ModelAdmin, ReadOnly)`."""
    found = classes.method(cls, name)
    if found is None or classes.is_undecided(cls, name):
        return False
    mro = classes.mro(cls)
    before = mro[: mro.index(found[0].name)]
    return all(map(classes.get, before)) and _is_false(found[1].node)


def _is_false(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function returns False whatever it is asked."""
    values = [node.value for node in own_nodes(function) if isinstance(node, ast.Return)]
    return bool(values) and all(isinstance(v, ast.Constant) and v.value is False for v in values)


def _decorated(
    project: Project, facts: FileFacts, definition: ClassDef, decorator: ast.expr
) -> Iterator[AdminEntry]:
    """`@admin.register(A, B, site=custom)`; also a decorator of a package, or of the project's own,
    which gets models for a class of the admin: `@smart_register(A)`."""
    if not isinstance(decorator, ast.Call):
        return
    scope, node = definition.outer, definition.node
    dotted = project.symbols.resolve(decorator.func, scope, facts) or ""
    usual = dotted == _REGISTER or dotted.endswith(".admin.register")
    info = project.class_of(facts, definition.scope)
    if info is None or not (usual or project.classes.is_subclass(info.name, _ADMIN)):
        return
    given = [k.value for k in decorator.keywords if k.arg == "site"]
    site = ast.unparse(given[0]) if given else "admin.site"
    elements = tuple(_elements(decorator.args))
    for element in elements:
        labels = _labels if usual else _named
        for label in labels(project, element, scope, facts):
            yield AdminEntry(label, info.name, facts.path, decorator, node, element, elements, site)


def _named(project: Project, element: ast.expr, scope: Scope, facts: FileFacts) -> list[str]:
    """The model that an element names, if it does."""
    label = _label(project, element, scope, facts)
    return [label] if label is not None else []


def _registered(project: Project, facts: FileFacts, call: CallSite) -> Iterator[AdminEntry]:
    """`admin.site.register(A, AAdmin)`, also of a site of the project's own."""
    function = call.node.func
    assert isinstance(function, ast.Attribute)
    if not call.node.args or not _is_site(project, function.value, call.scope, facts):
        return
    given = [k.value for k in call.node.keywords if k.arg == "admin_class"]
    given += call.node.args[1:2]
    cls = project.symbols.resolve(given[0], call.scope, facts) if given else None
    if cls is not None and cls.startswith("builtins."):
        cls = None
    if cls is None and given and not is_none(given[0]):
        cls = f"?.{ast.unparse(given[0])}"  # a class that can't be told is a class all the same
    elements = tuple(_elements(call.node.args[:1]))
    site = ast.unparse(function.value)
    for element in elements:
        # There is no place for the class of one model where several are registered.
        alone = cls is None and _label(project, element, call.scope, facts) is not None
        known = cls if alone else cls or UNNAMED
        for label in _labels(project, element, call.scope, facts):
            yield AdminEntry(
                label, known, facts.path, call.node, call.statement, element, elements, site
            )


def _labels(project: Project, element: ast.expr, scope: Scope, facts: FileFacts) -> list[str]:
    """The models of an element; "" for any."""
    label = _label(project, element, scope, facts)
    if label is not None:
        return [label]
    return _looped_over(project, element, scope, facts) or _unnamed(project, element, scope, facts)


def _unnamed(project: Project, element: ast.expr, scope: Scope, facts: FileFacts) -> list[str]:
    """The models that a variable, or `*models`, may stand for; "" for any."""
    if isinstance(element, ast.Starred):
        answer = project.types.items_of(element.value, scope, facts)
    else:
        answer = project.type_of(element, scope, facts)
    if answer.types:
        models = (
            project.models.by_class.get(k.cls) for k in answer.types if isinstance(k, ClassRef)
        )
        return [model.label for model in models if model is not None]
    dotted = project.symbols.resolve(element, scope, facts)
    return [""] if dotted is None else []


def _elements(arguments: list[ast.expr]) -> Iterator[ast.expr]:
    for argument in arguments:
        if isinstance(argument, (ast.List, ast.Tuple, ast.Set)):
            yield from argument.elts
        else:
            yield argument


def _looped_over(project: Project, element: ast.expr, scope: Scope, facts: FileFacts) -> list[str]:
    """The models that the variable of a loop over a literal stands for."""
    if not isinstance(element, ast.Name):
        return []
    found = project.symbols.bindings(element.id, scope)
    items = (
        item
        for binding in (found[1] if found is not None else ())
        for item in _looped(project, binding, scope, facts)
    )
    labels = (_label(project, item, scope, facts) for item in items)
    return [label for label in labels if label is not None]


def _looped(project: Project, binding: Binding, scope: Scope, facts: FileFacts) -> list[ast.expr]:
    value = binding.value
    if binding.kind not in ("loop", "assign") or value is None:
        return []
    if isinstance(value, ast.Name):
        found = project.symbols.bindings(value.id, scope)
        value = found[1][0].value if found is not None and len(found[1]) == 1 else None
    items = list(getattr(value, "elts", ()))
    for index in binding.path if binding.kind == "loop" else ():
        items = [i.elts[index] for i in items if isinstance(i, (ast.Tuple, ast.List))]
    return items


def _label(project: Project, expr: ast.expr, scope: Scope, facts: FileFacts) -> str | None:
    label = project.models.label_of(expr, scope, facts)
    model = project.models.get(label) if label is not None else None
    return model.label if model is not None else None


def _is_site(project: Project, expr: ast.expr, scope: Scope, facts: FileFacts) -> bool:
    """Whether an expression is an admin site."""
    dotted = project.symbols.resolve(expr, scope, facts) or ""
    if dotted.endswith("admin.site"):
        return True
    last = last_name(expr)
    definition = project.symbols.definition(dotted) if dotted else None
    value = definition.binding.value if definition is not None else None
    if isinstance(value, ast.Call) and definition is not None:
        cls = project.symbols.resolve(value.func, definition.scope, definition.facts) or ""
        return project.classes.is_subclass(cls, "django.contrib.admin.AdminSite") or cls.endswith(
            "AdminSite"
        )
    return "admin" in last and "site" in last
