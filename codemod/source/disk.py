"""Every system call that changes the disk, each announced just before.

The announcement is the seam at which tests stop, fail or kill a write.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Step = Callable[[str], None]

BINARY: int = getattr(os, "O_BINARY", 0)
NO_FOLLOW: int = getattr(os, "O_NOFOLLOW", 0)


def silent(step: str) -> None:
    """Let a step happen without a word."""


@dataclass(frozen=True)
class Disk:
    """Changes to the disk; paths are absolute. All methods may raise OSError."""

    step: Step = silent

    def open_new(self, path: str) -> int:
        """Create a file that mustn't exist and return its descriptor."""
        self.step(f"create {path}")
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | NO_FOLLOW | BINARY, 0o666)

    def write(self, descriptor: int, data: bytes) -> None:
        """Write all of `data` and wait until it is on the disk."""
        self.step("write")
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        self.step("sync")
        os.fsync(descriptor)

    def create(self, path: str, data: bytes, like: os.stat_result | None = None) -> None:
        """Create a file with this content, and the permissions and owner of `like`."""
        descriptor = self.open_new(path)
        try:
            if like is not None:
                self._resemble(path, like)
            self.write(descriptor, data)
        finally:
            os.close(descriptor)

    def link(self, source: str, path: str) -> None:
        """Give the file a second name."""
        self.step(f"link {path}")
        os.link(source, path)

    def replace(self, source: str, path: str) -> None:
        """Rename over what is there."""
        self.step(f"rename {path}")
        os.replace(source, path)

    def remove(self, path: str) -> None:
        """Remove a file; fine if it is gone."""
        self.step(f"remove {path}")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)

    def make_folder(self, path: str) -> None:
        """Create a folder that mustn't exist."""
        self.step(f"make {path}")
        os.mkdir(path)

    def remove_folder(self, path: str) -> None:
        """Remove a folder; fine if it is gone or in use."""
        self.step(f"remove {path}")
        with contextlib.suppress(OSError):
            os.rmdir(path)

    def sync_folders(self, folders: Iterable[str]) -> None:
        """Wait until the names in these folders are on the disk."""
        for folder in sorted(set(folders)):
            self.step(f"sync {folder}")
            # Windows can't open folders, and needs no such call.
            if os.name != "nt" and os.path.isdir(folder):
                descriptor = os.open(folder, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)

    def _resemble(self, path: str, like: os.stat_result) -> None:
        self.step(f"own {path}")
        if os.name != "nt":
            with contextlib.suppress(PermissionError):
                os.chown(path, like.st_uid, like.st_gid)
        self.step(f"permit {path}")
        os.chmod(path, like.st_mode & 0o7777)
