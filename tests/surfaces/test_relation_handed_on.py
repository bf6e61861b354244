"""Methods of relations that are handed on, or whose names are worked out."""

from __future__ import annotations

import textwrap

import pytest

from codemod.surfaces import relation_handed_on
from codemod.values.account import DELETE_SIGNALS
from tests.surfaces.sites import TEAMS, found

SIGNALS = """
from django.db.models.signals import m2m_changed
from django.dispatch import receiver

from .models import Team


@receiver(m2m_changed, sender=Team.players.through)
@receiver(m2m_changed, sender=Team.fans.through)
def changed(sender, instance, **kwargs):
    print(instance)
"""
HEAD = "from django.db import transaction\nfrom .models import Player, Team\n\n\n"


def sites(code: str) -> list[str]:
    whole = HEAD + textwrap.dedent(code)
    return [
        f"{'delete' if site.signals is DELETE_SIGNALS else 'change'} of {','.join(site.models)}"
        for site in found(relation_handed_on, whole, models=TEAMS, signals=SIGNALS)
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("transaction.on_commit(Team.objects.get().players.clear)", "change of shop.Team_players"),
        (
            "def f(team: Team): transaction.on_commit(team.players.clear)",
            "change of shop.Team_players",
        ),
        ("def f(player: Player): map(player.team_set.add, [])", "change of shop.Team_players"),
        ("def f(team: Team, how): getattr(team.players, how)(1)", "change of shop.Team_players"),
        ("def f(team: Team): getattr(team.players, 'add')(1)", "change of shop.Team_players"),
        ("def f(x): transaction.on_commit(x.players.clear)", "change of shop.Team_players"),
        ("def f(team: Team): transaction.on_commit(team.notes.clear)", "delete of shop.Note"),
        ("def f(team: Team): transaction.on_commit(team.members.clear)", "delete of shop.Member"),
    ],
)
def test_sites(code: str, expected: str) -> None:
    assert sites(code) == [expected]


def test_one_of_two() -> None:
    code = "def f(team: Team): return team.players.add if team else team.players.remove"
    assert sites(code) == ["change of shop.Team_players"] * 2


@pytest.mark.parametrize(
    "code",
    [
        "def f(team: Team): team.players.add(1)",
        "def f(team: Team): transaction.on_commit(team.staff.clear)",  # nobody listens
        "def f(team: Team): transaction.on_commit(team.members.add)",  # rows are made in bulk
        "def f(): map(set().add, [])",
        "def f(team: Team, how): getattr(team, how)(1)",
        "def f(how): getattr(anything(), how)(1)",  # no relation has no name
    ],
)
def test_no_sites(code: str) -> None:
    assert sites(code) == []
