"""Receivers in modules that are imported where the settings say so: services import none of these.

if settings.SHOP_MAILS:              shop/services.py would load `signals`, and the receivers that
    from . import signals            stay in it, whatever the settings say
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from codemod.plan.case import Case
from codemod.plan.moving.carrying import luggage_of, services_of
from codemod.project.project import Project


def loading_others(
    project: Project, cases: Mapping[str, Case], going: Set[str]
) -> Iterator[tuple[Case, Case]]:
    """(one that goes, one that stays in its module), where the services of those that go need
    something that the module keeps."""
    asking = {
        made.facts.path
        for name in going
        for made in cases[name].found.made
        if made.asks_to_load and made.facts.path == cases[name].receiver.file
    }
    for path in sorted(asking):
        here = [case for case in cases.values() if case.receiver.file == path]
        members = [case for case in here if case.receiver.name in going]
        left = [case for case in here if case.receiver.name not in going]
        if left and luggage_of(project, path, members, [], services_of(members)).fetched:
            yield from ((case, left[0]) for case in members)
