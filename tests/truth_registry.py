"""Compare the connections found in a checkout with those that Django had at run time.

Usage: python tests/truth_registry.py CHECKOUT TRUTH.json
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver, find_receivers

Row = tuple[str, str, str | None]
UNDECIDED = "?"


def files(checkout: Path) -> list[tuple[str, str]]:
    """The Python files of a checkout that can be decoded."""
    found = []
    for path in sorted(checkout.rglob("*.py")):
        relative = path.relative_to(checkout)
        if any(part.startswith(".") or part == "node_modules" for part in relative.parts):
            continue
        try:
            found.append((relative.as_posix(), path.read_text(encoding="utf-8")))
        except (UnicodeDecodeError, OSError):
            print(f"not read: {relative}")
    return found


def rows(receivers: tuple[FoundReceiver, ...]) -> dict[Row, str]:
    """The connections found, with where and with what code."""
    return {
        (c.signal, r.receiver.name, c.sender): f"{c.file}:{c.line} {c.code or ''}".rstrip()
        for r in receivers
        for c in r.receiver.connections
    }


def compare(name: str, wanted: set[Row], found: dict[Row, str]) -> bool:
    """Print the figures for one selection; whether nothing is missing.

    A connection of which the scan says that its sender is not decided is counted apart.
    """
    undecided = {row for row in wanted - set(found) if (*row[:2], UNDECIDED) in found}
    missing = sorted(wanted - set(found) - undecided, key=str)
    hit, known = len(wanted) - len(missing) - len(undecided), len(wanted) - len(undecided)
    print(
        f"{name}: recall {hit}/{known} = {hit / max(1, known):.1%}"
        + (f", {len(undecided)} of undecided senders" if undecided else "")
    )
    for row in missing:
        near = [other for other in found if other[:2] == row[:2]]
        print(f"  missing {row}" + (f" (found senders {[n[2] for n in near]})" if near else ""))
    return not missing


def inversions(truth: list[dict[str, object]], receivers: tuple[FoundReceiver, ...]) -> int:
    """How many neighbours of one signal are ranked the other way round than at run time."""
    ranks = {
        (c.signal, r.receiver.name, c.sender): c.order
        for r in receivers
        for c in r.receiver.connections
    }
    by_signal: dict[str, list[tuple[int, int, str]]] = {}
    for row in truth:
        key = (str(row["signal"]), str(row["receiver"]), row["sender"])
        if row["phase"] == "setup" and key in ranks:
            order = int(str(row["order"]))
            by_signal.setdefault(key[0], []).append((order, ranks[key], key[1]))
    wrong = 0
    for signal, places in by_signal.items():
        places.sort()
        for before, after in itertools.pairwise(places):
            if before[1] > after[1]:
                wrong += 1
                print(f"  order: {signal} {before[2]} comes before {after[2]}")
    return wrong


def main(checkout: str, truth_file: str) -> int:
    """Print recall, precision and order; 1 where a connection is missing."""
    truth = json.loads(Path(truth_file).read_text(encoding="utf-8"))["registry"]
    start = time.process_time()
    project = Project.build(files(Path(checkout)))
    built = time.process_time()
    receivers = find_receivers(project)
    print(f"built {built - start:.1f} s, receivers {time.process_time() - built:.2f} s CPU")
    found = rows(receivers)
    everything = {(r["signal"], r["receiver"], r["sender"]): r for r in truth}
    setup = {k for k, r in everything.items() if not r["in_test"] and r["phase"] == "setup"}
    complete = compare("setup, outside tests", setup, found)
    complete = compare("all", set(everything), found) and complete
    extra = {row: place for row, place in found.items() if row not in everything}
    right = len(found) - len(extra)
    print(f"precision: {right}/{len(found)} = {right / max(1, len(found)):.1%}")
    for row, place in sorted(extra.items(), key=str):
        print(f"  extra {row} at {place}")
    print(f"neighbours in another order: {inversions(truth, receivers)}")
    return 0 if complete else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
