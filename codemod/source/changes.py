"""What the disk knows about the files that a run wants to change."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path

from codemod.values.files import Change


def modes(root: Path, changes: Iterable[Change]) -> dict[str, int]:
    """Return the permission bits of the changed files that exist under `root`.

    Files that can't be looked at are left out, so that a default applies.
    """
    found: dict[str, int] = {}
    for change in changes:
        try:
            found[change.path] = stat.S_IMODE((root / change.path).stat().st_mode)
        except OSError:
            continue
    return found
