"""The inventory as Markdown, for an issue or a wiki."""

from __future__ import annotations

from collections.abc import Iterator

from codemod.report.text_parts import (
    FATES,
    by_app,
    by_code,
    cycles,
    fired,
    listens,
    place,
    reasons,
    short,
    totals,
)
from codemod.values.inventory import Entry, Inventory

_MOST = 10  # places of one hazard


def markdown(inventory: Inventory) -> str:
    """The text, without a newline at its end."""
    return "\n".join(_lines(inventory)).rstrip("\n")


def _lines(inventory: Inventory) -> Iterator[str]:
    yield "# Signal receivers"
    yield ""
    yield f"{_text(totals(inventory))}."
    yield ""
    for app, entries in by_app(inventory):
        yield f"## {_text(app)}"
        yield ""
        yield "| receiver | listens to | fired by | decision |"
        yield "|---|---|---|---|"
        for entry in entries:
            yield _row(entry)
        yield ""
        dangerous = [entry for entry in entries if entry.hazards]
        if dangerous:
            yield "### Hazards"
            yield ""
        for entry in dangerous:
            yield f"- {_code(short(entry.decision.receiver.name))}"
            for code, found in by_code(entry.hazards):
                for hazard in found[:_MOST]:
                    where = _code(place(hazard.file, hazard.line))
                    yield f"  - **{code}** {where}: {_text(hazard.text)}"
                if len(found) > _MOST:
                    yield f"  - **{code}**: and {len(found) - _MOST} more places"
        if dangerous:
            yield ""
    found_cycles = cycles(inventory)
    if found_cycles:
        yield "## Cycles"
        yield ""
        yield from (f"- {_code(cycle)}" for cycle in found_cycles)
        yield ""
    if inventory.others:
        yield "## Left alone, for no model sends their signals"
        yield ""
        for one in inventory.others:
            yield f"- {_code(one.name)} {_code(place(one.file, one.line))}: {_text(one.signal)}"
        yield ""
    if inventory.unreadable:
        yield "## Not read"
        yield ""
        yield from (
            f"- {_code(entry.file)}: {_text(entry.error)}" for entry in inventory.unreadable
        )


def _row(entry: Entry) -> str:
    receiver = entry.decision.receiver
    name = f"{_code(short(receiver.name))}<br>{_code(place(receiver.file, receiver.line))}"
    found = reasons(entry.decision)
    decision = f"**{FATES[entry.decision.fate]}**"
    if found:
        decision += f"<br>{', '.join(map(_text, found))}"
    cells = (
        name,
        "<br>".join(_text(line) for line in listens(entry.decision)),
        "<br>".join(_text(line) for line in fired(entry.decision)),
        decision,
    )
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    for character in "\\`*_[]<>|":
        text = text.replace(character, f"\\{character}")
    return text.replace("\n", " ")


def _code(text: str) -> str:
    return f"`{text.replace('`', '').replace('|', chr(92) + '|')}`"
