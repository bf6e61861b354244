"""Migrates a generated project and compares what both sides do."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codemod.pipeline import Run
from codemod.source.write import apply
from codemod.values.account import Fate
from tests.behaviour.test_behaviour import DRIVE, differences
from tests.casefiles import lay_out, migrate
from tests.generated.excuses import Step, excused
from tests.generated.spec import Project, Site
from tests.generated.writing import files, place, scenario, surface


class Server:
    """A process that plays projects, one after the other."""

    def __init__(self) -> None:
        command = [sys.executable, "-B", str(DRIVE), "--serve"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        )

    def ask(self, project: Path, script: Path, *, once: bool = False) -> None:
        """Have a project played; `once`: only as it is, with no work failing."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{project} {script}{' once' if once else ''}\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """What was noted of it; a text if it failed."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@dataclass(frozen=True)
class Servers:
    """One for each side."""

    original: Server
    migrated: Server


@contextmanager
def servers() -> Iterator[Servers]:
    """Two servers while the block runs."""
    both = Servers(Server(), Server())
    try:
        yield both
    finally:
        both.original.close()
        both.migrated.close()


@dataclass(frozen=True)
class Verdict:
    """What came of a project."""

    different: tuple[tuple[str, str], ...]  # (step, what differs), unless a code names it
    found: Run
    fired: frozenset[int]  # numbers of the sites at which anything was recorded

    @property
    def fates(self) -> dict[str, Fate]:
        """What became of each receiver."""
        return {d.receiver.name: d.fate for d in self.found.plan.decisions}


class Unsound(Exception):
    """The original does not run: the generator's fault."""


def try_out(project: Project, both: Servers) -> Verdict:
    """Migrate a project, play both sides and compare."""
    with tempfile.TemporaryDirectory(prefix="generated-") as folder:
        return try_out_in(Path(folder), project, both)


def try_out_in(place: Path, project: Project, both: Servers) -> Verdict:
    """The same in a folder."""
    texts = files(project)
    packages = {Path(path).parent for path in texts}
    packages |= {parent for package in packages for parent in package.parents}
    inits = {f"{p}/__init__.py": "" for p in packages if str(p) != "."}
    original = lay_out({**inits, **texts}, place / "original")
    script = place / "scenario.py"
    script.write_text(scenario(project), "utf-8")
    both.original.ask(original, script)
    try:
        migrated = lay_out({**inits, **texts}, place / "migrated")
        found = migrate(migrated)
        apply(migrated, found.changes)
    except BaseException:
        both.original.answer()
        raise
    both.migrated.ask(migrated, script)
    before, after = both.original.answer(), both.migrated.answer()
    if isinstance(before, str):
        raise Unsound(before)
    different = []
    if isinstance(after, str):
        different.append(("load", after))
    elif found.failures:
        different.append(("failures", str(found.failures)))
    else:
        steps = [step_of(project, name, texts) for name in before["as it is"]]
        different = differences(*excused(before, after, found, steps))
    return Verdict(tuple(different), found, frozenset(_fired(before)))


def _fired(notes: Any) -> Iterator[int]:
    for step, note in notes["as it is"].items():
        if note["events"]:
            yield int(step.split("_")[1])


def step_of(project: Project, name: str, texts: dict[str, str]) -> Step:
    """A step of the scenario with its call site and where that stands."""
    site = site_of(project, name)
    return Step(name, site, surface(site), *place(project, project.sites.index(site), texts))


def site_of(project: Project, step: str) -> Site:
    """The call site that a step drives: `site_3_on`."""
    return project.sites[int(step.split("_")[1])]
