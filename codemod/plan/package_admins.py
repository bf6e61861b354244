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

from codemod.plan.cascades import ways
from codemod.plan.decide import Decider
from codemod.plan.desk import HOOK_PARAMETERS
from codemod.plan.new_function import InNew
from codemod.plan.package_rows import ADMIN, ITS_PAGE, culprits
from codemod.project.answers import Tier
from codemod.project.project import Project
from codemod.surfaces import model_admin
from codemod.surfaces.site import Blocked, Site
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
    """None where the project has an admin for the model, or no place for one."""
    model = project.models.by_label.get(label)
    if model is None or label not in ADMINS:
        return None
    if any(entry.model == label for entry in project.admin_entries()):
        return None
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


def package_admins(decider: Decider) -> list[tuple[str, Edit]]:
    """The edits that write the subclasses, for the receivers that go."""
    labels = [
        label
        for label in ADMINS
        if any(slot.model == label for slot in decider.roster.slots)
        or (ITS_PAGE in culprits(decider.project, label) and decider.roster.cascades(label))
    ]
    edits: list[tuple[str, Edit]] = []
    for label in labels:
        place = home(decider.project, label)
        if place is not None:
            edits += [(place.path, edit) for edit in _written(decider, place)]
    return edits


def _written(decider: Decider, place: Home) -> list[Edit]:
    """The subclass with a method for each hook that has something to call."""
    imports: list[Edit] = []
    methods: list[str] = []
    for hook in model_admin.HOOKS:
        signals = SAVE_SIGNALS if hook in model_admin.SAVING else DELETE_SIGNALS
        site = Site(
            model_admin.name, place.path, Span(1, 0, 1, 0), (place.label,), signals, Tier.PROVED,
            "dynamic" if signals is SAVE_SIGNALS else None, note=hook.method,
        )  # fmt: skip
        work = decider.roster.work(site)
        inner = InNew(decider.desk, decider.project, {*HOOK_PARAMETERS})
        written = model_admin.body(site, work, inner) if work else None
        if written is None or isinstance(written, Blocked):
            continue
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
