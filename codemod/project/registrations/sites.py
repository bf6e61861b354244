"""The places that may register a receiver or take one away, as they are written."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from codemod.facts.tables import CallSite, FileFacts, FunctionDef, Scope
from codemod.project.registrations import arguments
from codemod.project.registrations.arguments import Arguments
from codemod.project.registrations.readings import PREFIX, signal_of, signals_of
from codemod.project.registrations.terms import Reader, Term
from codemod.values.account import SIGNALS

RECEIVER = "django.dispatch.receiver"


@dataclass(frozen=True, eq=False)
class Spot:
    """A `receiver(...)` or `signal.connect(...)` in the source.

    `applied`: the decorated function of a decorator.
    """

    facts: FileFacts
    node: ast.Call
    form: Literal["decorator", "connect"]
    site: CallSite | None
    applied: FunctionDef | None
    aliased: Scope | None = None  # the decorator is a name for a call made there

    @property
    def is_returned(self) -> bool:
        """Whether it is `return receiver(...)`: something else applies it."""
        return self.form == "decorator" and self.applied is None


def spots(reader: Reader) -> Iterator[Spot]:
    """Every place that may register a receiver."""
    for facts in reader.project.read():
        text = facts.text
        if "connect" in text or "receiver" in text:
            yield from _connects(reader, facts, "connect")
        if "receiver" in text or "connect" in text or _decorates(text):
            yield from _decorators(reader, facts)
        if "return " in text and ("receiver" in text or "connect" in text):
            yield from _returned(reader, facts)


def disconnects(reader: Reader) -> Iterator[Spot]:
    """Every place that may take a receiver away."""
    for facts in reader.project.read():
        if "disconnect" in facts.text:
            yield from _connects(reader, facts, "disconnect")


def arguments_of(reader: Reader, spot: Spot, call: Term) -> Arguments | None:
    """What a registration says."""
    if spot.form == "decorator" and not registers(reader, call):
        return None
    if _is_applied(reader, spot):
        return _applied(reader, spot.node, call)
    if spot.form == "decorator" and _is_receiver(reader, call.at(spot.node.func)):
        return arguments.of_receiver(reader, call)
    return arguments.of_connect(reader, call)


def signals_named(reader: Reader, spot: Spot, said: Arguments) -> list[str | None]:
    """The ORM signals of a registration; None stands for one that can't be decided."""
    if spot.form == "decorator" or _is_applied(reader, spot):
        found = signals_of(reader, said.signal)
    else:
        found = [signal for signal in [signal_of(reader, said.signal)] if signal != ""]
    if None in found and not _speaks_of_models(spot.facts):
        return [signal for signal in found if signal is not None]
    return found


def _connects(reader: Reader, facts: FileFacts, verb: str) -> Iterator[Spot]:
    aliases = set()
    if re.search(rf"\.\s*{verb}\b(?!\s*\()", facts.text):  # named and not called there
        aliases = {
            name
            for scope in facts.scopes.values()
            for name, bindings in scope.bindings.items()
            for binding in bindings
            if binding.value is not None and _names_method(binding.value, verb)
        }
    names = {verb, "", *aliases}
    sites = [site for site in facts.calls if site.name in names]
    if not sites:
        return
    decorators = {id(d) for function in facts.functions for d in function.node.decorator_list}
    for site in sites:
        function = site.node.func
        if id(site.node) in decorators:
            continue
        is_method = site.name == verb and isinstance(function, ast.Attribute)
        if is_method or (isinstance(function, ast.Name) and function.id in aliases):
            yield Spot(facts, site.node, "connect", site, None)
        elif isinstance(function, ast.Call):
            term = Term(function, site.scope, facts)
            applied = verb == "connect" and site.node.args
            if (applied and _is_receiver(reader, term.at(function.func))) or (
                _names_method(function, verb) and arguments.is_partial(reader, term)
            ):
                yield Spot(facts, site.node, "connect", site, None)


def _names_method(expr: ast.expr, verb: str) -> bool:
    """Whether an expression is `signal.connect`, or a call that is handed it first."""
    if isinstance(expr, ast.Call):
        return bool(expr.args) and _names_method(expr.args[0], verb)
    return isinstance(expr, ast.Attribute) and expr.attr == verb


def _decorators(reader: Reader, facts: FileFacts) -> Iterator[Spot]:
    sites: dict[int, CallSite] | None = None
    for function in facts.functions:
        for decorator in reversed(function.node.decorator_list):
            term = Term(decorator, function.outer, facts)
            if isinstance(decorator, ast.Call):
                if registers(reader, term):
                    if sites is None:
                        sites = {id(site.node): site for site in facts.calls}
                    site = sites.get(id(decorator))
                    yield Spot(facts, decorator, "decorator", site, function)
            elif isinstance(decorator, ast.Attribute) and decorator.attr == "connect":
                node = ast.Call(decorator, [], [])
                ast.copy_location(node, decorator)
                yield Spot(facts, node, "decorator", None, function)
            elif isinstance(decorator, (ast.Name, ast.Attribute)):
                settled = reader.settled(term)
                if isinstance(settled.expr, ast.Call) and registers(reader, settled):
                    yield Spot(
                        settled.facts, settled.expr, "decorator", None, function, settled.scope
                    )


def _returned(reader: Reader, facts: FileFacts) -> Iterator[Spot]:
    """`return receiver(...)` in a decorator of the project."""
    names = {"receiver", "partial"}
    names |= {b.name for b in facts.imports if (b.target or "").rpartition(".")[2] in names}
    for site in facts.calls:
        if site.name not in names or not isinstance(site.statement, ast.Return):
            continue
        if site.statement.value is site.node:
            if registers(reader, Term(site.node, site.scope, facts)):
                yield Spot(facts, site.node, "decorator", site, None)


def registers(reader: Reader, term: Term) -> bool:
    """Whether a call is `receiver(...)`, or a partial of it or of `signal.connect`."""
    call = term.expr
    if not isinstance(call, ast.Call):
        return False
    if _is_receiver(reader, term.at(call.func)):
        return True
    if isinstance(call.func, ast.Attribute) and call.func.attr == "connect":
        return not call.args and not call.keywords  # `@post_save.connect`, made a call here
    return _names_method(call, "connect") and arguments.is_partial(reader, term)


def _is_receiver(reader: Reader, term: Term) -> bool:
    expr = term.expr
    if not isinstance(expr, (ast.Name, ast.Attribute)):
        return False
    dotted = reader.dotted(term)
    if dotted == RECEIVER:
        return True
    if dotted is None:
        return False
    # A package's own `receiver` takes the same arguments.
    return dotted.endswith(".receiver") and not reader.project.modules.knows(dotted)


def _is_applied(reader: Reader, spot: Spot) -> bool:
    """Whether it is `receiver(...)(handler)`."""
    if spot.form != "connect" or spot.site is None or not isinstance(spot.node.func, ast.Call):
        return False
    return _is_receiver(reader, Term(spot.node.func.func, spot.site.scope, spot.facts))


def _applied(reader: Reader, node: ast.Call, call: Term) -> Arguments | None:
    """`receiver(post_save, sender=Order)(handler)`."""
    said = arguments.of_receiver(reader, call.at(node.func))
    if said is None or not node.args:
        return None
    return replace(said, handler=call.at(node.args[0]))


def _speaks_of_models(facts: FileFacts) -> bool:
    """Whether a file has to do with model signals: others have a `connect` of their own."""
    return PREFIX.rstrip(".") in facts.text or any(signal in facts.text for signal in SIGNALS)


def _decorates(text: str) -> bool:
    return "signal" in text and "@" in text
