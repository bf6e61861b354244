"""A run goes on from its result until another one has nothing to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codemod import changes, rounds
from codemod.checks.run import Result
from codemod.config import Config
from codemod.pipeline import Run, run
from codemod.plan.plan import Options
from codemod.rounds import complete
from codemod.values.account import Decision, Fate
from codemod.values.failures import Failure
from tests.test_pipeline import NAMES, notes

AT_ONCE = 2


def a_few_at_once(monkeypatch: pytest.MonkeyPatch, most: int = AT_ONCE) -> None:
    """Refuse results with more than so many new services."""
    path = "shop/services.py"

    def check(result: Result, _: Any) -> tuple[Failure, ...]:
        before, after = (texts.get(path, "") for texts in (result.before, result.after))
        if after.count("def ") - before.count("def ") > most:
            return (Failure("names", path, 1, "too much at once"),)
        return ()

    monkeypatch.setattr(changes, "run_checks", check)


def fates(found: Run) -> dict[str, Fate]:
    return {d.receiver.name.rpartition(".")[2]: d.fate for d in found.plan.decisions}


def test_what_could_not_go_at_first_goes_in_another_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = notes(tmp_path)
    at_one_go = run(root, Config(), Options())
    a_few_at_once(monkeypatch)
    first = run(root, Config(), Options())
    assert [*fates(first).values()].count(Fate.RETIRE) == AT_ONCE

    whole = complete(first, Options())

    assert fates(whole) == dict.fromkeys(NAMES, Fate.RETIRE)
    assert whole.changes == at_one_go.changes


def test_the_places_of_all_rounds_are_those_of_the_files_as_they_were_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = notes(tmp_path)
    at_one_go = {d.receiver.name: d for d in run(root, Config(), Options()).plan.decisions}
    a_few_at_once(monkeypatch)

    in_rounds = complete(run(root, Config(), Options()), Options()).plan.decisions

    for decision in in_rounds:
        other = at_one_go[decision.receiver.name]
        assert [f.span for f in decision.firings] == [f.span for f in other.firings]
        (connection,), (expected,) = decision.receiver.connections, other.receiver.connections
        assert replace(connection, order=expected.order) == expected
        assert (decision.receiver.line, decision.receiver.span) == (
            other.receiver.line,
            other.receiver.span,
        )


def test_a_round_that_gets_no_further_is_withdrawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(notes(tmp_path), Config(), Options())
    settled = rounds.settle

    def again(decision: Decision) -> Decision:
        fate = Fate.RETIRE if decision.receiver.name.endswith("note_2") else Fate.KEEP
        return replace(decision, fate=fate)

    def restless(repository: Any, project: Any, options: Options) -> Run:
        found = settled(repository, project, options)
        if repository is first.repository or options.withheld:
            return found
        plan = replace(found.plan, decisions=tuple(map(again, first.plan.decisions)))
        return replace(found, plan=plan, changes=first.changes)

    monkeypatch.setattr(rounds, "settle", restless)
    whole = complete(first, Options())

    gone = {name for name, fate in fates(whole).items() if fate is Fate.RETIRE}
    assert gone == {*NAMES} - {"note_2"}
    (kept,) = (d for d in whole.plan.decisions if d.fate is Fate.KEEP)
    told = [(reason.code, reason.text) for reason in kept.reasons]
    assert told == [("check-failed", "another run would change it again")]
