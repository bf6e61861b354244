"""What a type checker says of a project's expressions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

Position = tuple[int, int, int, int]
"""Line and column, end line and end column, as of an `ast` node: lines 1-based, columns 0-based in
UTF-8 bytes, the end exclusive."""


@dataclass(frozen=True)
class Stated:
    """For the expressions of each file (its path from the root) the classes of their objects.

    Classes are dotted names, all that it can be, None left out. An expression that the checker
    knows nothing of, or that is no object of a class, has no entry.
    """

    by: str  # the checker's name
    classes: Mapping[str, Mapping[Position, tuple[str, ...]]]

    def without(self, files: Collection[str]) -> Stated:
        """The same with nothing said of some files."""
        kept = {file: said for file, said in self.classes.items() if file not in files}
        return replace(self, classes=kept)
