"""A base's method that saves or deletes, called past the class's own: `super().delete_model()`.

    class OrderAdmin(admin.ModelAdmin):           super-outside-override
        def purge(self, request, orders):
            for order in orders:
                super().delete_model(request, order)

    def form_valid(self, form):                   super-outside-override
        return retry(lambda: super().form_valid(form))

Recognised: the methods of admin pages, of Django's generic views and of Django REST framework's,
called of `super()` in another method, or in a function within it, or handed on. A method that is
added to the class, or extended, does not see them. Fires as the class's own pages do (see
`model_admin`, `generic_view`, `rest_framework`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import Tier
from codemod.project.project import Project
from codemod.surfaces import generic_view, model_admin
from codemod.surfaces import rest_framework as rest
from codemod.surfaces.calls import found
from codemod.surfaces.calls.taken import written
from codemod.surfaces.placing.overrides import written_by
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, Created

name = "hook-elsewhere"

ROWS = model_admin.DELETE_QUERYSET.method  # deletes rows, and asks no `delete()` of their model
ADMIN = {
    model_admin.SAVE_MODEL.method: SAVE_SIGNALS,
    model_admin.DELETE_MODEL.method: DELETE_SIGNALS,
    ROWS: DELETE_SIGNALS,
}
# By method: what saves or deletes in it, and its signals.
VIEWS = (
    (generic_view.HOOK.method, generic_view.FORM, SAVE_SIGNALS),
    (generic_view.HOOK.method, generic_view.DELETE[1], DELETE_SIGNALS),
    ("delete", generic_view.DELETION, DELETE_SIGNALS),
    *((hook.method, rest.MIXINS + mixin, signals) for mixin, hook, signals, _ in rest.HOOKS),
)
METHODS = tuple(dict.fromkeys((*ADMIN, *(method for method, _, _ in VIEWS))))

Fired = tuple[tuple[str, ...], str]  # the signals, the label of their sender


def find(project: Project) -> Iterator[Site]:
    """Every such call, and every such method that is handed on."""
    for facts in project.read():
        for call in facts.named(*METHODS):
            if isinstance(call.node.func, ast.Attribute) and not _is_own(call.scope, call.name):
                yield from _sites(project, facts, call.scope, call.node.func)
    for taken in written(project, METHODS):
        yield from _sites(project, taken.facts, taken.scope, taken.node)


def _is_own(scope: Scope, method: str) -> bool:
    """Whether a scope is that of a class's own method of the name."""
    around = scope.parent
    return scope.name == method and around is not None and around.kind == "class"


def _sites(
    project: Project, facts: FileFacts, scope: Scope, method: ast.Attribute
) -> Iterator[Site]:
    around = scope.class_()
    owner = project.class_of(facts, around) if around and found.is_super(method.value) else None
    if owner is None:
        return
    fired: dict[tuple[str, ...], dict[str, None]] = {}
    for cls in project.classes.heirs(owner.name):
        if _is_frameworks(project, owner.name, cls, method.attr):
            for signals, label in _fired(project, cls, method.attr):
                fired.setdefault(signals, {})[label] = None
    for signals, labels in fired.items():
        yield Site(
            name, facts.path, facts.lines.span(method), tuple(labels), signals,
            Tier.PROVED, "dynamic" if signals is SAVE_SIGNALS else None,
            f"{owner.definition.node.name} calls {method.attr}() of a base",
            code="super-outside-override", note=method.attr,
        )  # fmt: skip


def _is_frameworks(project: Project, owner: str, cls: str, method: str) -> bool:
    """Whether no class of the project that comes after `owner` has the method."""
    chain = project.classes.mro(cls)
    after = (project.classes.get(base) for base in chain[chain.index(owner) + 1 :])
    return not any(info is not None and method in info.definition.methods for info in after)


def _fired(project: Project, cls: str, method: str) -> Iterator[Fired]:
    """What a framework's method does for objects of a class."""
    if method in ADMIN:
        for entry in project.admin_entries():
            own = "save" if ADMIN[method] is SAVE_SIGNALS else "delete"
            if entry.cls == cls and entry.model in project.models.by_label:
                if method == ROWS or not found.overrides(project, entry.model, own):
                    yield ADMIN[method], entry.model
    for hook, saver, signals in VIEWS:
        if hook == method and project.classes.is_subclass(cls, saver):
            created: Created | None = "dynamic" if signals is SAVE_SIGNALS else None
            for label in written_by(project, cls, created):
                if not found.overrides(project, label, "save" if created else "delete"):
                    yield signals, label


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Never: the site's code says why."""
    return Blocked(site.code or "super-outside-override")
