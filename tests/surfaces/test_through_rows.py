"""Rows that go with a relation, where the line may be one of another relation as well."""

from __future__ import annotations

from types import ModuleType

import pytest

from codemod.project.answers import Tier
from codemod.surfaces import generic_relation, through_rows
from tests.surfaces.sites import TEAMS, found


@pytest.mark.parametrize(
    ("surface", "relation"), [(through_rows, "members"), (generic_relation, "notes")]
)
@pytest.mark.parametrize("other", ["", "team.fans, "])
def test_a_line_of_two_relations_is_not_sure(
    surface: ModuleType, relation: str, other: str
) -> None:
    code = f"""
        from .models import Team


        def empty(pk):
            team = Team.objects.get(pk=pk)
            for relation in ({other}team.{relation},):
                relation.clear()
        """
    [site] = found(surface, code, models=TEAMS)
    assert (site.tier is Tier.POSSIBLE) is bool(other)
