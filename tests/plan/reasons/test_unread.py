"""What files that can't be read may do to a receiver."""

from __future__ import annotations

import pytest

from codemod.plan.reasons.unread import hindrance
from codemod.project.project import Project

MODELS = """from django.db import models


class Order(models.Model):
    buyers = models.ManyToManyField("Buyer", through="Purchase")


class Buyer(models.Model):
    pass


class Purchase(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    buyer = models.ForeignKey(Buyer, on_delete=models.CASCADE)
"""


def holds(line: str, label: str, signal: str) -> bool:
    """Whether a file with a line holds a receiver of `delete` back."""
    files = [("shop/models.py", MODELS), ("shop/old.py", f"{line}\nprint 'no such syntax'\n")]
    return hindrance(Project.build(files), label, signal, "forget", False) is not None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("print(Order.objects.count())", False),
        ("Order.objects.all().delete()", True),
        ("class OrderDelete(Orders, DeleteView): pass", True),
        ("if name == 'OrderViewSet': pass", False),
        ("class OrderAdmin(admin.ModelAdmin): pass", True),
        ("forget(Order)", True),
        ("Order.objects.get().buyers.clear()", False),
    ],
)
def test_deletes(line: str, expected: bool) -> None:
    assert holds(line, "shop.Order", "post_delete") is expected


def test_rows_between_go_with_the_relation() -> None:
    assert holds("Order.objects.get().buyers.clear()  # Purchase", "shop.Purchase", "pre_delete")


def test_any_name_may_save() -> None:
    assert holds("print(Order)", "shop.Order", "post_save")
