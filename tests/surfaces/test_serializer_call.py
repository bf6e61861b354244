"""`create()` and `update()` of serializers that the project calls itself."""

from __future__ import annotations

import textwrap

import pytest

from codemod.surfaces import serializer_call
from tests.surfaces.sites import found

HEAD = """
from rest_framework import serializers
from .models import Bill, Line


class BillSerializer(serializers.ModelSerializer):
    class Meta:
        model = Bill
        fields = ["title"]


"""


def sites(code: str) -> list[str]:
    made = found(serializer_call, HEAD + textwrap.dedent(code))
    return [f"{','.join(s.models)} {s.created} {s.tier.value}" for s in made]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("BillSerializer().create({'title': 'a'})", "shop.Bill true proved"),
        ("def f(x): x.update(Bill.objects.get(), {'title': 'a'})", "shop.Bill false possible"),
        ("def f(x, data): x.serializer.create(data)", "shop.Bill true possible"),
        ("def f(x, data): x.fields['bill'].create(data)", "shop.Bill true possible"),
        ("def f(x, data): x.create(data)", "shop.Bill true possible"),
        ("def f(x, data):\n    x.is_valid()\n    x.create(data)", "shop.Bill true possible"),
        (
            "def f(x, data): x.update(instance=Bill(), validated_data=data)",
            "shop.Bill true possible",
        ),
        (
            "def f(x, name, data): x.fields[name].update(unknown(), data)",
            "shop.Bill dynamic possible",
        ),
    ],
)
def test_sites(code: str, expected: str) -> None:
    assert sites(code) == [expected]


@pytest.mark.parametrize(
    "code",
    [
        "def f(x, data):\n    x.add_row()\n    x.create(data)",  # no serializer has that
        "def f(x): x.create('a text')",
        "def f(x, data): x.create(Bill())",
        "def f(x, data): x.create(**data)",
        "def f(x, data): x.create(title=data)",
        "def f(x, data): x.update(data)",
        "def f(x, name): x.fields[name].update(colour=3)",
        "{}.update(unknown(), 3)",
        "def f(x): x.fields['bill'].queryset = Bill.objects.all()",
    ],
)
def test_no_sites(code: str) -> None:
    assert sites(code) == []


NESTED = """
class LineSerializer(serializers.ModelSerializer):
    bills = BillSerializer(many=True)

    class Meta:
        model = Line
        fields = ["bills"]

    def add(self, data):
        {}
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("self.fields['bills'].child.create(data)", None),
        ("for field in self.fields.values(): field.child.create(data)", None),
        ("child = self.fields['bills'].child; child.create(data)", None),
        ("self.fields['bills'].create(data)", "serializer-of-many"),
        ("for field in self.fields.values(): field.create(data)", "serializer-of-many"),
        ("for name, field in self.fields.items(): field.create(data)", "serializer-of-many"),
        ("self.fields.pop('bills').create(data)", "serializer-of-many"),
    ],
)
def test_nested_ones(code: str, expected: str | None) -> None:
    (site,) = found(serializer_call, HEAD + NESTED.format(code))
    assert (site.models, site.tier.value, site.code) == (("shop.Bill",), "proved", expected)


def test_in_a_file_that_names_no_serializer() -> None:
    (site,) = found(serializer_call, HEAD, other="def f(x, data): return x.create(data)")
    assert site.file == "shop/other.py"
