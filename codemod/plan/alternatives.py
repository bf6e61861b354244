"""Lines that fire in one way in one run, and in another in the next.

    thing.save()       `thing` is an order here, and the form of one there
    rows.delete()      `rows` is a queryset here, and a single object there

Each way has a site of its own, and no call beside the line can tell which it is: all are unsure.
What is said of a line for signals that are muted there is no other way: see `muted_factory`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from codemod.facts.tables import CallSite
from codemod.project.answers import Tier
from codemod.surfaces.calls import muted_factory
from codemod.surfaces.site import Site


def told_unsure(sites: Iterable[Site]) -> Iterator[Site]:
    """The sites, those unsure whose line may fire the same signals in another way."""
    every = list(sites)
    ways: dict[CallSite, list[Site]] = {}
    for site in every:
        if (call := _fired_by(site)) is not None:
            ways.setdefault(call, []).append(site)
    for site in every:
        call = _fired_by(site)
        others = ways[call] if call is not None else ()
        other = next((o for o in others if _is_other_way(site, o)), None)
        if other is not None:
            reason = f"{site.reason}, or else {other.reason}"
            site = replace(site, tier=Tier.POSSIBLE, reason=reason)
        yield site


def _fired_by(site: Site) -> CallSite | None:
    """The call that fires the signals of a site, if one does."""
    return None if site.never or site.code == muted_factory.CODE else site.call


def _is_other_way(site: Site, other: Site) -> bool:
    return site.surface != other.surface and not {*site.signals}.isdisjoint(other.signals)
