"""Registrations as connections: one for each signal, sender and handler."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codemod.facts.tables import Binding, CallSite, FileFacts, FunctionDef, Scope
from codemod.project.registrations.arguments import Arguments, is_partial
from codemod.project.registrations.conditions import Condition, Conditions
from codemod.project.registrations.handlers import Handler, handler_of, of_function
from codemod.project.registrations.held import is_function_held, is_held
from codemod.project.registrations.loading import ImportQuestions
from codemod.project.registrations.readings import sender_of
from codemod.project.registrations.registrars import Registrar, Wrapper, registrar_of
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
    unique: str | None = None  # the dispatch_uid, where it is a constant
    wrapper: Wrapper | None = None  # what is connected in place of the handler
    condition: str | None = None  # the question that it depends on, if the settings answer it
    asks_to_load: bool = False  # the import of its module depends on it as well


class Maker:
    """Turns spots into connections."""

    def __init__(self, reader: Reader, uses: Uses) -> None:
        self.reader, self.uses = reader, uses
        self.conditions = Conditions(uses)
        self.import_questions = ImportQuestions(self.conditions)

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
        if not self._parameters(spot) and (spot.applied is None or spot.aliased is not None):
            return None
        return outermost(self.reader, self._scope(spot), spot.facts)

    def _scope(self, spot: Spot) -> Scope:
        if spot.site is not None:
            return spot.site.scope
        if spot.aliased is not None:
            return spot.aliased
        return spot.applied.outer if spot.applied is not None else spot.facts.scope

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
        loading = self.import_questions.question((use or spot).facts.path)
        condition = Condition.all_of((loading, self._condition(spot, use)))
        plain = self._plain(spot, use)
        if signal is None:
            code, expression = "undecided-signal", said.signal.source
        elif sender == "?":
            code = "undecided-sender"
            expression = said.sender.source if said.sender is not None else "**kwargs"
        elif code == "undecided-handler":
            expression = said.handler.source if said.handler is not None else ""
        elif condition is not None and condition.test is None:
            code, expression = "conditional-connection", condition.text
        elif not self._is_held(spot, said, use):
            code, expression = "held-weakly", ast.unparse(spot.node)
        elif code is not None:
            expression = said.handler.source if said.handler is not None else ""
        elif (use is not None or spot.aliased is not None) and plain is None:
            code, expression = "indirect-connection", ast.unparse(spot.node)
        uid = unique = None
        if said.uid is not None:
            constant = self.reader.constant(said.uid)
            unique = constant if isinstance(constant, str) else None
            uid = unique or said.uid.source
        facts, node, site = spot.facts, spot.node, spot.site
        form: str = spot.form
        if use is not None:
            facts, node, site = use.facts, use.node, use.site
            form = "decorator" if use.decorated is not None else "connect"
        call = site if form == "connect" else None
        return Made(
            signal or "?", sender, handler, facts, node, call, form, expression, uid, code, unique,
            plain.wrapper if plain is not None else None,
            condition.test if condition is not None else None,
            loading is not None,
        )  # fmt: skip

    def _plain(self, spot: Spot, use: Use | None) -> Registrar | None:
        """The decorator of the project that makes the connection, if it does nothing else."""
        function = outermost(self.reader, self._scope(spot), spot.facts)
        if use is None or use.decorated is None or function is None:
            return None
        called = use.site is not None
        return registrar_of(self.reader, function, spot.facts, spot.node, called=called)

    def _handler(self, spot: Spot, said: Arguments, use: Use | None) -> Handler | None:
        if use is not None and use.decorated is not None:
            return of_function(self.reader, use.decorated, use.facts)
        if spot.applied is not None:
            facts = spot.facts
            if spot.aliased is not None:
                facts = self._home(spot.applied) or facts
            return of_function(self.reader, spot.applied, facts)
        if said.handler is None:
            return None
        return handler_of(self.reader, said.handler)

    def _is_held(self, spot: Spot, said: Arguments, use: Use | None) -> bool:
        """Whether the handler lives on, by the signal or without it."""
        if said.open or (said.weak is not None and not _is_true(self.reader, said.weak)):
            return True
        if use is not None and use.decorated is not None:
            return is_function_held(self.reader, use.decorated)
        if spot.applied is not None:
            # `connect` returns nothing: that is what the function's name then stands for.
            loses = isinstance(spot.node.func, ast.Attribute) and spot.node.func.attr == "connect"
            call = Term(spot.node, self._scope(spot), spot.facts)
            if loses or is_partial(self.reader, call):
                return False
            return is_function_held(self.reader, spot.applied)
        return said.handler is None or is_held(self.reader, said.handler)

    def _home(self, function: FunctionDef) -> FileFacts | None:
        scope = function.scope
        while scope.parent is not None:
            scope = scope.parent
        for facts in self.reader.project.read():
            if facts.scope is scope:
                return facts
        return None

    def _condition(self, spot: Spot, use: Use | None) -> Condition | None:
        facts, found = spot.facts, None
        if use is not None:
            if use.site is not None:
                found = self.conditions.of(use.site.node, use.site.scope, use.facts)
            elif use.decorated is not None:
                found = self.conditions.of(use.decorated.node, use.decorated.outer, use.facts)
            return Condition.all_of(
                (found, self.conditions.within(spot.node, self._scope(spot), facts))
            )
        if spot.applied is not None:
            home = self._home(spot.applied) or facts
            return self.conditions.of(spot.applied.node, spot.applied.outer, home)
        if spot.site is not None:
            return self.conditions.of(spot.node, spot.site.scope, facts)
        return None


def _is_true(reader: Reader, term: Term) -> bool:
    expr = reader.settled(term).expr
    return isinstance(expr, ast.Constant) and bool(expr.value)
