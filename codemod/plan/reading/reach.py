"""What a handler of m2m_changed does for one action, on one side of the relation.

if reverse:                            post_add, from the side of the field:
    ids = set(pk_set)
elif action in ("post_add", ...):      ids = {instance.pk}
    ids = {instance.pk}                refresh(ids)
else:
    return                             pre_add: nothing
refresh(ids)
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from codemod.plan.reading.actions import actions_where
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.names import (
    IsQuiet,
    is_argument,
    is_bare_return,
    is_docstring,
    is_logger,
    truth,
)


def moments(handler: Handler) -> frozenset[tuple[str, bool]]:
    """The (action, `reverse`) for which a handler does anything."""
    return frozenset(
        (action, side)
        for action in handler.actions
        for side in sides(handler)
        if reached(handler, action, side)
    )


def sides(handler: Handler) -> tuple[bool, ...]:
    """The values of `reverse` that a handler acts on."""
    return (False, True) if handler.only_reverse is None else (handler.only_reverse,)


def reached(handler: Handler, action: str, reverse: bool) -> list[ast.AST]:
    """The statements, and the tests among them, that may run; none: it does nothing."""
    run = _Run(action, reverse, handler.quiet)
    found, _ = run.run(handler.body)
    return [] if all(map(run.only_prepares, found)) else found


@dataclass(frozen=True)
class _Run:
    action: str
    reverse: bool
    quiet: IsQuiet

    def run(self, body: Sequence[ast.stmt]) -> tuple[list[ast.AST], bool]:
        """What may run of a block, and whether nothing below it does."""
        found: list[ast.AST] = []
        for statement in body:
            if isinstance(statement, ast.If):
                held = self.holds(statement.test)
                arms = [
                    self.run(arm)
                    for arm, value in ((statement.body, True), (statement.orelse, False))
                    if held is not (not value)
                ]
                inner = [node for nodes, _ in arms for node in nodes]
                if held is None and (inner or not self.quiet(statement.test)):
                    found.append(statement.test)
                found += inner
                if all(ended for _, ended in arms):
                    return found, True
            elif isinstance(statement, (ast.Return, ast.Raise)):
                return found if is_bare_return(statement) else [*found, statement], True
            elif not _is_nothing(statement):
                found.append(statement)
        return found, False

    def only_prepares(self, node: ast.AST) -> bool:
        """Whether it gives a name of the function a value, or asks something, and no more."""
        if isinstance(node, ast.Assign):
            return all(isinstance(t, ast.Name) for t in node.targets) and self.quiet(node.value)
        return isinstance(node, ast.expr) and self.quiet(node)

    def holds(self, test: ast.expr) -> bool | None:
        """The value of a condition; None if it depends on anything else."""
        return truth(test, self._holds_alone, self.quiet)

    def _holds_alone(self, test: ast.expr) -> bool | None:
        if is_argument(test, "reverse"):
            return self.reverse
        named = actions_where(test, lambda node: is_argument(node, "action"))
        return None if named is None else self.action in named


def _is_nothing(statement: ast.stmt) -> bool:
    """Whether a statement does nothing by itself: an import, a logger."""
    trivial = isinstance(statement, (ast.Import, ast.ImportFrom, ast.Pass))
    return trivial or is_docstring(statement) or is_logger(statement)
