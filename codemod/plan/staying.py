"""What those receivers that stay make of the ones that go: named at the latter."""

from __future__ import annotations

from collections.abc import Mapping, Set

from codemod.plan.case import Case
from codemod.plan.excused import is_test
from codemod.plan.work import AFTER
from codemod.values.account import DELETE_SIGNALS, Reason


def name_order(cases: Mapping[str, Case], going: Set[str]) -> None:
    """Note the receivers of any model that a service no longer runs before, or after."""
    others = [
        (connection, case.receiver)
        for name, case in cases.items()
        if name not in going and not is_test(case.receiver.file)
        for connection in case.receiver.connections
        if connection.sender in (None, "?")
    ]
    for name in going:
        for mine in cases[name].receiver.connections:
            for connection, other in others:
                later = connection.order > mine.order
                if connection.signal == mine.signal and later == (mine.signal in AFTER):
                    note = Reason("receiver-order", other.name, other.file, other.line)
                    if note not in cases[name].notes:
                        cases[name].notes.append(note)


def name_commits(cases: Mapping[str, Case], going: Set[str]) -> None:
    """Note whose deletes get a transaction around them, although a receiver that stays puts off
    until commit what needs the key."""
    for case in (case for name, case in cases.items() if name not in going):
        if not any(r.code == "until-commit" for r in (*case.reasons, *case.notes)):
            continue
        receiver = case.receiver
        note = Reason("until-commit", receiver.name, receiver.file, receiver.line)
        senders = {c.sender for c in receiver.connections if c.signal in DELETE_SIGNALS}
        for mine in (cases[name] for name in going):
            deletes = [c for c in mine.receiver.connections if c.signal in DELETE_SIGNALS]
            if any(c.sender in senders for c in deletes) and note not in mine.notes:
                mine.notes.append(note)
