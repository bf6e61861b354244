"""Formsets: which saves and deletes they stand for, and what blocks them."""

from __future__ import annotations

import textwrap

import pytest

from codemod.surfaces import formset
from tests.surfaces.sites import found, told

HEAD = """
from django import forms
from django.forms import inlineformset_factory, modelformset_factory

from .models import Bill, Line, Own


class PlainForm(forms.ModelForm):
    class Meta:
        model = Line
        fields = ["price"]


class SavingForm(PlainForm):
    def save(self, commit=True):
        return super().save()


class LooseForm(forms.ModelForm):
    def save(self, commit=True):
        return super().save()


class OwnFormSet(forms.BaseInlineFormSet):
    def delete_existing(self, obj, commit=True):
        obj.hide()


class QuietFormSet(forms.BaseInlineFormSet):
    def clean(self):
        pass

"""


def sites(code: str) -> list[str]:
    return told(found(formset, HEAD + textwrap.dedent(code)))


BOTH = ["save of shop.Line", "delete of shop.Line"]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("inlineformset_factory(Bill, Line, fields=['price'])", BOTH),
        ("inlineformset_factory(Bill, Line, can_delete=False)", BOTH[:1]),
        ("modelformset_factory(Line, fields=['price'])", BOTH[:1]),
        ("modelformset_factory(Line, can_delete=True)", BOTH),
        ("modelformset_factory(Line, edit_only=True)", ["save of shop.Line: formset-save"]),
        ("inlineformset_factory(Bill, Line, PlainForm)", BOTH),
        ("inlineformset_factory(Bill, Line, form=SavingForm)", BOTH[1:]),
        (
            "inlineformset_factory(Bill, Line, form=LooseForm)",
            [f"{text}: formset-save" for text in BOTH],
        ),
        (
            "inlineformset_factory(Bill, Line, form=some_form)",
            [f"{text}: formset-save" for text in BOTH],
        ),
        (
            "inlineformset_factory(Bill, Line, formset=OwnFormSet)",
            [f"{text}: formset-overrides-save" for text in BOTH],
        ),
        ("inlineformset_factory(Bill, Line, formset=QuietFormSet)", BOTH),
        ("inlineformset_factory(Bill, Own, fields=['bill'])", ["delete of shop.Own"]),
    ],
)
def test_the_factory_call_says_what_is_saved(made: str, expected: list[str]) -> None:
    assert (
        sites(f"Made = {made}\n\ndef view(request):\n    Made(request.POST).save()\n") == expected
    )


@pytest.mark.parametrize(
    ("call", "told_"),
    [
        ("save(commit=False)", ": never"),
        ("save(commit)", ": undecided-commit"),
        ("save(commit=True)", ""),
        ("save_new_objects()", ": formset-save"),
    ],
)
def test_commit(call: str, told_: str) -> None:
    code = f"""
        def view(request, commit):
            made = modelformset_factory(Line, fields=["price"])
            lines = made(request.POST)
            lines.{call}
    """
    assert sites(code) == [f"save of shop.Line{told_}"]


def test_a_class_attribute() -> None:
    code = """
        class View:
            made = inlineformset_factory(Bill, Line, fields=["price"])

            def post(self, request):
                self.made(request.POST).save()
    """
    assert sites(code) == BOTH


def test_a_class_of_the_project() -> None:
    code = """
        class Lines(inlineformset_factory(Bill, Line, fields=["price"])):
            pass

        def view(request):
            Lines(request.POST).save()
    """
    assert sites(code) == ["save of ?: formset-save", "delete of ?: formset-save"]


def test_the_formset_of_the_admin() -> None:
    code = """
        from django.contrib import admin

        class LineInline(admin.TabularInline):
            model = Line

        class OwnInline(admin.TabularInline):
            model = Own

        class BillAdmin(admin.ModelAdmin):
            inlines = [LineInline, OwnInline]

            def save_formset(self, request, form, formset, change):
                formset.save()
    """
    assert sites(code) == [*BOTH, "delete of shop.Own"]
