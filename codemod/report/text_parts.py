"""The words that the formats of `scan` share: what a receiver listens to, what fires it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from codemod.values.account import Connection, Decision, Fate, Firing, Outcome, Reason
from codemod.values.inventory import Entry, Inventory

MORE = "more: unsignal explain RECEIVER, with all lines; unsignal explain CODE"
FATES = {Fate.RETIRE: "retire", Fate.DELEGATE: "delegate", Fate.KEEP: "keep"}


def by_app(inventory: Inventory) -> Iterator[tuple[str, list[Entry]]]:
    """The receivers of each app."""
    entries = sorted(inventory.entries, key=lambda e: (e.app, _place(e)))
    for app, group in groupby(entries, key=lambda e: e.app):
        yield app or "(top)", list(group)


def _place(entry: Entry) -> tuple[str, int, str]:
    receiver = entry.decision.receiver
    return receiver.file, receiver.line, receiver.name


def short(name: str) -> str:
    """The last part of a dotted name; all of it for functions inside functions."""
    module, _, inner = name.partition(".<locals>.")
    return f"{module.rpartition('.')[2]}.{inner}" if inner else name.rpartition(".")[2]


def place(file: str, line: int) -> str:
    """`shop/signals.py:12`."""
    return f"{file}:{line}" if line else file


def model(connection: Connection) -> str:
    """The sender in words."""
    if connection.sender is None:
        return "any model"
    return f"{connection.expression} (undecided)" if connection.sender == "?" else connection.sender


def listens(decision: Decision) -> list[str]:
    """`post_save, post_delete of shop.Order`, one entry for each model."""
    signals: dict[str, list[str]] = {}
    for connection in decision.receiver.connections:
        known = signals.setdefault(model(connection), [])
        if connection.signal not in known:
            known.append(connection.signal)
    return [f"{', '.join(names)} of {sender}" for sender, names in signals.items()]


def placed(decision: Decision) -> list[Firing]:
    """The firings that have a line."""
    return [f for f in decision.firings if f.span is not None]


def fired(decision: Decision) -> list[str]:
    """How many lines fire it with which outcome, and the ways that no line names."""
    order = {Outcome.BLOCKED: 0, Outcome.REWRITTEN: 1, Outcome.NEVER: 2}
    worst: dict[tuple[str, int, int], Outcome] = {}
    for firing in placed(decision):
        assert firing.span is not None
        key = (firing.file, firing.span.line, firing.span.column)
        if key not in worst or order[firing.outcome] < order[worst[key]]:
            worst[key] = firing.outcome
    counts = Counter(worst.values())
    told = []
    if worst:
        words = {outcome: outcome.value for outcome in Outcome}
        if decision.fate is not Fate.RETIRE:
            words[Outcome.REWRITTEN] = "could be rewritten"
        parts = ", ".join(f"{counts[o]} {words[o]}" for o in Outcome if counts[o])
        told.append(f"{_number(len(worst), 'line')}: {parts}")
    others = [f for f in decision.firings if f.span is None and f.outcome is not Outcome.NEVER]
    if others:
        kinds = Counter(f.surface for f in others)
        told.append(", ".join(f"{k} ({n})" if n > 1 else k for k, n in sorted(kinds.items())))
    return told or ["nothing"]


def reasons(decision: Decision) -> list[str]:
    """The codes that block, each with how many places it has."""
    counts = Counter(reason.code for reason in decision.reasons)
    return [f"{code} ({n})" if n > 1 else code for code, n in counts.items()]


def by_code(found: Iterable[Reason]) -> Iterator[tuple[str, list[Reason]]]:
    """Reasons or hazards by their code, in the order in which the codes first appear."""
    groups: dict[str, list[Reason]] = {}
    for reason in found:
        groups.setdefault(reason.code, []).append(reason)
    yield from groups.items()


def hazards(entry: Entry, most: int = 3) -> list[str]:
    """One line for each hazard; of one code only the first few."""
    lines = []
    for code, found in by_code(entry.hazards):
        shown = found if len(found) <= most + 1 else found[:most]
        lines += [f"{code}: {place(h.file, h.line)} {h.text}" for h in shown]
        if len(shown) < len(found):
            lines.append(f"{code}: ... and {len(found) - len(shown)} more places")
    return lines


def totals(inventory: Inventory) -> str:
    """The last line."""
    fates = Counter(entry.decision.fate for entry in inventory.entries)
    told = ", ".join(f"{fates[fate]} {word}" for fate, word in FATES.items())
    lines = {
        (f.file, f.span.line, f.span.column)
        for entry in inventory.entries
        for f in placed(entry.decision)
        if f.span is not None
    }
    found = sum(len(entry.hazards) for entry in inventory.entries)
    return (
        f"{_number(len(inventory.entries), 'receiver')} ({told}), "
        f"{_number(len(lines), 'line')} that fire or may fire them, {_number(found, 'hazard')}"
    )


def cycles(inventory: Inventory) -> list[str]:
    """`ship -> shop.Order -> count -> shop.Customer -> ship`."""
    told = []
    for cycle in inventory.cycles:
        path = " -> ".join(f"{short(step.receiver)} -> {step.model}" for step in cycle)
        told.append(f"{path} -> {short(cycle[0].receiver)}")
    return told


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
