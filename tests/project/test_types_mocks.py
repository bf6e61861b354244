"""Mocks as arguments, models in the place of a package's own, managers that are no model's."""

from __future__ import annotations

import pytest

from .test_types import one

STORE = "from unittest.mock import MagicMock, Mock\ndef store(rows):\n    see(rows)\n"
REAL = "def a():\n    store(Order.objects.all())\n"


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("store(MagicMock())", "Order*"),
        ("store(Mock(count=3, name='rows'))", "Order*"),
        ("rows = MagicMock()\n    rows.count.return_value = 7\n    store(rows)", "Order*"),
        ("rows = MagicMock(side_effect=[1, (2, 3)])\n    store(rows)", "Order*"),
        (
            "rows = Mock()\n    rows.delete.side_effect = GoneError(Line())\n    store(rows)",
            "Order*",
        ),
        ("rows = Mock()\n    rows.delete.side_effect = Line()\n    store(rows)", "Order*|other"),
        ("store(MagicMock(model=Line))", "Order*|other"),
        ("rows = MagicMock()\n    rows.model = Line\n    store(rows)", "Order*|other"),
        ("rows = MagicMock()\n    rows.get.return_value = Line()\n    store(rows)", "Order*|other"),
        (
            "rows = MagicMock()\n    rows.configure_mock(model=Line)\n    store(rows)",
            "Order*|other",
        ),
        ("rows = MagicMock()\n    rows = mystery()\n    store(rows)", "?"),
        ("store(mystery())", "?"),
    ],
)
def test_a_mock_says_nothing_of_a_parameter(test: str, expected: str) -> None:
    assert one(f"{STORE}{REAL}def test():\n    {test}\n") == expected


def test_mocks_alone_say_nothing() -> None:
    assert one(f"{STORE}def test():\n    store(MagicMock())\n") == "?"


GETTER = """
from oauth2_provider.models import get_application_model
from wagtail.documents import get_document_model
"""


@pytest.mark.parametrize(
    ("settings", "expression", "expected"),
    [
        ("", "get_application_model()", "type[Application]"),
        ("", "get_application_model().objects.filter(name='x')", "Application*"),
        ("", "get_document_model()", "type[Document]"),
        (
            "OAUTH2_PROVIDER_APPLICATION_MODEL = 'shop.Order'",
            "get_application_model()",
            "type[Order]",
        ),
        ("OAUTH2_PROVIDER_APPLICATION_MODEL = env('APP')", "get_application_model()", "?"),
        ("WAGTAILDOCS_DOCUMENT_MODEL = 'shop.Tag'", "get_document_model()", "type[Tag]"),
    ],
)
def test_a_model_in_the_place_of_a_packages(settings: str, expression: str, expected: str) -> None:
    code = f"{GETTER}def f():\n    see({expression})\n"
    assert one(code, settings=f"INSTALLED_APPS = ['shop']\n{settings}\n") == expected


MADE = """
from django.db import models
class Roles(models.Manager):
    kind = Tag
    def __init__(self, order):
        self.order = order
    @property
    def cls(self):
        return Line if self.order else Order
    def f(self):
        see({})
def g(order):
    return Roles(order)
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("self.cls", "type[Line]|type[Order]"),
        ("self.kind", "type[Tag]"),
        ("self.model", "?"),
        ("self", "?"),
        ("self.all()", "?"),
    ],
)
def test_a_manager_that_is_no_models(expression: str, expected: str) -> None:
    assert one(MADE.format(expression)) == expected


NAMED = """
from django.db import models
from model_utils.managers import SoftDeletableQuerySet

class Rows(SoftDeletableQuerySet):
    def open(self):
        return self.filter(open=True)

class Invoices(models.Manager):
    _queryset_class = Rows

class Invoice(models.Model):
    order = models.ForeignKey(Order, related_name="invoices", on_delete=models.CASCADE)
    objects = Invoices()

def f(order):
    see({})
"""


@pytest.mark.parametrize("rows", ["Invoice.objects.all()", "Order().invoices.filter(pk=1)"])
def test_a_queryset_class_that_a_manager_names(rows: str) -> None:
    assert one(NAMED.format(f"{rows}.open()")) == "Invoice*"
