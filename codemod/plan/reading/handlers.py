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
import builtins
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import replace
from itertools import takewhile

from codemod.facts.nodes import descend, is_name
from codemod.facts.tables import FunctionDef
from codemod.plan.reading.actions import arms
from codemod.plan.reading.forwarding import Forwarding
from codemod.plan.reading.given import Given
from codemod.plan.reading.guards import Guards
from codemod.plan.reading.handler import ARGUMENTS, GIVEN, PARAMETERS, Handler, Use
from codemod.plan.reading.names import (
    is_bare_return,
    is_docstring,
    is_local,
    leaves,
    reads,
    stores,
)
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
    for each in forwarding:
        reader.gone += [k for k in each.call.keywords if k.arg is None]
        reader.take_handed(each)
    return reader.read()


_ALWAYS = frozenset(("instance", "sender", "signal", "using"))  # what every signal gives


class _Reader(Guards):
    def read(self) -> Handler:
        body = list(self.node.body)
        if is_docstring(body[0]):
            body = body[1:]
        body = self.without_sure(self.without_result(self.without_unread(body)))
        # Above the guards or below them.
        body = self.without_aliases(self.fold(self.without_aliases(body)))
        body = self.without_lookups(body)
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
        everything = {
            n.id for n in ast.walk(self.node) if isinstance(n, ast.Name)
        } | self.arguments.names
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

    def without_aliases(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Drop leading `instance = kwargs["instance"]`: the service has a parameter of the name.

        And `order = instance`: the service's parameter is called as its body calls it. Imports
        may stand above them.
        """
        imports = [*takewhile(lambda s: isinstance(s, (ast.Import, ast.ImportFrom)), body)]
        body = body[len(imports) :]
        while body and isinstance(body[0], (ast.Assign, ast.AnnAssign)) and len(body) > 1:
            first = body[0]
            if (alias := self.alias_in(first)) is not None:
                self.take_alias(alias, first)
                if first.value is not None and self.arguments.lookup(first.value):
                    self.sources["instance"] = alias
                else:
                    self.dropped.append(self.lines.span(first))
            elif (name := self.looked_up(first)) is not None and not stores(body[1:], name):
                self.take_name(name, first)
            else:
                break
            assert first.value is not None
            if imports and (name := self.arguments.lookup(first.value)) is not None:
                # A delegate has neither the imports nor what is below them.
                self.sources[name] = self.lines.source(self.lines.span(first.value))
                self.dropped.append(self.lines.span(first))
            self.drop(first)
            body = body[1:]
        return imports + body

    def without_unread(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Drop `_sender = sender`, `_using = kwargs["using"]`: a name that nothing reads."""
        kept: list[ast.stmt] = []
        for statement in body:
            if len(body) > 1 and isinstance(statement, ast.Assign) and self.is_unread(statement):
                self.drop(statement)
            else:
                kept.append(statement)
        return kept or body

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

    def is_unread(self, statement: ast.Assign) -> bool:
        """Whether an assignment gives an argument a name that is not mentioned anywhere else."""
        target, value = _target(statement), statement.value
        if target is None:
            return False
        mentions = [n for n in ast.walk(self.node) if isinstance(n, ast.Name) and n.id == target.id]
        given = isinstance(value, ast.Name) and value.id in self.arguments.names
        looked_up = isinstance(value, ast.Subscript) and self.arguments.lookup(value) in _ALWAYS
        return len(mentions) == 1 and (given or looked_up)

    def without_lookups(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The same for `created = kwargs["created"]`, `order = instance` below something else."""
        kept: list[ast.stmt] = []
        for statement in body:
            alias = self.alias_in(statement) if len(body) > 1 else None
            name = self.looked_up(statement) if len(body) > 1 else None
            others = [other for other in body if other is not statement]
            if alias is not None:
                name = "instance"
            elif name is None or stores(others, name) or "pop" in ast.unparse(statement):
                kept.append(statement)
                continue
            assert isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value
            if alias is not None:
                self.take_alias(alias, statement)
            else:
                self.take_name(name, statement)
            self.sources[name] = self.lines.source(self.lines.span(statement.value))
            self.dropped.append(self.lines.span(statement))
            self.drop(statement)
        return kept

    def drop_nested(self, body: list[ast.stmt]) -> None:
        """The same for `instance = kwargs.pop("instance")` in an `if`, the only one of its name."""
        mentions = [n for n in ast.walk(self.node) if is_name(n, self.arguments.kwargs or "")]
        lookups = [name for n in ast.walk(self.node) if (name := self.arguments.lookup(n))]
        if len(mentions) != len(lookups):
            return  # handed on
        for statement in (inner for outer in body for inner in descend(outer)):
            block = getattr(statement, "body", None)
            first = block[0] if isinstance(block, list) and len(block) > 1 else None
            name = self.looked_up(first) if first is not None else None
            if name is None or lookups.count(name) > 1 or name in self.arguments.names:
                continue
            assert isinstance(first, (ast.Assign, ast.AnnAssign)) and first.value
            stored = [n for n in ast.walk(self.node) if is_name(n, name)]
            if all(isinstance(n.ctx, ast.Load) for n in stored if n is not _target(first)):
                self.take_name(name, first)
                self.sources[name] = self.lines.source(self.lines.span(first.value))
                self.dropped.append(self.lines.span(first))
                self.edits.append(Replace(self.lines.span(first), "", heads=True))
                self.gone += ast.walk(first)

    def looked_up(self, statement: ast.stmt) -> str | None:
        """The argument that `created = kwargs["created"]` gives its own name."""
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
            return None
        target = _target(statement)
        name = self.arguments.lookup(statement.value)
        known = target is not None and target.id == name and name in PARAMETERS
        return name if known else None

    def drop(self, statement: ast.Assign | ast.AnnAssign) -> None:
        """Take out an assignment: the service has a parameter of the name."""
        outer = self.alone.get(statement, statement)
        span = self.lines.span(outer)
        self.edits = [e for e in self.edits if e != Unwrap(span)]
        self.edits.append(Replace(span, "", heads=self.heads(outer)))
        self.gone += ast.walk(statement)

    def heads(self, statement: ast.stmt) -> bool:
        """Whether a comment above it is at the top of the body, and about all of it."""
        return statement is next(s for s in self.node.body if not is_docstring(s))

    def take_alias(self, alias: str, statement: ast.Assign | ast.AnnAssign) -> None:
        """Call the instance as the body does, and take its type from there."""
        self.arguments.alias = alias
        self.take_type("instance", statement)

    def take_name(self, name: str, statement: ast.Assign | ast.AnnAssign) -> None:
        """Read an argument by its name, and take its type from there."""
        self.arguments.names.add(name)
        self.take_type(name, statement)

    def take_type(self, name: str, statement: ast.Assign | ast.AnnAssign) -> None:
        """Keep the type that a statement says for an argument."""
        if isinstance(statement, ast.AnnAssign):
            self.arguments.hints[name] = statement.annotation

    def alias_in(self, statement: ast.stmt) -> str | None:
        """The name in `order = instance` that is nothing else in the whole function."""
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
            return None
        target = _target(statement)
        if self.arguments.alias is not None or target is None or target.id == "instance":
            return None
        if not self.arguments.is_instance(statement.value):
            return None
        name = target.id
        stored = [
            node
            for node in ast.walk(self.node)
            if (isinstance(node, ast.arg) and node.arg == name)
            or (is_name(node, name) and not isinstance(getattr(node, "ctx", None), ast.Load))
        ]
        line = statement.lineno
        only = (
            len(stored) == 1
            and not stores(self.node.body, "instance")
            and not hasattr(builtins, name)
            and "#" not in self.lines.line(line)
            and (self.heads(statement) or not self.lines.line(line - 1).lstrip().startswith("#"))
        )
        return name if only else None

    def take_handed(self, forwarding: Forwarding) -> None:
        """Read what a helper takes out of the `**kwargs`."""
        span = self.lines.span(forwarding.stars)
        for name in forwarding.filled:
            self.handed.append(Use(name, span, False))
            self.sources[name] = f'{forwarding.stars.id}["{name}"]'


def _target(statement: ast.Assign | ast.AnnAssign) -> ast.Name | None:
    """The one name that an assignment gives a value."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    [first, *more] = targets
    return first if isinstance(first, ast.Name) and not more else None
