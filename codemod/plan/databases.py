"""The database of an operation, as its service can tell it.

    def index(sender, instance, using, **kwargs):       def index(page):
        Entry.objects.using(using).create(...)     ->       Entry.objects.using(page._state.db)...

A saved object knows the database that it was saved to (SEMANTICS 1.12). One that is deleted, or
whose relation changes, knows that it came from, and it is there that Django goes unless a router
or `delete(using=...)` says otherwise (django/db/utils.py, `ConnectionRouter._router_func`).
"""

from __future__ import annotations

from collections.abc import Set

from codemod.project.project import Project
from codemod.values.account import DELETE_SIGNALS, M2M


def database(project: Project, signals: Set[str]) -> str | None:
    """The database as code, by the name `instance`; None where the object can't tell it."""
    told = {"post_save"}
    if not project.has("DATABASE_ROUTERS"):
        told.add(M2M)
        if not any(k.arg == "using" for _, c in project.calling("delete") for k in c.node.keywords):
            told.update(DELETE_SIGNALS)
    return "instance._state.db" if signals <= told else None
