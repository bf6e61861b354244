"""The tool's own output beside hand-written examples.

    python -m tests.stylebook FOLDER [--diff] [ENTRY ...]

FOLDER holds entries `NN-name/` with `before/`, one or more `after*/` (the files that change) and
`scenario.py`, and the `verify.py` that runs a scenario in a project. For each entry the tool
migrates `before/`, the scenario runs on both sides, and the result is compared with each after
folder. Printed are what became of the receivers, what the scenario saw otherwise, and how many
lines of code differ from the after folder that is nearest; `--diff` prints them.
"""

from __future__ import annotations

import argparse
import difflib
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codemod.source.write import apply
from tests.casefiles import contents, lay_out, migrate, outcome

URLS = """from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
"""


@dataclass(frozen=True)
class Result:
    """What came of an entry."""

    fates: tuple[str, ...]
    problems: tuple[str, ...]  # what the scenario saw otherwise, and no difference of the entry
    nearest: str  # the after folder
    diff: tuple[str, ...]


def play(book: Path, entry: Path, project: Path) -> Any:
    """What the entry's scenario sees in a project; a text if it fails."""
    (project / "urls.py").write_text(URLS, "utf-8")
    command = [sys.executable, str(book / "verify.py"), "--side", str(entry), str(project)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (project / "urls.py").unlink()
    if done.returncode:
        return done.stderr.strip().splitlines()[-1]
    return json.loads(done.stdout.splitlines()[-1])["result"]


def try_out(book: Path, entry: Path) -> Result:
    """Migrate an entry and compare."""
    with tempfile.TemporaryDirectory(prefix="stylebook-") as folder:
        original, migrated = Path(folder) / "original", Path(folder) / "migrated"
        for place in (original, migrated):
            lay_out(contents(entry / "before"), place)
        found = migrate(migrated)
        apply(migrated, found.changes)
        before, after = play(book, entry, original), play(book, entry, migrated)
        problems = list(_problems(before, after, _load(book, entry)))
        written = _python(migrated)
        best = min(
            (
                (name, tuple(_diff(ideal, written)))
                for name, ideal in _ideals(book, entry, Path(folder))
            ),
            key=lambda pair: len(pair[1]),
        )
        return Result(outcome(found), tuple(problems), *best)


def _problems(before: Any, after: Any, scenario: Any) -> Iterator[str]:
    if isinstance(before, str) or isinstance(after, str):
        if before != after or isinstance(before, str):
            yield f"{before if isinstance(before, str) else after}"
        return
    named = getattr(scenario, "DIFFERENCES", {})
    if named and all(key.startswith("after") for key in named):
        named = {name: pair for pairs in named.values() for name, pair in pairs.items()}
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            excused = name in named and after.get(name) == named[name][1]
            if not excused:
                yield f"{name}: {before.get(name)!r} -> {after.get(name)!r}"


def _ideals(book: Path, entry: Path, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The whole project as each after folder has it."""
    scenario = _load(book, entry)
    for after in sorted(entry.glob("after*")):
        place = folder / after.name
        lay_out(contents(entry / "before") | contents(after), place)
        deleted = getattr(scenario, "DELETED", ())
        if isinstance(deleted, dict):
            deleted = deleted.get(after.name, ())
        for name in deleted:
            (place / name).unlink(missing_ok=True)
        yield after.name, _python(place)


def _load(book: Path, entry: Path) -> Any:
    sys.path.insert(0, str(book))
    spec = importlib.util.spec_from_file_location("scenario", entry / "scenario.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _python(root: Path) -> dict[str, str]:
    return {path: text for path, text in contents(root).items() if path.endswith(".py")}


def _diff(ideal: dict[str, str], written: dict[str, str]) -> Iterator[str]:
    for path in sorted(ideal.keys() | written.keys()):
        one, other = (side.get(path, "").splitlines() for side in (ideal, written))
        lines = difflib.unified_diff(one, other, f"by hand/{path}", f"by the tool/{path}", n=1)
        yield from (line.rstrip("\n") for line in lines)


def main() -> int:
    """Try all entries, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("entries", nargs="*")
    parser.add_argument("--diff", action="store_true")
    given = parser.parse_args()
    failed = False
    for entry in sorted(given.folder.resolve().glob("[0-9][0-9]-*")):
        if given.entries and entry.name[:2] not in given.entries:
            continue
        result = try_out(given.folder.resolve(), entry)
        failed = failed or bool(result.problems)
        changed = [d for d in result.diff if d[:1] in "+-" and d[:3] not in ("+++", "---")]
        same = "identical to" if not changed else f"{len(changed)} lines from"
        verdict = "FAILS" if result.problems else "passes"
        print(f"{entry.name}: {verdict}, {same} {result.nearest}", flush=True)
        for line in (*result.fates, *result.problems):
            print(f"    {line[:200]}")
        if given.diff:
            print("\n".join(result.diff))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
