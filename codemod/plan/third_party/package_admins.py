"""The admin pages that a package registers itself: a subclass takes their place.

    (no admin.py)   ->   from django.contrib.auth.admin import UserAdmin as BaseUserAdmin

                         admin.site.unregister(User)


                         @admin.register(User)
                         class UserAdmin(BaseUserAdmin):
                             def save_model(self, request, obj, form, change):
                                 super().save_model(request, obj, form, change)
                                 if not change:
                                     create_profile(obj)

    (rows that go with     @admin.register(User)
    a user; with           class UserAdmin(BaseUserAdmin):
    `delete_user()`)           def delete_model(self, request, obj):
                                   delete_user(obj)

                               def delete_queryset(self, request, queryset):
                                   with transaction.atomic():
                                       for user in queryset:
                                           delete_user(user)

It is written where receivers of the package's model go in spite of `third-party-sender`, or those
of rows that go with it in spite of `cascade-from-package` (SEMANTICS 7.8, 3.6), into the admin.py
of the app of the first of them.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.plan.deletes.cascades import ways
from codemod.plan.desk import HOOK_PARAMETERS, PlanDesk
from codemod.plan.services.new_function import InNew
from codemod.plan.third_party.package_rows import ADMIN, ITS_PAGE, culprits
from codemod.plan.work import Roster
from codemod.project.answers import Tier
from codemod.project.project import Project
from codemod.surfaces import model_admin
from codemod.surfaces.placing.overrides import Hook
from codemod.surfaces.site import Blocked, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS
from codemod.values.edits import AddImport, Append, Edit
from codemod.values.span import Span

ADMINS = {
    "auth.User": "django.contrib.auth.admin.UserAdmin",
    "auth.Group": "django.contrib.auth.admin.GroupAdmin",
}


@dataclass(frozen=True)
class Home:
    """Where the subclass is written, and how the model and the admin go by there."""

    label: str
    path: str
    model: str
    admin: str
    imports: tuple[AddImport, ...]


def home(project: Project, label: str) -> Home | None:
    """None where the project has an admin for the model, or none at all, or no place for one."""
    model = project.models.by_label.get(label)
    if model is None or label not in ADMINS:
        return None
    if any(entry.model == label for entry in project.admin_entries()):
        return None
    if any(taken.model == label for taken in project.admin_withdrawals):
        return None  # a second `unregister()` would raise
    if project.apps.named is not None and ADMIN not in project.apps.named:
        return None
    first = min(_receivers(project, label), default=None)
    app = project.app_of(first[2]) if first is not None else None
    if app is None:
        return None
    path = posixpath.join(app.folder, "admin.py")
    module, _, name = model.name.rpartition(".")
    base_module, _, cls = ADMINS[label].rpartition(".")
    imports = [
        AddImport("django.contrib", "admin"),
        AddImport(base_module, cls, f"Base{cls}"),
        AddImport(module, name),
    ]
    if path in project.paths:
        facts = project.facts(path)
        if facts is None or {cls, f"Base{cls}"} & facts.scope.bindings.keys():
            return None
        if name in facts.scope.bindings:
            if project.models.label_of(ast.Name(name), facts.scope, facts) != label:
                return None
            imports.pop()
        admin = facts.scope.bindings.get("admin", ())
        if any(b.target not in (ADMIN, None) for b in admin):
            return None
    return Home(label, path, name, cls, tuple(imports))


def closing(project: Project) -> frozenset[str]:
    """The models whose pages such subclasses can replace."""
    return frozenset(label for label in ADMINS if home(project, label) is not None)


def _receivers(project: Project, label: str) -> Iterator[tuple[bool, int, str]]:
    """(is of rows that go with it, place in the order, file) of the receivers of a model."""
    for receiver in project.receivers:
        for connection in receiver.receiver.connections:
            file = receiver.receiver.file
            if connection.sender == label:
                yield False, connection.order, file
            elif connection.signal in DELETE_SIGNALS and any(
                way.ancestor == label for way in ways(project, connection.sender or "")
            ):
                yield True, connection.order, file


def package_admins(project: Project, roster: Roster, desk: PlanDesk) -> list[tuple[str, Edit]]:
    """The edits that write the subclasses, for the receivers that go."""
    return [
        (place.path, edit)
        for place in _places(project, roster)
        for edit in _written(place, list(_methods(place, project, roster, desk)))
    ]


def hindrances(
    project: Project, roster: Roster, desk: PlanDesk
) -> Iterator[tuple[Home, Blocked, set[str]]]:
    """The methods of the subclasses that can't be written, with the services that they are for."""
    for place in _places(project, roster):
        for _, work, written in _methods(place, project, roster, desk):
            if isinstance(written, Blocked):
                yield place, written, work.services


def _places(project: Project, roster: Roster) -> list[Home]:
    labels = [
        label
        for label in ADMINS
        if any(slot.model == label for slot in roster.slots)
        or (ITS_PAGE in culprits(project, label) and roster.cascades(label))
    ]
    return [place for label in labels if (place := home(project, label)) is not None]


def _methods(
    place: Home, project: Project, roster: Roster, desk: PlanDesk
) -> Iterator[tuple[Hook, Work, tuple[list[str], list[Edit]] | Blocked]]:
    """The body of each hook that has something to call."""
    for hook in model_admin.HOOKS:
        signals = SAVE_SIGNALS if hook in model_admin.SAVING else DELETE_SIGNALS
        site = Site(
            model_admin.name, place.path, Span(1, 0, 1, 0), (place.label,), signals, Tier.PROVED,
            "dynamic" if signals is SAVE_SIGNALS else None, note=hook.method,
        )  # fmt: skip
        work = roster.work(site)
        if not work:
            continue
        written = model_admin.body(site, work, InNew(desk, project, {*HOOK_PARAMETERS}))
        if written is not None:
            yield hook, work, written


def _written(
    place: Home,
    found: list[tuple[Hook, Work, tuple[list[str], list[Edit]] | Blocked]],
) -> list[Edit]:
    """The subclass with the methods."""
    imports: list[Edit] = []
    methods: list[str] = []
    for hook, _, written in found:
        assert not isinstance(written, Blocked), f"{place.path}: {written.code}"
        lines, needed = written
        imports += needed
        head = f"    def {hook.method}(self, {hook.parameters}):"
        methods.append("\n".join([head, *(f"        {line}" for line in lines)]))
    if not methods:
        return []
    unregister = f"admin.site.unregister({place.model})"
    header = f"@admin.register({place.model})\nclass {place.admin}(Base{place.admin}):"
    code = "\n\n".join(methods)
    return [*place.imports, *imports, Append(unregister), Append(f"{header}\n{code}")]
