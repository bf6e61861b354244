"""Hazards: what is wrong or risky about a receiver as it stands, migrated or not.

A family is a module with `find(view)`, which yields (receiver, hazard); a new one is a new file
and an entry here. Their codes are in `codes/hazards.py`, for `unsignal explain`. All of
them are read off the text, and only what the text shows is named: nothing is a hazard because
it might be one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from codemod.hazards import (
    bulk,
    commit,
    derived,
    elsewhere,
    history,
    loops,
    many_to_many,
    order,
    raising,
    request,
    slow,
)
from codemod.hazards.view import View
from codemod.hazards.writes import writes
from codemod.project.project import Project
from codemod.surfaces.site import Site
from codemod.values.account import Reason
from codemod.values.inventory import Step, Write

Family = Callable[[View], Iterator[tuple[str, Reason]]]

FAMILIES: tuple[Family, ...] = (
    loops.find,
    slow.find,
    commit.find,
    request.find,
    raising.find,
    many_to_many.find,
    order.find,
    bulk.find,
    history.find,
    derived.find,
    elsewhere.find,
)


@dataclass(frozen=True)
class Findings:
    """What was found, by receiver."""

    hazards: dict[str, tuple[Reason, ...]]
    writes: dict[str, tuple[Write, ...]]
    cycles: tuple[tuple[Step, ...], ...]


def find(project: Project, sites: Sequence[Site]) -> Findings:
    """The hazards of every receiver, its writes, and the cycles that they make."""
    view = View(project, sites)
    hazards: dict[str, list[Reason]] = {}
    for family in FAMILIES:
        for name, reason in family(view):
            found = hazards.setdefault(name, [])
            if reason not in found:
                found.append(reason)
    return Findings(
        {name: tuple(reasons) for name, reasons in hazards.items()},
        {subject.name: writes(view, subject) for subject in view.subjects},
        loops.cycles(view),
    )
