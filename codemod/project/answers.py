"""What an expression is: the answer of `project.types`, with how sure it is and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal


class Tier(Enum):
    """How sure an answer is."""

    PROVED = "proved"  # one binding, read off the same function or class
    INFERRED = "inferred"  # through callers or returned values, all agreeing
    POSSIBLE = "possible"  # nothing speaks against it
    IMPOSSIBLE = "impossible"  # another type, or attributes that the model lacks


@dataclass(frozen=True)
class Instance:
    """An object of a class, by the class's canonical dotted name."""

    cls: str


@dataclass(frozen=True)
class ClassRef:
    """A class itself."""

    cls: str


@dataclass(frozen=True)
class Manager:
    """A manager of a model (by label); `related` tells a related manager and its relation."""

    model: str
    cls: str | None = None  # the manager's own class, where the project defines one
    related: Literal["fk", "m2m", "generic"] | None = None
    field: str | None = None  # the relation's field, "shop.Order.customer"
    reverse: bool = False  # a many-to-many manager on the side that does not define the field


@dataclass(frozen=True)
class QuerySet:
    """A queryset of a model (by label)."""

    model: str


@dataclass(frozen=True)
class Collection:
    """A list, set, iterator, ... of things."""

    of: tuple[Type, ...]


@dataclass(frozen=True)
class Pair:
    """A tuple of known shape, each position with its types."""

    items: tuple[tuple[Type, ...], ...]


@dataclass(frozen=True)
class Callable:
    """A function or bound method of the project, by canonical dotted name."""

    name: str


@dataclass(frozen=True)
class Other:
    """Something known that is no model, form or manager: "str", "dict", "PIL.Image.Image"."""

    what: str


Type = Instance | ClassRef | Manager | QuerySet | Collection | Pair | Callable | Other


@dataclass(frozen=True)
class Answer:
    """The possible types of an expression; no types means that nothing is known."""

    types: tuple[Type, ...]
    tier: Tier
    reason: str

    @property
    def known(self) -> bool:
        """Whether anything is known at all."""
        return bool(self.types)
