"""Lines that fire in one way here and in another there."""

from __future__ import annotations

import pytest

from codemod.plan.plan import find_sites
from codemod.project.answers import Tier
from tests.project.helpers import of

MODELS = """
from django.db import models


class Order(models.Model):
    total = models.IntegerField()
"""


@pytest.mark.parametrize(("other", "sure"), [("", True), ("if pk else Order.objects.all()", False)])
def test_a_line_of_two_ways_is_not_sure(other: str, sure: bool) -> None:
    code = f"""
        from .models import Order

        def drop(pk):
            order = Order.objects.get(pk=pk)
            thing = order {other}
            thing.delete()
        """
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/code.py": code}
    sites = find_sites(of(files))
    assert sites and all((site.tier is Tier.PROVED) is sure for site in sites)
