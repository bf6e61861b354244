"""The statements between two places of a function, and what is around them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise

from codemod.facts.nodes import LOOPS, SCOPES, children, last_name, own_nodes

Block = Sequence[ast.stmt]
Parents = dict[ast.AST, ast.AST]
_PLAIN = (ast.With, ast.AsyncWith, ast.For, ast.AsyncFor)  # are passed through, as a rule
_YIELDS = (ast.Yield, ast.YieldFrom)
_WAYS_OUT = (ast.Call, ast.Raise, ast.Assert, ast.Return, ast.Break, ast.Continue, *_YIELDS)
_TAME = ("connect", "disconnect", "clear", "copy", "list")  # calls that raise nothing


def between(above: Parents, first: ast.AST, last: ast.AST) -> tuple[ast.stmt, ...] | None:
    """What surely runs from one place to another that is always reached; None if that isn't told.

    first; work; last      try: first; work; finally: last      first; try: work; finally: last
    """
    path, other = [*_path(above, first)], [*_path(above, last)]
    common = next((node for node in path if node in other), None)
    if common is None or common is first or common is last:
        return None
    start, end = path[: path.index(common)], other[: other.index(common)]
    if not _passed(start):
        return None
    block, behind = _block(common, start[-1]), _block(common, end[-1])
    if block is None or behind is None:
        return None
    opened = rest(above, first, start[-1])
    if block is not behind:
        reached = isinstance(common, ast.Try) and behind is common.finalbody
        if not reached or not isinstance(common, ast.Try) or not _passed(end):
            return None
        if common.handlers and (block[0] is not start[-1] or isinstance(start[-1], _PLAIN)):
            return None  # an error before the first place leads there, too
        passed = (*opened, *_after(block, start[-1]), *_handled(common))
        return (*passed, *_before(behind, end[-1]))
    within = (*opened, *_before(_after(block, start[-1]), end[-1]))
    if _passed(end):
        inner = _within(end)
        return (*within, *inner) if inner is not None else None
    outer = end[-1]
    if len(end) > 1 and isinstance(outer, ast.Try) and end[-2] in outer.finalbody:
        if _passed(end[:-1]):
            return (*within, *outer.body, *_handled(outer), *_before(outer.finalbody, end[-2]))
    return None


def may_be_left(above: Parents, region: Sequence[ast.AST], last: ast.AST) -> bool:
    """Whether some way out of a stretch leads past the place that ends it: an error, a `return`, a
    `break`. A `finally` is on all of them."""
    guarded: set[ast.AST] = set()
    for below in _path(above, last):
        around = above.get(below)
        if isinstance(around, ast.Try) and any(below is each for each in around.finalbody):
            guarded.update((*around.body, *around.orelse, *around.handlers))
            guarded.update(inner for handler in around.handlers for inner in handler.body)
    exposed = at_once([node for node in region if node not in guarded])
    return any(isinstance(node, _WAYS_OUT) and not _is_tame(node) for node in exposed)


def rest(above: Parents, first: ast.AST, within: ast.AST | None = None) -> tuple[ast.stmt, ...]:
    """What stands behind a place in its function, or in a statement around it."""
    found: list[ast.stmt] = []
    below = first
    while below in above and below is not within and not isinstance(below, SCOPES):
        block = _block(above[below], below)
        found += _after(block, below) if block is not None else ()
        below = above[below]
    return tuple(found)


def again(above: Parents, first: ast.AST, last: ast.AST | None = None) -> tuple[ast.stmt, ...]:
    """What stands before a place in the loops around it, and runs after it in their next rounds:
    not in loops that are around `last` too, with which that ends."""
    path = [*_path(above, first)]
    ends = {*_path(above, last)} if last is not None else set()
    around = (i for i, node in enumerate(path) if isinstance(node, SCOPES) or node in ends)
    end = next(around, len(path))
    outer = max((i for i, node in enumerate(path[:end]) if isinstance(node, LOOPS)), default=0)
    return tuple(
        statement
        for below, holder in pairwise(path[: outer + 1])
        for statement in _before(_block(holder, below) or (), below)
    )


def is_unconditional(above: Parents, first: ast.AST, within: ast.AST | None = None) -> bool:
    """Whether no condition decides if a place of a function, or of a statement around it, is
    reached."""
    path = [*_path(above, first)]
    ends = (i for i, node in enumerate(path) if node is within or isinstance(node, SCOPES))
    return _passed(path[: next(ends, len(path))])


def with_of(above: Parents, node: ast.AST, name: str) -> ast.AST | None:
    """The `with` around a node that gives its object a name."""
    return next(
        (
            each
            for each in _path(above, node)
            if isinstance(each, (ast.With, ast.AsyncWith))
            for item in each.items
            if isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == name
        ),
        None,
    )


def at_once(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of some code that run when it does, none of the functions and classes in it."""
    for node in nodes:
        if not isinstance(node, SCOPES):
            yield node
            yield from own_nodes(node)


