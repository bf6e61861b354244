"""The receivers of ORM signals, however they are connected, and where they are muted."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codemod.facts.tables import CallSite, FileFacts, FunctionDef, Scope
from codemod.project.registrations.handlers import Handler
from codemod.project.registrations.made import Made, Maker
from codemod.project.registrations.order import Order
from codemod.project.registrations.pairs import Pairs
from codemod.project.registrations.registrars import Wrapper
from codemod.project.registrations.sites import registers
from codemod.project.registrations.terms import Reader, Term
from codemod.values.account import Connection, Receiver
from codemod.values.span import Span

if TYPE_CHECKING:
    from codemod.project.project import Project

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BINDING = frozenset({"staticmethod", "classmethod"})
# What makes another callable out of a function: the function itself is not what is connected.
_WRAPPED = ("wrapped-handler", "callable-instance", "lambda-handler", "undecided-handler")


@dataclass(frozen=True, eq=False)
class FoundConnection:
    """A connection and where it is made.

    Where a function of the project registers for others, `node` is the call of that function.
    """

    connection: Connection
    node: ast.Call  # the decorator expression `receiver(...)` or the `X.connect(...)` call
    facts: FileFacts  # of the file where the connection is made
    call: CallSite | None  # for connect calls: where it stands
    wrapper: Wrapper | None = None  # what a decorator of the project connects instead
    asks_to_load: bool = False  # its condition has that of the import of its module


@dataclass(frozen=True, eq=False)
class FoundReceiver:
    """A receiver with its syntax.

    `receiver.connections` has each (signal, sender, dispatch_uid) once; `made` has every place
    that makes one, repeated ones included.
    """

    receiver: Receiver
    facts: FileFacts  # of the handler's file
    function: FunctionDef | None  # None for lambdas, partials, instances, unresolved ones
    made: tuple[FoundConnection, ...]
    # Of the function, other than those that connect it or bind it to its class.
    decorators: tuple[ast.expr, ...]

    def is_at(self, scope: Scope) -> bool:
        """Whether a scope is that of its function."""
        return self.function is not None and self.function.node is scope.node


@dataclass(frozen=True, eq=False)
class Stretch:
    """What runs while a receiver is silent."""

    receiver: str  # "?" where it can't be told
    signal: str
    sender: str | None  # "?" undecided
    facts: FileFacts
    region: tuple[ast.stmt | ast.expr, ...]  # () when it can't be told


@dataclass(frozen=True, eq=False)
class Mute(Stretch):
    """A `signal.disconnect(handler, sender=X)` outside registration."""

    disconnect: CallSite
    reconnect: CallSite | None
    dissolves: ast.Try | None  # the try whose finally holds nothing but the reconnect


def find_receivers(project: Project) -> tuple[FoundReceiver, ...]:
    """Every receiver of an ORM signal, in the order of files and lines."""
    pairs = project.once(_pairs)
    reader = pairs.reader
    maker = Maker(reader, pairs.uses)
    made = [
        one
        for spot in pairs.spots
        if id(spot.node) not in pairs.reconnects
        for one in maker.connections(spot)
    ]
    back = [spot for spot in pairs.spots if id(spot.node) in pairs.reconnects]
    made += [one for spot in back for one in maker.connections(spot) if _is_another(one, made)]
    order = Order(reader, [(one.facts.path, one.node.lineno) for one in made])
    made.sort(key=lambda one: order.ranks[one.facts.path, one.node.lineno])
    ranked = [(one, rank) for rank, one in enumerate(_unique(made))]
    groups: dict[tuple[str, int], list[tuple[Made, int]]] = {}
    for one, rank in ranked:
        handler = one.handler
        place = id(handler.node) if isinstance(handler.node, (*_FUNCTIONS, ast.Lambda)) else 0
        groups.setdefault((handler.name, place), []).append((one, rank))
    found = [_receiver(reader, group) for group in groups.values()]
    found.sort(key=lambda receiver: (receiver.receiver.file, receiver.receiver.line))
    return _named_apart(found)


def _pairs(project: Project) -> Pairs:
    return Pairs(Reader(project))


def _is_another(one: Made, made: list[Made]) -> bool:
    """Whether a connect below a disconnect is no return of a receiver to what it was taken off.

    `Signal.disconnect` looks for the sender and the id, else the handler (django/dispatch/
    dispatcher.py), and is silent where the signal has no such pair: then nothing is taken off, and
    the connect adds to the connections that the receiver has.
    """
    mine = [other for other in made if other.handler.node is one.handler.node]
    return bool(mine) and not any(
        one.signal in (other.signal, "?")
        and (one.sender == other.sender or "?" in (one.sender, other.sender))
        and one.uid == other.uid
        for other in mine
    )


def _unique(made: list[Made]) -> list[Made]:
    """The connections, with a code for those that share a dispatch_uid with another handler's.

    `Signal.connect` returns without a word where an id and a sender are there already.
    """
    holders: dict[tuple[str, str], list[Made]] = {}
    for one in made:
        if one.unique is not None:
            holders.setdefault((one.signal, one.unique), []).append(one)
    return [
        replace(one, code="uid-shared", expression=one.unique)
        if one.unique is not None
        and one.sender != "?"
        and any(
            other.handler.node is not one.handler.node and other.sender in (one.sender, "?")
            for other in holders[one.signal, one.unique]
        )
        else one
        for one in made
    ]


def find_mutes(project: Project, receivers: tuple[FoundReceiver, ...]) -> tuple[Mute, ...]:
    """Every place that disconnects one of the receivers."""
    known = {found.receiver.name for found in receivers}
    by_uid = {
        connection.dispatch_uid: found.receiver.name
        for found in receivers
        for connection in found.receiver.connections
        if connection.dispatch_uid is not None
    }
    mutes = []
    for pair in project.once(_pairs).pairs:
        name = by_uid.get(pair.uid or "") if pair.handler is None else pair.handler.name
        if name is None or (pair.handler is not None and pair.handler.code == "undecided-handler"):
            name = "?"
        if name == "?" or name in known:
            mutes.append(
                Mute(
                    name,
                    pair.signal,
                    pair.sender,
                    pair.facts,
                    pair.region,
                    pair.disconnect,
                    pair.reconnect,
                    pair.dissolves,
                )
            )
    return tuple(mutes)


def _receiver(reader: Reader, group: list[tuple[Made, int]]) -> FoundReceiver:
    """The receiver that a group of connections of one handler makes."""
    handler = group[0][0].handler
    function = handler.function
    if any(made.handler.code in _WRAPPED for made, _ in group):
        function = None
    found = [
        FoundConnection(
            _connection(made, rank),
            made.node,
            made.facts,
            made.call,
            made.wrapper,
            made.asks_to_load,
        )
        for made, rank in group
    ]
    once: dict[tuple[object, ...], Connection] = {}
    for one in found:
        made_ = one.connection
        sender = (made_.expression, made_.line) if made_.sender == "?" else made_.sender
        slot = (made_.signal, sender, made_.dispatch_uid)
        if (*slot, None) not in once:  # it is made already, whatever this one depends on
            once.setdefault((*slot, made_.condition), made_)
    span = _span(handler)
    receiver = Receiver(
        handler.name, handler.facts.path, _line(handler), span, tuple(once.values())
    )
    node = handler.node
    decorators: tuple[ast.expr, ...] = ()
    if isinstance(node, _FUNCTIONS):
        used = {id(made.node) for made, _ in group} | {
            id(made.node.func) for made, _ in group if made.form == "decorator"
        }
        scope = function.outer if function is not None else handler.facts.scope
        decorators = tuple(
            decorator
            for decorator in node.decorator_list
            if id(decorator) not in used
            and getattr(decorator, "id", "") not in BINDING
            and not registers(reader, Term(decorator, scope, handler.facts))
        )
    return FoundReceiver(receiver, handler.facts, function, tuple(found), decorators)


def _connection(made: Made, rank: int) -> Connection:
    return Connection(
        signal=made.signal,
        sender=made.sender,
        file=made.facts.path,
        line=made.node.lineno,
        form=made.form,
        expression=made.expression,
        order=rank,
        dispatch_uid=made.uid,
        code=made.code,
        condition=made.condition,
    )


def _line(handler: Handler) -> int:
    line: int = getattr(handler.node, "lineno", 1)
    return line


def _span(handler: Handler) -> Span:
    """From the first decorator to the end."""
    node = handler.node
    if not isinstance(node, (ast.expr, ast.stmt)):
        return Span(1, 0, 1, 0)
    span = handler.facts.lines.span(node)
    if isinstance(node, _FUNCTIONS) and node.decorator_list:
        return replace(span, line=min(d.lineno for d in node.decorator_list))
    return span


def _named_apart(found: list[FoundReceiver]) -> tuple[FoundReceiver, ...]:
    """Receivers that share a name (functions defined twice, lambdas) are told apart by line."""
    last = {one.receiver.name: one for one in found}
    named = []
    for one in found:
        if last[one.receiver.name] is not one:
            name = f"{one.receiver.name}@{one.receiver.line}"
            one = replace(one, receiver=replace(one.receiver, name=name))
        named.append(one)
    return tuple(named)
