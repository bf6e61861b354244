"""Receivers, what fires them, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from codemod.values.span import Span

M2M = "m2m_changed"
SAVE_SIGNALS = ("pre_save", "post_save")
DELETE_SIGNALS = ("pre_delete", "post_delete")
SIGNALS = (*SAVE_SIGNALS, *DELETE_SIGNALS, "m2m_changed", "pre_init", "post_init")


@dataclass(frozen=True)
class Connection:
    """One (signal, sender) that a receiver is connected to.

    `sender` is "app.Model", "app.Model_field" for an auto-created through table, None for every
    sender, "?" where it can't be decided (then `expression` is its source).
    """

    signal: str
    sender: str | None
    file: str
    line: int  # 1-based, of the decorator or the connect call
    form: str  # "decorator" or "connect"
    expression: str = ""
    order: int = 0  # rank among all connections of the project, as Django would make them
    dispatch_uid: str | None = None
    code: str | None = None  # why this connection can't be migrated
    condition: str | None = None  # a question of the settings, where it is made only if it holds


@dataclass(frozen=True)
class Receiver:
    """A function connected to a model signal."""

    name: str  # canonical dotted name
    file: str
    line: int  # 1-based, of the `def`
    span: Span  # from its first decorator to its end
    connections: tuple[Connection, ...]


class Outcome(Enum):
    """What becomes of one way in which a receiver can fire."""

    REWRITTEN = "rewritten"  # an explicit call with the same effect
    NEVER = "never"  # nothing was called there, nothing is now
    BLOCKED = "blocked"  # a code says why


Created = Literal["true", "false", "dynamic"]


@dataclass(frozen=True)
class Firing:
    """One way in which a receiver can fire: a line of the account.

    Cascades, raw loads and other packages have no place: `span` is None.
    """

    file: str
    span: Span | None
    signal: str
    model: str
    surface: str
    tier: str
    created: Created | None
    outcome: Outcome
    code: str | None = None
    note: str = ""
    covered: bool = False  # reaches a call that stands elsewhere: no edit here


class Fate(Enum):
    """What becomes of a receiver."""

    RETIRE = "retire"  # gone, every firing site calls the service
    DELEGATE = "delegate"  # stays connected, its body is a service
    KEEP = "keep"  # not edited


@dataclass(frozen=True)
class Reason:
    """Why a receiver stays, or what changes where it goes."""

    code: str
    text: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Decision:
    """The fate of one receiver, with its whole firing account."""

    receiver: Receiver
    fate: Fate
    reasons: tuple[Reason, ...] = ()  # what blocks
    notes: tuple[Reason, ...] = ()  # named differences and advice
    firings: tuple[Firing, ...] = ()
    service: str | None = None  # dotted name of the service function, if one is made
    service_file: str | None = None
