"""The folder that a run may touch, with symbolic links resolved."""

from __future__ import annotations

import os
from pathlib import Path


class Root:
    """Answers where a relative path really is, and whether that is inside."""

    def __init__(self, root: Path) -> None:
        self.real = os.path.realpath(root)
        self._prefix = self.real.rstrip(os.sep) + os.sep
        self._folders: dict[str, str] = {}

    def resolve(self, path: str) -> str | None:
        """Return the absolute real path, or `None` where it leaves the root.

        The file itself need not exist.
        """
        folder, _, name = path.rpartition("/")
        if name in ("", ".", "..") or "\0" in path:
            return None
        if path.startswith("/"):
            folder = folder or "/"
        full = os.path.join(self._folder(folder), name)
        if os.path.islink(full):
            full = os.path.realpath(full)
        return full if self.holds(full) else None

    def holds(self, real: str) -> bool:
        """Return whether an absolute real path is inside."""
        return real.startswith(self._prefix)

    def relative(self, real: str) -> str:
        """Return an absolute real path inside as POSIX path from the root."""
        return os.path.relpath(real, self.real).replace(os.sep, "/")

    def _folder(self, folder: str) -> str:
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(os.path.join(self.real, folder))
        return self._folders[folder]
