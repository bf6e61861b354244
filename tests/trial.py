"""Migrate a project and see whether its own tests do the same work as before.

    python -m tests.trial PROJECT WORK --python VENV/bin/python -- manage.py test
    python -m tests.trial PROJECT WORK --python VENV/bin/python --accept CODE -- -m pytest -rfE

PROJECT is only read; WORK gets a copy of it as it is and one that is migrated. The tests of both
are run in one place, with the project's own Python (3.11 or newer), under `record_truth.py` and
`record_work.py`. The receivers of the scan and what fires them are compared with those that there
were (`truth_registry.py`, `truth_firings.py`), and of both runs

- the tests that failed;
- how often each statement of the receivers ran, and those of the same text in the receivers that
  stayed and the functions that the migration made;
- the SQL that inserted, updated and deleted.

Printed is what differs. What the tests do before is recorded once for a WORK: a second trial there,
say with codes accepted, runs the migrated copy alone.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.corpus import copy, tree_of
from tests.record_work import functions

HERE = Path(__file__).resolve().parent
# Of unittest and of pytest; a project's log says ERROR too.
FAILED = re.compile(r"^(?:(?:FAIL|ERROR): |(?:FAILED|ERROR) (?=\S*\.py))(.*?)(?: - .*)?$", re.M)
NAMES_ALONE = re.compile(r"_\([_, =*]*\)")  # `notify(order)`: so are the calls at the sites
Wanted = dict[str, list[str]]


def main() -> int:
    """Run the trial that the command line asks for; 1 where something differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--python", required=True, help="the project's own")
    parser.add_argument("--accept", action="append", default=[], help="passed on to migrate")
    parser.add_argument("command", nargs="+", help="what runs the tests, after --")
    given = parser.parse_args()
    work, python = given.work.resolve(), os.path.abspath(given.python)
    before, after = work / "before", work / "after"
    if not (work / "before.json").exists():
        shutil.rmtree(work, ignore_errors=True)
        copy(given.project.resolve(), before)
        scan = unsignal("scan", str(before), "--format", "json")
        (work / "scan.json").write_text(scan, encoding="utf-8")
        run(python, before, receivers_in(work), given.command)
        for script in ("truth_registry.py", "truth_firings.py"):
            call = [sys.executable, HERE / script, before, work / "before.truth.json"]
            subprocess.run(call, check=False)
    shutil.rmtree(after, ignore_errors=True)
    shutil.copytree(before, after, symlinks=True)
    codes = [text for code in given.accept for text in ("--accept", code)]
    unsignal("migrate", str(after), "--write", "--report", str(work / "report.md"), *codes)
    run(python, after, wanted_after(before, after, receivers_in(work)), given.command)
    return compare(work)


def unsignal(*arguments: str) -> str:
    """What the command prints."""
    call = [sys.executable, "-m", "codemod", *arguments]
    return subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout


def run(python: str, tree: Path, wanted: Wanted, command: list[str]) -> None:
    """Run the tests of a tree in a copy of it; what was seen and said goes beside the tree."""
    place = tree.with_name("run")
    shutil.copytree(tree, place, symlinks=True)
    named, work, truth, log = (
        tree.with_suffix(end) for end in (".wanted.json", ".json", ".truth.json", ".log")
    )
    named.write_text(json.dumps(wanted), encoding="utf-8")
    recorders = [HERE / "record_work.py", named, work, HERE / "record_truth.py", truth]
    with log.open("wb") as file:
        call = [python, *map(str, recorders), *command]
        same = {**os.environ, "PYTHONHASHSEED": "0"}
        subprocess.run(call, cwd=place, env=same, stdout=file, stderr=file, check=False)
    shutil.rmtree(place)


# Which functions are looked at


def functions_in(path: Path) -> dict[str, Any]:
    """The functions of a file by their qualified names; none if it doesn't parse."""
    try:
        return dict(functions(ast.parse(path.read_bytes())))
    except (OSError, SyntaxError, ValueError):
        return {}


def receivers_in(work: Path) -> Wanted:
    """The receivers that the scan found."""
    found: dict[str, set[str]] = defaultdict(set)
    scan = json.loads((work / "scan.json").read_text(encoding="utf-8"))
    for receiver in scan["receivers"]:
        for name, node in functions_in(work / "before" / receiver["file"]).items():
            first = min(part.lineno for part in (node, *node.decorator_list))
            if first <= receiver["line"] <= node.lineno:
                found[receiver["file"]].add(name)
    return {file: sorted(names) for file, names in found.items()}


def wanted_after(before: Path, after: Path, receivers: Wanted) -> Wanted:
    """The receivers that stayed, and the functions that are new; new methods only call these."""
    old, new = tree_of(before), tree_of(after)
    changed = {p for p in new if p.endswith(".py") and new[p] != old.get(p)}
    found = {}
    for file in changed | receivers.keys():
        had = functions_in(before / file).keys() - set(receivers.get(file, ()))
        fresh = functions_in(after / file).keys() - had
        found[file] = sorted(n for n in fresh if "." not in n or n in receivers.get(file, ()))
    return found


# What they did


def compare(work: Path) -> int:
    """Print what differs between both runs; 1 if something does."""
    old, new = (json.loads((work / name).read_text()) for name in ("before.json", "after.json"))
    first, second = by_text(old["statements"]), by_text(new["statements"])
    calls = sum(r[3] for r in old["statements"] if r[2] == "called")
    ran = sum(1 for rows in first.values() if any(rows.values()))
    print(f"statements of receivers: {len(first)}, {ran} of them ran; calls: {calls}")
    changes = 0
    for text, rows in sorted(first.items()):
        if sum(rows.values()) != sum(second[text].values()):
            changes += 1
            print(f"  {text}\n    {places(rows)}\n -> {places(second[text])}")
    print(f"writes: {sum(old['writes'].values())}, of {len(old['writes'])} kinds")
    for sql in sorted(old["writes"].keys() | new["writes"].keys()):
        counts = old["writes"].get(sql, 0), new["writes"].get(sql, 0)
        if counts[0] != counts[1]:
            changes += 1
            print(f"  {counts[0]} -> {counts[1]}  {sql[:300]}")
    failed, fail = (Counter(FAILED.findall(read(work / f"{n}.log"))) for n in ("before", "after"))
    print(f"failed tests: {failed.total()} -> {fail.total()}")
    for name in sorted((failed - fail) + (fail - failed)):
        changes += 1
        print(f"  {'failed' if name in failed else 'fails'}: {name}")
    for name in ("before", "after"):
        print(f"{name}: {' '.join(read(work / f'{name}.log').split()[-30:])}")
    return 1 if changes else 0


def by_text(rows: list[tuple[str, str, str, int]]) -> dict[str, dict[str, int]]:
    """The statements by their text: where each is, and how often it ran there."""
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for file, function, text, count in rows:
        if text != "called" and not NAMES_ALONE.fullmatch(text):
            found[text][f"{file}:{function}"] += count
    return found


def places(rows: Mapping[str, int]) -> str:
    """Where statements of one text are, with the counts."""
    return ", ".join(f"{count} in {place}" for place, count in rows.items()) or "nowhere"


def read(path: Path) -> str:
    """What a run said."""
    return path.read_text(encoding="utf-8", errors="replace")


if __name__ == "__main__":
    sys.exit(main())
