"""Holds what a scan lists against what Django has connected."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from codemod.plan.plan import Options, make_plan
from codemod.project.project import Project as Scanned
from codemod.values.account import Connection, Decision
from tests.fuzz_registry import registry
from tests.fuzz_registry.writing import Project, files

# What says of a connection that it may not be there, or be another's.
UNSURE = frozenset(
    {
        "conditional-connection",
        "never-loaded",
        "name-lost",
        "held-weakly",
        "uid-shared",
        "disconnected",
    }
)
Row = tuple[str, str, str | None]  # signal, what runs, sender


_UNNAMED = re.compile(r"\.<(?!locals>|lambda>)")  # a receiver that is named by its source


class Unsound(Exception):
    """The project does not start: the generator's fault."""


class Server:
    """A process in which Django is."""

    def __init__(self) -> None:
        command = [sys.executable, "-B", str(Path(registry.__file__))]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def rows(self, folder: Path, root: str) -> dict[Row, bool]:
        """What is connected, and whether its sender is a model that signals are sent for."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{folder} {root}\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if isinstance(answer, str):
            raise Unsound(answer)
        return {(signal, runs, sender): sent for signal, runs, sender, sent in answer}

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@contextmanager
def server() -> Iterator[Server]:
    """A server while the block runs."""
    made = Server()
    try:
        yield made
    finally:
        made.close()


@dataclass
class Tally:
    """What a run adds up."""

    projects: int = 0
    connected: int = 0  # in Django
    exact: int = 0  # of these: listed with their signal, sender and handler
    undecided: Counter[str] = field(default_factory=Counter)  # the others, by code
    unsure: Counter[str] = field(default_factory=Counter)  # listed, not connected, and so said
    neighbours: int = 0  # pairs of connections of one signal, listed exactly, one after the other
    inverted: int = 0  # of these: ranked the other way round

    def __str__(self) -> str:
        share = self.exact / max(1, self.connected)
        return (
            f"{self.projects} projects, {self.connected} connections: {self.exact} listed exactly "
            f"({share:.1%}), undecided {dict(self.undecided.most_common())}; "
            f"listed and not connected, with the code {dict(self.unsure.most_common())}; "
            f"{self.inverted} of {self.neighbours} neighbours in another order"
        )


def compare(project: Project, asked: Server, tally: Tally) -> list[str]:
    """What differs, a line for each."""
    texts = files(project)
    with tempfile.TemporaryDirectory(prefix="registry-") as name:
        folder = Path(name)
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
        truth = asked.rows(folder, project.layout.root)
    scanned = Scanned.build(sorted(texts.items()))
    plan = make_plan(scanned, Options())
    off = {(mute.signal, mute.receiver) for mute in scanned.mutes if mute.reconnect is None}
    listed = [(d, c) for d in plan.decisions for c in d.receiver.connections]
    tally.projects += 1
    tally.connected += len(truth)
    _count_order(truth, listed, tally)
    return [*_missing(truth, listed, tally), *_invented(truth, listed, off, tally)]


def _count_order(
    truth: dict[Row, bool], listed: list[tuple[Decision, Connection]], tally: Tally
) -> None:
    ranks = {(c.signal, _runs(d.receiver.name), c.sender): c.order for d, c in listed}
    known = [(row[0], ranks.get((row[0], _told(row[1]), row[2]))) for row in truth]
    for (signal, rank), (after, later) in itertools.pairwise(
        [k for k in known if k[1] is not None]
    ):
        if signal == after and rank is not None and later is not None:
            tally.neighbours += 1
            tally.inverted += rank > later


def _runs(name: str) -> str:
    """A receiver's name as handlers tell it; lambdas and lost functions have a line at the end."""
    return name.split("@")[0]


def _told(runs: str) -> str:
    return runs.replace(":", ".")


def _missing(
    truth: dict[Row, bool], listed: list[tuple[Decision, Connection]], tally: Tally
) -> Iterator[str]:
    exact = {(c.signal, _runs(d.receiver.name), c.sender) for d, c in listed}
    for (signal, runs, sender), sent in truth.items():
        name = _told(runs)
        if (signal, name, sender) in exact:
            tally.exact += 1
            continue
        fitting = [
            c.code
            for d, c in listed
            if c.code is not None
            and c.expression
            and (_runs(d.receiver.name) == name or _UNNAMED.search(d.receiver.name))
            and c.signal in (signal, "?")
            and c.sender in (sender, "?")
        ]
        if fitting:
            tally.undecided[fitting[0]] += 1
        elif sent or sender is None:
            yield f"missing {signal} {runs} {sender}"


def _invented(
    truth: dict[Row, bool],
    listed: list[tuple[Decision, Connection]],
    off: set[tuple[str, str]],
    tally: Tally,
) -> Iterator[str]:
    for decision, connection in listed:
        if "?" in (connection.signal, connection.sender):
            continue
        name = _runs(decision.receiver.name)
        if any(
            (connection.signal, name, connection.sender) == (s, _told(r), m) for s, r, m in truth
        ):
            continue
        said = {connection.code, *(r.code for r in decision.reasons)} & UNSURE
        if connection.code == "undecided-handler":
            said = {connection.code}
        if connection.condition is not None:
            said = {"conditional-connection"}
        if (connection.signal, decision.receiver.name) in off:
            said = {"disconnected"}
        if said:
            tally.unsure[sorted(filter(None, said))[0]] += 1
        else:
            yield f"not connected {connection.signal} {name} {connection.sender} ({connection.code})"


def number_of(line: str) -> int | None:
    """The registration that a line is about, by the number in the handler's name."""
    found = re.search(r"(?:h|Box_|Unit_)(\d+)\b", line)
    return int(found[1]) if found else None
