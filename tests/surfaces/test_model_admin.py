"""Admin classes that let nobody delete."""

from __future__ import annotations

import pytest

from codemod.surfaces import model_admin
from codemod.values.account import DELETE_SIGNALS
from tests.surfaces.sites import found

HEAD = """
from django.contrib import admin
from .models import Bill, Line


class Lasting(admin.ModelAdmin):
    def has_delete_permission(self, request, obj=None):
        return False
"""
BOTH = ["delete_model", "delete_queryset"]


def deletes(code: str) -> list[str]:
    """`delete_model of shop.Bill`, with the code, if there is one."""
    return [
        f"{site.note} of {','.join(site.models)}" + (f": {site.code}" if site.code else "")
        for site in found(model_admin, HEAD + code)
        if site.signals is DELETE_SIGNALS
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("pass", []),
        # Handing on is no call of its own.
        ("def delete_model(self, request, obj):\n        super().delete_model(request, obj)", []),
        ("def drop(self, request, obj):\n        self.delete_model(request, obj)", BOTH[:1]),
        ("def drop(self, request, obj):\n        super().delete_model(request, obj)", BOTH[:1]),
    ],
)
def test_a_class_that_forbids(body: str, expected: list[str]) -> None:
    code = f"\n\n@admin.register(Bill)\nclass BillAdmin(Lasting):\n    {body}\n"
    assert deletes(code) == [f"{hook} of shop.Bill" for hook in expected]


def test_a_class_whose_heir_forbids() -> None:
    code = """

@admin.register(Bill)
class BillAdmin(admin.ModelAdmin):
    pass


@admin.register(Line)
class LineAdmin(Lasting, BillAdmin):
    pass
"""
    assert deletes(code) == [f"{hook} of shop.Bill" for hook in BOTH]
    both_may = deletes(code.replace("Lasting, ", ""))
    assert both_may == [
        f"{hook} of shop.{m}: shared-view" for m in ("Bill", "Line") for hook in BOTH
    ]
