"""A long run of generated projects.

    python -m tests.generated 500 [--seed N] [--keep FOLDER] [--jobs N] [--programs]

Prints what differed, one project of each kind reduced, how many projects there were, which share of
the receivers went, why the others stayed, and how many pairs of surface and context were tried.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from codemod.values.account import Fate
from tests.generated.drawing import drawn
from tests.generated.harness import Servers, Unsound, Verdict, servers, site_of, try_out
from tests.generated.reducing import reduced
from tests.generated.spec import Project
from tests.generated.writing import context, files, scenario, surface


@dataclass
class Tally:
    """What a run adds up."""

    projects: set[Project] = field(default_factory=set)
    fates: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    different: int = 0
    kinds: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, project: Project, verdict: Verdict) -> None:
        """Count a project."""
        self.projects.add(project)
        for decision in verdict.found.plan.decisions:
            self.fates[decision.fate.value] += 1
            self.reasons.update({r.code for r in decision.reasons})
            if decision.fate is Fate.RETIRE:
                self.notes.update({n.code for n in decision.notes})
        for number in verdict.fired:
            self.pairs.add((surface(project.sites[number]), context(project.sites[number])))
        self.different += bool(verdict.different)

    def take(self, other: Tally) -> None:
        """Add what another part of the run adds up."""
        self.projects |= other.projects
        for name in ("fates", "reasons", "notes"):
            getattr(self, name).update(getattr(other, name))
        self.pairs |= other.pairs
        self.different += other.different

    def is_new(self, project: Project, verdict: Verdict) -> bool:
        """Whether a difference is of a kind that was not seen: its operation and its signals."""
        step = verdict.different[0][0]
        operation = site_of(project, step).operation if step.startswith("site_") else step
        kind = (operation, *sorted({handler.signal for handler in project.handlers}))
        seen = kind in self.kinds
        self.kinds.add(kind)
        return not seen

    def __str__(self) -> str:
        total = sum(self.fates.values()) or 1
        shares = ", ".join(f"{n} {fate} ({n / total:.1%})" for fate, n in self.fates.items())
        return "\n".join(
            [
                f"{len(self.projects)} projects, {self.different} with a difference",
                f"{total} receivers: {shares}",
                f"reasons: {dict(self.reasons.most_common())}",
                f"named differences: {dict(self.notes.most_common())}",
                f"{len(self.pairs)} pairs of surface and context fired",
            ]
        )


@dataclass(frozen=True)
class Part:
    """Every `jobs`th of so many projects."""

    count: int
    seed: int
    keep: Path | None
    jobs: int
    job: int
    programs: bool


def run_part(part: Part) -> Tally:
    """A part of the run, with servers of its own."""
    with servers() as both:
        return run(part, both)


def run(part: Part, both: Servers) -> Tally:
    """Try projects until there were enough; of each kind of difference one is reduced."""
    tally = Tally()
    started = time.monotonic()
    for project in islice(drawn(part.count, part.seed, part.programs), part.job, None, part.jobs):
        try:
            verdict = try_out(project, both)
        except Unsound as error:
            print(f"the generator is wrong: {str(error)[-1500:]}", file=sys.stderr)
            continue
        tally.add(project, verdict)
        if verdict.different and tally.is_new(project, verdict):
            small, why = reduced(project, both)
            report(f"{part.job}-{len(tally.kinds)}", small, why, part.keep)
        if len(tally.projects) % 50 == 0:
            passed = time.monotonic() - started
            print(f"... {len(tally.projects)} after {passed:.0f} s", file=sys.stderr, flush=True)
    return tally


def report(number: str, project: Project, why: str, keep: Path | None) -> None:
    """Print a difference; keep its project if there is a folder for that."""
    print(f"--- {number}\n{project}\n{why}\n", flush=True)
    if keep is not None:
        for path, text in {**files(project), "scenario.py": scenario(project)}.items():
            place = keep / number / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--programs", action="store_true", help="only small programs and hooks")
    given = parser.parse_args()
    parts = [
        Part(given.count, given.seed, given.keep, given.jobs, job, given.programs)
        for job in range(given.jobs)
    ]
    tally = Tally()
    with ProcessPoolExecutor(given.jobs) as pool:
        for found in pool.map(run_part, parts):
            tally.take(found)
    print(tally)
    return 1 if tally.different else 0


if __name__ == "__main__":
    sys.exit(main())
