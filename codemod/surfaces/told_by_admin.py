"""Whether the admin has told a save whether its object is new.

    def save_model(self, request, obj, form, change):
        obj.author = request.user
        obj.save()                      `created` is `not change`

ModelAdmin._changeform_view() passes whether it has fetched the object (`add` is False then); the
list's `save_model()` gets True (django/contrib/admin/options.py).
"""

from __future__ import annotations

import ast

from codemod.facts.nodes import LOOPS
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.project import Project
from codemod.surfaces.chosen import gives_instance, saves_first
from codemod.surfaces.flow import auto_pk, fresh, sets_key
from codemod.surfaces.keys import asks_rows, changes_key
from codemod.surfaces.overrides import is_called, named

_HOOK = "save_model"
# By these a class may give the hook another object, or one that has been saved.
_OWN_WAYS = ("get_object", "get_form", "save_form")


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
