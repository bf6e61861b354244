"""Places that take the receivers of signals away, with the calls on the way to them.

def mute(signal):  signal.receivers = []      the switch
mute(post_save)                               an event of it, for `post_save`
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from codemod.facts.nodes import last_name, parents
from codemod.facts.tables import CallSite, FileFacts, FunctionDef, Scope
from codemod.plan.silences import regions
from codemod.plan.silences.mentions import mentions
from codemod.plan.silences.regions import Parents
from codemod.plan.silences.switches import Given, Switch, signals, switches
from codemod.project.project import Project
from codemod.project.registrations.terms import Reader
from codemod.project.registrations.uses import Use, Uses, parameters


@dataclass(frozen=True, eq=False)
class Silence:
    """A stretch that runs while a signal has no receivers; `sure`: all of it, whenever it runs.
    `open`: where an error ends it, nothing puts the receivers back."""

    signals: frozenset[str]
    facts: FileFacts
    line: int
    region: tuple[ast.stmt | ast.expr, ...]  # () where it can't be told
    sure: bool
    open: bool = False

    @property
    def file(self) -> str:
        """The file it is in."""
        return self.facts.path


@dataclass(frozen=True, eq=False)
class Link:
    """A function that does so, where it is used."""

    function: FunctionDef
    home: FileFacts
    use: Use


@dataclass(frozen=True, eq=False)
class Event:
    """A place that takes the receivers away, itself or by what it calls."""

    switch: Switch
    node: ast.expr
    scope: Scope
    facts: FileFacts
    links: tuple[Link, ...] = ()  # the calls on the way from the switch
    depth: int = 0
    sure: bool = True
    open: bool = False  # what ends it is not on every way out


class Events:
    """What is known of the events of a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.reader = Reader(project)
        self.uses = Uses(self.reader)
        self.switches = switches(project)
        self._above: dict[str, Parents] = {}

    def signals(self, event: Event) -> tuple[frozenset[str], bool]:
        """The signals that are silent, and whether they surely are."""
        answers = [signals(self.reader, event.switch, given) for given in self.given(event)]
        found = frozenset(signal for names, _ in answers for signal in names)
        return found, all(told and names == found for names, told in answers)

    def may_silence(self, event: Event) -> bool:
        """Whether it is for an ORM signal, or for what only the calls of its function tell."""
        node, scope = event.switch.node, event.switch.scope
        is_open = not event.links and bool(parameters(self.reader, node, scope))
        return is_open or bool(self.signals(event)[0])

    def given(self, event: Event) -> list[Given]:
        """What the parameters of the function with the switch are given, in each round of loops."""
        if not event.links:
            return [{}]
        *inner, last = event.links
        found = [*self.uses.given(last.function, last.home, last.use)]
        for link in reversed(inner):
            found = [
                given
                for outer in found
                for given in self.uses.handed(link.function, link.home, link.use, outer)
            ]
        return found

    def untold(self, event: Event) -> Silence:
        """A stretch of which only the start is known."""
        return Silence(self.signals(event)[0], event.facts, event.node.lineno, (), False)

    def above(self, facts: FileFacts) -> Parents:
        """The node above each node of a file."""
        if facts.path not in self._above:
            self._above[facts.path] = parents(facts.tree)
        return self._above[facts.path]

    def back(self, event: Event, scope: Scope | None) -> ast.expr | None:
        """The first place of a function that puts the receivers back, after an event in it."""
        ends = [node for node, owner in self._ends(event) if owner.function() is scope]
        later = [node for node in ends if node.lineno > event.node.lineno]
        return min(later, key=lambda node: node.lineno, default=None)

    def gives_back(self, event: Event, region: Sequence[ast.AST]) -> bool:
        """Whether a stretch connects a receiver, or puts the receivers back for a while."""
        ends = {node for node, _ in self._ends(event)}
        return any(
            node in ends or (isinstance(node, ast.Call) and last_name(node.func) == "connect")
            for node in regions.at_once(region)
        )

    def _ends(self, event: Event) -> Iterator[tuple[ast.expr, Scope]]:
        """The places of an event's file that put the receivers of its signals back, or call a
        function that does."""
        found = self.signals(event)[0]
        for switch in self.switches:
            if not switch.off and switch.facts is event.facts:
                if _meet(found, signals(self.reader, switch, {})[0]):
                    yield switch.node, switch.scope
        for call in event.facts.named(*self._restoring):
            given_back = self._given_back(call, event.facts)
            if not given_back or _meet(found, given_back):
                yield call.node, call.scope

    def _given_back(self, call: CallSite, facts: FileFacts) -> frozenset[str]:
        """The signals whose receivers a call puts back, as far as that is told."""
        found: set[str] = set()
        for switch, function in self._restoring[call.name]:
            link = Link(function, switch.facts, Use(facts, call, None))
            found |= self.signals(Event(switch, call.node, call.scope, facts, (link,)))[0]
        return frozenset(found)

    @cached_property
    def _restoring(self) -> dict[str, list[tuple[Switch, FunctionDef]]]:
        """The functions that put receivers back, and don't take them away, by their names."""
        taking = {switch.scope.function() for switch in self.switches if switch.off}
        found: dict[str, list[tuple[Switch, FunctionDef]]] = {}
        for switch in self.switches:
            scope = switch.scope.function()
            function = self.reader.function_at(scope.node, switch.facts) if scope else None
            if function is not None and scope not in taking:
                found.setdefault(function.node.name, []).append((switch, function))
        return found

    def used(
        self, event: Event, scope: Scope, home: FileFacts, function: Scope | None = None
    ) -> Iterator[Event]:
        """The same at each place that names a function or class of a file, where its `node` is the
        call if there is one. `function`: what a call runs, if it isn't that of the scope."""
        run = self.reader.function_at((function or scope).node, home)
        for mention in mentions(self.project, home, scope):
            parent = self.above(mention.facts)[mention.node]
            is_call = isinstance(parent, ast.Call) and parent.func is mention.node
            node = parent if isinstance(parent, ast.Call) and is_call else mention.node
            links = event.links
            for site in mention.facts.named(last_name(mention.node)):
                if site.node is node and run is not None:
                    links = (*event.links, Link(run, home, Use(mention.facts, site, None)))
            yield Event(
                event.switch, node, mention.scope, mention.facts, links, event.depth + 1,
                event.sure and mention.sure, event.open,
            )  # fmt: skip


def _meet(signals: frozenset[str], others: frozenset[str]) -> bool:
    """Whether one may put back what the other takes away; neither is told where both are of what
    their function is given."""
    return signals == others or bool(signals & others)
