"""Files, as the rooms tell each other about them.

Change("app/signals.py", before=b"...", after=None)   # the file goes
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """One file before and after; `None` means that the file is absent."""

    path: str
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True)
class Unreadable:
    """A file that is left out of the run, and the reason in one line."""

    file: str
    error: str

    def __str__(self) -> str:
        return f"{self.file}: {self.error}"


@dataclass(frozen=True)
class Fixture:
    """A file of rows for `loaddata` that holds a model."""

    file: str
    only_tests: bool  # tests name it and no other code does, or none at all and it is called one
