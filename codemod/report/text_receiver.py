"""All about one receiver: who fires it, what would change, what blocks it and the way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from codemod.report.summary import reason_line
from codemod.report.text_parts import by_code, model, place, placed
from codemod.values.account import Fate, Firing, Outcome, Reason
from codemod.values.codes import Code
from codemod.values.inventory import Entry, is_test

_MOST = 12  # places that are listed for one code


def about(entry: Entry, codes: Mapping[str, Code]) -> str:
    """The text, without a newline at its end."""
    parts = (
        _head(entry),
        _sites(entry),
        _others(entry),
        _change(entry),
        _blocked(entry, codes),
        _hazards(entry, codes),
        _writes(entry),
    )
    return "\n\n".join(text for text in ("\n".join(part) for part in parts) if text)


def _head(entry: Entry) -> Iterator[str]:
    receiver = entry.decision.receiver
    yield receiver.name
    yield f"  {place(receiver.file, receiver.line)}"
    for connection in receiver.connections:
        where = place(connection.file, connection.line)
        yield f"  {connection.signal} of {model(connection)}, connected at {where}"


def _sites(entry: Entry) -> Iterator[str]:
    firings = placed(entry.decision)
    if not firings:
        yield "No line of the project fires it."
        return
    rows: dict[tuple[str, int, int], list[Firing]] = {}
    for firing in firings:
        assert firing.span is not None
        rows.setdefault((firing.file, firing.span.line, firing.span.column), []).append(firing)
    retires = entry.decision.fate is Fate.RETIRE
    widest = max(len(place(file, line)) for file, line, _ in rows)
    for tests in (False, True):
        here = sorted(key for key in rows if is_test(key[0]) is tests)
        if not here:
            continue
        count = f"{len(here)} line{'' if len(here) == 1 else 's'}"
        yield f"Fired by {count} of the tests:" if tests else f"Fired by {count}:"
        for key in here:
            yield f"  {place(*key[:2]):{widest}}  {_site(rows[key], retires)}"


def _site(group: list[Firing], retires: bool) -> str:
    first = max(group, key=lambda f: f.outcome is Outcome.BLOCKED)
    signals = ", ".join(dict.fromkeys(f.signal for f in group))
    outcome = first.outcome.value
    if first.outcome is Outcome.REWRITTEN and not retires:
        outcome = "could be rewritten"
    told = f"{outcome}{f' ({first.code})' if first.code else ''}: {first.surface}"
    told += f", {signals} of {first.model}, {first.tier}"
    if first.note:
        told += f": {first.note}"
    if first.created is not None and first.signal in ("pre_save", "post_save"):
        told += {"true": ", creates", "false": ", updates"}.get(first.created, "")
    return told


def _others(entry: Entry) -> Iterator[str]:
    others = [f for f in entry.decision.firings if f.span is None]
    if others:
        yield "Fired without a line of the project:"
    told: dict[str, None] = {}  # of several models often the same
    for firing in others:
        outcome = f"{firing.outcome.value}{f' ({firing.code})' if firing.code else ''}"
        named = firing.surface == "unread-file" or not firing.file.endswith(".py")
        fixture = f" {firing.file}" if named else ""
        told[f"  {outcome}: {firing.surface}{fixture}: {firing.note or firing.signal}"] = None
    yield from told


def _change(entry: Entry) -> Iterator[str]:
    decision = entry.decision
    rewritten = [
        (f.covered, (f.file, f.span.line))
        for f in decision.firings
        if f.outcome is Outcome.REWRITTEN and f.span is not None
    ]
    edited = {place for covered, place in rewritten if not covered}
    reaching = {place for _, place in rewritten} - edited
    yield "What would change:"
    if decision.fate is Fate.KEEP:
        yield "  Nothing: it stays as it is."
        return
    yield f"  Its body becomes {decision.service}() in {decision.service_file}."
    if decision.fate is Fate.DELEGATE:
        yield "  The receiver stays connected and calls it; no line that fires it is edited."
        return
    count, more = len(edited), len(reaching)
    calls = f"{count} line{' gets' if count == 1 else 's get'} the call"
    others = f", {more} {'reaches' if more == 1 else 'reach'} one elsewhere" if more else ""
    yield f"  The receiver goes; {calls}{others}."
    yield from dict.fromkeys(
        f"  Differs: {reason_line(note).removesuffix(':')}" for note in decision.notes
    )


def _blocked(entry: Entry, codes: Mapping[str, Code]) -> Iterator[str]:
    if entry.decision.reasons:
        yield "What blocks it:"
        yield from _told(entry.decision.reasons, codes)


def _hazards(entry: Entry, codes: Mapping[str, Code]) -> Iterator[str]:
    if entry.hazards:
        yield "Hazards, migrated or not:"
        yield from _told(entry.hazards, codes)


def _told(found: tuple[Reason, ...], codes: Mapping[str, Code]) -> Iterator[str]:
    for code, group in by_code(found):
        known = codes.get(code)
        yield f"  {code}: {known.title}" if known is not None else f"  {code}"
        for reason in group[:_MOST]:
            where = f"{place(reason.file, reason.line)} " if reason.file else ""
            if where or reason.text:
                yield f"    {where}{reason.text}".rstrip()
        if len(group) > _MOST:
            yield f"    ... and {len(group) - _MOST} more"
        if known is not None:
            yield f"    Way out: {known.remedy}"


def _writes(entry: Entry) -> Iterator[str]:
    if entry.writes:
        yield "It writes:"
    for write in entry.writes:
        through = f" (in {write.via}())" if write.via else ""
        quiet = "" if write.signals else ", firing nothing"
        yield f"  {write.model} at {place(write.file, write.line)}{through}{quiet}"
