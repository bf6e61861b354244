"""Write many files, or none.

    apply(root, changes)     # raises a WriteError and leaves the tree as it was
    recover(root)            # on the next start, after a crash

The steps: a journal, second names of the old files, the new files beside their
targets, renames, a mark in the journal, clean up. An interruption before that
mark is undone; after it, the clean-up is finished.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codemod.source.disk import Disk, Step, silent
from codemod.source.errors import Busy, ChangedOnDisk, Refused, WriteError
from codemod.source.journal import DONE, PREFIX, WRITING, Entry, Journal, Plan
from codemod.source.root import Root
from codemod.source.settle import digest, folders_of, settle
from codemod.values.files import Change

__all__ = ["Busy", "ChangedOnDisk", "Refused", "WriteError", "apply", "recover"]


@dataclass(frozen=True)
class _Target:
    """A change and the real file that it is about."""

    change: Change
    real: str


def apply(root: Path, changes: Sequence[Change], step: Step = silent) -> None:
    """Make the tree under `root` what the changes say, as a whole.

    Links inside the root are kept and the files behind them written; missing
    folders of new files are created, emptied ones go, as with git. `step` is called
    before each system call that changes the disk.

    Raises ChangedOnDisk, Refused, Busy, or WriteError for what the system
    reports; then, as after any other exception, the tree is as it was. If even
    that fails, `recover` does it on the next start. (Only an error in the last
    clean-up, after the mark, leaves the new tree.)
    """
    recover(root, step)
    place, disk = Root(root), Disk(step)
    targets = _targets(place, changes)
    if not targets:
        return
    try:
        _verify(targets)
        plan = _plan(place, targets)
        journal = Journal.create(place, plan, disk)
        try:
            _prepare(place, plan, targets, disk)
            _verify(targets)
            journal.mark(WRITING, disk)
            _swap(place, plan, disk)
            journal.mark(DONE, disk)
        finally:
            settle(place, journal, disk)
        _remove_emptied(place, plan, disk)
    except OSError as error:
        raise _failed(place, error) from error


def recover(root: Path, step: Step = silent) -> str | None:
    """Settle a write that was interrupted, and return in one line how.

    `None` if there is none. Raises Busy while another process writes,
    ChangedOnDisk if a file was edited in between, and WriteError for what the
    system reports.
    """
    place = Root(root)
    try:
        journal = Journal.open(place)
        return None if journal is None else settle(place, journal, Disk(step))
    except OSError as error:
        raise _failed(place, error) from error


def _failed(root: Root, error: OSError) -> WriteError:
    name = error.filename2 or error.filename
    path = os.fsdecode(name) if isinstance(name, (str, bytes)) else root.real
    shown = root.relative(path) if root.holds(path) else path
    return WriteError(shown, error.strerror or str(error))


def _targets(root: Root, changes: Sequence[Change]) -> list[_Target]:
    """Return what differs, one target for each real file. Raises Refused."""
    found: dict[str, _Target] = {}
    for change in changes:
        if change.before == change.after:
            continue
        real = root.resolve(change.path)
        if real is None:
            raise Refused(change.path, "is outside of the project")
        other = found.setdefault(real, _Target(change, real)).change
        if (other.before, other.after) != (change.before, change.after):
            raise Refused(change.path, f"is the same file as {other.path}")
        if change.after is None and os.path.islink(os.path.join(root.real, change.path)):
            raise Refused(change.path, "is a symbolic link, which is not deleted")
        _check_writable(change.path, real)
    return list(found.values())


def _check_writable(path: str, real: str) -> None:
    if os.path.lexists(real):
        mode = os.lstat(real).st_mode
        if not stat.S_ISREG(mode):
            raise Refused(path, "is not a regular file")
        # The bits count as well: for root, everything is writable.
        if not mode & 0o222 or not os.access(real, os.W_OK):
            raise Refused(path, "is read-only")
    folder = os.path.dirname(real)
    while not os.path.lexists(folder):
        folder = os.path.dirname(folder)
    if not os.path.isdir(folder):
        raise Refused(path, f"{os.path.basename(folder)} is not a folder")
    if not os.stat(folder).st_mode & 0o222 or not os.access(folder, os.W_OK | os.X_OK):
        raise Refused(path, "is in a read-only folder")


def _verify(targets: Sequence[_Target]) -> None:
    for target in targets:
        try:
            with open(target.real, "rb") as stream:
                now: bytes | None = stream.read()
        except FileNotFoundError:
            now = None
        if now != target.change.before:
            why = ": it is new, or ignored by git" if target.change.before is None else ""
            raise ChangedOnDisk(target.change.path, f"was changed since it was read{why}")


def _plan(root: Root, targets: Sequence[_Target]) -> Plan:
    token = os.urandom(4).hex()
    entries: list[Entry] = []
    folders: set[str] = set()
    for number, target in enumerate(targets):
        change, path = target.change, root.relative(target.real)
        beside = path.rpartition("/")[0]
        companion = f"{beside}/{PREFIX}".lstrip("/") + f"{token}-{number}"
        old = None if change.before is None else companion + ".old"
        new = None if change.after is None else companion + ".new"
        entries.append(Entry(path, old, new, digest(change.before), digest(change.after)))
        while beside and not os.path.isdir(os.path.join(root.real, beside)):
            folders.add(beside)
            beside = beside.rpartition("/")[0]
    return Plan(tuple(entries), tuple(sorted(folders)))


def _prepare(root: Root, plan: Plan, targets: Sequence[_Target], disk: Disk) -> None:
    """Put the old and the new content beside every target."""
    for folder in plan.folders:
        disk.make_folder(os.path.join(root.real, folder))
    for entry, target in zip(plan.entries, targets, strict=True):
        like = None if entry.old is None else os.stat(target.real)
        if entry.old is not None and target.change.before is not None:
            old = os.path.join(root.real, entry.old)
            try:
                disk.link(target.real, old)
            except OSError:  # not every file system has hard links
                disk.create(old, target.change.before, like)
        if entry.new is not None and target.change.after is not None:
            disk.create(os.path.join(root.real, entry.new), target.change.after, like)
    disk.sync_folders(folders_of(root, plan))


def _swap(root: Root, plan: Plan, disk: Disk) -> None:
    for entry in plan.entries:
        real = os.path.join(root.real, entry.target)
        if entry.new is None:
            disk.remove(real)
        else:
            disk.replace(os.path.join(root.real, entry.new), real)
    disk.sync_folders(folders_of(root, plan))


def _remove_emptied(root: Root, plan: Plan, disk: Disk) -> None:
    """Remove the folders of which no file is left."""
    for entry in plan.entries:
        folder = entry.target.rpartition("/")[0] if entry.new is None else ""
        while folder and _is_empty(os.path.join(root.real, folder)):
            disk.remove_folder(os.path.join(root.real, folder))
            folder = folder.rpartition("/")[0]


def _is_empty(folder: str) -> bool:
    return os.path.isdir(folder) and not os.listdir(folder)
