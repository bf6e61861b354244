"""The work of a handler where an argument has one value in every call.

if reverse:                    (gone)
    invite(instance)
else:                          seat(instance)
    seat(instance)
verb = "opened" if created else "changed"     ->     verb = "opened"
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from codemod.plan.reading.actions import actions_where
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.names import binds, is_rebound, truth
from codemod.plan.reading.shortened import Shortened
from codemod.project.types.flow import leaves
from codemod.values.edits import Edit, Replace, Unwrap
from codemod.values.span import Lines, Span

Value = bool | str | None
SAID = ("action", "reverse")  # what a service can say for itself wherever it is read
_IMPORTS = (ast.Import, ast.ImportFrom)


def fold(handler: Handler, lines: Lines, told: Mapping[str, Value]) -> Handler | None:
    """The handler without what depends on arguments of one value; None where that is more than
    to leave out a branch, or a term of a test.

    A flag of a save stays where all of the work may run: other callers may come (style book, 21).
    """
    if any(is_rebound(handler.body, name) for name in told):
        return None
    folder = _Folder(handler, lines, told)
    body = folder.block(handler.body, top=True)
    if folder.failed or not body or (not folder.kills and told.keys() - {*SAID}):
        return None
    gone = (*handler.gone, *folder.gone)
    live = [*_live(body, gone)]
    uses = tuple(u for u in handler.uses if not any(d.contains(u.span) for d in folder.dead))
    left = {use.argument for use in uses}
    loaded, stored = _names(live, ast.Load), _names(live, ast.Store)
    unread = stored & _names(folder.nodes, ast.Load) - loaded
    if unread or loaded & folder.locals.keys() or left & (told.keys() - {*SAID}):
        return None
    action, reverse = told.get("action"), told.get("reverse")
    return replace(
        handler,
        edits=(*handler.edits, *folder.edits),
        body=tuple(body),
        gone=gone,
        shortened=(*handler.shortened, *folder.shortened),
        uses=uses,
        arguments=handler.arguments & left,
        actions=handler.actions & {action} if isinstance(action, str) else handler.actions,
        only_reverse=reverse if isinstance(reverse, bool) else handler.only_reverse,
        branches=(),
    )


def _live(nodes: Iterable[ast.AST], gone: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes but those that go, with what is in them."""
    dead = {id(node) for node in gone}
    pending = [*nodes]
    while pending:
        node = pending.pop()
        if id(node) not in dead:
            yield node
            pending.extend(ast.iter_child_nodes(node))


