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
        "def f(x, data): x.create(data)",  # called nothing in particular
        "def f(x, data): x.update(data)",
        "def f(x, name): x.fields[name].update(colour=3)",
        "{}.update(unknown(), 3)",
        "def f(x): x.fields['bill'].queryset = Bill.objects.all()",
    ],
)
def test_no_sites(code: str) -> None:
    assert sites(code) == []
