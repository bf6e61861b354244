"""What a generated project is made of: plain values, so that hypothesis can shrink them.

The models are always `Owner <- Order <- Line` (foreign keys that cascade), `Tag` and `Log`; their
shapes vary. Handlers and call sites name their ingredients by the keys of the other modules.
"""

from __future__ import annotations

from dataclasses import dataclass

VERBS = ("index", "notify", "audit", "review", "track")


@dataclass(frozen=True)
class Shape:
    """How the models are written."""

    base: str = "plain"  # of Order: a key of `models.BASES`
    save: str = "none"  # Order's own save(): a key of `models.SAVES`, or its text
    delete: bool = False  # Order has its own delete()
    manager: str = "none"  # a key of `models.MANAGERS`
    uuid_owner: bool = False
    uuid_order: bool = False
    related_names: bool = True
    tags: bool = False  # Order has a many-to-many field
    proxy: bool = False  # OpenOrder, a proxy of Order
    child: bool = False  # RushOrder, a multi-table child of Order
    line_save: str = "none"
    notes: bool = False  # Note, with a generic foreign key to an order
    tree: bool = False  # Order has a parent of its own kind, which takes it along


@dataclass(frozen=True)
class Handler:
    """A receiver."""

    signal: str
    models: tuple[str, ...]
    guard: str  # a key of `handlers.GUARDS`
    signature: str  # a key of `handlers.SIGNATURES`
    body: str  # a key of `handlers.BODIES`
    place: str = "shop.signals"
    connection: str = "decorator"
    decorator: str = "none"  # a key of `handlers.DECORATORS`
    surrounding: str = "none"  # a key of `surroundings.SURROUNDINGS`

    @property
    def app(self) -> str:
        """The app of its module."""
        return self.place.partition(".")[0]

    @property
    def senders(self) -> list[str]:
        """What it is connected to, as code."""
        through = ".tags.through" if self.signal == "m2m_changed" else ""
        return [f"{model}{through}" for model in self.models]

    def name(self, number: int) -> str:
        """Its function's name: `index_order`."""
        return f"{VERBS[number]}_{self.models[0].lower()}"


@dataclass(frozen=True)
class Site:
    """A place that fires."""

    operation: (
        str  # a key of `operations.OPERATIONS`, of `classes.CLASSES` or `hooks.HOOKS`; a program
    )
    model: str
    context: str  # a key of `contexts.CONTEXTS`; "class"; or the lines of a program or hook


@dataclass(frozen=True)
class Project:
    """A whole project."""

    shape: Shape
    handlers: tuple[Handler, ...]
    sites: tuple[Site, ...]
    loading: str = "ready"  # of the modules of receivers: a key of `handlers.LOADING`
