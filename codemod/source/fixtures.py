"""The fixtures of a repository: which models they hold, and who loads them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from codemod.source.files import SourceFile
from codemod.values.files import Fixture

MODEL = re.compile(r"""["']?model["']?\s*:\s*["']?(\w+\.\w+)""")
FORMATS = (".json", ".yaml", ".yml", ".jsonl")


def find_fixtures(root: Path, files: Iterable[SourceFile]) -> dict[str, Fixture]:
    """By "app.model" in lower case, a fixture beside the Python files that holds the model.

    One that only tests load counts where no other holds it.
    """
    sources = list(files)
    folders = {Path(source.path).parent for source in sources}
    folders |= {parent for folder in folders for parent in folder.parents}
    found: dict[str, Fixture] = {}
    for folder in sorted(folders):
        place = root / folder / "fixtures"
        if not place.is_dir():
            continue
        for file in sorted(place.rglob("*")):
            if file.suffix in FORMATS and file.is_file():
                only_tests = _is_of_tests(file.name, sources)
                fixture = Fixture(file.relative_to(root).as_posix(), only_tests)
                for label in set(MODEL.findall(file.read_text("utf-8", errors="replace"))):
                    known = found.get(label.lower())
                    if known is None or (known.only_tests and not only_tests):
                        found[label.lower()] = fixture
    return found


def _is_of_tests(name: str, sources: list[SourceFile]) -> bool:
    """Whether test modules name a fixture, and no other module does."""
    stem = name.partition(".")[0]
    mention = re.compile(rf"""{re.escape(stem)}(?<=["'/]{re.escape(stem)})[."']""")  # a word first
    named = [source.path for source in sources if mention.search(source.text)]
    return bool(named) and all(_is_test(path) for path in named)


def _is_test(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return any(part in ("tests", "test") for part in parts[:-1]) or parts[-1].startswith(
        ("test_", "tests", "conftest")
    )
