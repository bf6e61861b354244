"""Hypothesis draws projects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.generated import classes, contexts, handlers, models, operations
from tests.generated.spec import Handler, Project, Shape, Site

SITES = 10  # call sites of one project
HANDLERS = 4


def _one_of(*weighted: str) -> st.SearchStrategy[str]:
    return st.sampled_from(weighted)


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """How models are written; mostly plainly."""
    often = st.sampled_from((False, False, True))
    base = draw(_one_of("plain", *models.BASES))
    return Shape(
        base=base,
        save=draw(_one_of("none", "none", *models.SAVES)),
        delete=draw(often),
        manager=draw(_one_of("none", *models.MANAGERS)),
        uuid_owner=draw(often),
        uuid_order=draw(often),
        related_names=draw(st.booleans()),
        tags=draw(often),
        proxy=draw(often),
        child=draw(often),
        line_save=draw(_one_of("none", "none", *models.SAVES)),
    )


@st.composite
def receivers(draw: st.DrawFn, shape: Shape) -> Handler:
    """A receiver of one model, seldom of two."""
    known = models.model_names(shape)
    model = draw(st.sampled_from(("Order", "Line", *known)))
    signal = draw(_one_of("post_save", "post_save", *handlers.SIGNALS))
    second = draw(st.sampled_from(("", "", "", "Owner", "Line")))
    found = Handler(
        signal=signal,
        models=(model, second) if second and second != model else (model,),
        guard=draw(_one_of(*handlers.GUARDS)),
        signature=draw(_one_of(*handlers.SIGNATURES)),
        body=draw(_one_of(*handlers.BODIES)),
        place=draw(_one_of(*handlers.PLACES)),
        connection=draw(_one_of("decorator", *handlers.CONNECTIONS)),
    )
    return mended(found, shape)


def mended(handler: Handler, shape: Shape) -> Handler:
    """The handler with ingredients that go together."""
    if handler.place == "shop.models" and handler.connection == "ready":
        handler = replace(handler, connection="decorator")
    if handler.body in ("line", "related", "tags", "resave"):
        handler = replace(handler, models=handler.models[:1])
    for change in ({}, {"body": "record"}, {"guard": "none"}, {"body": "record", "guard": "none"}):
        if handlers.fits(replace(handler, **change), shape):
            return replace(handler, **change)
    raise AssertionError(handler)


@st.composite
def sites(draw: st.DrawFn, shape: Shape) -> Site:
    """A call site: an operation in a context, or a class."""
    model = draw(st.sampled_from(("Order", "Order", "Line", *models.model_names(shape))))
    if draw(st.sampled_from((False, False, False, True))):
        fitting = [c for c in classes.CLASSES if classes.fits(Site(c, model, ""), shape)]
        return Site(draw(st.sampled_from(fitting)), model, "class")
    fitting = [o for o in operations.OPERATIONS if operations.fits(Site(o, model, ""), shape)]
    operation = draw(st.sampled_from(fitting))
    setup = operations.OPERATIONS[operation].setup
    context = draw(st.sampled_from([c for c in contexts.CONTEXTS if contexts.fits(c, setup)]))
    return Site(operation, model, context)


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """A project with a few receivers and many call sites."""
    shape = draw(shapes())
    found = draw(st.lists(receivers(shape), min_size=1, max_size=HANDLERS))
    places = draw(st.lists(sites(shape), min_size=SITES, max_size=SITES, unique=True))
    return Project(shape, tuple(found), without_twins(places))


def without_twins(places: list[Site]) -> tuple[Site, ...]:
    """At most one admin class for each model."""
    kept: list[Site] = []
    admins: set[str] = set()
    for site in places:
        if site.operation.startswith("admin_"):
            if site.model in admins:
                continue
            admins.add(site.model)
        kept.append(site)
    return tuple(kept)


def drawn(count: int, number: int) -> Iterator[Project]:
    """So many different projects.

    Each is drawn with a seed of its own: of one run's examples most are mutations of each other.
    They are reduced by `reducing`, which knows their parts.
    """
    seen: set[Project] = set()
    while len(seen) < count:
        for project in _examples(number):
            if project not in seen:
                seen.add(project)
                yield project
        number += 1


def _examples(number: int) -> list[Project]:
    """The examples of one seed; the first, which is the simplest of all, is left out."""
    found: list[Project] = []

    @seed(number)
    @settings(
        max_examples=2,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(projects())
    def explore(project: Project) -> None:
        found.append(project)

    explore()
    return found[1:]
