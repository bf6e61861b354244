"""The file that makes many renames one: what a write touches, and how to undo it.

It is on the disk before anything else is touched and removed last. Its first
byte says how far the write is, and so how an interrupted one is settled; one
byte is never half written and needs no room on a full disk. An advisory lock,
which ends with its process, tells a write that runs from a dead one.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
from dataclasses import asdict, dataclass
from typing import Any

from codemod.source.disk import BINARY, NO_FOLLOW, Disk
from codemod.source.errors import Busy, WriteError
from codemod.source.root import Root

NAME = ".unsignal-journal"
PREFIX = ".unsignal-"

PREPARING, WRITING, DONE = b"P", b"W", b"D"
"""No target is touched yet; some may be; all are what they shall be."""


@dataclass(frozen=True)
class Entry:
    """One file of a write. Paths are relative to the root, links resolved.

    `old` keeps what was there and `new` is what shall be, both beside the
    target; `before` and `after` are the digests of their content. `None`: the
    file is absent.
    """

    target: str
    old: str | None
    new: str | None
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Plan:
    """All that a write touches; `folders` are those that it creates."""

    entries: tuple[Entry, ...]
    folders: tuple[str, ...] = ()


class Journal:
    """An open and locked journal."""

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def create(cls, root: Root, plan: Plan, disk: Disk) -> Journal:
        """Write a new journal. Raises Busy, or OSError having left none behind."""
        path = os.path.join(root.real, NAME)
        try:
            journal = cls(path, disk.open_new(path))
        except FileExistsError as error:
            raise _busy() from error
        try:
            # Another process may take the empty file for a dead one.
            if not journal._is_ours():
                raise _busy()
            text = json.dumps(asdict(plan), separators=(",", ":"))
            disk.write(journal._descriptor, PREPARING + text.encode("ascii") + b"\n")
            disk.sync_folders([root.real])
        except Busy:
            journal.close()
            raise
        except BaseException:
            with contextlib.suppress(OSError):
                journal.remove(disk)
            raise
        return journal

    @classmethod
    def open(cls, root: Root) -> Journal | None:
        """Return the journal of a dead process, if any. Raises Busy or OSError."""
        path = os.path.join(root.real, NAME)
        flags = os.O_RDWR | NO_FOLLOW | BINARY | getattr(os, "O_NONBLOCK", 0)
        try:
            journal = cls(path, os.open(path, flags))
        except FileNotFoundError:
            return None
        if not journal._is_ours():
            journal.close()
            raise _busy()
        return journal

    def read(self, root: Root) -> tuple[bytes, Plan | None]:
        """Return how far the write is, and its plan.

        The plan is `None` if the process ended while it wrote the journal:
        then it touched nothing else. Raises WriteError for a file that isn't
        our journal, and OSError.
        """
        data = self._content()
        if not data.endswith(b"\n"):
            return PREPARING, None
        try:
            plan = _plan(json.loads(data[1:]))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise _foreign() from error
        if data[:1] not in (PREPARING, WRITING, DONE) or not _is_within(root, plan):
            raise _foreign()
        return data[:1], plan

    def mark(self, state: bytes, disk: Disk) -> None:
        """Note how far the write is. Raises OSError."""
        disk.step(f"mark {state.decode()}")
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        disk.write(self._descriptor, state)

    def remove(self, disk: Disk) -> None:
        """Remove the file and let go of the lock. Raises OSError."""
        try:
            if os.name == "nt":  # an open file can't be removed there
                self.close()
            disk.remove(self.path)
            disk.sync_folders([os.path.dirname(self.path)])
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the lock; the file stays if it wasn't removed."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _is_ours(self) -> bool:
        """Take the lock, and look whether the file still has its name."""
        if not _lock(self._descriptor):
            return False
        try:
            named = os.lstat(self.path)
        except FileNotFoundError:
            return False
        ours = os.fstat(self._descriptor)
        return stat.S_ISREG(ours.st_mode) and os.path.samestat(ours, named)

    def _content(self) -> bytes:
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        chunks: list[bytes] = []
        while chunk := os.read(self._descriptor, 1 << 20):
            chunks.append(chunk)
        return b"".join(chunks)


def _busy() -> Busy:
    return Busy(NAME, "another unsignal is writing in this folder")


def _foreign() -> WriteError:
    return WriteError(NAME, "is not a journal of this version of unsignal; please remove it")


def _plan(loaded: Any) -> Plan:  # JSON may hold anything: the types are checked below
    entries = tuple(Entry(**entry) for entry in loaded["entries"])
    plan = Plan(entries, tuple(loaded["folders"]))
    texts = [value for entry in entries for value in asdict(entry).values() if value is not None]
    if not all(isinstance(text, str) for text in (*texts, *plan.folders)):
        raise TypeError("a journal holds text only")
    return plan


def _is_within(root: Root, plan: Plan) -> bool:
    """Return whether a journal, which anyone may have put there, stays inside."""
    companions = [name for entry in plan.entries for name in (entry.old, entry.new) if name]
    paths = [*(entry.target for entry in plan.entries), *companions, *plan.folders]
    return all(root.resolve(path) == os.path.join(root.real, path) for path in paths) and all(
        os.path.basename(name).startswith(PREFIX) for name in companions
    )


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        try:
            os.lseek(descriptor, 1 << 30, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
