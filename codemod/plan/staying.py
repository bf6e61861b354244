"""What the receivers that stay make of the ones that go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from codemod.plan.case import Case
from codemod.plan.excused import is_test
from codemod.plan.listeners import overtaken
from codemod.plan.work import AFTER, Roster
from codemod.project.project import Project
from codemod.values.account import DELETE_SIGNALS

ORDER = "receiver-order"
COMMIT = "until-commit"


def name_order(cases: Mapping[str, Case], going: Set[str], project: Project) -> None:
    """Note the receivers of any model, the project's and packages', that a service no longer runs
    before, or after."""
    others = [
        (connection, case.receiver)
        for name, case in cases.items()
        if name not in going and not is_test(case.receiver.file)
        for connection in case.receiver.connections
        if connection.sender in (None, "?")
    ]
    for name in going:
        for mine in cases[name].receiver.connections:
            found = [(package, mine.file, mine.line) for package in overtaken(project, mine)]
            for connection, other in others:
                later = connection.order > mine.order
                if connection.signal == mine.signal and later == (mine.signal in AFTER):
                    found.append((other.name, other.file, other.line))
            for text, file, line in found:
                cases[name].note(ORDER, text, file, line)


def upset_commits(
    cases: Mapping[str, Case], going: Set[str], roster: Roster
) -> Iterator[tuple[Case, Case]]:
    """(one that goes, one that stays), where deletes get a transaction around them for the first,
    and the second, which hears of them too, puts off until commit what needs the key."""
    for other in [case for name, case in cases.items() if name not in going]:
        if any(r.code == COMMIT for r in (*other.reasons, *other.notes)):
            theirs = _deleting(other, roster)
            for mine in (cases[name] for name in sorted(going)):
                if not theirs.isdisjoint(_deleting(mine, roster)):
                    yield mine, other


def _deleting(case: Case, roster: Roster) -> set[str]:
    """The models whose deletes fire a receiver."""
    senders = [c.sender for c in case.receiver.connections if c.signal in DELETE_SIGNALS]
    return {label for sender in senders if sender for label in roster.firing(sender)}
