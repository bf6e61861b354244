"""Registrations as connections: one for each signal, sender and handler."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codemod.facts.tables import Binding, CallSite, FileFacts, FunctionDef, Scope
from codemod.project.registrations.arguments import Arguments
from codemod.project.registrations.conditions import Conditions
from codemod.project.registrations.handlers import Handler, handler_of, of_function
from codemod.project.registrations.readings import sender_of
from codemod.project.registrations.sites import Spot, arguments_of, signals_named
from codemod.project.registrations.terms import Reader, Term
from codemod.project.registrations.uses import Use, Uses, outermost, parameters

_Given = Mapping[Binding, Term]


@dataclass(frozen=True, eq=False)
class Made:
    """One connection, before it has a rank.

    `facts`, `node` and `call` tell what a reader of the code would call the registration: where
    a function of the project registers for others, the call of that function.
    """

    signal: str
    sender: str | None
    handler: Handler
    facts: FileFacts
    node: ast.Call
    call: CallSite | None
    form: str
    expression: str
    uid: str | None
    code: str | None


class Maker:
    """Turns spots into connections."""

    def __init__(self, reader: Reader, uses: Uses) -> None:
        self.reader, self.uses = reader, uses
        self.conditions = Conditions(uses)

    def connections(self, spot: Spot) -> Iterator[Made]:
        """The connections that a registration makes."""
        registrar = self._registrar(spot)
        if registrar is not None:
            uses = self.uses.of(registrar, spot.facts)
            # A factory of receivers that gets nothing has one receiver, however often it is called.
            if spot.is_returned or (spot.applied is not None and not self._parameters(spot)):
                uses = tuple(use for use in uses if use.decorated is not None)
            if uses:
                for use in uses:
                    for given in self.uses.given(registrar, spot.facts, use):
                        yield from self._rounds(spot, given, use)
                return
        if not spot.is_returned:
            yield from self._rounds(spot, {}, None)

    def _registrar(self, spot: Spot) -> FunctionDef | None:
        """The function around a registration whose callers say what is registered."""
        if not self._parameters(spot) and (spot.applied is None or spot.aliased):
            return None
        return outermost(self.reader, self._scope(spot), spot.facts)

    def _scope(self, spot: Spot) -> Scope:
        if spot.site is not None:
            return spot.site.scope
        if spot.applied is not None and not spot.aliased:
            return spot.applied.outer
        return spot.facts.scope

    def _parameters(self, spot: Spot) -> set[Binding]:
        return parameters(self.reader, spot.node, self._scope(spot))

    def _rounds(self, spot: Spot, given: _Given, use: Use | None) -> Iterator[Made]:
        spread = [given]
        if spot.site is not None:
            spread = self.uses.spread(spot.site, spot.facts, given)
        for values in spread:
            call = Term(spot.node, self._scope(spot), spot.facts, values)
            said = arguments_of(self.reader, spot, call)
            if said is None:
                continue
            for signal in signals_named(self.reader, spot, said):
                made = self._made(spot, said, signal, use)
                if made is not None:
                    yield made

    def _made(
        self, spot: Spot, said: Arguments, signal: str | None, use: Use | None
    ) -> Made | None:
        handler = self._handler(spot, said, use)
        if handler is None:
            return None
        sender = sender_of(self.reader, said.sender)
        if said.sender is None and said.open:
            sender = "?"
        code, expression = handler.code, ""
        condition = self._condition(spot, use)
        if signal is None:
            code, expression = "undecided-signal", said.signal.source
        elif sender == "?":
            code = "undecided-sender"
            expression = said.sender.source if said.sender is not None else "**kwargs"
        elif code is not None:
            expression = said.handler.source if said.handler is not None else ""
        elif condition is not None:
            code, expression = "conditional-connection", condition
        elif use is not None or spot.aliased:
            code, expression = "indirect-connection", ast.unparse(spot.node)
        uid = None
        if said.uid is not None:
            constant = self.reader.constant(said.uid)
            uid = constant if isinstance(constant, str) else said.uid.source
        facts, node, site = spot.facts, spot.node, spot.site
        form: str = spot.form
        if use is not None and use.site is not None:
            facts, node, site = use.facts, use.site.node, use.site
        if use is not None:
            form = "decorator" if use.decorated is not None else "connect"
        call = site if form == "connect" else None
        return Made(
            signal or "?", sender, handler, facts, node, call, form, expression, uid, code
        )  # fmt: skip

    def _handler(self, spot: Spot, said: Arguments, use: Use | None) -> Handler | None:
        if use is not None and use.decorated is not None:
            return of_function(self.reader, use.decorated, use.facts)
        if spot.applied is not None:
            facts = spot.facts
            if spot.aliased:
                facts = self._home(spot.applied) or facts
            return of_function(self.reader, spot.applied, facts)
        if said.handler is None:
            return None
        return handler_of(self.reader, said.handler)

    def _home(self, function: FunctionDef) -> FileFacts | None:
        scope = function.scope
        while scope.parent is not None:
            scope = scope.parent
        for facts in self.reader.project.read():
            if facts.scope is scope:
                return facts
        return None

    def _condition(self, spot: Spot, use: Use | None) -> str | None:
        if use is not None:
            found = None
            if use.site is not None:
                found = self.conditions.of(use.site, use.facts)
            elif use.decorated is not None:
                scope = use.decorated.outer
                found = self.conditions.of_scope(scope, use.facts, use.decorated.node.lineno)
            if found is not None or spot.site is None:
                return found
            return self.conditions.of_compounds(spot.site)
        if spot.site is not None:
            return self.conditions.of(spot.site, spot.facts)
        if spot.applied is not None and not spot.aliased:
            line = spot.applied.node.lineno
            return self.conditions.of_scope(spot.applied.outer, spot.facts, line)
        return None
