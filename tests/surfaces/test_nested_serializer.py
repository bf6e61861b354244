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

class LineSerializer(serializers.ModelSerializer):
    class Meta:
        model = Line

class MadeSerializer(LineSerializer):
    def create(self, validated_data):
        return Line(**validated_data)

class FullSerializer(MadeSerializer):
    def update(self, instance, validated_data):
        return instance

class OwnSerializer(serializers.ModelSerializer):
    class Meta:
        model = Own
"""
OUTER = "class A(WritableNestedModelSerializer):\n    class Meta:\n        model = Bill\n"


def sites(code: str) -> list[str]:
    return told(found(nested_serializer, HEAD + textwrap.dedent(code)))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (f"{OUTER}    line = LineSerializer()", ["save of shop.Line: package-saves"]),
        (
            f"{OUTER}    lines = LineSerializer(many=True)",
            ["save of shop.Line: package-saves", "delete of shop.Line: package-saves"],
        ),
        (f"{OUTER}    line = MadeSerializer()", ["save of shop.Line: package-saves"]),
        (f"{OUTER}    line = LineSerializer(read_only=True)", []),
        (f"{OUTER}    line = FullSerializer()", []),
        (f"{OUTER}    own = OwnSerializer()", []),
        (f"{OUTER}    name = serializers.CharField()", []),
        (
            "class B(NestedUpdateMixin, serializers.ModelSerializer):\n    line = LineSerializer()",
            ["save of shop.Line: package-saves"],
        ),
        ("class B(serializers.ModelSerializer):\n    line = LineSerializer()", []),
    ],
)
def test_sites(code: str, expected: list[str]) -> None:
    assert sites(code) == expected


def test_the_place_is_the_outer_super_call() -> None:
    body = (
        "    line = LineSerializer()\n"
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
