"""The guards of a handler, which fold into the places that call its service.

if not created or raw:                  (gone: sites that create call it)
    return
if not created or not instance.paid:    if not instance.paid:
    return                                  return
"""

from __future__ import annotations

import ast
from dataclasses import replace

from codemod.facts.tables import FunctionDef
from codemod.plan.moving.own_lines import finds_model
from codemod.plan.reading.actions import ALL, actions_where, holds_without
from codemod.plan.reading.arguments import Arguments
from codemod.plan.reading.extras import extras
from codemod.plan.reading.given import Given
from codemod.plan.reading.handler import Use
from codemod.plan.reading.names import (
    condition,
    is_bare_return,
    is_logger,
    leaves,
    only_logs,
)
from codemod.plan.reading.shortened import Shortened
from codemod.values.edits import Edit, Replace, Unwrap
from codemod.values.span import Lines, Span

# What a condition may consist of that is the same before and after another one.
_PLAIN = (
    ast.Name, ast.Attribute, ast.Constant, ast.expr_context, ast.Call, ast.UnaryOp, ast.Not,
    ast.BoolOp, ast.boolop,
)  # fmt: skip


def _is_idle(statement: ast.stmt) -> bool:
    """Whether this is `pass`, as in the `else` of a guard."""
    return isinstance(statement, ast.Pass)


def tried(statement: ast.stmt) -> ast.stmt:
    """The guard in `try: if kwargs["raw"]: return` with `except KeyError: pass`, and any other."""
    match statement:
        case ast.Try(
            body=[ast.If(body=[ast.Return()]) as guard],
            handlers=[ast.ExceptHandler(ast.Name("KeyError"), body=[ast.Pass()])],
            orelse=[],
            finalbody=[],
        ):
            return guard
    return statement


