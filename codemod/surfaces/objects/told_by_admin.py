"""Whether the admin has told a save whether its object is new.

    def save_model(self, request, obj, form, change):
        obj.author = request.user
        obj.save()                      `created` is `not change`

ModelAdmin._changeform_view() passes whether it has fetched the object (`add` is False then); the
list's `save_model()` gets True (django/contrib/admin/options.py). That it is new, or not, another
key may change, and a save in the hook, or in the form.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Literal

from codemod.facts.nodes import LOOPS, all_given, descend, is_name, last_name
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.project import Project
from codemod.project.roles import AdminEntry
from codemod.surfaces.calls import found
from codemod.surfaces.objects.chosen import gives_instance, saves_first
from codemod.surfaces.objects.flow import auto_pk, fresh, key_names, sets_key
from codemod.surfaces.objects.held_keys import given, rekeyed_in, typed_on_page
from codemod.surfaces.objects.keys import asks_rows, changes_key
from codemod.surfaces.objects.shown_fields import FORM, form_of
from codemod.surfaces.placing.overrides import is_called, named

_HOOK = "save_model"
# By these a class may give the hook another object, or one that has been saved.
_OWN_WAYS = ("get_object", "get_form", "save_form")


def told(project: Project, entry: AdminEntry | None) -> Literal["change", "object", "rows"]:
    """What tells `created` at the save of a registration's own page (None: of a page of Django's):
    `not change`, or only the object, or the database."""
    cls = entry.cls if entry is not None else None
    if entry is None:
        return "change"
    models, forms = (entry.model,), [*_forms(project, cls)] if cls is not None else []
    hooks = [*_hooks(project, cls)] if cls is not None else []
    keys = key_names(project, models)
    assigned = [each for _, scope in hooks for each in rekeyed_in(scope, keys)]
    if (
        typed_on_page(project, models, cls)
        or given(project, models, *forms, taken=True)
        or any(not found.is_literal(value, None) for _, value in assigned)
    ):
        return "rows"
    saved = any(saves_first(project, name, _HOOK, models) for name, _ in hooks)
    own = cls is not None and _has_own_ways(project, cls, forms)
    return "object" if assigned or saved or own else "change"


def _hooks(project: Project, cls: str) -> Iterator[tuple[str, Scope]]:
    """The methods by which an admin class, and those that come from it, save an object."""
    names = dict.fromkeys(
        n for heir in project.classes.heirs(cls) for n in project.classes.mro(heir)
    )
    for info in filter(None, map(project.classes.get, names)):
        if _HOOK in info.definition.methods:
            yield info.name, info.facts.scopes[info.definition.methods[_HOOK]]


def _forms(project: Project, cls: str) -> Iterator[str]:
    """The model forms of the project that an admin class names, and those that its `get_form()`
    may give instead."""
    named = form_of(project, cls)
    if named is not None:
        yield named
    own = project.classes.method(cls, "get_form")
    if own is None:
        return
    for node in descend(own[1].node):
        if isinstance(node, (ast.Name, ast.Attribute)):
            form = project.symbols.resolve(node, own[1].scope, own[0].facts)
            if form is not None and project.classes.is_subclass(form, FORM):
                yield form


def _has_own_ways(project: Project, cls: str, forms: Sequence[str]) -> bool:
    """Whether an admin class may give its hook an object that is new, or not, in spite of what it
    is told: it takes another one, or a form saves it whatever it is told."""
    own = any(project.classes.method(cls, name) is not None for name in ("get_object", "save_form"))
    saves = filter(None, (project.classes.method(form, "save") for form in forms))
    return own or any(not _asks_commit(save[1].node) for save in saves)


def _asks_commit(save: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether each save in a form's own `save()` depends on its `commit`."""
    asked = [n for n in descend(save) if isinstance(n, ast.If) and _names_commit(n.test)]
    inside = {id(inner) for question in asked for inner in ast.walk(question)}
    calls = [n for n in descend(save) if isinstance(n, ast.Call) and last_name(n.func) == "save"]
    return all(
        id(call) in inside
        or found.has_unpacking(call)
        or any(_names_commit(value) or found.is_literal(value, False) for value in all_given(call))
        for call in calls
    )


def _names_commit(node: ast.AST) -> bool:
    return any(is_name(inner, "commit") for inner in ast.walk(node))


def created_by(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.expr, models: tuple[str, ...]
) -> str | None:
    """The code of `created` at a call that saves `saved`, where it is the object that the
    `save_model` of a registered admin class got, with the key that it had then, and nothing has
    saved it in there before."""
    around = call.scope.class_()
    if not isinstance(saved, ast.Name) or around is None or call.scope.name != _HOOK:
        return None
    if call.node.args or call.node.keywords:
        return None  # it may be saved elsewhere
    cls = project.class_of(facts, around)
    names = named(call, 4)
    if cls is None or names is None or not _is_told(project, cls.name, models):
        return None
    _, subject, form, change = names[:4]
    if saved.id != subject or any(len(call.scope.bindings[n]) > 1 for n in (subject, form, change)):
        return None
    if any(isinstance(compound, LOOPS) for compound in call.compounds):
        return None
    if sets_key(project, call.scope, models) or changes_key(project, call, saved, models):
        return None
    if asks_rows(project, facts, call, saved, models):
        return None
    untouched = all(fresh(project, facts, call, name, []) for name in (subject, form))
    return f"not {change}" if untouched else None


def _is_told(project: Project, cls: str, models: tuple[str, ...]) -> bool:
    """Whether only the admin calls the hook of a class, with what Django's own ways give it: a row
    or an object that nothing has saved, of a key that nobody types."""
    entries = [entry for entry in project.admin_entries() if entry.cls == cls]
    if not entries or not auto_pk(project, models) or is_called(project, cls, _HOOK):
        return False
    for heir in project.classes.heirs(cls):
        if any(project.classes.method(heir, own) is not None for own in _OWN_WAYS):
            return False
        if heir != cls and saves_first(project, heir, _HOOK, models):
            return False
    form = project.classes.attribute(cls, "form")
    if form is None:
        return True
    made = project.symbols.resolve(form[1], form[0].scope, form[0].facts)
    return (
        made is not None
        and project.classes.method(made, "save") is None
        and not gives_instance(project, models, made)
    )
