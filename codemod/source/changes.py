"""What the disk knows about the files that a run wants to change."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from codemod.source.root import Root
from codemod.values.files import Change


def behind_links(root: Path, changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return the changes under the names of the files that are written, as git knows them.

    shop/views.py -> ../lib/views.py        a change of lib/views.py
    """
    place = Root(root)
    found: dict[Change, None] = {}
    for change in changes:
        real = place.resolve(change.path)
        path = change.path if real is None else place.relative(real)
        found[replace(change, path=path)] = None
    return tuple(sorted(found, key=lambda change: change.path))


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
