"""Compare the firing account of a checkout with what fired while its tests ran.

    python tests/truth_firings.py CHECKOUT TRUTH.json
    python tests/truth_firings.py --sample COUNT CHECKOUT ...

TRUTH.json is a record of one run: its `firings` tell the receiver, the sender, the kind of write
and the expression of the project that was being executed (`origin`). For each of them, those
without a line aside, the account of that receiver must have an entry with the right model whose
span holds the line of the origin (or, for an overridden `save()`, the line that called it), and
that is not called "never". Firings without a line (raw loads, cascades, receivers of any sender,
no expression of the project, files that this Python can't parse) must be there as entries of their
kind; those without a frame of the project, and those of receivers whose senders the scan could not
decide, are counted only. Printed are the recall, what is missing
by kind, and what is called "never" though it ran.

With --sample: so many random sites called "proved", each with its source, for reading.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from codemod.config import read_config
from codemod.pipeline import take_stock
from codemod.plan.plan import Options
from codemod.report.json_format import document

Row = dict[str, Any]


def main(checkout: str, truth: str) -> int:
    """Print the figures; 1 where something that ran is absent or called "never"."""
    path = Path(checkout)
    found = document(take_stock(path, read_config(path), Options()))
    receivers = {r["name"].partition("@")[0]: r for r in found["receivers"]}
    unread = frozenset(entry["file"] for entry in found["unreadable"])
    ran = json.loads(Path(truth).read_text(encoding="utf-8"))["firings"]
    verdicts: dict[str, list[tuple[Row, str]]] = defaultdict(list)
    for firing in ran:
        kind = shape(firing, receivers, unread)
        verdicts[kind].append((firing, verdict(firing, kind, receivers)))
    wrong = report("lines", verdicts["line"])
    print(f"no frame of the project: {len(verdicts['outside'])}")
    print(f"of undecided senders: {len(verdicts['undecided'])}")
    for name in ("raw", "cascade", "any-sender", "no line", "unread"):
        wrong += report(name, verdicts[name])
    return 1 if wrong else 0


def sample(count: int, checkouts: Sequence[str]) -> None:
    """Print random sites whose model is called proved: place, model, reason and source."""
    sites = set()
    for checkout in checkouts:
        path = Path(checkout)
        for receiver in document(take_stock(path, read_config(path), Options()))["receivers"]:
            for f in receiver["firings"]:
                if f["tier"] == "proved" and f["line"] is not None:
                    place = f["file"], f["line"], f["column"], f["end_line"], f["end_column"]
                    sites.add((checkout, *place, f["model"], f["surface"], f["reason"]))
    chosen = random.Random(4).sample(sorted(sites), min(count, len(sites)))
    for checkout, file, line, column, end, end_column, model, surface, reason in sorted(chosen):
        lines = (Path(checkout) / file).read_text(encoding="utf-8").splitlines()[line - 1 : end]
        text = lines[0][column : end_column if end == line else None]
        print(f"{file}:{line}: {text.strip()} -> {model} ({surface}: {reason})")


def shape(firing: Row, receivers: dict[str, Row], unread: frozenset[str]) -> str:
    """Whether a firing has a line of the project to be found at, else which kind it is."""
    receiver = receivers.get(firing["receiver"])
    senders = [c["sender"] for c in receiver["connections"]] if receiver else []
    if firing.get("raw") and "?" not in senders:
        return "raw"
    if senders and firing["sender"] not in senders and None in senders:
        return "any-sender"
    if firing["sender"] not in senders and "?" in senders:
        return "undecided"
    kind = str(firing["kind"])
    if kind in ("migrate", "no-project-frame"):
        return "outside"
    if firing.get("cascade"):
        return "cascade"
    if firing["origin"]["file"] in unread:
        return "unread"
    return "no line" if firing["site"] == "none" else "line"


# Where framework code ran below a request: the surfaces of the views that it ran in.
HTTP = {
    "http:drf-view-mixin": ("rest-framework", "model-override", "serializer-override"),
    "http:cbv": ("generic-view", "model-override", "package"),
    "http:admin": ("model-admin", "admin-inline", "model-override", "package"),
}


def _surfaces(kind: str) -> tuple[str, ...]:
    """Where a firing without a line is in the account. A package may stand between the request
    and the view, as reversion does: then any view may have been the one."""
    if kind.startswith("http:third-party:"):
        return ("package-call", *chain.from_iterable(HTTP.values()))
    return HTTP.get(kind, ("package", "package-call"))


def verdict(firing: Row, kind: str, receivers: dict[str, Row]) -> str:
    """ "found", "never", "model", "absent" or "receiver"."""
    receiver = receivers.get(firing["receiver"])
    if receiver is None:
        return "receiver"
    entries = [f for f in receiver["firings"] if f["signal"] == firing["signal"]]
    if kind == "any-sender":
        return _by_kind(entries, "any-sender")
    ours = [f for f in entries if f["model"] == firing["sender"]]
    if kind == "raw":
        return _by_kind(ours, "raw-load")
    here = [f for f in entries if any(_holds(f, place) for place in _places(firing))]
    right = [f for f in here if f["model"] == firing["sender"]]
    if kind == "cascade":
        kind = str(firing["kind"])
        views = _surfaces(kind) if kind.startswith("http:") else ()
        return "found" if right else _by_kind(ours, "cascade", *views)
    if kind == "unread":
        unread = [f for f in ours if f["file"] == firing["origin"]["file"]]
        return _by_kind(unread, "unread-file")
    if kind == "no line":
        return "found" if right else _by_kind(ours, *_surfaces(str(firing["kind"])))
    if not right:
        files = {place["file"] for place in _places(firing)}
        if _by_kind([f for f in ours if f["file"] in files], "handed-on") == "found":
            return "found"  # where the method is named, not where it is called
        if firing["site"] != "direct" and _is_of_package(receiver):
            return _by_kind(ours, "package")  # a package saves its own model: no line tells
        return "model" if here else "absent"
    created = {"True": "true", "False": "false"}.get(str(firing.get("created")), "")
    if all(f["outcome"] == "never" and f["created"] != created for f in right):
        return "never"
    return "found"


def _is_of_package(receiver: Row) -> bool:
    return any(hazard["code"] == "third-party-sender" for hazard in receiver["hazards"])


def _by_kind(entries: Iterable[Row], *surfaces: str) -> str:
    return "found" if any(f["surface"] in surfaces for f in entries) else "absent"


def _places(firing: Row) -> list[Row]:
    """The origin; for a call that an override made, and one that a package made, its caller too."""
    places = [firing["origin"]]
    second = firing.get("second")
    if isinstance(second, dict) and firing["site"] in ("override", "none"):
        places.append(second)
    return [place for place in places if isinstance(place, dict) and "file" in place]


def _holds(entry: Row, place: Row) -> bool:
    """Whether the entry's span has a line of the expression that ran."""
    if entry["line"] is None or entry["file"] != place["file"]:
        return False
    first, last = place["line"], place.get("end_line") or place["line"]
    return bool(entry["line"] <= last and first <= entry["end_line"])


