"""The summary of a run: every receiver's fate with its firing account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from codemod.report.text_parts import MORE, by_code
from codemod.values.account import Decision, Fate, Firing, Outcome, Reason
from codemod.values.failures import Failure
from codemod.values.files import Unreadable

_MANY = 3  # receivers with one difference, for it to be told once
_MOST = 9  # the same for one at a place: a fixture of all tests
TITLES = {Fate.RETIRE: "retired", Fate.DELEGATE: "delegating", Fate.KEEP: "kept"}


def summary(
    decisions: Sequence[Decision], unreadable: Iterable[Unreadable], failures: Iterable[Failure]
) -> str:
    """The text, without a newline at its end."""
    return "\n".join(_lines(decisions, unreadable, failures))


def _lines(
    decisions: Sequence[Decision], unreadable: Iterable[Unreadable], failures: Iterable[Failure]
) -> Iterator[str]:
    shared = _shared(decisions)
    for decision in sorted(decisions, key=lambda d: (d.receiver.file, d.receiver.line)):
        yield from _receiver(decision, shared)
    for entry in unreadable:
        yield f"not read: {entry}"
    for failure in failures:
        yield f"refused: {failure.file}:{failure.line}: {failure.message} ({failure.check})"
    for line, count in shared.items():
        yield f"{count} receivers differ: {line}"
    if any(decision.reasons or decision.notes for decision in decisions):
        yield MORE
    counts = Counter(decision.fate for decision in decisions)
    totals = ", ".join(f"{counts[fate]} {TITLES[fate]}" for fate in Fate)
    receivers = "1 receiver" if len(decisions) == 1 else f"{len(decisions)} receivers"
    yield f"{receivers}: {totals}"


def _shared(decisions: Iterable[Decision]) -> dict[str, int]:
    """The differences that many receivers have, which are told once; one at a place says little
    without its receivers, unless these are more still."""
    counts = Counter(note for decision in decisions for note in dict.fromkeys(decision.notes))
    return {
        reason_line(note): count
        for note, count in counts.items()
        if count >= (_MOST if note.file else _MANY)
    }


def _receiver(decision: Decision, shared: Collection[str]) -> Iterator[str]:
    receiver = decision.receiver
    listens = dict.fromkeys(f"{c.signal} {c.sender or 'any model'}" for c in receiver.connections)
    yield (
        f"{receiver.file}:{receiver.line}: {receiver.name}  "
        f"{', '.join(_shortened([*listens], 3))}  {TITLES[decision.fate]}"
    )
    # An admin deletes by two methods, in one class.
    yield from dict.fromkeys(
        f"  {firing.outcome.value}: {firing_line(firing)}" for firing in _told(decision)
    )
    for reason in _some_of_each(decision.reasons, 5):
        yield f"  {reason}"
    for note in _some_of_each(decision.notes, 5):
        if note not in shared:
            yield f"  differs: {note}"


def _told(decision: Decision) -> Iterator[Firing]:
    """The firings worth a line: those that change; the rest are counted below them."""
    if decision.fate is Fate.RETIRE:
        for firing in decision.firings:
            if firing.outcome is Outcome.REWRITTEN and not firing.covered:
                yield firing


def firing_line(firing: Firing) -> str:
    """A place that fires: `shop/views.py:12 model-form`."""
    line = f":{firing.span.line}" if firing.span else ""  # no line of a file that doesn't parse
    note = f" ({firing.note})" if firing.note else ""
    return f"{firing.file}{line} {firing.surface}{note}"


def reason_line(reason: Reason) -> str:
    """A reason or difference: `possible-site: shop/views.py:12 its type is not known`."""
    line = f":{reason.line}" if reason.line else ""
    place = f" {reason.file}{line}" if reason.file else ""
    text = f" {reason.text}" if reason.text else ""
    return f"{reason.code}:{place}{text}"


def _some_of_each(reasons: Iterable[Reason], most: int) -> Iterator[str]:
    """A line for each reason, at most so many for each code: none hides behind another."""
    for code, group in by_code(reasons):
        lines = [*dict.fromkeys(reason_line(reason) for reason in group)]
        yield from lines[:most]
        if len(lines) > most:
            yield f"{code}: ... and {len(lines) - most} more places"


def _shortened(lines: list[str], most: int) -> list[str]:
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"... and {len(lines) - most + 1} more"]