def yields(nodes: Sequence[ast.AST]) -> list[ast.AST]:
    """Where other code runs in between."""
    return [node for node in at_once(nodes) if isinstance(node, _YIELDS)]


def returns(function: ast.AST) -> list[ast.Return]:
    """Where a function is left, other than at its end or by an error."""
    return [node for node in own_nodes(function) if isinstance(node, ast.Return)]


def uses(above: Parents, function: ast.AST, name: str) -> Iterator[ast.Name]:
    """Where a function, with those in it, may run what it is given by a name; no decorator does,
    such as `@wraps(func)`, nor who asks for `func.__name__`."""
    pending = children(function)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            if not isinstance(above[node], ast.Attribute):
                yield node
        marks = getattr(node, "decorator_list", ())
        pending += [child for child in children(node) if child not in marks]


def _is_tame(node: ast.AST) -> bool:
    """Whether it is a call that silences, or ends that."""
    return isinstance(node, ast.Call) and last_name(node.func) in _TAME


def _path(above: Parents, node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is around it."""
    yield node
    while node in above:
        node = above[node]
        yield node


def _passed(path: Sequence[ast.AST]) -> bool:
    """Whether what is below the last of these nodes runs whenever that does."""
    if any(isinstance(node, LOOPS) and _skips(node) for node in path):
        return False
    return all(
        isinstance(node, (ast.expr, ast.Assign, ast.AugAssign, ast.Expr, ast.Delete, *_PLAIN))
        or not isinstance(node, (ast.stmt, ast.ExceptHandler))
        for node in path
    ) and not any(isinstance(node, (ast.Lambda, ast.IfExp)) for node in path)


def _skips(loop: ast.AST) -> bool:
    """Whether a round of a loop may end early."""
    return any(isinstance(node, (ast.Continue, ast.Break)) for node in own_nodes(loop))


def _within(path: Sequence[ast.AST]) -> tuple[ast.stmt, ...] | None:
    """What stands before a place in the blocks around it; None for a loop, whose later rounds run
    it after that place, too."""
    found: tuple[ast.stmt, ...] = ()
    for below, holder in pairwise(path):
        before = _before(_block(holder, below) or (), below)
        if before and isinstance(holder, LOOPS):
            return None
        found = (*before, *found)
    return found


def _block(holder: ast.AST, statement: ast.AST) -> Block | None:
    """The block of a node that directly holds a statement."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(holder, name, None)
        if isinstance(block, list) and any(statement is each for each in block):
            return block
    return None


def _after(block: Block, statement: ast.AST) -> tuple[ast.stmt, ...]:
    index = next((i for i, each in enumerate(block) if each is statement), len(block))
    return tuple(block[index + 1 :])


def _before(block: Block, statement: ast.AST) -> tuple[ast.stmt, ...]:
    index = next((i for i, each in enumerate(block) if each is statement), len(block))
    return tuple(block[:index])


def _handled(node: ast.Try) -> tuple[ast.stmt, ...]:
    return (*(inner for each in node.handlers for inner in each.body), *node.orelse)
