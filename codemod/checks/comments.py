"""The comments of a text, with the lines that they speak about."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

_LAYOUT = {tokenize.NL, tokenize.INDENT, tokenize.DEDENT}


@dataclass(frozen=True)
class Comment:
    """A comment with its `#`, the code before it on its line, and the lines of its statement."""

    text: str
    line: int
    code: str
    statement: range


def comments(text: str) -> tuple[Comment, ...]:
    """Return the comments in order; of a text that is no Python, those that can be found."""
    if "#" not in text:
        return ()
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = plain.split("\n")
    return tuple(
        Comment(token.string.rstrip(), line, lines[line - 1][:column].strip(), statement)
        for token, statement in _found(plain)
        for line, column in [token.start]
    )


def _found(text: str) -> Iterator[tuple[tokenize.TokenInfo, range]]:
    """Yield each comment, and the lines of the statement that it is in or behind."""
    inside: list[tokenize.TokenInfo] = []
    start: int | None = None  # the line of the statement that isn't over yet
    for token in _tokens(text):
        line = token.start[0]
        if token.type == tokenize.COMMENT:
            inside.append(token)
        elif token.type == tokenize.NEWLINE or start is None:
            lines = range(start or line, line + 1)
            yield from ((each, lines if start else _alone(each)) for each in inside)
            inside = []
            start = None if token.type in _LAYOUT else line
        if token.type == tokenize.NEWLINE:
            start = None
    yield from ((each, _alone(each)) for each in inside)


def _alone(comment: tokenize.TokenInfo) -> range:
    return range(comment.start[0], comment.start[0] + 1)


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        yield from tokenize.generate_tokens(io.StringIO(text).readline)
    except (tokenize.TokenError, SyntaxError):
        return
