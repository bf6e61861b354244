"""Makes a project that fails smaller, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

from tests.behaviour.test_behaviour import report
from tests.generated import programs
from tests.generated.drawing import mended
from tests.generated.handlers import fits
from tests.generated.harness import Servers, Unsound, site_of, try_out
from tests.generated.spec import Project, Shape, Site
from tests.generated.writing import is_drawn


def reduced(project: Project, both: Servers) -> tuple[Project, str]:
    """A smaller project at which a site of the same kind differs, and how."""
    first = _failing(project, both)
    assert first is not None
    wanted, why = first
    progress = True
    while progress:
        progress = False
        for smaller in _smaller(project, wanted):
            found = _failing(smaller, both, wanted)
            if found is not None:
                project, (wanted, why), progress = smaller, found, True
                break
    return project, why


def _failing(
    project: Project, both: Servers, wanted: Site | None = None
) -> tuple[Site | None, str] | None:
    try:
        different = try_out(project, both).different
    except Unsound:
        return None
    sites = [site_of(project, s) if s.startswith("site_") else None for s, _ in different]
    if wanted is not None:
        sites = [site for site in sites if site is not None and _alike(site, wanted)]
    if not different or not sites:
        return None
    return sites[0], report(list(different))


def _alike(site: Site, wanted: Site) -> bool:
    """Whether two sites are the same, or one a smaller program than the other."""
    return site == wanted or (is_drawn(site) and site.operation == wanted.operation)


def _smaller(project: Project, wanted: Site | None) -> Iterator[Project]:
    if wanted is not None and len(project.sites) > 1:
        yield replace(project, sites=(wanted,))
    for n in range(len(project.sites)):
        if project.sites[n] != wanted:
            yield replace(project, sites=project.sites[:n] + project.sites[n + 1 :])
    if wanted is not None and is_drawn(wanted):
        for text in programs.smaller(wanted.context):
            smaller = replace(wanted, context=text)
            kept = tuple(smaller if site == wanted else site for site in project.sites)
            yield replace(project, sites=kept)
    for n in range(len(project.handlers)):
        if len(project.handlers) > 1:
            yield replace(project, handlers=project.handlers[:n] + project.handlers[n + 1 :])
    for n, handler in enumerate(project.handlers):
        plainer = [
            {"place": "shop.signals"}, {"connection": "decorator"}, {"signature": "named"},
            {"decorator": "none"}, {"surrounding": "none"},
            {"body": "record"}, {"guard": "none"}, {"models": handler.models[:1]},
        ]  # fmt: skip
        for change in plainer:
            new = replace(handler, **change)
            if new != handler and fits(new, project.shape):
                rest = (*project.handlers[:n], mended(new, project.shape))
                yield replace(project, handlers=(*rest, *project.handlers[n + 1 :]))
    if project.loading != "ready":
        yield replace(project, loading="ready")
    plain = Shape()
    for field in fields(Shape):
        value = getattr(plain, field.name)
        if getattr(project.shape, field.name) != value:
            shape = replace(project.shape, **{field.name: value})
            if all(fits(h, shape) for h in project.handlers):
                yield replace(project, shape=shape)
