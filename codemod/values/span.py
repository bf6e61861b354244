"""Positions in a source text."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A stretch of text: lines 1-based, columns 0-based in characters, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    def contains(self, other: Span) -> bool:
        """Whether `other` lies within this span (equal spans do)."""
        return (self.line, self.column) <= (other.line, other.column) and (
            other.end_line,
            other.end_column,
        ) <= (self.end_line, self.end_column)


@dataclass(frozen=True, order=True)
class Place:
    """A span in a file; `file` is a POSIX path relative to the root."""

    file: str
    span: Span


class Lines:
    """The lines of a text, to turn `ast` positions (UTF-8 byte columns) into spans."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._is_ascii = text.isascii()

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        # Python ends a line at \n, \r\n and \r only; str.splitlines() also at \x0c and others.
        return self._text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def column(self, line: int, offset: int) -> int:
        """The character column of a UTF-8 byte offset in a 1-based line."""
        if self._is_ascii:
            return offset
        text = self.lines[line - 1]
        if text.isascii():
            return offset
        return len(text.encode()[:offset].decode(errors="replace"))

    def span(self, node: ast.expr | ast.stmt | ast.arg | ast.keyword) -> Span:
        """The span of a node, decorators not included."""
        end_line, end_offset = node.end_lineno, node.end_col_offset
        assert end_line is not None and end_offset is not None  # ast.parse always sets them
        return Span(
            node.lineno,
            self.column(node.lineno, node.col_offset),
            end_line,
            self.column(end_line, end_offset),
        )

    def changed(self, span: Span, changes: Sequence[tuple[Span, str]]) -> str:
        """The text of a span with other text in place of spans within it."""
        starts = [0]
        for line in self.lines[span.line - 1 : span.end_line]:
            starts.append(starts[-1] + len(line) + 1)

        def at(line: int, column: int) -> int:
            return starts[line - span.line] + column

        text = "\n".join(self.lines[span.line - 1 : span.end_line])
        text = text[: at(span.end_line, span.end_column)]
        for part, code in sorted(changes, reverse=True):
            first, last = at(part.line, part.column), at(part.end_line, part.end_column)
            text = text[:first] + code + text[last:]
        return text[span.column :]

    def source(self, span: Span) -> str:
        """The text of a span as it would stand at the margin, its lines joined by a newline."""
        lines = self.lines[span.line - 1 : span.end_line]
        indent = len(lines[0]) - len(lines[0].lstrip())
        lines[-1] = lines[-1][: span.end_column]
        lines[0] = lines[0][span.column :]
        if not any(quotes in line for line in lines for quotes in ('"""', "'''")):
            lines[1:] = [line[min(indent, len(line) - len(line.lstrip())) :] for line in lines[1:]]
        return "\n".join(lines)
