"""Positions in a source text."""

from __future__ import annotations

import ast
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate


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

    @property
    def lines(self) -> list[str]:
        """The lines without their ends; they are not kept: a project has many."""
        return _split(self._text)

    @cached_property
    def _starts(self) -> array[int]:
        """Where the lines start, and where one more would."""
        if "\r" in self._text:
            ends = (end.end() for end in re.finditer(r"\r\n?|\n", self._text))
            return array("l", [0, *ends, len(self._text) + 1])
        lengths = (len(line) + 1 for line in self._text.split("\n"))
        return array("l", accumulate(lengths, initial=0))

    def line(self, number: int) -> str:
        """A 1-based line without its end."""
        return self.between(number, number)[0]

    def between(self, first: int, last: int) -> list[str]:
        """The lines from a 1-based one to another, both included."""
        starts = self._starts
        text = self._text[starts[first - 1] : starts[min(last, len(starts) - 1)]]
        return _split(text)[: last - first + 1]

    def column(self, line: int, offset: int) -> int:
        """The character column of a UTF-8 byte offset in a 1-based line."""
        if self._is_ascii:
            return offset
        text = self.line(line)
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
        lines = self.between(span.line, span.end_line)
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)

        def at(line: int, column: int) -> int:
            return starts[line - span.line] + column

        text = "\n".join(lines)
        text = text[: at(span.end_line, span.end_column)]
        for part, code in sorted(changes, reverse=True):
            first, last = at(part.line, part.column), at(part.end_line, part.end_column)
            text = text[:first] + code + text[last:]
        return text[span.column :]

    def source(self, span: Span) -> str:
        """The text of a span as it would stand at the margin, its lines joined by a newline."""
        lines = self.between(span.line, span.end_line)
        indent = len(lines[0]) - len(lines[0].lstrip())
        lines[-1] = lines[-1][: span.end_column]
        lines[0] = lines[0][span.column :]
        if not any(quotes in line for line in lines for quotes in ('"""', "'''")):
            lines[1:] = [line[min(indent, len(line) - len(line.lstrip())) :] for line in lines[1:]]
        return "\n".join(lines)


def _split(text: str) -> list[str]:
    # Python ends a line at \n, \r\n and \r only; str.splitlines() also at \x0c and others.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
