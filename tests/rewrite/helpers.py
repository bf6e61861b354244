"""Anchors by text, and files of the style book in short."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Sequence

from codemod.rewrite.apply import apply
from codemod.values.edits import Edit
from codemod.values.span import Lines, Span


def dedent(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


class Source:
    """A text in which nodes are found by their own text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = Lines(text)
        self.tree = ast.parse(text)

    def find(self, snippet: str, nth: int = 0) -> Span:
        """The statement, or else the expression, whose source starts with `snippet`.

        An exact match wins over a start; `nth` counts from the top.
        """
        nodes = [node for node in ast.walk(self.tree) if isinstance(node, (ast.stmt, ast.expr))]
        spans = sorted({self.lines.span(node) for node in nodes})
        for matches in (
            [span for span in spans if self.lines.source(span) == snippet],
            [
                self.lines.span(node)
                for node in nodes
                if isinstance(node, ast.stmt)
                and self.lines.source(self.lines.span(node)).startswith(snippet)
            ],
        ):
            if len(matches) > nth:
                return sorted(matches)[nth]
        raise AssertionError(f"not found: {snippet!r}")

    def keyword(self, snippet: str) -> Span:
        """An argument of a call, with its name."""
        for node in ast.walk(self.tree):
            if (
                isinstance(node, ast.keyword)
                and self.lines.source(self.lines.span(node)) == snippet
            ):
                return self.lines.span(node)
        raise AssertionError(f"not found: {snippet!r}")


def run(
    before: str, edits: Sequence[Edit], *, module: str = "shop.views", is_package: bool = False
) -> str:
    return apply(before, edits, module=module, is_package=is_package)


def check(before: str, edits: Sequence[Edit], after: str, *, module: str = "shop.views") -> None:
    """The edits give `after`, with all newline kinds, and without a final newline too."""
    assert run(before, edits, module=module) == after
    # The same in a file with other newlines.
    if "\r" not in before:
        windows = run(before.replace("\n", "\r\n"), edits, module=module)
        assert windows == after.replace("\n", "\r\n")
    # Code around stays as it is, odd as it may be.
    odd = "zz = ( 1,2 ) ;yy=3  # odd\n"
    tail = f"\n\n{odd}\n\n\n\nif zz :\n\txx=1\n"
    if before and after and not any(type(edit).__name__ == "Append" for edit in edits):
        assert run(before + tail, edits, module=module).endswith(odd + "\n\n\n\nif zz :\n\txx=1\n")
