"""Formsets that set a relation where no class of the project can be asked."""

from __future__ import annotations

import pytest

from codemod.surfaces import relation_elsewhere
from tests.surfaces.sites import found

MODELS = """
    from django.db import models


    class Player(models.Model):
        name = models.TextField()


    class Team(models.Model):
        players = models.ManyToManyField(Player)
"""
SIGNALS = """
    from django.db.models.signals import m2m_changed
    from django.dispatch import receiver
    from shop.models import Team

    @receiver(m2m_changed, sender=Team.players.through)
    def log(sender, instance, action, **kwargs):
        print(action)
"""
TABLE = "shop.Team_players"


@pytest.mark.parametrize(
    ("fields", "more", "set_by"),
    [
        ('["players"]', "", set()),  # the form itself is the place
        ('["id"]', "", set()),
        ('["id"]', ', fields=["id", "players"]', {TABLE}),
    ],
)
def test_a_formset_with_a_form_of_the_project(fields: str, more: str, set_by: set[str]) -> None:
    code = f"""
        from django import forms
        from shop.models import Team


        class TeamForm(forms.ModelForm):
            class Meta:
                model = Team
                fields = {fields}


        TeamFormSet = forms.modelformset_factory(Team, form=TeamForm{more})
    """
    sites = found(relation_elsewhere, code, models=MODELS, signals=SIGNALS)
    assert {site.models[0] for site in sites} == set_by
