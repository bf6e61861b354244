"""Classes and their models; registrations in the admin."""

from __future__ import annotations

import pytest

from codemod.project.admins import forbids
from codemod.project.project import Project

from .helpers import of

MODELS = """
from django.db import models
class Order(models.Model):
    pass
class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
class Note(models.Model):
    pass
"""


def made(code: str) -> Project:
    return of(
        {
            "shop/__init__.py": "",
            "shop/models.py": MODELS,
            "shop/code.py": "from shop.models import Line, Note, Order\n" + code,
        }
    )


def entries(code: str) -> list[tuple[str, str | None, str, int]]:
    return [
        (e.model, e.cls and e.cls.rpartition(".")[2], e.site, len(e.elements))
        for e in made(code).admin_entries()
    ]


def test_models_of_forms_and_factories() -> None:
    project = made("""
from django import forms
import factory
class A(forms.ModelForm):
    class Meta:
        model = Order
class B(A):
    class Meta(A.Meta):
        fields = []
class C(A):
    class Meta:
        fields = []
class F(factory.django.DjangoModelFactory):
    class Meta:
        model = "shop.Line"
class G(F):
    class Meta:
        abstract = False
""")
    labels = {name: project.model_of(f"shop.code.{name}") for name in "ABCFG"}
    assert labels == {
        "A": "shop.Order", "B": "shop.Order", "C": None, "F": "shop.Line", "G": "shop.Line",
    }  # fmt: skip


def test_models_and_forms_of_views() -> None:
    project = made("""
from django import forms
from django.views import generic
class OrderForm(forms.ModelForm):
    class Meta:
        model = Order
class A(generic.CreateView):
    model = Order
class B(generic.UpdateView):
    form_class = OrderForm
class C(generic.UpdateView):
    def get_queryset(self):
        return Line.objects.filter(order=1)
class D(A):
    model = Note
class E(generic.CreateView):
    pass
""")
    labels = {name: project.model_of(f"shop.code.{name}") for name in "ABCDE"}
    assert labels == {
        "A": "shop.Order", "B": "shop.Order", "C": "shop.Line", "D": "shop.Note", "E": None,
    }  # fmt: skip
    assert project.forms_of("shop.code.B") == ("shop.code.OrderForm",)
    assert project.forms_of("shop.code.A") == ()


def test_registrations() -> None:
    assert entries("""
from django.contrib import admin
@admin.register(Order, Line)
class A(admin.ModelAdmin):
    pass
admin.site.register(Note)
admin.site.register([Order, Line], A)
""") == [
        ("shop.Order", "A", "admin.site", 2),
        ("shop.Line", "A", "admin.site", 2),
        ("shop.Note", None, "admin.site", 1),
        ("shop.Order", "A", "admin.site", 2),
        ("shop.Line", "A", "admin.site", 2),
    ]


def test_registrations_by_the_decorator_of_a_package() -> None:
    assert entries("""
from django.contrib import admin
from smart_admin.decorators import smart_register
from elsewhere import titled
@smart_register(Order)
class A(admin.ModelAdmin):
    pass
@titled(get_title())
@admin.register(Line)
class B(admin.ModelAdmin):
    pass
@titled(Note)
class C:
    pass
""") == [("shop.Order", "A", "admin.site", 1), ("shop.Line", "B", "admin.site", 1)]


def test_registrations_of_lists_and_of_what_no_literal_tells() -> None:
    assert entries("""
from django.apps import apps
from django.contrib import admin
from django.contrib.admin import AdminSite
SHOWN = [Order, Line]
backoffice = AdminSite()
@admin.register(*SHOWN)
class A(admin.ModelAdmin):
    pass
for model in apps.get_models():
    admin.site.register(model)
for model in apps.get_models():
    backoffice.register(model, A)
""") == [
        ("shop.Order", "A", "admin.site", 1),
        ("shop.Line", "A", "admin.site", 1),
        ("shop.Note", "admin_class", "admin.site", 1),
        *((label, "A", "backoffice", 1) for label in ("shop.Order", "shop.Line", "shop.Note")),
    ]


def test_registrations_in_other_sites_and_loops() -> None:
    assert entries("""
from django.contrib import admin
from django.contrib.admin import AdminSite, register
class Backoffice(AdminSite):
    pass
custom = Backoffice()
@register(Order, site=custom)
class A(admin.ModelAdmin):
    pass
custom.register(Line, A)
for model in (Order, Note):
    admin.site.register(model)
registry.register(Note)
""") == [
        ("shop.Order", "A", "custom", 1),
        ("shop.Line", "A", "custom", 1),
        ("shop.Order", "admin_class", "admin.site", 1),  # none of its own
        ("shop.Note", "admin_class", "admin.site", 1),
    ]


def test_inlines_know_their_owners() -> None:
    project = made("""
from django.contrib import admin
class LineInline(admin.TabularInline):
    model = Line
@admin.register(Order)
class A(admin.ModelAdmin):
    inlines = [LineInline]
""")
    found = [(i.model, i.cls, i.owners) for i in project.inline_entries()]
    assert found == [("shop.Line", "shop.code.LineInline", ("shop.code.A",))]


def test_pages_of_the_admin_that_forbid() -> None:
    project = made("""
from django.conf import settings
from django.contrib import admin
class A(admin.ModelAdmin):
    def has_add_permission(self, request):
        return False
    if settings.LOCKED:
        def has_change_permission(self, request, obj=None):
            return False
    def has_delete_permission(self, request, obj=None):
        return obj is None
""")
    told = [forbids(project.classes, "shop.code.A", what) for what in ("add", "change", "delete")]
    assert told == [True, False, False]


@pytest.mark.parametrize(
    ("bases", "expected"),
    [
        ("ReadOnly, admin.ModelAdmin", True),
        ("ReadOnly, ImportAdmin", True),
        # The base in front has one of its own, or may have.
        ("admin.ModelAdmin, ReadOnly", False),
        ("admin.TabularInline, ReadOnly", False),
        ("ImportAdmin, ReadOnly", False),
    ],
)
def test_which_base_of_an_admin_forbids(bases: str, expected: bool) -> None:
    project = made(f"""
from django.contrib import admin
from importing.admin import ImportAdmin
class ReadOnly:
    def has_add_permission(self, request, obj=None):
        return False
class A({bases}):
    pass
""")
    assert forbids(project.classes, "shop.code.A", "add") is expected


@pytest.mark.parametrize(
    "empty",
    [
        "order.pk = None",
        "order.pk=None",
        "order.pk = order.id = None",
        "order.total, order.pk = 0, None",
        "setattr(order, 'pk', None)",
        "order.__dict__['pk'] = None",
        "assign(order, pk=None)",
    ],
)
def test_resets_of_the_pk(empty: str) -> None:
    assign = "def assign(x, **new):\n    for k, v in new.items():\n        setattr(x, k, v)\n"
    for code in (
        f"{assign}def copy(order: Order):\n    {empty}\n    order.save()\n",
        f"{assign}order = Order.objects.get()\n{empty}\norder.save()\n",
    ):
        assert made(code).resets_pk("shop.Order")
        assert not made(code).resets_pk("shop.Line")
        assert not made(code.replace("pk", "total").replace("id", "paid")).resets_pk("shop.Order")


def test_resets_of_the_pk_of_nobody_knows_what() -> None:
    assert made("def copy(x):\n    x.id = None\n    x.save()\n").resets_pk("shop.Line")
