"""Forms, serializers and admins that have a field for a relation, by lists put together."""

from __future__ import annotations

import pytest

from codemod.surfaces import relation_admin, relation_form, relation_serializer
from tests.surfaces.sites import found

from .test_relation_elsewhere import MODELS, SIGNALS

CODE = """
    from django import forms
    from django.contrib import admin
    from rest_framework import serializers
    from shop.models import Team

    PLAIN = ("id",)


    class Base(forms.ModelForm):
        class Meta:
            model = Team
            fields = ["id"]


    class TeamForm(forms.ModelForm):
        class Meta(Base.Meta):
            {option} = {value}


    class TeamSerializer(serializers.ModelSerializer):
        class Meta:
            model = Team
            {option} = {value}


    @admin.register(Team)
    class TeamAdmin(admin.ModelAdmin):
        {option} = {value}
"""
ALL = {"TeamForm", "TeamSerializer", "TeamAdmin"}


@pytest.mark.parametrize(
    ("option", "value", "having"),
    [
        ("fields", '[*Base.Meta.fields, "name"]', set()),
        ("fields", 'PLAIN + ("name",)', set()),
        ("fields", 'Base.Meta.fields + ["players"]', ALL),
        ("fields", "[*Base.Meta.fields, *unknown()]", ALL),
        ("fields", "unknown()", ALL),
    ],
)
def test_a_list_that_goes_on_with_another(option: str, value: str, having: set[str]) -> None:
    code = CODE.format(option=option, value=value)
    surfaces = (relation_admin, relation_form, relation_serializer)
    sites = [s for x in surfaces for s in found(x, code, models=MODELS, signals=SIGNALS)]
    assert {site.cls.definition.node.name for site in sites if site.cls} == having
