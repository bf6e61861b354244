"""Inlines: the admin classes that save them, and what blocks them."""

from __future__ import annotations

import textwrap

import pytest

from codemod.surfaces import admin_inline
from codemod.surfaces.site import Site
from tests.surfaces.sites import found, told

HEAD = """
from django import forms
from django.contrib import admin

from .models import Bill, Line, Own


class LineInline(admin.TabularInline):
    model = Line

"""
BOTH = ["save of shop.Line", "delete of shop.Line"]


def sites(code: str) -> list[Site]:
    return found(admin_inline, HEAD + textwrap.dedent(code), "shop/admin.py")


def owners(code: str) -> set[str]:
    return {s.cls.definition.node.name for s in sites(code) if s.cls is not None}


@pytest.mark.parametrize(
    "code",
    [
        "class A(admin.ModelAdmin):\n    inlines = [LineInline]\n",
        "class A(admin.ModelAdmin):\n    inlines = []\n    inlines += [LineInline]\n",
        "class A(admin.ModelAdmin):\n    def get_inlines(self, request, obj):\n"
        "        return [LineInline]\n",
        "class A(admin.ModelAdmin):\n    def get_inline_instances(self, request, obj=None):\n"
        "        return [LineInline(self.model, self.admin_site)]\n",
        "class A(admin.ModelAdmin):\n    def get_inline_instances(self, request, obj=None):\n"
        "        lines = LineInline(self.model, self.admin_site)\n"
        "        return [lines] if lines.has_add_permission(request, obj) else []\n",
        "class A:\n    inlines = [LineInline]\nclass B(A, admin.ModelAdmin):\n    pass\n",
        "class A(admin.ModelAdmin):\n    inlines = [LineInline]\n"
        "class B(A):\n    inlines = [LineInline]\n",
    ],
)
def test_the_class_that_mentions_it_saves_it(code: str) -> None:
    assert owners(code) == {"A"}
    assert told(sites(code)) == BOTH


@pytest.mark.parametrize(
    "code",
    [
        "from django.contrib.auth.admin import UserAdmin\nUserAdmin.inlines = [LineInline]\n",
        "PARTS = [LineInline]\nclass A(admin.ModelAdmin):\n    inlines = PARTS\n",
        "class B(admin.StackedInline):\n    model = Own\n    inlines = [LineInline]\n",
        "def save(b):\n    made = LineInline(Bill, admin.site).get_formset(None)(instance=b)\n"
        "    made.save()\n",
    ],
)
def test_a_mention_elsewhere_blocks(code: str) -> None:
    assert told(sites(code)) == [f"{text}: admin-inline" for text in BOTH]


def test_an_unused_inline_is_no_site() -> None:
    assert sites("def asks(): return LineInline(Bill, admin.site).has_add_permission(None)") == []
    code = (
        "def asks():\n    i = LineInline(Bill, admin.site)\n    assert i.has_add_permission(None)"
    )
    assert sites(code) == []
    assert sites("class Other(LineInline):\n    extra = 0\n") == []


@pytest.mark.parametrize(
    "question",
    [
        "isinstance(x, LineInline)",
        "isinstance(x, (Bill, LineInline))",
        "issubclass(x, LineInline)",
        "type(x) is LineInline",
        "x.inlines == [LineInline]",
        "LineInline in x.inlines",
        "x.assertIsInstance(x.inline, LineInline)",
        "x.assertEqual(x.inlines, [LineInline])",
    ],
)
def test_an_inline_that_is_compared_is_not_used(question: str) -> None:
    assert sites(f"def ask(x):\n    assert {question}\n") == []


@pytest.mark.parametrize("question", ["save(LineInline) == 3", "x.assertTrue(save(LineInline))"])
def test_an_inline_that_is_given_to_something_is_used(question: str) -> None:
    code = f"def ask(x, save):\n    assert {question}\n"
    assert told(sites(code)) == [f"{text}: admin-inline" for text in BOTH]


@pytest.mark.parametrize(
    ("inline", "expected"),
    [
        ("can_delete = False", BOTH[:1]),
        ("def has_delete_permission(self, *args):\n        return False", BOTH[:1]),
        ("def has_add_permission(self, *args):\n        return False", BOTH),
        (
            "def has_add_permission(self, *args):\n        return False\n\n"
            "    def has_change_permission(self, request, obj=None):\n        return False",
            BOTH[1:],
        ),
        ("formset = Lines", [f"{text}: formset-overrides-save" for text in BOTH]),
        ("form = Form", [f"{text}: formset-save" for text in BOTH]),
        ("form = ModelForm", BOTH[1:]),
        (
            "def get_formset(self, request, obj=None, **kwargs):\n"
            "        return super().get_formset(request, obj, form=Form, **kwargs)",
            [f"{text}: formset-save" for text in BOTH],
        ),
        (
            "def get_formset(self, request, obj=None, **kwargs):\n"
            "        made = super().get_formset(request, obj, **kwargs)\n"
            "        made.form.base_fields['price'].initial = 3\n"
            "        return made",
            BOTH,
        ),
    ],
)
def test_options_of_the_inline(inline: str, expected: list[str]) -> None:
    code = f"""
class Lines(forms.BaseInlineFormSet):
    def save_new(self, form, commit=True):
        return None

class Form(forms.ModelForm):
    def save(self, commit=True):
        return super().save(commit)

class ModelForm(Form):
    class Meta:
        model = Line

class Inline(admin.TabularInline):
    model = Line
    {inline}

class A(admin.ModelAdmin):
    inlines = [Inline]
"""
    assert told(sites(code)) == expected


def test_a_model_that_overrides_save() -> None:
    code = """
        class OwnInline(admin.TabularInline):
            model = Own

        class A(admin.ModelAdmin):
            inlines = [OwnInline]
    """
    assert told(sites(code)) == ["delete of shop.Own"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("formset.save()", []),
        ("super().save_formset(request, form, formset, change)", BOTH),
        (
            "if change:\n            super().save_formset(request, form, formset, change)\n"
            "        else:\n            super().save_formset(request, form, formset, False)",
            [f"{text}: several-super-calls" for text in BOTH],
        ),
    ],
)
def test_an_existing_method(body: str, expected: list[str]) -> None:
    code = f"""
class A(admin.ModelAdmin):
    inlines = [LineInline]

    def save_formset(self, request, form, formset, change):
        {body}
"""
    assert told(sites(code)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("class I(Kept, admin.TabularInline):\n    model = Line\n", BOTH[:1]),
        ("class I(admin.TabularInline, Kept):\n    model = Line\n", BOTH),  # Django's True counts
        ("class I(LineInline):\n    can_delete = False\n", BOTH[:1]),
        (
            "class I(Kept, LineInline):\n    def get_formset(self, request, obj=None, **kwargs):\n"
            "        return super().get_formset(request, obj, can_delete=True)\n",
            BOTH,
        ),
        (
            "class I(Kept, LineInline):\n    def get_formset(self, request, obj=None, **kwargs):\n"
            "        return super().get_formset(request, obj, extra=3)\n",
            BOTH[:1],
        ),
    ],
)
def test_an_inline_that_keeps_its_rows(body: str, expected: list[str]) -> None:
    kept = "class Kept:\n    can_delete = False\n"
    page = "class A(admin.ModelAdmin):\n    inlines = [I]\n"
    assert told(sites(kept + body + page)) == expected
