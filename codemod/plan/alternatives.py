"""Lines that fire in one way in one run, and in another in the next.

    thing.save()       `thing` is an order here, and the form of one there
    rows.delete()      `rows` is a queryset here, and a single object there

Each way has a site of its own, and no call beside the line can tell which it is: all are unsure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from codemod.facts.tables import CallSite
from codemod.project.answers import Tier
from codemod.surfaces.site import Site


def told_unsure(sites: Iterable[Site]) -> Iterator[Site]:
    """The sites, those unsure whose line may fire the same signals in another way."""
    every = list(sites)
    by_call: dict[CallSite, list[Site]] = {}
    for site in every:
        if site.call is not None and not site.never:
            by_call.setdefault(site.call, []).append(site)
    for site in every:
        others = by_call.get(site.call, ()) if site.call is not None and not site.never else ()
        other = next((o for o in others if _is_other_way(site, o)), None)
        if other is not None:
            reason = f"{site.reason}, or else {other.reason}"
            site = replace(site, tier=Tier.POSSIBLE, reason=reason)
        yield site


def _is_other_way(site: Site, other: Site) -> bool:
    return site.surface != other.surface and not {*site.signals}.isdisjoint(other.signals)
