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
from codemod.surfaces.flow import fresh
from codemod.surfaces.keys import changes_key
from codemod.surfaces.overrides import named

_HOOK = "save_model"


def created_by(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.expr, models: tuple[str, ...]
) -> str | None:
    """The code of `created` at a call that saves `saved`, where it is the object that the
    `save_model` of a registered admin class got, and nothing has saved it in there before."""
    around = call.scope.class_()
    if not isinstance(saved, ast.Name) or around is None or call.scope.name != _HOOK:
        return None
    cls = project.class_of(facts, around)
    names = named(call, 4)
    if cls is None or names is None or not _is_registered(project, cls.name):
        return None
    _, subject, form, change = names[:4]
    if saved.id != subject or any(len(call.scope.bindings[n]) > 1 for n in (subject, form, change)):
        return None
    if any(isinstance(compound, LOOPS) for compound in call.compounds):
        return None
    if changes_key(project, call, saved, models):
        return None
    untouched = all(fresh(project, facts, call, name, []) for name in (subject, form))
    return f"not {change}" if untouched else None


def _is_registered(project: Project, cls: str) -> bool:
    return any(entry.cls == cls for entry in project.admin_entries())
