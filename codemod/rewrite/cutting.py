"""Lines of several statements, cut only where an edit needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import libcst as cst

from codemod.rewrite.layout import Statement
from codemod.rewrite.orders import Node, Orders
from codemod.values.edits import Where


@dataclass(frozen=True)
class Unit:
    """Statements that stay on one line, or one compound statement, with the original nodes."""

    nodes: tuple[Node, ...]
    statement: Statement


def cut(original: cst.BaseStatement, updated: Statement, orders: Orders) -> list[Unit]:
    """The units of one line."""
    if not isinstance(original, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
        return [Unit((original,), updated)]
    assert isinstance(updated, cst.SimpleStatementLine)
    return cut_line(original.body, updated, orders)


def cut_line(
    originals: Sequence[cst.BaseSmallStatement], line: cst.SimpleStatementLine, orders: Orders
) -> list[Unit]:
    pairs = list(zip(originals, line.body, strict=True))
    kept = [pair for pair in pairs if not _goes_alone(pair[0], orders)]
    if kept and len(kept) < len(pairs):
        for node, _ in pairs:
            if _goes_alone(node, orders):
                orders.in_list.pop(node, None)
        if kept[-1] is not pairs[-1]:
            kept[-1] = (kept[-1][0], _without_semicolon(kept[-1][1]))
        pairs = kept
    pieces: list[list[tuple[cst.BaseSmallStatement, cst.BaseSmallStatement]]] = [[pairs[0]]]
    for before, after in pairwise(pairs):
        if before[0] in orders.lasts or after[0] in orders.firsts:
            pieces.append([])
        pieces[-1].append(after)
    return [
        Unit(
            tuple(node for node, _ in piece),
            _piece(line, [small for _, small in piece], index == 0, index == len(pieces) - 1),
        )
        for index, piece in enumerate(pieces)
    ]


def _piece(
    line: cst.SimpleStatementLine, body: list[cst.BaseSmallStatement], first: bool, last: bool
) -> cst.SimpleStatementLine:
    if first and last:
        return line.with_changes(body=body)
    if not last:
        body[-1] = _without_semicolon(body[-1])
    return cst.SimpleStatementLine(
        body=body,
        leading_lines=line.leading_lines if first else (),
        # The comment at the end of the line stays at the end.
        trailing_whitespace=line.trailing_whitespace if last else cst.TrailingWhitespace(),
    )


def _goes_alone(node: Node, orders: Orders) -> bool:
    """Whether the statement is removed, and nothing else happens to it."""
    replaced = orders.replaced.get(node)
    return (
        replaced is not None
        and replaced.last is node
        and not replaced.code.strip()
        and not orders.wraps.get(node)
        and not any((node, where) in orders.inserts for where in Where)
    )


def _without_semicolon(small: cst.BaseSmallStatement) -> cst.BaseSmallStatement:
    return small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
