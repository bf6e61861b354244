"""Serializers of drf-writable-nested save what is nested in them."""

from __future__ import annotations

import textwrap

import pytest

from codemod.surfaces import nested_serializer
from tests.surfaces.sites import found, told

HEAD = """
from drf_writable_nested import WritableNestedModelSerializer
from drf_writable_nested.mixins import NestedUpdateMixin
from rest_framework import serializers
from .models import Bill, Line, Own

class BillSerializer(serializers.ModelSerializer):
    class Meta:
        model = Bill

class MadeSerializer(BillSerializer):
    def create(self, validated_data):
        return Bill(**validated_data)

class FullSerializer(MadeSerializer):
    def update(self, instance, validated_data):
        return instance

class LineSerializer(serializers.ModelSerializer):
    class Meta:
        model = Line

class OwnSerializer(serializers.ModelSerializer):
    class Meta:
        model = Own
"""
OUTER = "class A(WritableNestedModelSerializer):\n    class Meta:\n        model = Line\n"
WHOLE = OUTER.replace("Line", "Bill")
SAVED = "save of shop.Line: package-saves"


def sites(code: str) -> list[str]:
    return told(found(nested_serializer, HEAD + textwrap.dedent(code)))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (f"{OUTER}    bill = BillSerializer()", ["save of shop.Bill: package-saves"]),
        (f"{OUTER}    bill = MadeSerializer()", ["save of shop.Bill: package-saves"]),
        (f"{OUTER}    bill = BillSerializer(read_only=True)", []),
        (f"{OUTER}    bill = FullSerializer()", []),
        (f"{OUTER}    name = serializers.CharField()", []),
        (
            f"{WHOLE}    line_set = LineSerializer(many=True)",
            [SAVED, "delete of shop.Line: package-saves"],
        ),
        (
            f"{WHOLE}    lines = LineSerializer(many=True, source='line_set')",
            [SAVED, "delete of shop.Line: package-saves"],
        ),
        (
            f"{WHOLE}    own_set = OwnSerializer(many=True)",
            ["delete of shop.Own: package-saves"],
        ),
        (
            "class B(NestedUpdateMixin, serializers.ModelSerializer):\n    line = LineSerializer()",
            [SAVED, "delete of shop.Line: package-saves"],
        ),
        ("class B(serializers.ModelSerializer):\n    line = LineSerializer()", []),
    ],
)
def test_sites(code: str, expected: list[str]) -> None:
    assert sites(code) == expected


def test_the_place_is_the_outer_super_call() -> None:
    body = (
        "    bill = BillSerializer()\n"
        "    def create(self, data):\n        return super().create(data)"
    )
    made = found(
        nested_serializer, f"{HEAD}{OUTER}{body}\n    def update(self, i, d):\n        pass\n"
    )
    lines = [site.span.line for site in made]
    source = f"{HEAD}{OUTER}{body}".splitlines()
    assert [source[line - 1].strip() for line in lines] == [
        "return super().create(data)",
        "class A(WritableNestedModelSerializer):",
    ]
