"""Trees on disk as values, for comparing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def plant(root: Path, files: dict[str, bytes]) -> Path:
    """Write these files under `root` and return it."""
    for path, data in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return root


def tree(root: Path) -> dict[str, bytes | str | None]:
    """Return all that is under `root`: content, a link's target, `None` for what is no file."""
    found: dict[str, bytes | str | None] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name == ".git" or name.startswith(".git/"):
            continue
        if path.is_symlink():
            found[name] = os.readlink(path)
        else:
            found[name] = path.read_bytes() if path.is_file() else None
    return found


def git(root: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run git in `root` and return its output."""
    options = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(
        ["git", *options, *arguments], cwd=root, input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return done.stdout
