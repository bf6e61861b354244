"""What of a site's work fits there, where not all of it does.

count, _ = folder.delete()      a service for its pages looks at the folder: they would have to
                                go first, uncounted; a service for its notes fits
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from codemod.surfaces.site import Desk, Placed, ServiceCall, Site, Surface, Work


def unfit(surface: Surface, site: Site, work: Work, desk: Desk) -> set[str]:
    """The services that a site can't call, or not along with those before them.

    Calls after the operation have the first choice: they fit in more places.
    """
    early = {call.service for call in work.before}
    fitting: set[str] = set()
    for service in sorted(work.services, key=lambda name: (name in early, name)):
        part = _part(work, {*fitting, service})
        if isinstance(surface.rewrite(site, part, desk), Placed):
            fitting.add(service)
    return work.services - fitting


def _part(work: Work, services: Collection[str]) -> Work:
    """The calls of some services, for rows that go along too."""

    def wanted(calls: tuple[ServiceCall, ...]) -> tuple[ServiceCall, ...]:
        return tuple(call for call in calls if call.service in services)

    cascades = (replace(c, before=wanted(c.before), after=wanted(c.after)) for c in work.cascades)
    return replace(
        work,
        before=wanted(work.before),
        after=wanted(work.after),
        cascades=tuple(c for c in cascades if c.before or c.after),
    )
