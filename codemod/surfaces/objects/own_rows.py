"""Managers and querysets of the project with a `create()` or `delete()` of their own.

class Kept(models.QuerySet):
    def delete(self):
        return self.update(deleted=True)      Order.objects.all().delete() fires nothing

Where a call runs such a method, the lines inside it fire, if any do. A manager asks its queryset,
and `get_or_create()` and `update_or_create()` of Django make the object with the queryset's own
`create()` (django/db/models/query.py).
"""

from __future__ import annotations

import ast

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Answer, Manager, QuerySet
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.placing.coroutine import method as plain

CODE = "own-queryset"
QUERYSET = "django.db.models.QuerySet"
BASE = "_base_manager"  # which has none of it


def runs_own(
    project: Project, facts: FileFacts, call: CallSite, answer: Answer, method: str = ""
) -> bool | None:
    """Whether a call on rows runs a method of the project's; None where it can't be told.

    `method`: the one to look for in querysets, where it is not the one that is called.
    """
    assert isinstance(call.node.func, ast.Attribute)
    names = {method} if method else {call.name, plain(call), call.name.removeprefix("a")}
    behind = bool(method)
    if found.is_super(call.node.func.value):
        scope = call.scope.class_()
        owner = project.class_of(facts, scope) if scope is not None else None
        if owner is None:
            return False
        above = map(project.classes.get, project.classes.mro(owner.name)[1:])
        if not method and any(info and names & info.definition.methods.keys() for info in above):
            return True
        behind = not project.classes.is_subclass(owner.name, QUERYSET)
        if not behind and not method:
            return False
    hits = _hits(project, answer, names, behind)
    if not any(hits):
        return False
    plain_rows = BASE in facts.text and any(isinstance(kind, QuerySet) for kind in answer.types)
    return True if all(hits) and not plain_rows else None


def names_own(project: Project, node: ast.Attribute, answer: Answer) -> bool:
    """Whether a method that is taken off rows, and not called there, is one of the project's."""
    hits = _hits(project, answer, {node.attr, node.attr.removeprefix("a")}, behind=False)
    return bool(hits) and all(hits)


def _hits(project: Project, answer: Answer, names: set[str], behind: bool) -> list[bool]:
    """For each place that the rows may come from: whether a class of it has one of the methods.
    Of one that a class has under a condition only, both are said."""
    found: list[bool] = []
    for kind in answer.types:
        if isinstance(kind, (Manager, QuerySet)):
            for manager, rows in project.types.origins(kind):
                classes = [c for c in (*rows, *(() if behind else (manager,))) if c]
                found.append(any(_has(project, cls, names) for cls in classes))
                if any(_has_perhaps(project, cls, names) for cls in classes):
                    found.append(False)
    return found


def may_name_own(project: Project, node: ast.Attribute, answer: Answer) -> bool:
    """Whether it may be one of the project's."""
    return any(_hits(project, answer, {node.attr, node.attr.removeprefix("a")}, behind=False))


def of_admin(project: Project, label: str, admin: str | None) -> bool | None:
    """The same for what the admin's "delete selected" deletes: rows of the default manager."""
    rows = [r for _, r in project.types.origins(Manager(label, None, "fk"))]
    if not any(_has(project, cls, {"delete"}) for way in rows for cls in way):
        return False
    chosen = admin is not None and project.classes.method(admin, "get_queryset") is not None
    return None if chosen else True


def has_all(project: Project, label: str) -> bool:
    """Whether `Model.objects` surely has all rows, as the manager has by which `save()` looks for
    one: a manager of the project's, or of a package, may leave rows out."""
    managers = project.models.by_label[label].managers
    if not managers:
        return True
    own = managers.get("objects")
    if own is None or not (own.cls is None or _is_read(project, own.cls)):
        return False
    classes = [cls for cls in (own.cls, own.queryset) if cls is not None]
    return not any(_has(project, cls, {"get_queryset", "filter", "exists"}) for cls in classes)


def _is_read(project: Project, cls: str) -> bool:
    return all(
        name.startswith(("django.", "builtins.")) or project.classes.get(name) is not None
        for name in project.classes.mro(cls)
    )


def _has(project: Project, cls: str, names: set[str]) -> bool:
    return any(project.classes.method(cls, name) is not None for name in names)


def _has_perhaps(project: Project, cls: str, names: set[str]) -> bool:
    return any(project.classes.is_undecided(cls, name) for name in names)
