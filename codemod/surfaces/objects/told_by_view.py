"""`created` of what a generic editing view's own `form_valid()` saves: the kind of view tells it.

    class OrderCreate(CreateView):
        def form_valid(self, form):
            order = form.save(commit=False)
            order.owner = self.request.user
            order.save()                          a new object

CreateView gives its form no object, UpdateView the fetched one (django/views/generic/edit.py,
ProcessFormView, BaseCreateView and BaseUpdateView).
"""

from __future__ import annotations

import ast

from codemod.facts.nodes import all_given, descend, is_name
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.project import Project
from codemod.project.views import CREATE, UPDATE
from codemod.surfaces.calls import found
from codemod.surfaces.objects.chosen import is_chosen, saved_above, saves_first
from codemod.surfaces.objects.flow import auto_pk, fresh, sets_key
from codemod.surfaces.objects.keys import changes_key
from codemod.surfaces.objects.lost_rows import loses_row
from codemod.surfaces.placing.overrides import is_called
from codemod.values.account import Created

_HOOK = "form_valid"
# By these a view may give the hook a form that holds another object.
_OWN_WAYS = ("post", "get_form_class", "get_form", "get_form_kwargs")
# What a form has that neither saves it nor tells its object.
_PLAIN = frozenset("save save_m2m cleaned_data changed_data data files errors add_error".split())


def created_by(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.expr, models: tuple[str, ...]
) -> Created:
    """`created` of `saved.save()`, where `saved` is what the hook's form made, with the key that
    it had then, and has not been saved or deleted since."""
    scope, around = call.scope, call.scope.class_()
    if call.node.args or call.node.keywords:
        return "dynamic"  # it may be saved elsewhere, or by force
    if around is None or scope.name != _HOOK or not isinstance(saved, ast.Name):
        return "dynamic"
    view = project.class_of(facts, around)
    if view is None or not auto_pk(project, models) or not _is_made(facts, scope, saved.id):
        return "dynamic"
    kind = _kind(project, view.name)
    if kind == "dynamic" or is_chosen(project, view.name, kind, models):
        return "dynamic"
    below = project.classes.subclasses(view.name)
    if any(saves_first(project, heir, _HOOK, models) for heir in below):
        return "dynamic"
    if any(is_called(project, cls, _HOOK) for cls in (view.name, *below)):
        return "dynamic"  # perhaps with another form
    if sets_key(project, scope, models) or changes_key(project, call, saved, models):
        return "dynamic"
    if loses_row(project, facts, call, saved, models):
        return "dynamic"
    if kind == "true" and _may_be_saved(project, facts, call, saved, models):
        return "dynamic"
    return kind


def _is_made(facts: FileFacts, scope: Scope, name: str) -> bool:
    """Whether a name only stands for `form.save(commit=False)` of the hook's own form, which the
    function otherwise reads, or hands on to the base."""
    assert isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef))
    bindings = scope.bindings.get(name, [])
    value = bindings[0].value if len(bindings) == 1 and not bindings[0].path else None
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return False
    form, commit = value.func.value, found.keyword(value, "commit", 0)
    if value.func.attr != "save" or not isinstance(form, ast.Name):
        return False
    if not found.is_literal(commit, False):
        return False
    if [b.kind for b in scope.bindings.get(form.id, [])] != ["param"]:
        return False
    nodes = [*descend(scope.node)]
    read = [n.attr for n in nodes if isinstance(n, ast.Attribute) and is_name(n.value, form.id)]
    handed = [c.node for c in found.super_calls(facts, scope.node, _HOOK)]
    uses = sum(is_name(n, form.id) for n in nodes)
    given = sum(is_name(a, form.id) for c in handed for a in all_given(c))
    return _PLAIN.issuperset(read) and read.count("save") == 1 and uses == len(read) + given


def _kind(project: Project, view: str) -> Created:
    """What a view and those that come from it all are, in Django's own ways."""
    kinds: set[Created] = set()
    for name in project.classes.heirs(view):
        creates, updates = (project.classes.is_subclass(name, *kind) for kind in (CREATE, UPDATE))
        if creates is updates or any(project.classes.method(name, own) for own in _OWN_WAYS):
            return "dynamic"
        if any(project.classes.method(form, "save") for form in project.forms_of(name)):
            return "dynamic"
        kinds.add("true" if creates else "false")
    return kinds.pop() if len(kinds) == 1 else "dynamic"


def _may_be_saved(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.Name, models: tuple[str, ...]
) -> bool:
    """Whether the hook, or its base, may have saved the object before."""
    scope = call.scope
    assert isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef))
    up = found.super_calls(facts, scope.node, _HOOK)
    return (
        any(other.node.lineno < call.node.lineno for other in up)
        or saved_above(project, facts, call, models)
        or not fresh(project, facts, call, saved.id, scope.bindings[saved.id])
    )
