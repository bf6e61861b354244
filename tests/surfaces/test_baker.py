"""Makers of test objects that are handed on."""

from __future__ import annotations

import pytest

from codemod.surfaces import baker
from tests.surfaces.sites import found, told

HEAD = "from model_bakery import baker\nfrom .models import Bill\n\n\n"
UNKNOWN = "save of ?: factory"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("TABLE = {'bill': baker.make}", [UNKNOWN]),
        ("def maker():\n    return baker.make", [UNKNOWN]),
        ("bills = list(map(baker.make, [Bill]))", [UNKNOWN]),
        # A name of the module is followed to its calls.
        ("make = baker.make\nbill = make(Bill)", ["save of shop.Bill"]),
        ("bill = baker.make(Bill)", ["save of shop.Bill"]),
    ],
)
def test_sites(code: str, expected: list[str]) -> None:
    assert told(found(baker, HEAD + code)) == expected