class Guards:
    """What is found while the guards of a handler are folded, one by one."""

    def __init__(self, function: FunctionDef, lines: Lines, known: Given) -> None:
        self.known = known
        self.node = function.node
        self.lines = lines
        self.arguments = replace(Arguments.of(self.node), extras=extras(function, lines))
        self.edits: list[Edit] = []
        self.gone: list[ast.AST] = []  # nodes that the edits remove
        self.only_created: bool | None = None
        self.ignores_raw = False
        self.acts_on_raw = False
        self.conditions: list[str] = []
        self.outside = 0  # how many imports stand above a guard that went
        self.dropped: list[Span] = []  # `order = instance`
        # Assignments below imports, which a delegate has no use for, and what they look up.
        self.below: list[tuple[Span, dict[str, str]]] = []
        self.sources: dict[str, str] = {}  # what a delegate calls arguments whose names went
        self.shortened: list[Shortened] = []  # tests that lose terms
        self.handed: list[Use] = []  # in the `**kwargs` of calls
        self.alone: dict[ast.stmt, ast.stmt] = {}  # the only statement of an `if` that goes
        self.outer: list[ast.stmt] = []  # the work with the guard around its end
        self.settled = False  # a guard that asks the settings stands above
        self.actions = ALL
        self.needs_action = False
        self.only_reverse: bool | None = None

    def is_action(self, node: ast.expr) -> bool:
        """Whether an expression is the signal's action."""
        by_name = (
            isinstance(node, ast.Name) and node.id == "action" and "action" in self.arguments.names
        )
        return by_name or self.arguments.lookup(node) == "action"

    def fold(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Fold leading guards; return the statements of the work.

        Imports and functions at the top of the handler are no work: a guard may stand below them.
        It may stand below one that asks the settings too, which stays.
        """
        above: list[ast.stmt] = []  # what stays above the guards that go
        imports = 0
        while body:
            guard = body[0]
            idle = isinstance(guard, (ast.Import, ast.ImportFrom)) or self.is_helper(guard)
            if idle or self.asks_settings(guard):
                above.append(guard)
                body = body[1:]
                self.settled = self.settled or isinstance(guard, ast.If)
                imports += not self.settled
                continue
            asked = tried(guard)
            if not isinstance(asked, ast.If) or not all(map(_is_idle, asked.orelse)):
                break
            leaving = leaves(asked.body) and len(body) > 1
            if self.is_raw_guard(asked) and len(body) > 1:
                leaving = True
                self.take_raw_guard(asked)
                self.remove(guard, asked.test)
            elif asked is not guard:
                break
            elif len(body) > 1 and self.known.of_sender(asked.test) is False:
                leaving = True  # whatever it would do
                self.remove(guard, asked.test)
            elif leaving and self.is_for_raw(asked.test):
                self.remove(guard, asked.test)
            elif leaving or len(body) == 1 or (len(body) == 2 and is_bare_return(body[1])):
                if self.fold_terms(asked, leaving=leaving) is None:
                    break
            else:
                break
            if self.settled and not leaving:
                self.outer = self.outer or [above[imports], guard]
            body = body[1:] if leaving else asked.body
            self.outside = imports
        if self.outside:  # a delegate has no use for the functions
            self.dropped += [self.lines.span(s) for s in above[:imports] if self.is_helper(s)]
        return [*above, *self.without_late_guard(body)]

    def remove(self, guard: ast.stmt, test: ast.expr) -> None:
        """Take out a guard that leaves; a delegate asks it, if it stands where the work does."""
        self.gone.append(guard)
        self.edits.append(Replace(self.lines.span(guard), ""))
        if self.settled:
            self.conditions.append(condition(test, self.lines, negated=True))

    def asks_settings(self, statement: ast.stmt) -> bool:
        """Whether a guard asks nothing but names from outside the handler: `settings.INDEX`."""
        if not isinstance(statement, ast.If) or statement.orelse or not leaves(statement.body):
            return False
        asked = [*ast.walk(statement.test)]
        names = {node.id for node in asked if isinstance(node, ast.Name)}
        calls = [node.func for node in asked if isinstance(node, ast.Call)]
        return (
            all(isinstance(node, _PLAIN) for node in asked)
            and all(isinstance(call, ast.Name) and call.id == "getattr" for call in calls)
            and not names & self.own_names()
        )

    def is_helper(self, statement: ast.stmt) -> bool:
        """Whether this defines a function for the work: nothing happens until it is called."""
        return (
            isinstance(statement, ast.FunctionDef)
            and not statement.decorator_list
            and not statement.args.defaults
            and not any(default is not None for default in statement.args.kw_defaults)
        )

    def own_names(self) -> set[str]:
        """The parameters of the function, and what it assigns."""
        nodes = [*ast.walk(self.node)]
        names = (n for n in nodes if isinstance(n, ast.Name))
        assigned = {n.id for n in names if not isinstance(n.ctx, ast.Load)}
        return assigned | {n.arg for n in nodes if isinstance(n, ast.arg)}

    def is_raw_guard(self, statement: ast.stmt) -> bool:
        """Whether a statement is `if raw:` and ends in `return`, whatever it does before that."""
        return (
            isinstance(statement, ast.If)
            and not statement.orelse
            and self.arguments.flag(statement.test) == ("raw", True)
            and isinstance(statement.body[-1], ast.Return)
            and is_bare_return(statement.body[-1])
        )

    def take_raw_guard(self, guard: ast.If) -> None:
        """Note what `if raw:` keeps from happening, and what it does instead."""
        self.ignores_raw = True
        self.acts_on_raw = self.acts_on_raw or not all(map(only_logs, guard.body[:-1]))

    def without_late_guard(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The work without a guard that stands below what has no effect: a logger, a column, a
        model that is looked up."""
        for index, statement in enumerate(body):
            if index and isinstance(statement, ast.If) and not statement.orelse:
                return self.without_guard(body, index, statement)
            if not (is_logger(statement) or finds_model(statement) or self.is_column(statement)):
                break
        return body

    def without_guard(self, body: list[ast.stmt], index: int, guard: ast.If) -> list[ast.stmt]:
        """The work without the guard that stands in it at `index`, which a delegate still asks."""
        above, below = body[:index], body[index + 1 :]
        leaving = leaves(guard.body)
        subject, holds = self.arguments.flag(guard.test)
        if self.is_raw_guard(guard) and below:
            leaving = True
            self.take_raw_guard(guard)
        elif subject != "created" or self.only_created not in (None, holds != leaving):
            return body
        elif leaving and below:
            self.only_created = not holds
        elif not leaving and (not below or (len(below) == 1 and is_bare_return(below[0]))):
            self.only_created, self.outer = holds, self.outer or body
        else:
            return body
        self.gone.append(guard if leaving else guard.test)
        span = self.lines.span(guard)
        self.edits.append(Replace(span, "") if leaving else Unwrap(span))
        self.conditions.append(condition(guard.test, self.lines, negated=leaving))
        return [*above, *(below if leaving else guard.body)]

    def is_column(self, statement: ast.stmt) -> bool:
        """Whether this is `user = instance.user`, of a field that the instance's row holds."""
        if not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
            return False
        target, value = statement.targets[0], statement.value
        return (
            isinstance(target, ast.Name)
            and target.id not in {"instance", *self.arguments.names, self.arguments.kwargs}
            and not self.arguments.is_alias(target)
            and isinstance(value, ast.Attribute)
            and self.arguments.is_instance(value.value)
            and value.attr in self.known.columns
        )

    def is_for_raw(self, test: ast.expr) -> bool:
        """Whether a test is `raw and created` or the like, which never holds for a service."""
        if not isinstance(test, ast.BoolOp) or not isinstance(test.op, ast.And):
            return False
        flags = [self.arguments.flag(term) for term in test.values]
        return ("raw", True) in flags and all(subject in ("raw", "created") for subject, _ in flags)

    def fold_terms(self, guard: ast.If, *, leaving: bool) -> bool | None:
        """Fold the terms of a guard that are about `created`, `raw`, `action`, `reverse` and the
        instance itself.

        `leaving`: the guard returns when the test holds, else the work stands under it.
        Returns True if the whole guard went, None if the fold must stop here.
        """
        test, joint = guard.test, ast.Or if leaving else ast.And
        terms = (
            test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, joint) else [test]
        )
        kept: list[ast.expr] = []
        implied: list[ast.expr] = []
        for term in terms:
            known = self.is_known(term, leaving=leaving)
            # What stands before it is asked less often then.
            if all(map(self.known.quiet, kept)) and self.fold_term(term, leaving=leaving):
                self.gone.append(term)
                asks_sender = self.known.of_sender(term) is not None and not self.known.narrowed
                if known or asks_sender:
                    implied.append(term)  # also for a delegate
            else:
                kept.append(term)
        if len(kept) == len(terms):
            return None
        asked = [term for term in terms if term not in kept and term not in implied]
        if kept or self.settled:
            self.conditions += [condition(term, self.lines, negated=leaving) for term in asked]
        if kept:
            self.shorten(guard, kept)
            return None
        span = self.lines.span(guard)
        self.edits.append(Replace(span, "") if leaving else Unwrap(span))
        return True

    def shorten(self, guard: ast.If, kept: list[ast.expr]) -> None:
        """Leave some of a test's terms."""
        short = Shortened.of(guard, kept, self.lines)
        self.edits.append(short.merged(self.lines))
        self.shortened.append(short)

    def is_known(self, term: ast.expr, *, leaving: bool) -> bool:
        """Whether a guard above has asked the same, of the flag that a term is."""
        subject, holds = self.arguments.flag(term)
        told = {"created": self.only_created, "reverse": self.only_reverse}.get(subject or "")
        return told is not None and told == (holds != leaving)

    def fold_term(self, term: ast.expr, *, leaving: bool) -> bool:
        """Fold one term of a guard, if it is about an argument that decides at the call sites."""
        subject, holds = self.arguments.flag(term)
        wanted = holds != leaving  # the value of the flag for which the work is done
        held = actions_where(term, self.is_action)
        sender = self.known.of_sender(term)
        if sender is not None and sender != leaving:
            return True
        if held is not None:
            self.actions &= ALL - held if leaving else held
            self.needs_action |= holds_without(term) is leaving
        elif subject == "reverse" and self.only_reverse in (None, wanted):
            self.only_reverse = wanted
        elif subject == "created" and self.only_created in (None, wanted):
            self.only_created = wanted
        elif subject == "raw" and not wanted:
            self.ignores_raw = True
        else:  # a service always gets an instance
            return subject == "instance" and wanted and self.known.truthy
        return True
