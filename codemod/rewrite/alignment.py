"""Lines that were aligned with a bracket, aligned with it again where it has moved.

Order.objects.create(total=3,              order = Order.objects.create(total=3,
                     name="x")       ->                                 name="x")
"""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_OPEN, _CLOSE = "([{", ")]}"
_BLANK = {tokenize.NL, tokenize.COMMENT}
_TRIES = 100


@dataclass(frozen=True)
class _Bracket:
    """What stands in brackets, over several lines."""

    key: tuple[str, ...]  # its tokens, whatever the names and texts in it are
    columns: tuple[int, ...]  # where its lines start below the first, from the bracket on
    lines: tuple[int, ...]  # which these are, from 0


def realigned(before: Sequence[str], after: str) -> str:
    """`after`, with what was aligned in one of the texts `before` aligned in it."""
    known: dict[tuple[str, ...], set[tuple[int, ...]]] = {}
    for text in before:
        for bracket in _brackets(text):
            known.setdefault(bracket.key, set()).add(bracket.columns)
    for _ in range(_TRIES):
        moved = next(
            (
                (bracket, wanted)
                for bracket in _brackets(after)
                if bracket.columns not in known.get(bracket.key, {bracket.columns})
                for wanted in sorted(known[bracket.key])
                if wanted[0] == 1 and len(wanted) == len(bracket.columns)
            ),
            None,
        )
        if moved is None:
            return after
        bracket, wanted = moved
        shifted = _shifted(after, bracket, wanted)
        if shifted == after:
            return after
        after = shifted
    return after


def _shifted(text: str, bracket: _Bracket, wanted: tuple[int, ...]) -> str:
    lines = text.split("\n")
    for number, now, then in zip(bracket.lines, bracket.columns, wanted, strict=True):
        line = lines[number]
        indent = len(line) - len(line.lstrip(" "))
        lines[number] = " " * max(indent + then - now, 0) + line[indent:]
    return "\n".join(lines)


def _brackets(text: str) -> Iterator[_Bracket]:
    """The brackets with something on their first line and more below, the outer ones first."""
    try:
        found = [*tokenize.generate_tokens(io.StringIO(text).readline)]
    except (tokenize.TokenError, SyntaxError):
        return
    texts = _within_texts(found)
    opened: list[int] = []
    ranges: list[tuple[int, int]] = []
    for index, token in enumerate(found):
        if token.type == tokenize.OP and token.string in _OPEN:
            opened.append(index)
        elif token.type == tokenize.OP and token.string in _CLOSE and opened:
            ranges.append((opened.pop(), index))
    for start, end in sorted(ranges):
        first, last = found[start], found[end]
        if first.start[0] == last.start[0] or found[start + 1].type in _BLANK:
            continue
        inside = found[start + 1 : end + 1]
        heads = {t.start[0]: t for t in reversed(inside) if t.type != tokenize.NL}
        for row in (first.start[0], *texts.intersection(heads)):
            heads.pop(row, None)
        if not heads or any("\t" in t.line for t in heads.values()):
            continue
        rows = sorted(heads)
        yield _Bracket(
            tuple(map(_kind, inside)),
            tuple(heads[row].start[1] - first.start[1] for row in rows),
            tuple(row - 1 for row in rows),
        )


def _within_texts(tokens: Sequence[tokenize.TokenInfo]) -> set[int]:
    """The rows that start inside of a string of several lines."""
    rows: set[int] = set()
    begun: list[int] = []  # f-strings, which come in pieces from Python 3.12 on
    for token in tokens:
        first, last = token.start[0], token.end[0]
        name = tokenize.tok_name[token.type]
        if name.endswith("STRING_START"):
            begun.append(first)
        elif name.endswith("STRING_END") and begun:
            first = begun.pop()
        rows.update(range(first + 1, last + 1))
    return rows


def _kind(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.OP or keyword.iskeyword(token.string):
        return token.string
    return str(token.type)
