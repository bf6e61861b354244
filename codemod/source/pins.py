"""The versions of packages that a project is fixed to, read from its files and not installed.

[[package]] name = ..., version = ...   poetry.lock, uv.lock, pdm.lock
django-model-utils==3.2.0               requirements.txt, requirements/*.txt, where no lock file is
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from codemod.source.bounded import known_text

_LOCKS = ("poetry.lock", "uv.lock", "pdm.lock")
_TOLD = re.compile(r'^(name|version) = "([^"\n]+)"', re.MULTILINE)
_REQUIRED = re.compile(r"[ \t]*([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?[ \t]*([^#;]*)")
_EXACT = re.compile(r"===?[ \t]*(\d+(?:\.\d+)*)[ \t]*(?:\\|--hash\S*)?[ \t]*")


def pins(root: Path) -> dict[str, tuple[int, ...]]:
    """By name, as PyPI normalises it, the version of a package: the newest that the files name.

    A package that some file leaves open is left out.
    """
    found: dict[str, tuple[int, ...]] = {}
    open_: set[str] = set()
    locked = [pin for path in _LOCKS for pin in _locked(known_text(root, path))]
    for name, version in locked or _required(root):
        name = re.sub(r"[-_.]+", "-", name).lower()
        if version is None:
            open_.add(name)
        else:
            numbers = tuple(map(int, version.split(".")))
            found[name] = max(numbers, found.get(name, ()))
    return {name: version for name, version in found.items() if name not in open_}


def _locked(text: str) -> Iterator[tuple[str, str | None]]:
    """The packages of a lock file."""
    for part in text.split("[[package]]")[1:]:
        told = dict(_TOLD.findall(part.split("\n[")[0]))
        version = re.match(r"\d+(\.\d+)*$", told.get("version", ""))
        if "name" in told:
            yield told["name"], version[0] if version is not None else None


def _required(root: Path) -> Iterator[tuple[str, str | None]]:
    """What requirements files, at the top and in a folder of the name, ask for."""
    for folder in ("", "requirements"):
        try:
            names = sorted(os.listdir(root / folder))
        except OSError:
            continue
        for name in names:
            if name.endswith(".txt") and (folder or name.startswith("requirements")):
                text = known_text(root, f"{folder}/{name}" if folder else name)
                for line in filter(None, map(_REQUIRED.match, text.splitlines())):
                    exact = _EXACT.fullmatch(line[2])
                    yield line[1], exact[1] if exact is not None else None
