"""Handlers that are taken off a signal for a while: `disconnect`, work, `connect`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from codemod.facts.nodes import is_none
from codemod.facts.tables import Binding, CallSite, FileFacts, FunctionDef
from codemod.project.registrations.handlers import Handler, handler_of
from codemod.project.registrations.readings import sender_of
from codemod.project.registrations.sites import (
    Spot,
    arguments_of,
    disconnects,
    signals_named,
    spots,
)
from codemod.project.registrations.terms import Reader, Term
from codemod.project.registrations.uses import Use, Uses, outermost, parameters

_YIELDS = (ast.Yield, ast.YieldFrom)


@dataclass(frozen=True, eq=False)
class Pair:
    """A disconnect with the connect that undoes it."""

    handler: Handler | None
    signal: str
    sender: str | None
    uid: str | None
    facts: FileFacts
    disconnect: CallSite
    reconnect: CallSite | None
    region: tuple[ast.stmt, ...]
    dissolves: ast.Try | None


class Pairs:
    """All disconnects of ORM signals, and the connects that undo them."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.uses = Uses(reader)
        self.spots = tuple(spots(reader))  # that may register
        taken = [spot for spot in disconnects(reader) if self._is_ours(spot)]
        files = {spot.facts.path for spot in taken}
        connects = [
            spot
            for spot in self.spots
            if spot.form == "connect" and spot.facts.path in files and spot.site is not None
        ]
        self.pairs: list[Pair] = []
        self.reconnects: set[int] = set()
        for spot in taken:
            back = self._undoing(spot, connects)
            self.reconnects.update(id(site.node) for site in back)
            self.pairs += self._pairs(spot, back)

    def _is_ours(self, spot: Spot) -> bool:
        return any(True for _ in self._readings(spot))

    def _readings(
        self, spot: Spot, start: Mapping[Binding, Term] | None = None
    ) -> Iterator[tuple[Handler | None, str, str | None, str | None]]:
        """(handler, signal, sender, dispatch_uid) of a disconnect, for each round of its loops."""
        assert spot.site is not None
        for given in self.uses.spread(spot.site, spot.facts, start or {}):
            call = Term(spot.node, spot.site.scope, spot.facts, given)
            said = arguments_of(self.reader, spot, call)
            if said is None:
                continue
            handler = None
            if said.handler is not None and not _is_none(said.handler):
                handler = handler_of(self.reader, said.handler)
            uid = self.reader.constant(said.uid) if said.uid is not None else None
            sender = sender_of(self.reader, said.sender)
            if said.sender is None and said.open:
                sender = "?"
            for signal in signals_named(self.reader, spot, said):
                yield handler, signal or "?", sender, uid if isinstance(uid, str) else None

    def _pairs(self, spot: Spot, back: Sequence[CallSite]) -> Iterator[Pair]:
        site = spot.site
        assert site is not None
        function = outermost(self.reader, site.scope, spot.facts)
        if function is not None and parameters(self.reader, spot.node, site.scope):
            uses = self.uses.of(function, spot.facts)
            for use in uses:
                yield from self._by_use(spot, function, use)
            if uses:
                return
        reconnect = back[0] if back else None
        region: tuple[ast.stmt, ...] = ()
        dissolves: ast.Try | None = None
        if reconnect is not None and reconnect.scope is site.scope:
            region, dissolves = _between(site, reconnect)
        for handler, signal, sender, uid in self._readings(spot):
            yield Pair(
                handler, signal, sender, uid, spot.facts, site, reconnect, region, dissolves
            )  # fmt: skip

    def _by_use(self, spot: Spot, function: FunctionDef, use: Use) -> Iterator[Pair]:
        """A function of the project that mutes what it is given: each call of it mutes."""
        if use.site is None:
            return
        region = _with_body(use.site)
        for given in self.uses.given(function, spot.facts, use):
            for handler, signal, sender, uid in self._readings(spot, given):
                yield Pair(
                    handler, signal, sender, uid, use.facts, use.site, None, region, None
                )  # fmt: skip

    def _undoing(self, spot: Spot, connects: Sequence[Spot]) -> list[CallSite]:
        """The connects that undo a disconnect: below it in its function, else in its class."""
        site = spot.site
        assert site is not None
        key = self._key(spot)
        same = [
            other.site
            for other in connects
            if other.site is not None and other.facts is spot.facts and self._key(other) == key
        ]
        function = site.scope.function()
        below = [
            other
            for other in same
            if other.scope.function() is function and other.node.lineno > site.node.lineno
        ]
        if below or function is None:
            return below if function is not None else []
        owner = site.scope.class_()
        if owner is None or self._key(spot)[1].startswith(("self.", "cls.")):
            return []  # what an object connects of its own, nobody connected before
        # setUp and tearDown, __enter__ and __exit__
        return [
            other
            for other in same
            if other.scope.class_() is owner and other.scope.function() is not function
        ]

    def _key(self, spot: Spot) -> tuple[str, ...]:
        """What a connect must have in common with the disconnect that it undoes."""
        assert spot.site is not None
        call = Term(spot.node, spot.site.scope, spot.facts)
        said = arguments_of(self.reader, spot, call)
        if said is None:
            return ("", str(id(spot)))
        signal = self.reader.dotted(said.signal) or said.signal.source
        sender = said.sender.source if said.sender is not None else ""
        handler = said.handler.source if said.handler is not None else ""
        uid = said.uid.source if said.uid is not None else ""
        return (signal, handler or uid, sender, uid)


def _between(
    disconnect: CallSite, reconnect: CallSite
) -> tuple[tuple[ast.stmt, ...], ast.Try | None]:
    """The statements between the two, and the `try` that is only there for the reconnect."""
    first, last = disconnect.statement, reconnect.statement
    for node in reconnect.compounds:
        if not isinstance(node, ast.Try) or not any(last is inner for inner in node.finalbody):
            continue
        body: list[ast.stmt] | None = None
        if any(first is inner for inner in node.body):
            body = _after(node.body, first)
        elif any(node is inner for inner in disconnect.block):
            between = _after(disconnect.block, first)
            body = [*between[: _index(between, node)], *node.body]
        if body is None or not _runs_through(body):
            return (), None
        only = len(node.finalbody) == 1 and not node.handlers and not node.orelse
        handled = [inner for handler in node.handlers for inner in handler.body]
        return (*body, *handled, *node.orelse), node if only else None
    if disconnect.block is reconnect.block:
        between = _after(disconnect.block, first)
        region = between[: _index(between, last)]
        return (tuple(region), None) if _runs_through(region) else ((), None)
    return (), None


def _with_body(site: CallSite) -> tuple[ast.stmt, ...]:
    """What runs under `with muted(...):`."""
    node = site.statement
    if not isinstance(node, (ast.With, ast.AsyncWith)):
        return ()
    if not any(item.context_expr is site.node for item in node.items):
        return ()
    return tuple(node.body) if _runs_through(node.body) else ()


def _after(block: Sequence[ast.stmt], statement: ast.stmt) -> list[ast.stmt]:
    return [*block[_index(block, statement) + 1 :]]


def _index(block: Sequence[ast.stmt], statement: ast.stmt) -> int:
    return next((i for i, node in enumerate(block) if node is statement), len(block))


def _runs_through(body: Sequence[ast.stmt]) -> bool:
    """Whether no other code runs in between, as it does where a generator yields."""
    return not any(isinstance(inner, _YIELDS) for node in body for inner in ast.walk(node))


def _is_none(term: Term | None) -> bool:
    return term is not None and is_none(term.expr)
