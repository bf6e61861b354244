"""Serializers that have a field for a relation, and those that surely set none."""

from __future__ import annotations

import pytest

from codemod.surfaces import relation_serializer
from tests.surfaces.sites import found

MODELS = """
    from django.db import models


    class Player(models.Model):
        name = models.TextField()


    class Team(models.Model):
        players = models.ManyToManyField(Player, through="Entry")
        fans = models.ManyToManyField(Player, related_name="+")


    class Entry(models.Model):
        team = models.ForeignKey(Team, models.CASCADE)
        player = models.ForeignKey(Player, models.CASCADE)
"""
SIGNALS = """
    from django.db.models.signals import m2m_changed
    from django.dispatch import receiver
    from shop.models import Team

    @receiver(m2m_changed, sender=Team.players.through)
    @receiver(m2m_changed, sender=Team.fans.through)
    def log(sender, instance, action, **kwargs):
        print(action)
"""
SERIALIZER = """
    from rest_framework import serializers
    from shop.models import Player, Team


    class TeamSerializer(serializers.ModelSerializer):
        {body}

        class Meta:
            model = Team
            fields = "__all__"
            extra_kwargs = {extra}
"""
THROUGH, AUTO = "shop.Entry", "shop.Team_fans"
DECLARED = "players = serializers.PrimaryKeyRelatedField(many=True, queryset=Player.objects.all())"
FILLED = """
        def create(self, validated_data):
            validated_data["players"] = []
            return super().create(validated_data)
"""
MADE = """
        def build_relational_field(self, field_name, relation_info):
            return serializers.PrimaryKeyRelatedField, {"queryset": Player.objects.all()}
"""


@pytest.mark.parametrize(
    ("body", "extra", "written"),
    [
        ("", "{}", {AUTO}),  # the framework's field is read-only where a model stands between
        (DECLARED, "{}", {AUTO, THROUGH}),
        (FILLED, "{}", {AUTO, THROUGH}),
        (MADE, "{}", {AUTO, THROUGH}),
        (MADE.replace("relational", "property"), "{}", {AUTO}),
        ("", '{"players": {"read_only": False, "queryset": QUERY}}', {AUTO, THROUGH}),
        ("", '{"fans": {"read_only": True}}', set()),
        ("", '{"fans": {"required": True}}', {AUTO}),
    ],
)
def test_a_serializer_writes(body: str, extra: str, written: set[str]) -> None:
    code = SERIALIZER.format(body=body.strip(), extra=extra)
    sites = found(relation_serializer, code, models=MODELS, signals=SIGNALS)
    assert {site.models[0] for site in sites} == written


def test_a_serializer_that_may_only_show() -> None:
    code = SERIALIZER.format(body="", extra="{}")
    view = "from rest_framework import generics\nfrom shop.code import TeamSerializer\n\n"
    view += "class Teams(generics.{}):\n    serializer_class = TeamSerializer\n"
    for base, tier in (("ListAPIView", "inferred"), ("ListCreateAPIView", "proved")):
        views = view.format(base)
        sites = found(relation_serializer, code, models=MODELS, signals=SIGNALS, views=views)
        assert {site.tier.value for site in sites} == {tier}


def test_a_value_that_only_the_call_gives() -> None:
    code = SERIALIZER.format(body="", extra="{}")
    views = "def post(serializer):\n    serializer.save(players=[])\n"
    sites = found(relation_serializer, code, models=MODELS, signals=SIGNALS, views=views)
    assert {site.models[0] for site in sites} == {AUTO, THROUGH}
