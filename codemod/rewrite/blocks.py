"""Statement lists: inserts, removals, replacements, wraps and unwraps among the statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import libcst as cst

from codemod.rewrite import snippets
from codemod.rewrite.cutting import Unit, cut
from codemod.rewrite.errors import RewriteError
from codemod.rewrite.layout import (
    Gap,
    Statement,
    called,
    comment_texts,
    has_comment,
    is_heading,
    is_import,
    join,
    join_statements,
    lead,
    leading_blanks,
    lines_of,
    names_import,
    speaks_to_tools,
    split,
    with_lead,
    without_blank_end,
    without_heading,
)
from codemod.rewrite.orders import Node, Orders, Range
from codemod.values.edits import Unwrap, Where


@dataclass(frozen=True)
class Chunk:
    """What comes of one unit or range: the lines that stood apart above it, and statements.

    Each statement is flagged True if an edit wrote it. No statements: the unit is removed.
    """

    gap: Gap
    body: tuple[tuple[Statement, bool], ...] = ()


@dataclass(frozen=True)
class Wrapping:
    first: int
    last: int  # inclusive
    header: str

    def holds(self, other: Wrapping) -> bool:
        return self.first <= other.first and other.last <= self.last


@dataclass(frozen=True)
class Block:
    """One statement list while it is rebuilt."""

    units: tuple[Unit, ...]
    orders: Orders
    newline: str
    top: bool

    def rebuild(self) -> tuple[list[Statement], Gap]:
        """The new statements, and comments that are left below the last one."""
        wrappings = self._wrappings()
        chunks = list(self._emit(0, len(self.units), wrappings, outside=True))
        for unit in self.units:
            for node in unit.nodes:
                self.orders.in_list.pop(node, None)
        return _settle(chunks, self.top)

    def _index(self, node: Node, line: int | None = None) -> int:
        for index, unit in enumerate(self.units):
            if node in unit.nodes:
                return index
        raise RewriteError("the range ends in another block", line)

    def _wrappings(self) -> list[Wrapping]:
        found = [
            Wrapping(index, self._index(wrap.last, self.orders.in_list.get(node)), wrap.code)
            for index, unit in enumerate(self.units)
            for node in unit.nodes
            for wrap in self.orders.wraps.get(node, ())
        ]
        for wrapping in found:
            for other in found:
                apart = other.last < wrapping.first or wrapping.last < other.first
                if not (apart or wrapping.holds(other) or other.holds(wrapping)):
                    raise RewriteError("two wraps overlap", self._line(wrapping.first))
        return sorted(found, key=lambda wrapping: (wrapping.first, -wrapping.last))

    def _line(self, index: int) -> int | None:
        lines = (self.orders.in_list.get(node) for node in self.units[index].nodes)
        return next((line for line in lines if line is not None), None)

    def _emit(
        self, low: int, high: int, wrappings: Sequence[Wrapping], outside: bool
    ) -> Iterator[Chunk]:
        """Chunks of the units from `low` up to `high`; `outside` of every wrap, or not."""
        index = low
        while index < high:
            wrapping = next((wrapping for wrapping in wrappings if wrapping.first == index), None)
            if wrapping is not None:
                yield self._wrap(wrapping, wrappings, outside)
                index = wrapping.last + 1
                continue
            last, body = self._replaced(index)
            if last >= high or any(index <= wrapping.first <= last for wrapping in wrappings):
                raise RewriteError("a wrap and a replacement overlap", self._line(index))
            yield from self._one(index, last, body, outside)
            index = last + 1

    def _replaced(self, index: int) -> tuple[int, Range | None]:
        for node in self.units[index].nodes:
            found = self.orders.replaced.get(node)
            if found is not None:
                last = self._index(found.last, self._line(index))
                if last < index:
                    raise RewriteError("the range ends before it starts", self._line(index))
                for inner in range(index, last + 1):
                    for other in self.units[inner].nodes:
                        if other is not node and other in self.orders.replaced:
                            raise RewriteError("two replacements overlap", self._line(inner))
                return last, found
        return index, None

    def _inserts(self, index: int, last: int, *wheres: Where) -> list[tuple[Statement, bool]]:
        return [
            (statement, True)
            for where in wheres
            for unit in self.units[index : last + 1]
            for node in unit.nodes
            for code in self.orders.inserts.get((node, where), ())
            for statement in snippets.statements(code, self.newline)
        ]

    def _gap(self, index: int) -> tuple[Gap, Gap]:
        statement = self.units[index].statement
        gap, comments = split(statement.leading_lines)
        heading = is_import(statement) and has_comment(gap) and is_heading(comment_texts(comments))
        if self.top and index == 0 and not heading:
            # Comments at the top of a file are about the file.
            return tuple(statement.leading_lines), ()
        return gap, comments

    def _wrap(self, wrapping: Wrapping, wrappings: Sequence[Wrapping], outside: bool) -> Chunk:
        low, high = wrapping.first, wrapping.last + 1
        inner = [other for other in wrappings if other is not wrapping and wrapping.holds(other)]
        chunks = list(self._emit(low, high, inner, outside=False))
        # The blank line above goes with the header, not into the block.
        gap, first, comments = _lifted(chunks[0])
        chunks[0] = first
        body, tail = _settle(chunks, top=False)
        header = snippets.compound(wrapping.header, self.newline)
        block = cst.IndentedBlock(body=body or _pass(()), footer=tail)
        above = self._inserts(low, wrapping.last, Where.ABOVE) if outside else []
        below = self._inserts(low, wrapping.last, Where.BELOW) if outside else []
        chunk = [*above, (header.with_changes(body=block), False), *below]
        chunk[0] = lead(chunk[0][0], comments), chunk[0][1]
        return Chunk(gap, tuple(chunk))

    def _one(self, index: int, last: int, replaced: Range | None, outside: bool) -> Iterator[Chunk]:
        unit = self.units[index]
        gap, comments = self._gap(index)
        footer: Gap = ()
        wheres = (Where.ABOVE, Where.BEFORE) if outside else (Where.BEFORE,)
        before = self._inserts(index, last, *wheres)
        if replaced is not None:
            if not replaced.comments and index == 0 and not self.top:
                gap = ()  # what opens the block goes too, a blank line below it or not
            body = self._replacement(
                index, last, replaced.code, comments if replaced.comments else ()
            )
            if not body and (replaced.heads or self._heads_more(index, last, comments)):
                gap = (*gap, *comments)
            elif not body and replaced.apart:
                gap = gap[: leading_blanks(gap)]
        elif any(node in self.orders.unwrapped for node in unit.nodes):
            inner, footer = self._unwrapped(unit)
            body = [(statement, False) for statement in inner]
        elif before and not speaks_to_tools(comments):  # it is about what is new, too
            before[0] = lead(before[0][0], comments), before[0][1]
            body = [(with_lead(unit.statement, ()), False)]
        else:
            body = [(with_lead(unit.statement, comments), False)]
        after, below = self._inserts(index, last, Where.AFTER), []
        if outside:
            below = self._inserts(index, last, Where.BELOW)
        yield Chunk(gap, (*before, *body, *after, *self._returned(unit), *below))
        if footer:
            yield Chunk(footer)

    def _returned(self, unit: Unit) -> Iterator[tuple[Statement, bool]]:
        """The `return` of a value that a statement of the unit kept under a name."""
        for node in unit.nodes:
            if isinstance(node, cst.Return) and node in self.orders.bound:
                code = f"return {self.orders.bound[node]}"
                yield from ((s, True) for s in snippets.statements(code, self.newline))

    def _replacement(
        self, index: int, last: int, code: str, comments: Gap
    ) -> list[tuple[Statement, bool]]:
        new = snippets.statements(code, self.newline)
        if not new:
            if code.strip():
                raise RewriteError("a comment can't replace a statement", self._line(index))
            return []
        old = self.units[last].statement
        if (
            isinstance(old, cst.SimpleStatementLine)
            and index == last
            and old.trailing_whitespace.comment
        ):
            if isinstance(new[0], cst.SimpleStatementLine) and not (
                new[0].trailing_whitespace.comment
            ):
                new[0] = new[0].with_changes(trailing_whitespace=old.trailing_whitespace)
            else:
                comment = cst.EmptyLine(comment=old.trailing_whitespace.comment)
                new[0] = lead(new[0], [comment])
        new[0] = lead(new[0], comments)
        return [(statement, True) for statement in new]

    def _heads_more(self, index: int, last: int, comments: Gap) -> bool:
        """Whether the comment above a removed statement is a heading for those below it too."""
        removed = self.units[index].statement
        if is_import(removed):
            if names_import(comments, removed):
                return False
        elif not called(removed) or not is_heading(comment_texts(comments)):
            return False
        for unit in self.units[last + 1 :]:
            below = unit.statement
            if is_import(removed):
                if not is_import(below) or below.leading_lines:
                    return False
            elif called(below) != called(removed) or has_comment(below.leading_lines):
                return False
            if not any(node in self.orders.replaced for node in unit.nodes):
                return True
        return False

    def _unwrapped(self, unit: Unit) -> tuple[list[Statement], Gap]:
        statement = unit.statement
        if not isinstance(statement, (cst.If, cst.Try, cst.With)):
            raise RewriteError(
                "only if, try and with can be unwrapped", self.orders.in_list.get(unit.nodes[0])
            )
        if isinstance(statement, cst.Try) and statement.handlers:
            raise RewriteError(
                "a try with handlers can't be unwrapped", self.orders.in_list.get(unit.nodes[0])
            )
        edit = next(self.orders.unwrapped[n] for n in unit.nodes if n in self.orders.unwrapped)
        part = branch_of(statement, edit.branch)
        if edit.below:
            return [cst.ensure_type(part, cst.If)], ()
        suite = part.body
        if isinstance(suite, cst.SimpleStatementSuite):
            return [suite_line(suite)], ()
        assert isinstance(suite, cst.IndentedBlock)
        body = lines_of(suite)
        body[0] = with_lead(body[0], join((), tuple(body[0].leading_lines), first=True))
        return body, tuple(suite.footer)


def branch_of(
    statement: cst.If | cst.Try | cst.With, branch: int
) -> cst.If | cst.Try | cst.With | cst.Else:
    """The part of a statement that holds one of its bodies: an `if`, an `elif`, an `else`."""
    part: cst.If | cst.Try | cst.With | cst.Else = statement
    for _ in range(branch):
        if not isinstance(part, cst.If) or part.orelse is None:
            raise RewriteError("the statement has no such branch")
        part = part.orelse
    return part


def other_parts(statement: Node, edit: Unwrap) -> list[Node]:
    """What goes when one body of a statement takes its place."""
    if isinstance(statement, cst.Try):
        return [part for part in (statement.orelse, statement.finalbody) if part is not None]
    parts: list[Node] = []
    part: Node | None = statement
    for _ in range(edit.branch):
        assert isinstance(part, cst.If)
        parts.append(part.body)
        part = part.orelse
    if isinstance(part, cst.If) and part.orelse is not None and not edit.below:
        parts.append(part.orelse)
    return parts


def rebuild(
    original: Sequence[cst.BaseStatement],
    updated: Sequence[Statement],
    orders: Orders,
    newline: str,
    *,
    top: bool = False,
) -> tuple[list[Statement], Gap] | None:
    """The new statements of a list and comments left below them; None if it stays as it is."""
    if not any(node in orders.in_list for line in original for node in nodes_of(line)):
        return None
    units = [
        unit
        for before, after in zip(original, updated, strict=True)
        for unit in cut(before, after, orders)
    ]
    return Block(tuple(units), orders, newline, top).rebuild()


def nodes_of(line: Node) -> Sequence[Node]:
    """The statements of a line."""
    if isinstance(line, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
        return line.body
    return [line]


def suite_line(suite: cst.SimpleStatementSuite) -> cst.SimpleStatementLine:
    """The statements after a colon, as a line of their own."""
    return cst.SimpleStatementLine(body=suite.body, trailing_whitespace=suite.trailing_whitespace)


def indented(body: Sequence[Statement], tail: Gap, like: cst.IndentedBlock) -> cst.IndentedBlock:
    """The block with another body, `pass` if nothing is left."""
    if body:
        return like.with_changes(body=tuple(body), footer=(*tail, *like.footer))
    return like.with_changes(body=_pass(tail))


def _pass(comments: Gap) -> list[Statement]:
    return [cst.SimpleStatementLine(body=[cst.Pass()], leading_lines=comments)]


def _lifted(chunk: Chunk) -> tuple[Gap, Chunk, Gap]:
    """The gap of a block's first chunk, the chunk without it, and comments that go above the block.

    A comment above the statement is about all that is done in there; one for tools stays with it.
    """
    body = list(chunk.body)
    index = next((i for i, (one, _) in enumerate(body) if has_comment(one.leading_lines)), None)
    if index is None or speaks_to_tools(body[index][0].leading_lines):
        return chunk.gap, replace(chunk, gap=()), ()
    statement, new = body[index]
    body[index] = with_lead(statement, ()), new
    return chunk.gap, Chunk((), tuple(body)), tuple(statement.leading_lines)


def _settle(chunks: Sequence[Chunk], top: bool) -> tuple[list[Statement], Gap]:
    """Put chunks one after another; what stood above a removed statement meets what is below."""
    body: list[tuple[Statement, bool]] = []
    carried: Gap | None = None
    for chunk in chunks:
        if body and carried is not None and has_comment(chunk.gap):
            carried = without_heading(carried)
        gap = chunk.gap if carried is None else join(carried, chunk.gap, first=not body)
        carried = None if chunk.body else gap
        for index, (statement, new) in enumerate(chunk.body):
            body.append((lead(statement, gap) if index == 0 else statement, new))
    tail = without_blank_end(without_heading(carried or ()) if top and body else carried or ())
    return join_statements(body, top=top), tail
