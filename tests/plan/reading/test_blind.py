"""Work before a relation changes: for which moments, and whether it looks at what changes."""

from __future__ import annotations

from textwrap import indent

import pytest

from codemod.plan.services.relation_services import design_all
from codemod.plan.services.service import Undesignable
from codemod.surfaces.site import RelationCall
from tests.project.helpers import project

MODELS = """
    from django.db import models

    class Player(models.Model):
        locked = models.BooleanField(default=False)

    class Team(models.Model):
        closed = models.BooleanField(default=False)
        rival = models.ForeignKey("self", null=True, on_delete=models.CASCADE)
        players = models.ManyToManyField(Player, related_name="teams")

        @property
        def names(self):
            return [str(player) for player in self.players.all()]

        def touch(self):
            Team.objects.filter(pk=self.pk).update(closed=True)

        def count(self):
            return self.players.count()
"""
SIGNALS = """
from django.db.models.signals import m2m_changed
from django.dispatch import receiver
from club.models import Player, Team
from club.work import refresh, total
import logging

@receiver(m2m_changed, sender=Team.players.through)
def handle(sender, instance, action, reverse, model, pk_set, **kwargs):
"""
WORK = """
    from club.models import Team

    def refresh(pk):
        Team.objects.filter(pk=pk).update(closed=True)

    def total(pk):
        return Team.objects.filter(pk=pk, players__locked=True).count()
"""


def call(body: str) -> RelationCall:
    made = project(
        club__models=MODELS, club__work=WORK, club__signals=SIGNALS + indent(body, "    ")
    )
    [receiver] = made.receivers
    designed = design_all(made, receiver, {})
    assert not isinstance(designed, Undesignable)
    [service] = designed
    assert service.relation is not None
    return service.relation


@pytest.mark.parametrize(
    "body",
    [
        "if instance.closed:\n    raise ValueError",
        "if model.objects.filter(pk__in=pk_set, locked=True).exists():\n    raise ValueError",
        "instance.touch()",
        "refresh(instance.pk)",
        "print(instance.rival.players.count())",
        "logging.info('%s', instance)",
        "raise ValueError({'players': 'no'})",
    ],
)
def test_it_looks_at_nothing_that_changes(body: str) -> None:
    found = call(f"if action == 'pre_add' and not reverse:\n{indent(body, '    ')}")
    assert found.moments == found.blind == {("pre_add", False)}


@pytest.mark.parametrize(
    "body",
    [
        "print(instance.players.count())",
        "print(instance.names)",
        "print(instance.count())",
        "print(total(instance.pk))",
        "print(Player.objects.filter(teams=instance))",
        "print(getattr(instance, 'players'))",
        "print(sender.objects.count())\nprint(Team.players.through)",
        "instance.unknown()",
        "check(instance)",
    ],
)
def test_it_may_look_at_what_changes(body: str) -> None:
    found = call(f"if action == 'pre_add' and not reverse:\n{indent(body, '    ')}")
    assert found.moments == {("pre_add", False)}
    assert not found.blind


def test_the_moments_for_which_it_does_anything() -> None:
    body = """\
if reverse:
    if action == "pre_clear":
        keys = list(instance.teams.values_list("pk", flat=True))
    else:
        return
elif action in ("post_add", "post_remove"):
    keys = [instance.pk]
else:
    return
print(keys)
"""
    found = call(body)
    assert found.moments == {("pre_clear", True), ("post_add", False), ("post_remove", False)}
