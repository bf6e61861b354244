"""A type checker's word beside the rules'."""

from __future__ import annotations

import ast

import pytest

from codemod.project.answers import Answer, Instance, Tier
from codemod.values.stated import Stated

from .helpers import facts_of, of

MODELS = """
from django.db import models

class Order(models.Model): ...
class Rush(Order): ...
class Customer(models.Model): ...
class Basket:
    def save(self): ...
class Draft(models.Form): ...
"""
CODE = """
from .models import Order

def work(unknown):
    unknown.save()
    order = Order()
    order.save()
"""


def owner(line: int, *stated: str) -> Answer:
    """What stands before `.save()` on a line, when the checker names classes there."""
    made = of({"shop/__init__.py": "", "shop/models.py": MODELS, "shop/work.py": CODE})
    facts = facts_of(made, "shop/work.py")
    call = next(call for call in facts.named("save") if call.node.lineno == line)
    assert isinstance(call.node.func, ast.Attribute)
    expr = call.node.func.value
    position = (line, 4, line, expr.end_col_offset or 0)
    names = tuple(f"shop.models.{name}" for name in stated)
    made.stated = Stated("pyrefly", {"shop/work.py": {position: names}})
    return made.owner_of(call, facts)


def test_a_model_fills_a_gap() -> None:
    expected = (Instance("shop.models.Order"), Instance("shop.models.Customer"))
    answer = owner(5, "Order", "Customer")
    assert answer == Answer(expected, Tier.INFERRED, "pyrefly says so")


@pytest.mark.parametrize("stated", ["Basket", "Draft", "Unheard"])
def test_nothing_else_fills_a_gap(stated: str) -> None:
    assert not owner(5, stated).known


def test_one_strange_class_spoils_the_others() -> None:
    assert not owner(5, "Order", "Unheard").known


@pytest.mark.parametrize("stated", ["Order", "Rush"])
def test_a_class_of_the_same_family_changes_nothing(stated: str) -> None:
    assert owner(7, stated) == owner(7)
    assert owner(7).tier is Tier.PROVED


@pytest.mark.parametrize("stated", ["Customer", "Basket"])
def test_another_class_is_a_doubt(stated: str) -> None:
    answer = owner(7, stated)
    assert answer.tier is Tier.POSSIBLE and answer.reason == f"pyrefly says {stated}"
    assert Instance("shop.models.Order") in answer.types


def test_a_class_made_by_a_package_casts_no_doubt() -> None:
    assert owner(7, "Draft") == owner(7)
