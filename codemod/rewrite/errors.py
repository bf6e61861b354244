"""What goes wrong while rewriting."""

from __future__ import annotations


class RewriteError(Exception):
    """An edit that can't be applied; the message names the line, the caller adds the file."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line
