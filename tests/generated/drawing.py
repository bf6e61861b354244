"""Hypothesis draws projects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.generated import (
    classes,
    contexts,
    handlers,
    hooks,
    models,
    operations,
    programs,
    saves,
    surroundings,
)
from tests.generated.spec import Handler, Project, Shape, Site

SITES = 14  # call sites of one project
PROGRAMS = 2  # more would hardly leave a receiver that may go
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
        save=draw(_saves()),
        delete=draw(often),
        manager=draw(_one_of("none", *models.MANAGERS)),
        uuid_owner=draw(often),
        uuid_order=draw(often),
        related_names=draw(st.booleans()),
        tags=draw(often),
        proxy=draw(often),
        child=draw(often),
        line_save=draw(_saves()),
        notes=draw(often),
        tree=draw(often),
    )


def _saves() -> st.SearchStrategy[str]:
    """A model's own `save()`: none, a usual one, or a drawn one."""
    known = _one_of("none", "none", *models.SAVES)
    return st.one_of(known, known, known, saves.saves())


@st.composite
def receivers(draw: st.DrawFn, shape: Shape) -> Handler:
    """A receiver of one model, seldom of two."""
    known = models.model_names(shape)
    model = draw(st.sampled_from(("Order", "Line", *known)))
    signal = draw(_one_of("post_save", "post_save", *handlers.SIGNALS))
    if signal == "m2m_changed" and shape.tags:
        return Handler(
            signal,
            ("Order",),
            guard=draw(_one_of(*handlers.ACTIONS)),
            signature=draw(_one_of(*handlers.SIGNATURES)),
            body=draw(_one_of(*handlers.RELATION_BODIES)),
            place=draw(_one_of("shop.signals", "stats.signals")),
            connection=draw(_one_of("decorator", "ready", "module", "uid", "list", "function")),
            surrounding=draw(_surroundings()),
        )
    if signal == "m2m_changed":
        signal = "post_save"
    second = draw(st.sampled_from(("", "", "", "Owner", "Line")))
    found = Handler(
        signal=signal,
        models=(model, second) if second and second != model else (model,),
        guard=draw(_one_of(*handlers.GUARDS)),
        signature=draw(_one_of(*handlers.SIGNATURES)),
        body=draw(_one_of(*handlers.BODIES)),
        place=draw(_one_of(*handlers.PLACES)),
        connection=draw(_one_of("decorator", *handlers.CONNECTIONS)),
        decorator=draw(_one_of("none", "none", *handlers.DECORATORS)),
        surrounding=draw(_surroundings()),
    )
    return mended(found, shape)


def _surroundings() -> st.SearchStrategy[str]:
    known = [*surroundings.SURROUNDINGS]
    return _one_of(*["none"] * len(known), *known)


def mended(handler: Handler, shape: Shape) -> Handler:
    """The handler with ingredients that go together."""
    if not surroundings.fits(handler.surrounding, handler.place):
        handler = replace(handler, surrounding="none")
    if handler.place == "shop.models" and handler.connection in ("ready", "function"):
        handler = replace(handler, connection="decorator")
    if handler.body in (
        "line",
        "related",
        "tags",
        "resave",
        "counter",
        "parent",
        "changed",
        "lines",
    ):
        handler = replace(handler, models=handler.models[:1])
    for change in ({}, {"body": "record"}, {"guard": "none"}, {"body": "record", "guard": "none"}):
        if handlers.fits(replace(handler, **change), shape):
            return replace(handler, **change)
    raise AssertionError(handler)


@st.composite
def programs_of(draw: st.DrawFn, shape: Shape) -> Site:
    """A function of several statements."""
    model = draw(st.sampled_from(("Order", "Line", *_with_pages(shape))))
    return Site(programs.OPERATION, model, draw(programs.programs(model)))


@st.composite
def hooks_of(draw: st.DrawFn, shape: Shape) -> Site:
    """A method that a framework calls, of several statements."""
    model = draw(st.sampled_from(("Order", "Line", *_with_pages(shape))))
    operation = draw(st.sampled_from([*hooks.HOOKS]))
    return Site(operation, model, draw(hooks.bodies(operation)))


def _with_pages(shape: Shape) -> list[str]:
    """The models but `Note`, which has no page."""
    return [model for model in models.model_names(shape) if model != "Note"]


@st.composite
def sites(draw: st.DrawFn, shape: Shape, relation: bool) -> Site:
    """A call site: an operation in a context, a class or a program; `relation`: often of the tags."""
    kind = draw(_one_of("program", "hook", *["other"] * 12))
    if kind == "program":
        return draw(programs_of(shape))
    if kind == "hook":
        return draw(hooks_of(shape))
    model = draw(st.sampled_from(("Order", "Order", "Line", *models.model_names(shape))))
    if shape.notes and draw(st.sampled_from((False, False, True))):
        model = "Note"
    if relation and draw(st.booleans()):
        model = draw(_one_of("Order", "Order", *models.model_names(shape)))
        model = model if model in operations.ORDERS else "Order"
        tagging = [o for o in operations.OPERATIONS if operations.OPERATIONS[o].tags]
        return _in_context(draw, draw(st.sampled_from(tagging)), model)
    if model != "Note" and draw(st.sampled_from((False, False, False, True))):
        fitting = [c for c in classes.CLASSES if classes.fits(Site(c, model, ""))]
        return Site(draw(st.sampled_from(fitting)), model, "class")
    fitting = [o for o in operations.OPERATIONS if operations.fits(Site(o, model, ""), shape)]
    return _in_context(draw, draw(st.sampled_from(fitting)), model)


def _in_context(draw: st.DrawFn, operation: str, model: str) -> Site:
    setup, awaits = (
        operations.OPERATIONS[operation].setup,
        operations.OPERATIONS[operation].awaits,
    )
    fitting = [c for c in contexts.CONTEXTS if contexts.fits(c, setup, awaits)]
    return Site(operation, model, draw(st.sampled_from(fitting)))


@st.composite
def projects(draw: st.DrawFn, only_programs: bool) -> Project:
    """A project with a few receivers and many call sites, or with a few programs and hooks."""
    shape = draw(shapes())
    found = draw(st.lists(receivers(shape), min_size=1, max_size=HANDLERS))
    relation = any(handler.signal == "m2m_changed" for handler in found)
    count = PROGRAMS if only_programs else SITES
    drawn = st.one_of(programs_of(shape), hooks_of(shape))
    place = drawn if only_programs else sites(shape, relation)
    places = draw(st.lists(place, min_size=count, max_size=count, unique=True))
    loading = draw(_one_of("ready", *handlers.LOADING))
    return Project(shape, tuple(found), without_twins(places), loading)


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


def drawn(count: int, number: int, only_programs: bool = False) -> Iterator[Project]:
    """So many different projects.

    Each is drawn with a seed of its own: of one run's examples most are mutations of each other.
    They are reduced by `reducing`, which knows their parts.
    """
    seen: set[Project] = set()
    while len(seen) < count:
        for project in _examples(number, only_programs):
            if project not in seen:
                seen.add(project)
                yield project
        number += 1


def _examples(number: int, only_programs: bool) -> list[Project]:
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
    @given(projects(only_programs))
    def explore(project: Project) -> None:
        found.append(project)

    explore()
    return found[1:]
