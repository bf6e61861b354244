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


def stock(label: str, *names: str) -> None:
    """Put rows with these names into a table, without a signal and without a model's own save().

    Foreign keys point to the first row of their table, if there is one.
    """
    from django.apps import apps

    model: Any = apps.get_model(label)
    for name in names:
        row = model(name=name)
        for field in model._meta.concrete_fields:
            first = field.related_model._base_manager.first() if field.many_to_one else None
            if first is not None:
                setattr(row, field.attname, first.pk)
        for part in (*reversed(model._meta.get_parent_list()), model):
            for parent, link in part._meta.parents.items():
                setattr(row, link.attname, row._get_pk_val(parent._meta))
            row._save_table(cls=part, force_insert=True, using="default")


def relate(label: str, name: str) -> None:
    """Relate every row of a model with the first row of the other one, without a signal."""
    from django.apps import apps

    field: Any = apps.get_model(label)._meta.get_field(name)
    first = field.related_model._base_manager.order_by("pk").first().pk
    here, there = f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"
    field.remote_field.through._base_manager.bulk_create(
        field.remote_field.through(**{here: row.pk, there: first})
        for row in field.model._base_manager.order_by("pk")
    )


def shown(value: Any) -> Any:
    """A value as text; a generator runs."""
    from django.db.models import Model

    if isinstance(value, Model):
        return f"{type(value).__name__} {getattr(value, 'name', value.pk)}"
    if isinstance(value, dict):
        return {str(key): shown(part) for key, part in value.items()}
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return [shown(part) for part in value]
    return str(value)


def first(name: str) -> Any:
    """The key of a model's row that is called "first"."""
    from django.apps import apps

    model: Any = apps.get_model("shop", name)
    return model.objects.get(name="rush" if name == "RushOrder" else "first").pk


def data(name: str) -> dict[str, Any]:
    """What a form for a model is sent."""
    from django.apps import apps

    model: Any = apps.get_model("shop", name)
    found: dict[str, Any] = {"name": "posted", "count": 1}
    for field in model._meta.get_fields():
        if field.concrete and field.many_to_one:
            found[field.name] = field.related_model._base_manager.get(name="first").pk
        if field.concrete and field.many_to_many:
            found[field.name] = [field.related_model._base_manager.get(name="second").pk]
    return found


def page(name: str, new_lines: int = 0, old_lines: bool = False) -> dict[str, Any]:
    """What the admin's page of a model is sent, with an inline of lines."""
    from django.apps import apps

    found = data(name)
    if name == "RushOrder":
        found["hours"] = 2
    order, line = (apps.get_model("shop", label) for label in ("Order", "Line"))
    relation: Any = next(r for r in order._meta.related_objects if r.related_model is line)
    prefix = relation.get_accessor_name()
    old: list[Any] = list(line._base_manager.order_by("name")) if old_lines else []
    found[f"{prefix}-INITIAL_FORMS"] = len(old)
    found[f"{prefix}-TOTAL_FORMS"] = len(old) + new_lines
    for number in range(len(old) + new_lines):
        found[f"{prefix}-{number}-name"] = f"line {number}"
        found[f"{prefix}-{number}-count"] = number
    for number, row in enumerate(old):
        found[f"{prefix}-{number}-id"] = row.pk
        found[f"{prefix}-{number}-order"] = row.order_id
    if old:
        found[f"{prefix}-1-DELETE"] = "on"
    return found


def action(name: str, model: str) -> dict[str, Any]:
    """What the admin's list is sent when an action is chosen for all rows of `app.Model`."""
    from django.apps import apps

    label = model if "." in model else f"shop.{model}"
    keys = [row.pk for row in apps.get_model(label)._base_manager.all()]
    found = {"action": name, "_selected_action": keys}
    return found | ({"post": "yes"} if name == "delete_selected" else {})


def api(name: str, sent: Any, view: str, pk: Any = None) -> int:
    """Ask a viewset for an action, or another view of the API by a method."""
    from rest_framework.test import APIRequestFactory

    module, cls = view.rsplit(".", 1)
    found: Any = getattr(importlib.import_module(module), cls)
    methods = {"create": "post", "update": "put", "destroy": "delete"}
    method = methods.get(name, name if hasattr(APIRequestFactory, name) else "post")
    asked = getattr(APIRequestFactory(), method)("/", sent, format="json")
    if method != name:
        found = found.as_view({method: name})
    elif hasattr(found, "as_view"):
        found = found.as_view()
    response = found(asked, pk=pk) if pk is not None else found(asked)
    return int(response.status_code)


def run_test(case: str, method: str) -> None:
    """Run a method of the project's test case, within the step's database."""
    module, cls = case.rsplit(".", 1)
    test: Any = getattr(importlib.import_module(module), cls)(method)
    test.setUp()
    getattr(test, method)()
