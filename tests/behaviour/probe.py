"""What handlers and services call in the projects of the behaviour tests: it notes what they see.

A handler calls `record("its name", instance, created=created)`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

events: list[dict[str, Any]] = []
raising: str | None = None
saved: Counter[str] = Counter()  # the statements that inserted or updated, by table
SAVING = re.compile(r'(?:INSERT (?:OR \w+ )?INTO|UPDATE) "(\w+)"')


class Broken(Exception):
    """Raised by the work that is told to fail."""


def start(failing: str | None = None) -> None:
    """Begin a new recording; the work named `failing` raises."""
    global raising
    from django.db import connections

    events.clear()
    saved.clear()
    raising = failing
    for connection in connections.all():
        if count_saves not in connection.execute_wrappers:
            connection.execute_wrappers.append(count_saves)


def count_saves(execute: Callable[..., Any], sql: str, *given: Any) -> Any:
    """Let a statement run, and count it if it inserts or updates: a save that changes nothing
    leaves no other trace of whether some work ran before or after it."""
    if found := SAVING.match(sql):
        saved[found[1]] += 1
    return execute(sql, *given)


def record(name: str, subject: object = None, *seen: object, **flags: object) -> None:
    """Note one run of some work: its subject, what else it has seen, its arguments and the state
    of the database."""
    from django.db import connection

    events.append(
        {
            "work": name,
            "subject": _shown(subject),
            "seen": [_shown(value) for value in seen],
            "flags": {flag: _shown(value) for flag, value in flags.items()},
            "atomic": connection.in_atomic_block,
            "rows": counts() | stored(subject) | {"saved": saves()},
        }
    )
    if name == raising:
        raise Broken(name)


def stored(subject: object) -> dict[str, Any]:
    """The row that an object has in the database."""
    from django.db import models

    if not isinstance(subject, models.Model) or subject.pk is None:
        return {}
    alias = subject._state.db or "default"
    rows = type(subject)._base_manager.using(alias).filter(pk=subject.pk)
    return {"stored": [[_shown(value) for value in row] for row in rows.values_list()]}


def saves() -> dict[str, int]:
    """How many statements inserted into, or updated, each table of the project's models. Rows
    between two models are left out: Django inserts these in another way if nobody listens."""
    from django.apps import apps

    tables = [m._meta.db_table for m in apps.get_models() if is_own(m)]
    return {table: saved[table] for table in tables if saved[table]}


def is_own(model: Any) -> bool:
    """Whether a model is one of the project's."""
    return not model.__module__.startswith(("django.", "rest_framework."))


def there(model: Any, **fields: object) -> bool:
    """Whether the database has such a row at this moment: for work that notes by itself what it
    sees, since other rows may go before or after it."""
    return bool(model._base_manager.filter(**fields).exists())


def counts() -> dict[str, int]:
    """How many rows each table of the project holds, many-to-many tables too."""
    return {table: len(rows) for table, rows in tables().items() if rows}


def tables() -> dict[str, list[list[Any]]]:
    """All rows of the project's tables."""
    from django.apps import apps
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if is_own(model):
                table = model._meta.db_table
                cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
                found[table] = [[_shown(value) for value in row] for row in cursor.fetchall()]
    return found


def _shown(value: object) -> Any:
    from django.db import models

    if isinstance(value, models.Model):
        fields = {f.attname: _shown(value.__dict__.get(f.attname)) for f in value._meta.fields}
        return {"model": value._meta.label, "adding": value._state.adding, **fields}
    if isinstance(value, (set, frozenset)):
        return f"{type(value).__name__} of {sorted(map(str, value))}"
    if isinstance(value, str) and value.startswith(("md5$", "!")):
        return "a password"
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
