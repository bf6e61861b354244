"""The end of every write, in the process that began it or in the next one.

Each step may be repeated: a settling that is itself interrupted is settled
the same way.
"""

from __future__ import annotations

import hashlib
import os
import stat

from codemod.source.disk import Disk
from codemod.source.errors import ChangedOnDisk
from codemod.source.journal import DONE, NAME, WRITING, Entry, Journal, Plan
from codemod.source.root import Root


def settle(root: Root, journal: Journal, disk: Disk) -> str:
    """Clean up after a write that is done, undo any other; the journal goes last.

    Returns in one line what was done. Raises ChangedOnDisk, having touched
    nothing, if a file is neither what it was nor what it was to become;
    WriteError for a journal that isn't ours; OSError.
    """
    try:
        state, plan = journal.read(root)
        if plan is not None:
            if state == WRITING:
                _undo(root, plan, disk)
            _clean(root, plan, disk, folders_too=state != DONE)
        journal.remove(disk)
    finally:
        journal.close()
    if plan is None:
        return "removed the journal of a write that had not begun"
    files = "1 file" if len(plan.entries) == 1 else f"{len(plan.entries)} files"
    return f"{'finished' if state == DONE else 'undid'} an interrupted write of {files}"


def folders_of(root: Root, plan: Plan) -> set[str]:
    """Return every folder, absolute, in which names come or go."""
    paths = [*(entry.target for entry in plan.entries), *plan.folders]
    return {os.path.dirname(os.path.join(root.real, path)) for path in paths}


def digest(data: bytes | None) -> str | None:
    """Return what stands for this content in the journal."""
    return None if data is None else hashlib.sha256(data).hexdigest()


def _clean(root: Root, plan: Plan, disk: Disk, *, folders_too: bool) -> None:
    """Remove the files that a write keeps beside its targets, and new folders."""
    for entry in plan.entries:
        for companion in (entry.old, entry.new):
            if companion is not None and os.path.lexists(os.path.join(root.real, companion)):
                disk.remove(os.path.join(root.real, companion))
    for folder in reversed(plan.folders if folders_too else ()):
        disk.remove_folder(os.path.join(root.real, folder))
    disk.sync_folders(folders_of(root, plan))


def _undo(root: Root, plan: Plan, disk: Disk) -> None:
    for entry in plan.entries:
        _check(root, entry)
    for entry in plan.entries:
        real = os.path.join(root.real, entry.target)
        if _now(root, entry.target) == entry.before:
            continue
        if entry.old is None:
            disk.remove(real)
        else:
            disk.replace(os.path.join(root.real, entry.old), real)
    # What is kept may go only when what it restored is there for good.
    disk.sync_folders(folders_of(root, plan))


def _check(root: Root, entry: Entry) -> None:
    now = _now(root, entry.target)
    if now == entry.before:
        return
    hint = f"to keep the files as they are, remove {NAME}"
    if now != entry.after:
        raise ChangedOnDisk(entry.target, f"was changed after an interrupted write; {hint}")
    if entry.old is not None and _now(root, entry.old) != entry.before:
        raise ChangedOnDisk(entry.old, f"is needed to undo an interrupted write; {hint}")


def _now(root: Root, path: str) -> str | None:
    """Return a file's digest, `None` if it is absent, "" if it is no plain file."""
    real = os.path.join(root.real, path)
    if not os.path.lexists(real):
        return None
    if not stat.S_ISREG(os.lstat(real).st_mode):
        return ""
    with open(real, "rb") as stream:
        return digest(stream.read())
