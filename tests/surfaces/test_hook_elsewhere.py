"""Methods of a framework's base that are called past the class's own."""

from __future__ import annotations

import textwrap

import pytest

from codemod.surfaces import hook_elsewhere, model_form
from tests.surfaces.sites import found, told

HEAD = """
from django import forms
from django.contrib import admin
from django.views.generic import CreateView, DeleteView
from rest_framework import serializers, viewsets
from .models import Bill, Line, Own


@admin.register(Bill, Line)
class Admin(admin.ModelAdmin):
    {}


@admin.register(Own)
class OwnAdmin(Admin):
    {}


class Add(CreateView):
    model = Bill
    {}


class Drop(DeleteView):
    model = Bill
    {}


class BillSerializer(serializers.ModelSerializer):
    class Meta:
        model = Bill
        fields = ["title"]


class Bills(viewsets.ModelViewSet):
    queryset = Bill.objects.all()
    serializer_class = BillSerializer
    {}
"""
ALL = "shop.Bill,shop.Line,shop.Own"


def sites(place: int, body: str) -> list[str]:
    bodies = [body if place == n else "pass" for n in range(5)]
    return told(found(hook_elsewhere, HEAD.format(*bodies)))


DROP = "def drop(self, x): super().delete_model(None, x)"
OWN = "def delete_model(self, r, x): "


@pytest.mark.parametrize(
    ("place", "body", "expected"),
    [
        (
            0,
            DROP,
            [f"delete of {ALL}"],
        ),
        (
            0,
            "def drop(self, x): super().delete_queryset(None, x)",
            [f"delete of {ALL}"],
        ),
        (
            0,
            "def keep(self, x): super().save_model(None, x, None, 1)",
            ["save of shop.Bill,shop.Line"],
        ),
        (1, DROP, ["delete of shop.Own"]),
        (1, "def keep(self, x): super().save_model(None, x, None, 1)", []),  # its `save()` fires
        (0, OWN + "super().delete_model(r, x)", []),
        (0, "def drop(self, x): self.delete_model(None, x)", []),  # the hook of its own
        (0, "def drop(self, x): super().get_form(None, x)", []),
        (
            0,
            OWN + "run(lambda: super().delete_model(r, x))",
            [f"delete of {ALL}"],
        ),
        (
            0,
            OWN + "run(super().delete_model, r, x)",
            [f"delete of {ALL}"],
        ),
        (2, "def again(self, form): return super().form_valid(form)", ["save of shop.Bill"]),
        (2, "def form_valid(self, form): return super().form_valid(form)", []),
        (3, "def again(self, form): return super().form_valid(form)", ["delete of shop.Bill"]),
        (3, "def again(self): return super().delete(self.request)", ["delete of shop.Bill"]),
        (4, "def again(self, data): super().perform_create(data)", ["save of shop.Bill"]),
        (4, "def again(self, bill): super().perform_destroy(bill)", ["delete of shop.Bill"]),
    ],
)
def test_sites(place: int, body: str, expected: list[str]) -> None:
    assert sites(place, body) == [f"{text}: super-outside-override" for text in expected]


def test_a_base_of_the_project_has_the_method() -> None:
    code = HEAD.format(
        OWN + "pass",
        DROP,
        *["pass"] * 3,
    )
    assert told(found(hook_elsewhere, code)) == []


def test_a_form_that_saves_in_another_method() -> None:
    code = """
        class BillForm(forms.ModelForm):
            class Meta:
                model = Bill
                fields = ["title"]

            def save(self, commit=True):
                return self.instance

            def keep(self):
                return super().save()
        """
    code = HEAD.format(*["pass"] * 5) + textwrap.dedent(code)
    assert told(found(model_form, code)) == ["save of shop.Bill"]
