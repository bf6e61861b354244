"""What scenarios use to drive a project: views, the admin, and what a call raised."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def request(method: str, view: str, data: Any = None, **kwargs: Any) -> Any:
    """A request to the view at a dotted path, without URLs or middleware."""
    from django.test import RequestFactory

    module, name = view.rsplit(".", 1)
    found: Any = getattr(importlib.import_module(module), name)
    found = found.as_view() if hasattr(found, "as_view") else found
    return found(getattr(RequestFactory(), method)("/", data or {}), **kwargs)


def post(view: str, data: Any = None, **kwargs: Any) -> Any:
    """POST to a view."""
    return request("post", view, data, **kwargs)


def admin_client() -> Any:
    """A client that is logged in as a superuser."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    user, _ = User.objects.get_or_create(
        username="root", defaults={"is_superuser": True, "is_staff": True}
    )
    client.force_login(user)
    return client


def admin_post(client: Any, path: str, data: Any) -> int:
    """POST to an admin page and insist that it was accepted."""
    response = client.post(f"/admin/{path}", data)
    assert response.status_code == 302, response.content.decode()[-3000:]
    return int(response.status_code)


def outcome(function: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    """The name of the exception the call raised, or "ok"."""
    try:
        function(*args, **kwargs)
    except Exception as error:
        return type(error).__name__
    return "ok"


@contextmanager
def broken(model: Any) -> Iterator[None]:
    """Make every query on the model's table fail: does an error undo what it should?"""
    from django.db import connection

    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE {table}_gone RENAME TO {table}")
