"""What `scan` hands to the report: every receiver with its account, hazards and writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from codemod.values.account import Decision, Reason
from codemod.values.files import Unreadable


@dataclass(frozen=True)
class Write:
    """Rows that a receiver's work writes, in its own body or in what it calls."""

    model: str  # label
    signals: tuple[str, ...]  # that fire there; none for bulk operations
    created: str | None  # "true", "false", "dynamic" for saves
    file: str
    line: int
    at: int  # line in the receiver's own file: the same, or of the call that leads there
    via: str = ""  # the project's function that writes, where it isn't the receiver itself


@dataclass(frozen=True)
class Step:
    """One turn of a cycle: a receiver writes a model, which fires the next receiver."""

    receiver: str
    model: str


@dataclass(frozen=True)
class Entry:
    """One receiver of the inventory."""

    app: str  # label of the app it lives in, or its folder
    decision: Decision
    hazards: tuple[Reason, ...] = ()
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True)
class OtherReceiver:
    """A receiver of a signal that no model sends: no save or delete fires it."""

    name: str  # the handler, as it is named there
    signal: str
    file: str
    line: int


@dataclass(frozen=True)
class Inventory:
    """All receivers of a project."""

    entries: tuple[Entry, ...] = ()
    cycles: tuple[tuple[Step, ...], ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    others: tuple[OtherReceiver, ...] = ()


def is_test(path: str) -> bool:
    """Whether a file holds tests or what they use."""
    pure = PurePosixPath(path)
    name = pure.name.removesuffix(".py")
    return (
        bool({"tests", "test", "testing"} & set(pure.parts[:-1]))
        or name in ("tests", "test", "conftest", "factories")
        or name.startswith("test_")
        or name.endswith(("_test", "_tests"))
    )
