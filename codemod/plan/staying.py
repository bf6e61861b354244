"""What the receivers that stay make of the ones that go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from codemod.plan import features
from codemod.plan.case import Case
from codemod.plan.excused import is_test
from codemod.plan.listeners import overtaken
from codemod.plan.work import AFTER, Roster
from codemod.project.project import Project
from codemod.values.account import DELETE_SIGNALS

ORDER = "receiver-order"
STATE = "shared-state"
COMMIT = "until-commit"


def name_order(cases: Mapping[str, Case], going: Set[str], project: Project) -> None:
    """Note the receivers of any model, the project's and packages', that a service no longer runs
    before, or after."""
    for name in going:
        for mine in cases[name].receiver.connections:
            for package in overtaken(project, mine):
                cases[name].note(ORDER, package, mine.file, mine.line)
    for case, stays in _overtaken(cases, going):
        receiver = stays.receiver
        case.note(ORDER, receiver.name, receiver.file, receiver.line)


def meet(one: Case, other: Case) -> bool:
    """Whether some event makes both of two receivers of a model do anything: not if one acts where
    rows are added and the other where they are removed, or one on new objects alone."""
    for mine in one.services or (None,):
        for theirs in other.services or (None,):
            if mine is None or theirs is None:
                return True
            created = {mine.handler.only_created, theirs.handler.only_created}
            changes = [s.relation.moments for s in (mine, theirs) if s.relation is not None]
            apart = len(changes) > 1 and changes[0].isdisjoint(changes[1])
            if created != {True, False} and not apart:
                return True
    return False


def upset_states(cases: Mapping[str, Case], going: Set[str]) -> Iterator[tuple[Case, Case]]:
    """(one that goes, one of any model that stays), where the service no longer runs before, or
    after, the second, and one sets an attribute of the instance that the other reads."""
    for mine, other in _overtaken(cases, going):
        if _leaves_for(mine, other) or _leaves_for(other, mine):
            yield mine, other


def _overtaken(cases: Mapping[str, Case], going: Set[str]) -> Iterator[tuple[Case, Case]]:
    """(one that goes, one of any model that stays) whose order changes."""
    others = [
        (connection, case)
        for name, case in cases.items()
        if name not in going and not is_test(case.receiver.file)
        for connection in case.receiver.connections
        if connection.sender in (None, "?")
    ]
    for name in sorted(going):
        for mine in cases[name].receiver.connections:
            for connection, other in others:
                later = connection.order > mine.order
                if connection.signal == mine.signal and later == (mine.signal in AFTER):
                    yield cases[name], other


def _leaves_for(one: Case, other: Case) -> bool:
    """Whether one sets an attribute of the instance that the other reads, or hands on with it."""
    written = {name for s in one.services for name in features.state(s.handler, set())[0]}
    return any(features.touches(s.handler, name) for s in other.services for name in written)


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
    """The models whose deletes fire a receiver, those below them too: rows of proxies take rows
    along as well."""
    senders = [c.sender for c in case.receiver.connections if c.signal in DELETE_SIGNALS]
    labels = {label for sender in senders if sender for label in roster.firing(sender)}
    return labels.union(*map(roster.project.models.subclasses, labels))
