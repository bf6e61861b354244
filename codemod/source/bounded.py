"""Bytes of files in the project that somebody else wrote: regular ones, and not too many."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from codemod.source.files import LIMIT, SourceError, too_large
from codemod.source.root import Root

_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

GLIMPSE = 100_000_000
"""Of larger files, nothing at all is known."""


def read_bytes(place: Root, path: str, limit: int = LIMIT) -> bytes:
    """Return a file's bytes. Raises SourceError, OSError or ValueError."""
    shown = path.encode("utf-8", "backslashreplace").decode("utf-8")
    if shown != path:
        raise SourceError(shown, "the file's name is not valid UTF-8")
    real = place.resolve(path)
    if real is None:
        raise SourceError(path, "is outside of the project")
    descriptor = os.open(real, _OPEN)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise SourceError(path, "is not a regular file")
        if found.st_size > limit:
            raise SourceError(path, too_large(found.st_size, limit))
        data = os.read(descriptor, found.st_size + 1)
        while len(data) != found.st_size and (more := os.read(descriptor, limit)):
            data += more
        return data
    finally:
        os.close(descriptor)


def read_text(root: Path, path: str) -> str | None:
    """Return the text of a settings file; None if there is none. Raises SourceError."""
    if not os.path.lexists(root / path):
        return None
    try:
        return read_bytes(Root(root), path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(path, "is not valid UTF-8") from error
    except (OSError, ValueError) as error:
        raise SourceError(path, getattr(error, "strerror", None) or str(error)) from error


def known_text(root: Path, path: str) -> str:
    """Return the text of a settings file; "" if there is none, or none that can be read."""
    try:
        return read_text(root, path) or ""
    except SourceError:
        return ""


def glimpse(root: Path, path: str) -> str:
    """Return what can be seen of a file that can't be read as text, for the names in it."""
    try:
        return read_bytes(Root(root), path, GLIMPSE).decode("latin-1")
    except (SourceError, OSError, ValueError):
        return ""
