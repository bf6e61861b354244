"""Every case of `tests/cases` through the whole tool (the format is told in `casefiles.py`).

A new case is a file with a title and its `### before:` sections. The rest is written by

    UPDATE_CASES=1 pytest tests/test_cases.py [-k NAME]

which sets the after, deleted and outcome sections of each case to what the tool does now.
Read the diff of the case files before you keep it: it is the tool's output, right or wrong.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from codemod.codes import CODES
from codemod.pipeline import Run
from codemod.report.diff import unified
from codemod.report.summary import summary
from codemod.source.write import apply
from codemod.syntax.older import tree_of
from tests.casefiles import (
    CASES,
    Case,
    all_cases,
    contents,
    lay_out,
    migrate,
    outcome,
    updated,
    write,
)
from tests.known_gaps import CASE_GAPS

UPDATE = bool(os.environ.get("UPDATE_CASES"))


def _parameters() -> list[object]:
    return [
        pytest.param(
            case,
            id=case.name,
            marks=[pytest.mark.xfail(strict=True, reason=CASE_GAPS[case.name])]
            if case.name in CASE_GAPS
            else [],
        )
        for case in all_cases(CASES)
    ]


@pytest.mark.parametrize("case", _parameters())
def test_case(case: Case, tmp_path: Path) -> None:
    root = lay_out(case.tree, tmp_path / "project")
    found = migrate(root, case.options)
    assert contents(root) == case.tree, "a dry run leaves the project alone"
    assert found.failures == ()
    if UPDATE and case.name not in CASE_GAPS:
        case.path.write_text(write(updated(case, found)), "utf-8")
        return

    apply(root, found.changes)
    result = contents(root)
    assert result == case.migrated
    assert outcome(found) == case.outcome
    _says_why(found)
    _compiles(result)
    _diff_gives_the_same(case, found, tmp_path / "patched")
    _second_run_is_empty(case, root)


def _says_why(found: Run) -> None:
    """The summary has a line for each receiver, with the codes of those that stay."""
    said = summary(found.plan.decisions, found.unreadable, found.failures)
    for decision in found.plan.decisions:
        assert decision.receiver.name in said
        for reason in decision.reasons:
            assert reason.code in CODES
            assert f"{reason.code}:" in said


def _compiles(files: dict[str, str]) -> None:
    for path, text in files.items():
        if path.endswith(".py"):
            tree_of(text)


def _diff_gives_the_same(case: Case, found: Run, copy: Path) -> None:
    """`git apply` of what is printed equals `--write`."""
    lay_out(case.tree, copy)
    diff = unified(found.changes)
    if diff:
        command = ["git", "apply", "--whitespace=error-all", "-"]
        environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(copy.parent)}
        done = subprocess.run(command, cwd=copy, input=diff, env=environment, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
    assert contents(copy) == case.migrated


def _second_run_is_empty(case: Case, root: Path) -> None:
    again = migrate(root, case.options)
    assert again.failures == ()
    assert unified(again.changes) == b""


def test_every_gap_is_a_case() -> None:
    assert set(CASE_GAPS) <= {case.name for case in all_cases(CASES)}


@pytest.mark.skipif(UPDATE, reason="UPDATE_CASES=1 is writing them")
@pytest.mark.parametrize("case", all_cases(CASES), ids=lambda case: case.name)
def test_case_files_are_in_their_form(case: Case) -> None:
    """A case file is what `write` makes of it, so that an update changes no more than it must."""
    assert case.path.read_text("utf-8") == write(case)