def report(name: str, rows: list[tuple[Row, str]]) -> int:
    """Print the figures of one shape; how many are not found."""
    if not rows:
        return 0
    counts = Counter(verdict for _, verdict in rows)
    ok = counts["found"]
    print(f"{name}: {ok}/{len(rows)} = {ok / len(rows):.1%}  {dict(counts)}")
    own = [(f, v) for f, v in rows if not f.get("in_test")]
    if own:
        good = sum(1 for _, v in own if v == "found")
        print(f"  outside tests: {good}/{len(own)} = {good / len(own):.1%}")
    missing: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for firing, verdict in rows:
        if verdict != "found":
            missing[verdict, str(firing["kind"]), firing["site"]].append(firing)
    for (verdict, kind, site), group in sorted(missing.items(), key=lambda m: -len(m[1])):
        first = group[0]
        origin = first.get("origin") or {}
        where = f"{origin.get('file')}:{origin.get('line')}"
        print(
            f"  {len(group):4} {verdict}: {kind} ({site}), {first['sender']} to "
            f"{first['receiver'].rpartition('.')[2]} at {where}"
        )
    return len(rows) - ok


if __name__ == "__main__":
    if sys.argv[1:2] == ["--sample"]:
        sys.exit(sample(int(sys.argv[2]), sys.argv[3:]))
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
