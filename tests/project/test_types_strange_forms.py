"""Forms and serializers of unknown class: whatever they save may be of any model that has one."""

from __future__ import annotations

import textwrap

import pytest

from .helpers import facts_of, of
from .test_types import HEAD, MODELS

FORMS = """
from django import forms

class OrderForm(forms.ModelForm):
    class Meta:
        model = Order

class LineForm(forms.ModelForm):
    class Meta:
        model = Line

    def save(self, commit=True):
        return None
"""


def may_save(code: str, label: str, forms: str = FORMS) -> bool:
    """Whether the last `x.save()` of a module may save an object of a model."""
    text = HEAD + forms + textwrap.dedent(code)
    project = of({"shop/__init__.py": "", "shop/models.py": MODELS, "shop/code.py": text})
    facts = facts_of(project, "shop/code.py")
    (*_, call) = facts.named("save")
    assert not project.owner_of(call, facts).known
    return project.could_be(call, facts, label)


@pytest.mark.parametrize(
    "code",
    [
        "def f(form):\n    if form.is_valid():\n        form.save()",
        "def f(x):\n    if x.is_valid():\n        x.save(commit=True)",
        "def f(x, order):\n    x.instance.customer = None\n    print(x.errors)\n    x.save(order)",
        "def f(made):\n    made.form.is_valid()\n    made.form.save()",
        "def f(serializer, user):\n    print(serializer.validated_data)\n"
        "    serializer.save(owner=user)",
    ],
)
def test_a_form_may_save_the_model_of_any_form(code: str) -> None:
    assert may_save(code, "shop.Order")
    assert not may_save(code, "shop.Line")  # its own save() never comes to Django's
    assert not may_save(code, "shop.Order", "")


@pytest.mark.parametrize(
    "code",
    [
        "def f(form):\n    form.is_valid()\n    form.save(commit=False)",
        "def f(form):\n    form.is_valid()\n    form.save(False)",
        "def f(x):\n    x.nonsense()\n    x.save()",
        "def f(form):\n    form.is_valid()\n    form.save(update_fields=['x'])",
    ],
)
def test_what_saves_nothing_or_is_no_form(code: str) -> None:
    assert not may_save(code, "shop.Order")


def test_a_factory_of_forms_for_a_model_that_cannot_be_told() -> None:
    code = """
        def make(model):
            return forms.modelform_factory(model)

        def f(form):
            if form.is_valid():
                form.save()
    """
    assert may_save(code, "shop.Tag")
