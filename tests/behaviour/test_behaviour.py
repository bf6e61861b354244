"""A project does the same before and after its migration, with its handlers working and failing.

The projects are in `projects/*.md`, with their scenarios (told in `drive.py`); the cases of
`tests/cases` that have a scenario are played too. Compared are, for each step and each failing
handler: what it returned or raised, every run of a handler or service with the object as it was
then, its arguments, whether a transaction was open and how many rows each table held, and all
rows at the end. A difference has to be named in the file, or be a known gap, and be there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from difflib import ndiff
from pathlib import Path
from typing import Any

import pytest

from codemod.source.write import apply
from tests.casefiles import CASES, PROJECTS, Case, all_cases, lay_out, migrate, outcome, write
from tests.known_gaps import BEHAVIOUR_GAPS

pytest.importorskip("django")

DRIVE = Path(__file__).with_name("drive.py")
UPDATE = bool(os.environ.get("UPDATE_CASES"))  # sets the outcome sections of the projects
PLAYED = [case for case in (*all_cases(PROJECTS), *all_cases(CASES)) if case.scenario]
Notes = dict[str, Any]
STAY = (
    "manager_model",
    "admin_base",
    "both_moments",
    "deferred_fields",
)  # no receiver may go there


@pytest.mark.parametrize("case", PLAYED, ids=lambda case: case.name)
def test_same_behaviour(case: Case, tmp_path: Path) -> None:
    for package in packages(case):
        pytest.importorskip(package)
    scenario = tmp_path / "scenario.py"
    scenario.write_text(case.scenario, "utf-8")
    original = lay_out(case.tree, tmp_path / "original")
    migrated = lay_out(case.tree, tmp_path / "migrated")
    found = migrate(migrated, case.options)
    assert found.failures == ()
    apply(migrated, found.changes)
    with ThreadPoolExecutor() as pool:
        before, after = pool.map(lambda project: play(project, scenario), (original, migrated))
    if UPDATE and case.path.parent == PROJECTS:
        case.path.write_text(write(replace(case, outcome=outcome(found))), "utf-8")
    elif not UPDATE:
        assert outcome(found) == case.outcome
    assert not broken(before), "the scenario itself fails, and compares nothing"
    different = differences(before, after)
    gaps = BEHAVIOUR_GAPS.get(case.name, {})
    assert {name for name, _ in different} == _named(case) | gaps.keys(), report(different)


def play(project: Path, scenario: Path) -> Notes:
    """What happens in a project: by run and step."""
    command = [sys.executable, str(DRIVE), str(project), str(scenario)]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{project.name}: {done.stderr}"
    notes: Notes = json.loads(done.stdout.splitlines()[-1])
    return notes


def broken(notes: Notes) -> dict[str, Any]:
    """The steps of a run without failing work that end in an error of the scenario's own code."""
    steps: dict[str, Any] = notes.get("as it is", {})
    own = ("TypeError", "NameError", "ImportError", "ModuleNotFoundError", "AttributeError")
    return {
        name: step["result"]
        for name, step in steps.items()
        if isinstance(step.get("result"), str) and step["result"].startswith(own)
    }


def differences(before: Notes, after: Notes) -> list[tuple[str, str]]:
    """(name, text) of each difference; a step that returns a dictionary has one for each key.

    Work that one side never does fails there in no step: that side is as it is.
    """
    found = []
    for run in [*before, *(run for run in after if run not in before)]:
        old, new = (side.get(run, side.get("as it is", {})) for side in (before, after))
        for step in old.keys() | new.keys():
            one, other = old.get(step, {}), new.get(step, {})
            for kind in ("result", "events", "rows"):
                left, right = one.get(kind), other.get(kind)
                if kind == "result" and isinstance(left, dict) and isinstance(right, dict):
                    for key in left.keys() | right.keys():
                        if left.get(key) != right.get(key):
                            found.append((key, f"{run}: {left.get(key)!r} -> {right.get(key)!r}"))
                elif left != right:
                    found.append((step, f"{run}, {kind}:\n{_lines(left, right)}"))
    return found


def report(different: list[tuple[str, str]]) -> str:
    """The first difference of each name, for a reader."""
    first = dict(reversed(different))
    return "\n".join(f"{name}, {text}" for name, text in sorted(first.items()))


def _lines(before: object, after: object) -> str:
    old, new = (
        [_event(e) for e in side] if isinstance(side, list) else [str(side)]
        for side in (before, after)
    )
    return "\n".join(line for line in ndiff(old, new) if line[0] in "+-")


def _event(event: Any) -> str:
    if not isinstance(event, dict) or "subject" not in event:
        return str(event)
    subject = event["subject"]
    shown = " ".join(map(str, subject.values())) if isinstance(subject, dict) else subject
    flags = ", ".join(f"{k}={v}" for k, v in event["flags"].items())
    atomic = " in a transaction" if event["atomic"] else ""
    rows = " ".join(f"{table}:{count}" for table, count in event["rows"].items())
    return f"{event['work']}({shown}) {flags}{atomic} [{rows}]"


def _named(case: Case) -> set[str]:
    return {line.partition(":")[0] for line in case.differences}


def packages(case: Case) -> list[str]:
    """What a project needs besides Django."""
    known = ("rest_framework", "factory", "model_bakery")
    return [name for name in known if any(name in text for text in case.before.values())]


@pytest.mark.skipif(UPDATE, reason="UPDATE_CASES=1 is writing them")
@pytest.mark.parametrize("case", all_cases(PROJECTS), ids=lambda case: case.name)
def test_projects_record_what_they_do(case: Case) -> None:
    """A project that records nothing, or loses no receiver, proves nothing."""
    assert case.path.read_text("utf-8") == write(case)
    assert "record(" in "".join(case.before.values())
    assert any(": retired" in line for line in case.outcome) or case.name in STAY
