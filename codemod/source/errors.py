"""Why a write was refused; every message is one line for the user."""

from __future__ import annotations


class WriteError(Exception):
    """Nothing was written, or what was is undone; names the file."""

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        self.message = message
        super().__init__(path, message)

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class ChangedOnDisk(WriteError):
    """A file isn't what it was when it was read."""


class Refused(WriteError):
    """A file that mustn't be written: outside, read-only or not a plain file."""


class Busy(WriteError):
    """Another process writes in the same folder."""
