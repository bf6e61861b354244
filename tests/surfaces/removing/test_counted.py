"""What code reads of a delete's numbers."""

from __future__ import annotations

import pytest

from codemod.facts.walk import read_facts
from codemod.surfaces.removing.counted import only_its_own


@pytest.mark.parametrize(
    "read",
    (
        "details.get('shop.Order', 0)",
        "details.get('shop.Order')",
        "details['shop.Order']",
        "None",
    ),
)
def test_numbers_of_the_models_own_rows(read):
    assert _answer(f"total, details = orders.delete()\n    return {read}")


@pytest.mark.parametrize(
    "lines",
    (
        "total, details = orders.delete()\n    return total",
        "total, details = orders.delete()\n    return details",
        "total, details = orders.delete()\n    return details.get('shop.Line', 0)",
        "total, details = orders.delete()\n    return details[label]",
        "total, details = orders.delete()\n    return details.pop('shop.Order')",
        "total, details = orders.delete()\n    return lambda: details.values()",
        "total, details = orders.delete()\n    return '%(total)s' % locals()",
        "global total\n    total, details = orders.delete()",
        "self.total, details = orders.delete()",
        "(total, details) = pair = orders.delete()",
        "result = orders.delete()",
        "total, *details = orders.delete()",
        "return orders.delete()",
    ),
)
def test_other_numbers(lines):
    assert not _answer(lines)


def _answer(lines: str) -> bool:
    facts = read_facts(
        "shop/views.py", f"def drop(orders, label):\n    {lines}\n", "shop.views", False
    )
    [call] = facts.named("delete")
    return only_its_own(call, "shop.Order")
