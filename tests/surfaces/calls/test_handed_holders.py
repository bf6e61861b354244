"""Forms, formsets and serializers whose saving is handed on."""

from __future__ import annotations

import textwrap

import pytest

from codemod.surfaces import handed_on
from tests.surfaces.sites import found, told

HEAD = """
from django import forms
from rest_framework import serializers
from .models import Bill


class BillForm(forms.ModelForm):
    class Meta:
        model = Bill
        fields = ["title"]


class BillSerializer(serializers.ModelSerializer):
    class Meta:
        model = Bill
        fields = ["title"]


Bills = forms.modelformset_factory(Bill, fields=["title"], can_delete=True)
"""
SAVED, DELETED = "save of shop.Bill: expression", "delete of shop.Bill: expression"
OWN = "class Own(BillForm):\n    def save(self, commit=True): return run(super().save)\n\n"
HALF = "class Half(BillSerializer):\n    def create(self, data): return keep(data)\n\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("run(BillForm().save)", [SAVED]),
        ("getattr(BillForm(), 'save')()", [SAVED]),
        ("sync_to_async(BillForm().save)()", [SAVED]),
        ("sync_to_async(BillForm().save)(commit=False)", []),
        ("partial(BillForm().save, commit=False)()", []),
        ("run(BillSerializer().save)", [SAVED]),
        ("run(BillSerializer().create)", [SAVED]),
        ("run(BillSerializer().update)", [SAVED]),
        ("how = 'update'\ngetattr(BillSerializer(), how)(Bill(), {})", [SAVED]),
        ("run(BillForm().create)", []),
        ("run({}.update)", []),
        ("run(Bill.objects.update)", []),
        ("run(Bills().save)", [SAVED, DELETED]),
        (f"{OWN}run(Own().save)", [SAVED]),  # that of `super()`, which others come to
        (f"{HALF}run(Half().save)", [SAVED]),  # its `update()` is the framework's
        (f"{HALF}run(Half().create)", []),
    ],
)
def test_sites(code: str, expected: list[str]) -> None:
    assert told(found(handed_on, textwrap.dedent(HEAD) + code)) == expected
