"""What else runs while some lines run."""

from __future__ import annotations

import pytest

from codemod.plan.silences.meanwhile import Meanwhile
from tests.project.helpers import facts_of, project

MODELS = """
from django.db import models

class Order(models.Model):
    def close(self):
        tell(self)

class Bill(models.Model):
    def close(self):
        file(self)

    def settle(self):
        self.close()

def tell(order): ...
def file(bill): ...
"""


@pytest.mark.parametrize(
    ("code", "surely", "perhaps"),
    [
        ("Order().close()", {"Order.close", "tell"}, set()),
        ("thing.close()", set(), {"Order.close", "Bill.close", "tell", "file"}),
        ("thing.settle()", set(), {"Bill.settle", "Order.close", "Bill.close", "tell", "file"}),
        ("tell(1); thing.append(1)", {"tell"}, set()),
    ],
)
def test_reached(code: str, surely: set[str], perhaps: set[str]) -> None:
    work = f"from .models import *\ndef work(thing):\n    {code}\n"
    made = project(shop____init__="", shop__models=MODELS, shop__work=work)
    facts = facts_of(made, "shop/work.py")
    reached = Meanwhile(made, ()).reached(facts, facts.tree.body, frozenset())
    assert {function.qualname for _, function in reached.surely} == surely
    assert {function.qualname for _, function in reached.perhaps} == perhaps