def _names(nodes: Iterable[ast.AST], context: type[ast.expr_context]) -> set[str]:
    return {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


class _Folder:
    """Walks over the work, and notes what goes."""

    def __init__(self, handler: Handler, lines: Lines, told: Mapping[str, Value]) -> None:
        self.handler, self.lines, self.told = handler, lines, told
        self.nodes = [*_live(handler.body, handler.gone)]
        self.read = {u.span: u.argument for u in handler.uses if u.argument in told}
        self.looked_up = [u.span for u in handler.uses if not u.by_name]
        self.locals: dict[str, bool] = {}  # names that are given a value which is known
        self.edits: list[Edit] = []
        self.gone: list[ast.AST] = []
        self.dead: list[Span] = []
        self.shortened: list[Shortened] = []
        self.kills = False  # whether some code would never run
        self.failed = False

    def block(self, body: Sequence[ast.stmt], *, top: bool = False) -> list[ast.stmt]:
        """The statements that are left of some."""
        left: list[ast.stmt] = []
        for index, statement in enumerate(body):
            known = self.truth(statement.test) if isinstance(statement, ast.If) else None
            if self.is_known_local(statement):
                self.drop(statement, Replace(self.lines.span(statement), ""))
            elif isinstance(statement, ast.If) and known is not None:
                left += self.block(self.take(statement, known), top=top)
                rest = body[index + 1 :]
                if leaves(left) and rest:
                    self.kills = True
                    self.failed |= not top
                    for each in rest:
                        self.drop(each, Replace(self.lines.span(each), ""))
                    break
            else:
                self.within(statement)
                left.append(statement)
        self.failed |= bool(body) and not left
        return left

    def take(self, statement: ast.If, value: bool) -> list[ast.stmt]:
        """The branch of an `if` that is taken; the rest goes."""
        span = self.lines.span(statement)
        if value:
            taken, other = statement.body, statement.orelse
        else:
            taken, other = statement.orelse, statement.body
        if not taken:
            self.kills = True
            self.drop(statement, Replace(span, ""))
            return []
        if value:
            dead = Span(taken[-1].end_lineno or 0, 0, span.end_line, span.end_column)
        else:
            dead = Span(span.line, 0, taken[0].lineno - 1, 0)
        below = not value and self.is_chained(statement)
        self.failed |= below and self.truth(cast(ast.If, taken[0]).test) is not None
        self.edits.append(Unwrap(span, 0 if value else 1, dead, below))
        self.kills |= bool(other)
        self.lose(statement.test)
        for node in other:
            self.lose(node)
        return taken

    def within(self, statement: ast.stmt) -> None:
        """What goes inside a statement that stays."""
        if isinstance(statement, ast.If):
            self.shorten(statement)
            self.block(statement.body)
            if self.is_chained(statement):
                [below] = statement.orelse
                assert isinstance(below, ast.If)
                self.failed |= self.truth(below.test) is not None
                self.within(below)
            elif statement.orelse:
                self.block(statement.orelse)
            return
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr):
                self.choose(child)
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(statement, name, None)
            if isinstance(inner, list) and inner:
                self.block(inner)
        for handler in getattr(statement, "handlers", ()):
            self.block(handler.body)

    def choose(self, node: ast.expr | ast.keyword) -> None:
        """Leave one side of each `x if created else y`."""
        known = self.truth(node.test) if isinstance(node, ast.IfExp) else None
        if not isinstance(node, ast.IfExp) or known is None:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, (ast.expr, ast.keyword)):
                    self.choose(child)
            return
        taken, other = (node.body, node.orelse) if known else (node.orelse, node.body)
        span = self.lines.span(taken)
        self.failed |= any(span.contains(use) for use in self.looked_up)
        self.edits.append(Replace(self.lines.span(node), self.lines.source(span)))
        self.kills = True
        self.lose(node.test)
        self.lose(other)

    def shorten(self, guard: ast.If) -> None:
        """Leave the terms of a test that are not known."""
        test = guard.test
        if not isinstance(test, ast.BoolOp):
            return
        neutral = isinstance(test.op, ast.And)
        kept = [term for term in test.values if self.truth(term) is not neutral]
        # What decides the test stands behind a term that does more than ask.
        self.failed |= any(self.truth(term) is not None for term in kept)
        if len(kept) == len(test.values):
            return
        short = Shortened.of(guard, kept, self.lines)
        self.shortened.append(short)
        self.edits.append(short.merged(self.lines))
        for term in test.values:
            if term not in kept:
                self.lose(term)

    def drop(self, statement: ast.stmt, edit: Edit) -> None:
        self.edits.append(edit)
        self.lose(statement)

    def lose(self, node: ast.stmt | ast.expr) -> None:
        """Note that a node goes; a name that it imports may be another's, too."""
        self.failed |= any(isinstance(each, _IMPORTS) for each in ast.walk(node))
        self.gone.append(node)
        self.dead.append(self.lines.span(node))

    def is_chained(self, statement: ast.If) -> bool:
        """Whether an `elif` follows."""
        below = statement.orelse[0] if len(statement.orelse) == 1 else None
        return isinstance(below, ast.If) and below.col_offset == statement.col_offset

    def is_known_local(self, statement: ast.stmt) -> bool:
        """Whether this is `forward = not reverse`, the only value that the name gets."""
        if not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
            return False
        target, value = statement.targets[0], self.truth(statement.value)
        if not isinstance(target, ast.Name) or value is None:
            return False
        if sum(binds(node, target.id) for node in self.nodes) > 1:
            return False
        self.locals[target.id] = value
        return True

    def truth(self, test: ast.expr) -> bool | None:
        """The value of a condition; None if it depends on anything else."""
        return truth(test, self.holds, self.asks_only)

    def asks_only(self, test: ast.expr) -> bool:
        """Whether nothing is missing where a condition isn't asked, a name that it binds either."""
        binds = any(isinstance(node, ast.NamedExpr) for node in ast.walk(test))
        return not binds and self.handler.quiet(test)

    def holds(self, test: ast.expr) -> bool | None:
        if isinstance(test, ast.Name) and test.id in self.locals:
            return self.locals[test.id]
        argument = self.read.get(self.lines.span(test))
        if argument is not None:
            return bool(self.told[argument])
        actions = actions_where(test, lambda n: self.read.get(self.lines.span(n)) == "action")
        if actions is not None:
            return self.told["action"] in actions
        if not isinstance(test, ast.Compare) or len(test.ops) > 1:
            return None
        argument = self.read.get(self.lines.span(test.left))
        return None if argument is None else _compared(self.told[argument], test)


def _compared(value: Value, test: ast.Compare) -> bool | None:
    """What a comparison of a value with something written out comes to."""
    operator = test.ops[0]
    try:
        other = ast.literal_eval(test.comparators[0])
        if isinstance(operator, (ast.In, ast.NotIn)):
            return (value in other) is isinstance(operator, ast.In)
    except (ValueError, TypeError):
        return None
    if isinstance(operator, (ast.Eq, ast.NotEq)):
        return (value == other) is isinstance(operator, ast.Eq)
    if isinstance(operator, (ast.Is, ast.IsNot)) and (other is None or isinstance(other, bool)):
        return (value is other) is isinstance(operator, ast.Is)
    return None
