"""Classes made of a package's class: their names say what they may do."""

from __future__ import annotations

import textwrap

import pytest

from codemod.surfaces import package_classes, packages
from tests.surfaces.sites import found, told

HEAD = """
from django.views.generic import CreateView
from fancy import api, forms, views
from .models import Bill, Line, Own
"""


def sites(code: str) -> list[str]:
    return told(found(package_classes, HEAD + textwrap.dedent(code)))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("class A(views.ModalCreateView):\n    model = Bill", ["save of shop.Bill"]),
        ("class A(views.EditView):\n    queryset = Bill.objects.all()", ["save of shop.Bill"]),
        ("class A(views.ModalDeleteView):\n    model = Bill", ["delete of shop.Bill"]),
        (
            "class A(api.BulkModelViewSet):\n    queryset = Line.objects.all()",
            ["save of shop.Line", "delete of shop.Line"],
        ),
        (
            "class F(forms.FancyModelForm):\n    class Meta:\n        model = Bill\n"
            "class A(views.FancyFormView):\n    form_class = F",
            ["save of shop.Bill"] * 2,
        ),
    ],
)
def test_sites(code: str, expected: list[str]) -> None:
    assert sites(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "class A(views.FancyListView):\n    model = Bill",
        "class A(api.ReadOnlyModelViewSet):\n    queryset = Bill.objects.all()",
        "class A(views.FancyMixin, CreateView):\n    model = Bill",
        "class A(views.ModalCreateView):\n    template_name = 'a.html'",
        "class A(views.ModalCreateView):\n    model = Own",  # its own save() has the line
    ],
)
def test_no_sites(code: str) -> None:
    assert sites(code) == []


def test_resources_of_tastypie() -> None:
    code = """
        from tastypie.resources import ModelResource
        from .models import Bill

        class Base(ModelResource):
            class Meta:
                abstract = True

        class Bills(Base):
            class Meta(Base.Meta):
                queryset = Bill.objects.all()
        """
    expected = ["save of shop.Bill: package-saves", "delete of shop.Bill: package-saves"]
    assert told(found(packages, code)) == expected
