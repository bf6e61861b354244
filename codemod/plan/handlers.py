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

from codemod.facts.tables import FunctionDef
from codemod.plan.actions import ALL, actions_where, arms
from codemod.plan.handler import ARGUMENTS, PARAMETERS, Handler, Use
from codemod.plan.names import (
    condition,
    is_bare_return,
    is_docstring,
    is_local,
    is_logger,
    is_name,
    reads,
    stores,
)
from codemod.values.edits import Edit, Replace, Unwrap
from codemod.values.span import Lines, Span


def analyse(
    function: FunctionDef,
    lines: Lines,
    *,
    truthy: bool = False,
    forwarding: Iterable[ast.Call] = (),
) -> Handler:
    """Read a handler. Nothing is decided about its senders here.

    `truthy`: its instances are true, so that `if instance` is a guard that always passes.
    `forwarding`: calls that will go without the `**kwargs` that they hand on.
    """
    reader = _Reader(function, lines, truthy)
    reader.gone += [k for call in forwarding for k in call.keywords if k.arg is None]
    return reader.read()


class _Reader:
    def __init__(self, function: FunctionDef, lines: Lines, truthy: bool) -> None:
        self.truthy = truthy
        self.node = function.node
        self.lines = lines
        arguments = self.node.args
        self.names = {
            a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        }
        self.kwargs = arguments.kwarg.arg if arguments.kwarg else None
        self.edits: list[Edit] = []
        self.gone: list[ast.AST] = []  # nodes that the edits remove
        self.only_created: bool | None = None
        self.ignores_raw = False
        self.conditions: list[str] = []
        self.outside = 0  # how many imports stand above a guard that went
        self.alias: str | None = None
        self.dropped: list[Span] = []  # `order = instance`
        self.actions = ALL
        self.only_reverse: bool | None = None

    def read(self) -> Handler:
        body = list(self.node.body)
        if is_docstring(body[0]):
            body = body[1:]
        # Above the guards or below them.
        body = self.without_aliases(self.fold(self.without_aliases(body)))
        return replace(self.handler(body), branches=tuple(self.branches(body)))

    def branches(self, body: list[ast.stmt]) -> Iterator[Handler]:
        """Each body of a choice by the action, read as if the others were not there."""
        if body and is_bare_return(body[-1]):
            body = body[:-1]
        for arm in arms(body, self.is_action) or ():
            reader = copy(self)
            reader.edits = [
                *self.edits,
                *(Replace(self.lines.span(s), "") for s in body if s is not arm.node),
                Unwrap(self.lines.span(arm.node), arm.branch),
            ]
            reader.gone = [*self.gone]
            reader.names = {*self.names}
            reader.conditions = [*self.conditions]
            reader.outside = 0
            reader.actions = self.actions & arm.actions
            inner = reader.fold(list(arm.body))
            if reader.actions and not (len(inner) == 1 and is_bare_return(inner[0])):
                yield reader.handler(inner)

    def is_action(self, node: ast.expr) -> bool:
        """Whether an expression is the signal's action."""
        by_name = isinstance(node, ast.Name) and node.id == "action" and "action" in self.names
        return by_name or self.lookup(node) == "action"

    def handler(self, body: list[ast.stmt]) -> Handler:
        """The handler whose work is `body`."""
        strange = self.strange(body)  # what it finds to be locals are no arguments
        uses, forwards = self.uses(body)
        everything = {n.id for n in ast.walk(self.node) if isinstance(n, ast.Name)} | self.names
        spans = [self.lines.span(statement) for statement in body[self.outside :]] or [
            self.lines.span(self.node.body[-1])
        ]
        return Handler(
            only_created=self.only_created,
            ignores_raw=self.ignores_raw,
            arguments=frozenset({use.argument for use in uses} & set(ARGUMENTS)),
            uses=tuple(uses),
            forwards=forwards,
            edits=tuple(self.edits),
            guarded=(spans[0], spans[-1]),
            bound=frozenset(everything),
            body=tuple(body),
            conditions=tuple(self.conditions),
            alias=self.alias,
            dropped=tuple(self.dropped),
            rebound=stores(body, "instance"),
            strange=strange,
            actions=self.actions,
            only_reverse=self.only_reverse,
            gone=tuple(self.gone),
        )

    def strange(self, body: list[ast.stmt]) -> str | None:
        """A code, where the function can't become a service.

        `sender = instance.sender` makes a local variable of an argument that the body never
        reads. A flag or the instance may be rebound too: the service has a parameter of the name.
        """
        if isinstance(self.node, ast.AsyncFunctionDef):
            return "async-handler"
        extra = self.node.args.vararg
        if self.node.args.posonlyargs or (extra is not None and reads(self.node, extra.arg)):
            return "odd-signature"
        if any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in ast.walk(self.node)):
            return "odd-signature"
        if any(isinstance(n, (ast.Global, ast.Nonlocal)) for n in ast.walk(self.node)):
            return "odd-body"
        for name in sorted(self.names | {self.kwargs or ""}):
            if not stores(body, name):
                continue
            if is_local(body, name):
                self.names.discard(name)
                if name == self.kwargs:
                    self.kwargs = None
                continue
            folded = name == "created" and self.only_created is not None
            if folded or name not in PARAMETERS:
                return "odd-body"
        return None

    def without_aliases(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Drop leading `instance = kwargs["instance"]`: the service has a parameter of the name.

        And `order = instance`: the service's parameter is called as its body calls it.
        """
        while body and isinstance(body[0], ast.Assign) and len(body) > 1:
            first = body[0]
            target = first.targets[0]
            if self.is_alias(first):
                assert isinstance(target, ast.Name)
                self.alias = target.id
                self.dropped.append(self.lines.span(first))
                self.edits.append(Replace(self.lines.span(first), ""))
                self.gone += ast.walk(first)
                body = body[1:]
                continue
            name = self.lookup(first.value)
            if len(first.targets) > 1 or name is None or not is_name(target, name):
                break
            if name not in PARAMETERS:
                break
            if stores(body[1:], name):
                break
            self.names.add(name)
            self.edits.append(Replace(self.lines.span(first), ""))
            self.gone += ast.walk(first)
            body = body[1:]
        return body

    def is_alias(self, statement: ast.Assign) -> bool:
        """Whether this is `order = instance`, and `order` is nothing else in the whole function."""
        target = statement.targets[0]
        if self.alias is not None or len(statement.targets) > 1 or "instance" not in self.names:
            return False
        if not isinstance(target, ast.Name) or not is_name(statement.value, "instance"):
            return False
        name = target.id
        stored = [
            node
            for node in ast.walk(self.node)
            if (isinstance(node, ast.arg) and node.arg == name)
            or (is_name(node, name) and not isinstance(getattr(node, "ctx", None), ast.Load))
        ]
        line = statement.lineno
        return (
            len(stored) == 1
            and not stores(self.node.body, "instance")
            and not hasattr(builtins, name)
            and "#" not in self.lines.lines[line - 1]
            and not self.lines.lines[line - 2].lstrip().startswith("#")
        )

    # Guards

    def fold(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Fold leading guards; return the statements of the work.

        Imports at the top of the handler are no work: a guard may stand below them.
        """
        imports: list[ast.stmt] = []
        while body:
            guard = body[0]
            if isinstance(guard, (ast.Import, ast.ImportFrom)):
                imports.append(guard)
                body = body[1:]
                continue
            if not isinstance(guard, ast.If) or guard.orelse:
                break
            leaving = len(guard.body) == 1 and is_bare_return(guard.body[0]) and len(body) > 1
            if self.is_raw_guard(guard) and len(body) > 1:
                leaving = self.ignores_raw = True
                self.gone.append(guard)
                self.edits.append(Replace(self.lines.span(guard), ""))
            elif leaving and self.is_for_raw(guard.test):
                self.gone.append(guard)
                self.edits.append(Replace(self.lines.span(guard), ""))
            elif leaving or len(body) == 1 or (len(body) == 2 and is_bare_return(body[1])):
                if self.fold_terms(guard, guard.test, leaving=leaving) is None:
                    break
            else:
                break
            body = body[1:] if leaving else guard.body
            self.outside = len(imports)
        return [*imports, *self.without_late_raw_guard(body)]

    def is_raw_guard(self, statement: ast.stmt) -> bool:
        """Whether a statement is `if raw:` and ends in `return`, whatever it does before that."""
        return (
            isinstance(statement, ast.If)
            and not statement.orelse
            and self.flag(statement.test) == ("raw", True)
            and isinstance(statement.body[-1], ast.Return)
            and is_bare_return(statement.body[-1])
        )

    def without_late_raw_guard(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The work without a guard against raw saves that stands below `logger = getLogger()`."""
        for index, statement in enumerate(body[:-1]):
            if index and self.is_raw_guard(statement):
                assert isinstance(statement, ast.If)
                self.ignores_raw = True
                self.gone.append(statement)
                self.edits.append(Replace(self.lines.span(statement), ""))
                self.conditions.append(condition(statement.test, self.lines, negated=True))
                return [*body[:index], *body[index + 1 :]]
            if not is_logger(statement):
                break
        return body

    def is_for_raw(self, test: ast.expr) -> bool:
        """Whether a test is `raw and created` or the like, which never holds for a service."""
        if not isinstance(test, ast.BoolOp) or not isinstance(test.op, ast.And):
            return False
        flags = [self.flag(term) for term in test.values]
        return ("raw", True) in flags and all(subject in ("raw", "created") for subject, _ in flags)

    def fold_terms(self, guard: ast.If, test: ast.expr, *, leaving: bool) -> bool | None:
        """Fold the terms of a guard that are about `created`, `raw`, `action`, `reverse` and the
        instance itself.

        `leaving`: the guard returns when the test holds, else the work stands under it.
        Returns True if the whole guard went, None if the fold must stop here.
        """
        joint = ast.Or if leaving else ast.And
        terms = (
            test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, joint) else [test]
        )
        kept: list[ast.expr] = []
        created = self.only_created
        for term in terms:
            subject, holds = self.flag(term)
            wanted = holds != leaving  # the value of the flag for which the work is done
            held = actions_where(term, self.is_action)
            if held is not None:
                self.actions &= ALL - held if leaving else held
            elif subject == "reverse" and self.only_reverse in (None, wanted):
                self.only_reverse = wanted
            elif subject == "created" and created in (None, wanted):
                created = wanted
            elif subject == "raw" and not wanted:
                self.ignores_raw = True
            elif subject == "instance" and wanted and self.truthy:
                pass  # a service always gets one
            else:
                # An earlier term may guard a later one; those before a kept one fold safely
                # only if they are pure, which flags are.
                kept.append(term)
                continue
            self.gone.append(term)
        if len(kept) == len(terms):
            return None
        self.only_created = created
        if kept:
            op = " or " if leaving else " and "
            span = self.lines.span(test)
            sources = [self.lines.source(self.lines.span(term)) for term in kept]
            self.edits.append(Replace(span, op.join(sources)))
            for term in terms:
                if term not in kept:
                    self.conditions.append(condition(term, self.lines, negated=leaving))
            return None
        self.edits.append(
            Replace(self.lines.span(guard), "") if leaving else Unwrap(self.lines.span(guard))
        )
        return True

    def flag(self, term: ast.expr) -> tuple[str | None, bool]:
        """(argument, the value for which the term holds) of `created`, `not created`, ..."""
        holds = True
        while isinstance(term, ast.UnaryOp) and isinstance(term.op, ast.Not):
            holds, term = not holds, term.operand
        if isinstance(term, ast.Compare) and len(term.ops) == 1:
            right = term.comparators[0]
            if isinstance(right, ast.Constant) and isinstance(right.value, bool):
                if isinstance(term.ops[0], (ast.Is, ast.Eq)):
                    holds, term = holds == right.value, term.left
                elif isinstance(term.ops[0], (ast.IsNot, ast.NotEq)):
                    holds, term = holds != right.value, term.left
            elif is_name(term.left, "instance") and ast.unparse(right) == "None":
                if isinstance(term.ops[0], (ast.Is, ast.IsNot)):
                    holds, term = holds == isinstance(term.ops[0], ast.IsNot), term.left
        if isinstance(term, ast.Name) and term.id in self.names:
            return term.id, holds
        lookup = self.lookup(term)
        return (lookup if lookup else None), holds

    def lookup(self, node: ast.AST) -> str | None:
        """The argument that `kwargs["x"]`, `kwargs.get("x")` or `kwargs.pop("x")` reads."""
        if self.kwargs is None:
            return None
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript) and is_name(node.value, self.kwargs):
            key = node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if is_name(node.func.value, self.kwargs) and node.func.attr in ("get", "pop"):
                key = node.args[0]
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            return key.value
        return None

    # Uses

    def uses(self, body: list[ast.stmt]) -> tuple[list[Use], bool]:
        """Where `body` reads arguments, and whether **kwargs is handed on or read otherwise."""
        uses: list[Use] = []
        forwards = False
        known = {*ARGUMENTS, "instance", "sender", "signal"}
        kept_tests = [e.first for e in self.edits if isinstance(e, Replace) and e.code]
        for node in self.walk(body):
            if isinstance(node, ast.Name) and node.id in self.names:
                uses.append(Use(node.id, self.lines.span(node), True))
            elif isinstance(node, ast.expr) and (argument := self.lookup(node)) is not None:
                span = self.lines.span(node)
                # A test that lost some of its terms is rewritten as text.
                in_text = any(test.contains(span) for test in kept_tests)
                forwards = forwards or argument not in known or in_text
                uses.append(Use(argument, span, False))
            elif isinstance(node, ast.Name) and node.id == self.kwargs:
                forwards = True
        return uses, forwards

    def walk(self, body: list[ast.stmt]) -> Iterator[ast.AST]:
        """All nodes that remain, without the inside of lookups in **kwargs."""
        # The guards that stay in front of the body (`if not instance: return`) are in `body`.
        pending: list[ast.AST] = [*reversed(body)]
        while pending:
            node = pending.pop()
            if any(node is gone for gone in self.gone):
                continue
            yield node
            if self.lookup(node) is None:
                pending.extend(reversed(list(ast.iter_child_nodes(node))))
