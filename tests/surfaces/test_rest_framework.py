"""Serializers that are saved by hand."""

from __future__ import annotations

import pytest

from codemod.surfaces import rest_framework
from tests.surfaces.sites import found, told

SERIALIZER = """
from rest_framework import serializers
from .models import Bill


class BillSerializer(serializers.ModelSerializer):
    class Meta:
        model = {model}


def post(data):
    serializer = BillSerializer(data=data)
    serializer.is_valid()
    serializer.save()
"""


@pytest.mark.parametrize(
    ("model", "expected"),
    [("Bill", ["save of shop.Bill"]), ("pick()", ["save of ?"])],  # unknown: it may be of any
)
def test_a_serializer_that_is_saved(model: str, expected: list[str]) -> None:
    assert told(found(rest_framework, SERIALIZER.format(model=model))) == expected
