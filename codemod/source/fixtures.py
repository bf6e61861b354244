"""The fixtures of a repository: which models they hold, and who loads them."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from mmap import ACCESS_READ, mmap
from pathlib import Path, PurePosixPath

from codemod.source.files import SourceFile
from codemod.source.root import Root
from codemod.values.files import Fixture
from codemod.values.inventory import is_test

MODEL = re.compile(rb"""model["']?\s*[:=]\s*["']?(\w+\.\w+)""")
FORMATS = (".json", ".yaml", ".yml", ".jsonl", ".xml")
_LOADS = re.compile(r"loaddata|fixture", re.IGNORECASE)


def find_fixtures(root: Path, files: Iterable[SourceFile]) -> dict[str, Fixture]:
    """By "app.model" in lower case, a fixture beside the Python files that holds the model.

    One that only tests load counts where no other holds it: tests alone name it, or nothing does
    and it is called as tests are. A fixture is searched, whatever its size, and not parsed; links
    that leave the root aren't followed.
    """
    sources = list(files)
    held = {path: labels for path in _files(root, sources) if (labels := _labels(root, path))}
    mentions = _mentions(sources, {_stem(path) for path in held})
    found: dict[str, Fixture] = {}
    for path, labels in held.items():
        of_tests = is_test(posixpath.join(posixpath.dirname(path), "rows"))
        # `loaddata` looks into the folders of apps, and finds none of those in a folder of tests.
        named = [by for by, as_file in mentions[_stem(path)] if as_file or not of_tests]
        only_tests = all(map(is_test, named or [path]))
        for label in labels:
            known = found.get(label)
            if known is None or (known.only_tests and not only_tests):
                found[label] = Fixture(path, only_tests)
    return found


def _files(root: Path, sources: Iterable[SourceFile]) -> Iterator[str]:
    """The files in folders of the name, in order."""
    folders = {Path(source.path).parent for source in sources}
    folders |= {parent for folder in folders for parent in folder.parents}
    for folder in sorted(folders):
        place = root / folder / "fixtures"
        if place.is_dir():
            found = (file for file in sorted(place.rglob("*")) if file.suffix in FORMATS)
            yield from (file.relative_to(root).as_posix() for file in found)


def _labels(root: Path, path: str) -> frozenset[str]:
    """The models in a file."""
    real = Root(root).resolve(path)
    if real is None or not os.path.isfile(real):
        return frozenset()
    try:
        with open(real, "rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            return frozenset(label.decode().lower() for label in set(MODEL.findall(data)))
    except (OSError, ValueError):  # unreadable; empty
        return frozenset()


def _mentions(
    sources: Iterable[SourceFile], stems: Collection[str]
) -> dict[str, list[tuple[str, bool]]]:
    """By the stem of a fixture's name, the modules that have it in a string, and whether as a
    file's name; if not, where fixtures are spoken of."""
    found: dict[str, list[tuple[str, bool]]] = {stem: [] for stem in stems}
    names = "|".join(map(re.escape, sorted(stems)))
    ends_of_files = "|".join(map(re.escape, FORMATS))
    mention = re.compile(rf"""["'/]({names})(?=({ends_of_files}|["']))""")
    for source in sources if stems else ():
        ends = mention.findall(source.text)
        loads = bool(ends) and _LOADS.search(source.text) is not None
        for stem, as_file in {(stem, end in FORMATS) for stem, end in ends}:
            if loads or as_file:
                found[stem].append((source.path, as_file))
    return found


def _stem(path: str) -> str:
    return PurePosixPath(path).name.partition(".")[0]
