"""A project does the same before and after its migration, with its handlers working and failing.

The projects are in `projects/*.md`, with their scenarios (told in `drive.py`); the cases of
`tests/cases` that have a scenario are played too. Compared are, for each step and each failing
handler: what it returned or raised, every run of a handler or service with the object as it was
then, its arguments, whether a transaction was open and how many rows each table held, and all
rows at the end. A difference has to be named in the file, and has to be there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from codemod.source.write import apply
from tests.casefiles import CASES, PROJECTS, Case, all_cases, lay_out, migrate, outcome
from tests.known_gaps import BEHAVIOUR_GAPS

pytest.importorskip("django")

DRIVE = Path(__file__).with_name("drive.py")
PLAYED = [case for case in (*all_cases(PROJECTS), *all_cases(CASES)) if case.scenario]
Notes = dict[str, Any]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case,
            id=case.name,
            marks=[pytest.mark.xfail(strict=True, reason=BEHAVIOUR_GAPS[case.name])]
            if case.name in BEHAVIOUR_GAPS
            else [],
        )
        for case in PLAYED
    ],
)
def test_same_behaviour(case: Case, tmp_path: Path) -> None:
    _skip_without_packages(case)
    scenario = tmp_path / "scenario.py"
    scenario.write_text(case.scenario, "utf-8")
    original = lay_out(case.tree, tmp_path / "original")
    migrated = lay_out(case.tree, tmp_path / "migrated")
    found = migrate(migrated, case.options)
    assert found.failures == ()
    apply(migrated, found.changes)
    with ThreadPoolExecutor() as pool:
        before, after = pool.map(lambda project: play(project, scenario), (original, migrated))
    if case.outcome:
        assert outcome(found) == case.outcome
    different = differences(before, after)
    assert {name for name, _ in different} == _named(case), report(different)


def play(project: Path, scenario: Path) -> Notes:
    """What happens in a project: by run and step."""
    command = [sys.executable, str(DRIVE), str(project), str(scenario)]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{project.name}: {done.stderr}"
    notes: Notes = json.loads(done.stdout.splitlines()[-1])
    return notes


def differences(before: Notes, after: Notes) -> list[tuple[str, str]]:
    """(name, text) of each difference; a step that returns a dictionary has one for each key."""
    found = []
    for run in before.keys() | after.keys():
        old, new = before.get(run, {}), after.get(run, {})
        for step in old.keys() | new.keys():
            one, other = old.get(step, {}), new.get(step, {})
            for kind in one.keys() | other.keys():
                left, right = one.get(kind), other.get(kind)
                if kind == "result" and isinstance(left, dict) and isinstance(right, dict):
                    for key in left.keys() | right.keys():
                        if left.get(key) != right.get(key):
                            text = f"{run}, {step}: {left.get(key)!r} -> {right.get(key)!r}"
                            found.append((key, text))
                elif left != right:
                    found.append((step, f"{run}, {step}, {kind}:\n{_lines(left, right)}"))
    return sorted(found)


def report(different: list[tuple[str, str]]) -> str:
    """The first differences, for a reader."""
    return "\n".join([f"{len(different)} differences", *(text for _, text in different[:12])])


def _lines(before: object, after: object) -> str:
    if isinstance(before, list) and isinstance(after, list):
        most = max(len(before), len(after))
        pairs = [(before[i : i + 1], after[i : i + 1]) for i in range(most)]
        return "\n".join(f"  {one}\n  {other}" for one, other in pairs if one != other)
    return f"  {before}\n  {after}"


def _named(case: Case) -> set[str]:
    return {line.partition(":")[0] for line in case.differences}


def _skip_without_packages(case: Case) -> None:
    for package in ("rest_framework", "factory"):
        if any(package in text for text in case.before.values()):
            pytest.importorskip(package)


def test_the_scenarios_fire_every_receiver() -> None:
    """A project that records nothing proves nothing."""
    for case in all_cases(PROJECTS):
        assert "record(" in "".join(case.before.values()), case.name
