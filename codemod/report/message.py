"""The message of a commit that migrates receivers: what moved, and why that is safe."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from codemod.report.summary import firing_line, reason_line
from codemod.values.account import Decision, Fate, Outcome

_SUBJECT = 72


def message(decisions: Sequence[Decision]) -> str:
    """The whole message; the first line is the subject."""
    parts = [_subject(decisions)]
    for decision in decisions:
        parts.append("\n".join(_receiver(decision)))
    return "\n\n".join(parts) + "\n"


def _subject(decisions: Sequence[Decision]) -> str:
    gone = [d for d in decisions if d.fate is Fate.RETIRE]
    names = [f"{_short(d.receiver.name)}()" for d in gone or decisions]
    listed = " and ".join(names) if len(names) < 3 else f"{len(names)} services"
    if not gone:
        return f"Move the work of {listed} into {'a service' if len(names) == 1 else 'services'}"
    events = dict.fromkeys(
        f"{c.signal} of {_short(c.sender or '')}" for d in gone for c in d.receiver.connections
    )
    for event in (" and ".join(events), "a signal"):
        subject = f"Call {listed} explicitly instead of on {event}"
        if len(subject) <= _SUBJECT:
            return subject
    return f"Call {len(names)} services explicitly instead of on signals"


def _receiver(decision: Decision) -> Iterator[str]:
    receiver = decision.receiver
    listened = " and ".join(
        dict.fromkeys(f"{c.signal} of {c.sender or 'any model'}" for c in receiver.connections)
    )
    if decision.fate is not Fate.RETIRE:
        yield _filled(
            f"{receiver.name} stays connected to {listened}; its work is in "
            f"{decision.service} now. It stays because of:"
        )
        yield from _list(reason_line(reason) for reason in decision.reasons)
        return
    rewritten = [f for f in decision.firings if f.outcome is Outcome.REWRITTEN]
    never = sum(1 for f in decision.firings if f.outcome is Outcome.NEVER)
    yield _filled(
        f"{receiver.name} was a receiver of {listened}. It is {decision.service} now"
        + (", called where the signal fired:" if rewritten else ". Nothing fired the signal.")
    )
    yield from _list(firing_line(firing) for firing in rewritten)
    yield ""
    yield _filled(
        f"Every way the signal can fire is accounted for: {len(rewritten)} rewritten, "
        f"{never} that never ran it, none left."
    )
    if decision.notes:
        yield "What is different:"
        yield from _list(reason_line(note) for note in decision.notes)


def _list(lines: Iterator[str]) -> Iterator[str]:
    yield from (f"- {line}" for line in dict.fromkeys(lines))


def _filled(text: str) -> str:
    return textwrap.fill(text, _SUBJECT, break_long_words=False, break_on_hyphens=False)


def _short(name: str) -> str:
    return name.rpartition(".")[2]
