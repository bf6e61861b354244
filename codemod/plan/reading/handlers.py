"""What a handler does with the arguments of its signal.

    def create_invoice(sender, instance, created, **kwargs):      only_created: True
        if not created or kwargs["raw"]:                          the guard goes ...
            return
        Invoice.objects.create(order=instance)                    ... uses: instance

A guard that stands in front of everything else folds into the call sites; any other use of an
argument becomes a parameter of the service.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace
from itertools import takewhile

from codemod.facts.tables import FunctionDef
from codemod.plan.reading.actions import arms
from codemod.plan.reading.forwarding import Forwarding
from codemod.plan.reading.given import Given
from codemod.plan.reading.handler import ARGUMENTS, GIVEN, PARAMETERS, Handler, Use
from codemod.plan.reading.names import (
    is_bare_return,
    is_docstring,
    is_local,
    leaves,
    reads,
    stores,
)
from codemod.plan.reading.renames import Renames
from codemod.values.edits import Replace, Unwrap
from codemod.values.span import Lines


def analyse(
    function: FunctionDef,
    lines: Lines,
    *,
    known: Given | None = None,
    forwarding: Iterable[Forwarding] = (),
) -> Handler:
    """Read a handler. Nothing is decided about its senders here.

    `known`: what its connections tell of its arguments.
    `forwarding`: calls that will go without the `**kwargs` that they hand on.
    """
    reader = _Reader(function, lines, known or Given())
    calls = [*forwarding]
    for each in calls:
        reader.gone += [k for k in each.call.keywords if k.arg is None]
        reader.take_handed(each)
    return replace(reader.read(), untold=frozenset().union(*(each.open for each in calls)))


class _Reader(Renames):
    def read(self) -> Handler:
        body = list(self.node.body)
        if is_docstring(body[0]):
            body = body[1:]
        body = self.without_sure(self.without_result(self.without_unread(body)))
        body = self.fold(self.without_aliases(body))
        self.settle_below(asked=self.outside > 0)
        body = self.without_aliases(body)  # below the guards
        self.settle_below(asked=False)
        body = self.without_extras(self.without_lookups(body))
        self.drop_nested(body)
        return replace(self.handler(body), branches=tuple(self.branches(body)))

    def branches(self, body: list[ast.stmt]) -> Iterator[Handler]:
        """Each body of a choice by the action, read as if the others were not there.

        Of imports above the choice it has those that it reads.
        """
        imports = [*takewhile(lambda s: isinstance(s, (ast.Import, ast.ImportFrom)), body)]
        body = body[len(imports) :]
        if body and is_bare_return(body[-1]):
            body = body[:-1]
        if len(body) == 1 and self.shortened:
            return  # the one branch there is, folded already
        for arm in arms(body, self.is_action, self.known.quiet) or ():
            reader = copy(self)
            reader.edits = [
                *self.edits,
                *(Replace(self.lines.span(s), "") for s in body if s is not arm.node),
                *([] if arm.asks else [Unwrap(self.lines.span(arm.node), arm.branch)]),
            ]
            reader.gone, reader.shortened = [*self.gone], [*self.shortened]
            reader.arguments = self.arguments.copy()
            reader.conditions = [*self.conditions]
            reader.outside, reader.outer, reader.sources = 0, [], {**self.sources}
            reader.actions = self.actions & arm.actions
            inner = reader.fold(list(arm.body))
            if reader.actions and not (len(inner) == 1 and is_bare_return(inner[0])):
                kept = [s for s in imports if reader.keep_read(s, inner)]
                found = reader.handler(inner)
                yield replace(found, body=(*kept, *found.body))

    def keep_read(self, statement: ast.stmt, body: list[ast.stmt]) -> bool:
        """Keep of an import what a body reads; whether that is anything."""
        assert isinstance(statement, (ast.Import, ast.ImportFrom))
        read = {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name)}
        names = [a for a in statement.names if (a.asname or a.name.partition(".")[0]) in read]
        if len(names) < len(statement.names):
            fewer = copy(statement)
            fewer.names = names
            text = ast.unparse(fewer) if names else ""
            self.edits.append(Replace(self.lines.span(statement), text))
        return bool(names)

    def handler(self, body: list[ast.stmt]) -> Handler:
        """The handler whose work is `body`."""
        strange = self.strange(body)  # what it finds to be locals are no arguments
        uses, forwards = self.arguments.uses(body, self.gone, self.lines)
        uses = [*self.handed, *uses]
        everything = (
            {n.id for n in ast.walk(self.node) if isinstance(n, ast.Name)}
            | self.arguments.names
            | {extra.name for extra in self.arguments.extras}
        )
        whole = self.outer or body[self.outside :]
        spans = [self.lines.span(statement) for statement in whole] or [
            self.lines.span(self.node.body[-1])
        ]
        return Handler(
            only_created=self.only_created,
            ignores_raw=self.ignores_raw,
            acts_on_raw=self.acts_on_raw,
            arguments=frozenset({use.argument for use in uses} & set(ARGUMENTS)),
            uses=tuple(uses),
            forwards=forwards,
            edits=tuple(self.edits),
            guarded=(spans[0], spans[-1]),
            bound=frozenset(everything),
            body=tuple(body),
            conditions=tuple(self.conditions),
            alias=self.arguments.alias,
            hints=tuple(self.arguments.hints.items()),
            dropped=tuple(self.dropped),
            sources=tuple(self.sources.items()),
            rebound=stores(body, "instance"),
            strange=strange,
            actions=self.actions,
            needs_action=self.needs_action,
            only_reverse=self.only_reverse,
            shortened=tuple(self.shortened),
            gone=tuple(self.gone),
            handed=frozenset(use.argument for use in self.handed),
            extras=tuple(
                (extra.name, extra.default)
                for extra in self.arguments.extras
                if extra.name in self.sources or any(use.argument == extra.name for use in uses)
            ),
            quiet=self.known.quiet,
        )

    def strange(self, body: list[ast.stmt]) -> str | None:
        """A code, where the function can't become a service.

        `sender = instance.sender` makes a local variable of an argument that the body never
        reads. A flag or the instance may be rebound too: the service has a parameter of the name.
        """
        if isinstance(self.node, ast.AsyncFunctionDef):
            return "async-handler"
        extra, known = self.node.args.vararg, GIVEN | {self.known.bound}
        if any(reads(s, name) for s in body for name in self.arguments.names - known):
            return "odd-signature"  # no signal gives it
        if self.node.args.posonlyargs or (extra is not None and reads(self.node, extra.arg)):
            return "odd-signature"
        if any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in ast.walk(self.node)):
            return "odd-signature"
        if any(isinstance(n, (ast.Global, ast.Nonlocal)) for n in ast.walk(self.node)):
            return "odd-body"
        if any(reads(s, "locals") for s in body):
            return "odd-body"  # its arguments
        for name in sorted(self.arguments.names | {self.arguments.kwargs or ""}):
            if not stores(body, name):
                continue
            if is_local(body, name):
                self.arguments.names.discard(name)
                if name == self.arguments.kwargs:
                    self.arguments.kwargs = None
                continue
            folded = name == "created" and self.only_created is not None
            if folded or name not in PARAMETERS:
                return "odd-body"
        return None

    def without_sure(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Unfold `if sender == Order:` where nothing else sends, beside other work."""
        flat: list[ast.stmt] = []
        for statement in body:
            if (
                len(body) > 1
                and isinstance(statement, ast.If)
                and not statement.orelse
                and not leaves(statement.body)
                and not self.known.narrowed
                and self.known.of_sender(statement.test)
            ):
                self.gone.append(statement.test)
                self.edits.append(Unwrap(self.lines.span(statement)))
                flat += statement.body
                if len(statement.body) == 1:
                    self.alone[statement.body[0]] = statement
            else:
                flat.append(statement)
        return flat

    def without_result(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Drop a last `return instance`: Django does nothing with what a receiver returns.

        What the work has made stays its result.
        """
        last = body[-1]
        if self.known.unheard and len(body) > 1 and isinstance(last, ast.Return):
            given = isinstance(last.value, ast.Name) and last.value.id in self.arguments.names
            if given or isinstance(last.value, ast.Constant):
                self.edits.append(Replace(self.lines.span(last), ""))
                self.gone += ast.walk(last)
                return body[:-1]
        return body

    def take_handed(self, forwarding: Forwarding) -> None:
        """Read what a helper takes out of the `**kwargs`."""
        span = self.lines.span(forwarding.stars)
        for name in forwarding.filled:
            self.handed.append(Use(name, span, False))
            self.sources[name] = f'{forwarding.stars.id}["{name}"]'
