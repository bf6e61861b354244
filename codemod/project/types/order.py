"""Which place of a function may run after which.

if gone:                      order.delete()
    order.delete()
    return                    never comes to the save: the block leaves
order.save()
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemod.facts.nodes import LOOPS
from codemod.project.types.flow import blocks_around, leaves, starts_at

_Path = Sequence[tuple[list[ast.stmt], int]]


def may_follow(owner: ast.AST, first: ast.expr, then: ast.expr) -> bool:
    """Whether control may come from one place of a function to another below it, in one round of
    the loops around both."""
    if not starts_at(first) < starts_at(then):
        return False
    before, after = blocks_around(owner, first), blocks_around(owner, then)
    around: ast.stmt | None = None
    for depth, ((block, at), (other, index)) in enumerate(zip(before, after)):
        if block is not other:
            assert around is not None  # the function's own block is one
            return _leads_on(around, block, other, before[depth:])
        if at != index:
            return _comes_out(before[depth + 1 :], block[at])
        around = block[at]
    return True


def loops_around(owner: ast.AST, first: ast.expr, then: ast.expr) -> list[ast.stmt]:
    """The loops that hold both places, and may come from either to the other in another round."""
    shared = zip(blocks_around(owner, first), blocks_around(owner, then))
    return [
        block[at]
        for (block, at), (other, index) in shared
        if block is other and at == index and isinstance(block[at], LOOPS)
    ]


def comes_again(owner: ast.AST, made: Sequence[ast.expr | None], use: ast.expr) -> bool:
    """Whether a loop may come to a place again with what was made outside it; None: what the
    function is given."""
    around = loops_around(owner, use, use)
    return any(
        place is None or loop not in loops_around(owner, place, use)
        for place in made
        for loop in around
    )


def _leads_on(
    statement: ast.stmt, block: list[ast.stmt], other: list[ast.stmt], inner: _Path
) -> bool:
    """Whether control may come from within one block of a statement to another."""
    if isinstance(statement, ast.Try):
        if other is statement.finalbody:
            return True
        if block is not statement.body:
            return False
        return other is not statement.orelse or _comes_out(inner, statement)
    loops = isinstance(statement, LOOPS)  # from the body to the `else`; others have branches
    return loops and _comes_out(inner, statement)


def _comes_out(inner: _Path, statement: ast.stmt) -> bool:
    """Whether control that is at the end of some blocks within a statement goes on below it."""
    owners = [statement, *(block[at] for block, at in inner[:-1])]
    for depth, (block, _) in reversed([*enumerate(inner)]):
        if not leaves(block):
            continue
        ends, around = {*exits(block[-1])}, owners[: depth + 1]
        if ends & {ast.Break, ast.Continue} and any(isinstance(o, LOOPS) for o in around):
            return True
        caught = any(isinstance(o, ast.Try) and o.handlers for o in around)
        return ast.Raise in ends and caught
    return True


def exits(statement: ast.stmt) -> Iterator[type[ast.stmt]]:
    """How control may leave at the end of a block."""
    if isinstance(statement, ast.If):
        yield from (kind for arm in (statement.body, statement.orelse) for kind in exits(arm[-1]))
    else:
        yield type(statement)
