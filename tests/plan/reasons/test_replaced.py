"""What saves or deletes and is replaced, so that no signal is sent."""

from __future__ import annotations

import pytest

from codemod.plan.reasons.replaced import from_outside, replaced
from codemod.project.project import Project

HEAD = """
from unittest.mock import MagicMock, Mock, create_autospec, patch
from django.db import models
from . import work
from .models import Line, Order

"""
MODELS = """
from django.db import models


class Order(models.Model):
    total = models.IntegerField()


class Line(models.Model):
    total = models.IntegerField()
"""
BOTH = ("post_save", "post_delete")


def told(code: str) -> list[str]:
    """The signals of an order that are not sent in a test, by what is replaced."""
    files = {
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
        "shop/work.py": "from .models import Order",
        "shop/tests.py": HEAD + code,
    }
    project = Project.build([*files.items()])
    places = [(signal, replaced(project, "shop.Order", signal)) for signal in BOTH]
    return [f"{signal}: {place[0]}" for signal, place in places if place is not None]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("patch.object(Order, 'save')", ["post_save: save()"]),
        ("patch('shop.models.Order.delete')", ["post_delete: delete()"]),
        (
            "patch('shop.models.Order.objects.create')",
            ["post_save: objects", "post_delete: objects"],
        ),
        ("patch('shop.models.Order')", ["post_save: the class", "post_delete: the class"]),
        ("patch('shop.work.Order')", ["post_save: the class", "post_delete: the class"]),
        ("patch.object(Order.objects, 'create')", ["post_save: create()"]),
        ("patch.multiple(Order, save=Mock())", ["post_save: save()"]),
        ("patch.multiple('shop.models.Order', delete=Mock())", ["post_delete: delete()"]),
        ("def test(monkeypatch): monkeypatch.setattr(Order, 'save', print)", ["post_save: save()"]),
        ("setattr(Order, 'save', print)", ["post_save: save()"]),
        ("Order.save = Mock()", ["post_save: save()"]),
        ("order = Order()\norder.delete = Mock()", ["post_delete: delete()"]),
        ("o = Mock(spec=Order)\no.save.assert_called_once()", ["post_save: save()"]),
        ("o = create_autospec(Order)\no.delete.assert_called_once()", ["post_delete: delete()"]),
        ("patch('django.db.models.Model.save')", ["post_save: save()"]),
        ("patch.object(models.QuerySet, 'delete')", ["post_delete: delete()"]),
        ("patch('django.dispatch.Signal.send')", ["post_save: send()", "post_delete: send()"]),
    ],
)
def test_replaced(code: str, expected: list[str]) -> None:
    assert told(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "patch.object(Line, 'save')  # no Order",
        "patch('shop.work.send_mail')",
        "patch('shop.work.Unknown')",
        "patch.object(Order, 'total')",
        "setattr(Order(), 'total', 3)",
        "Order().total = 3",
        "o = Mock(spec=Order)\nprint(o.total)",
        "models.Model.save = print",  # what stands in its place is looked at instead
    ],
)
def test_not_replaced(code: str) -> None:
    assert told(code) == []


IN_PLACE = "    models.Model.save = print\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("models.Model.save = print", True),
        ("models.Model.save = print\nif busy:\n" + IN_PLACE, True),
        ("def ready():\n" + IN_PLACE, True),
        ("def for_a_while():\n" + IN_PLACE + "    yield\n    models.Model.save = save", False),
        ("def put():\n" + IN_PLACE + "def put_back():\n    models.Model.save = save", False),
        ("def put():\n    Order.save = print\n    yield\n    Order.save = save", True),
        ("Line.save = print", False),
    ],
)
def test_from_outside(code: str, expected: bool) -> None:
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/apps.py": HEAD + code}
    project = Project.build([*files.items()])
    assert (from_outside(project, "shop.Order", "post_save") is not None) is expected
