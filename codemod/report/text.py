"""The inventory for people: tables in a terminal, plain lines in a pipe or file."""

from __future__ import annotations

import io
from collections.abc import Iterator

from codemod.report.text_parts import (
    FATES,
    MORE,
    by_app,
    cycles,
    fired,
    hazards,
    listens,
    place,
    reasons,
    short,
    totals,
)
from codemod.values.account import Fate
from codemod.values.inventory import Entry, Inventory

_COLORS = {Fate.RETIRE: "green", Fate.DELEGATE: "yellow", Fate.KEEP: "cyan"}
_SENDERS = 4  # that are named of one receiver


def text(inventory: Inventory, width: int | None = None) -> str:
    """The report, without a newline at its end; `width` is the terminal's, None for plain."""
    body = _plain(inventory) if width is None else _tables(inventory, width)
    return "\n".join([*body, *_end(inventory)])


def _plain(inventory: Inventory) -> Iterator[str]:
    for app, entries in by_app(inventory):
        yield app
        for entry in entries:
            receiver = entry.decision.receiver
            yield f"  {short(receiver.name)}  {place(receiver.file, receiver.line)}"
            yield from (f"    listens to  {line}" for line in _some(listens(entry.decision)))
            yield f"    fired by    {'; '.join(fired(entry.decision))}"
            yield f"    decision    {_decision(entry)}"
            yield from (f"    hazard      {line}" for line in hazards(entry))
        yield ""


def _tables(inventory: Inventory, width: int) -> Iterator[str]:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=io.StringIO(), width=width, force_terminal=True, highlight=False)
    for app, entries in by_app(inventory):
        table = Table(title=app, title_justify="left", title_style="bold", expand=True)
        table.add_column("receiver", ratio=4, overflow="fold")
        table.add_column("listens to", ratio=3, overflow="fold")
        table.add_column("fired by", ratio=3, overflow="fold")
        table.add_column("decision", width=20, overflow="fold")
        for entry in entries:
            receiver = entry.decision.receiver
            name = Text(short(receiver.name), style="bold")
            name.append(f"\n{place(receiver.file, receiver.line)}", style="not bold dim")
            fate = Text(FATES[entry.decision.fate], style=_COLORS[entry.decision.fate])
            for reason in reasons(entry.decision):
                fate.append(f"\n{reason}", style="default")
            table.add_row(
                name,
                Text("\n".join(_some(listens(entry.decision)))),
                Text("\n".join(fired(entry.decision))),
                fate,
                end_section=True,
            )
        console.print(table)
        for entry in entries:
            found = Table.grid(padding=(0, 1))
            found.add_column(min_width=18, style="red")
            found.add_column(overflow="fold")
            for line in hazards(entry):
                code, _, rest = line.partition(": ")
                found.add_row(f"  {code}", Text(rest))
            if found.row_count:
                console.print(Text(short(entry.decision.receiver.name), style="bold"))
                console.print(found)
        console.print()
    output = console.file
    assert isinstance(output, io.StringIO)
    yield output.getvalue().rstrip("\n")
    yield ""


def _decision(entry: Entry) -> str:
    found = reasons(entry.decision)
    fate = FATES[entry.decision.fate]
    return f"{fate}: {', '.join(found)}" if found else fate


def _some(lines: list[str]) -> list[str]:
    if len(lines) <= _SENDERS + 1:
        return lines
    return [*lines[:_SENDERS], f"... and {len(lines) - _SENDERS} more models"]


def _end(inventory: Inventory) -> Iterator[str]:
    yield from (f"cycle: {cycle}" for cycle in cycles(inventory))
    yield from (f"not read: {entry}" for entry in inventory.unreadable)
    if inventory.others:
        yield "left alone, for no model sends their signals:"
        yield from (
            f"  {one.name}  {place(one.file, one.line)}  {one.signal}" for one in inventory.others
        )
    yield totals(inventory)
    if inventory.entries:
        yield MORE
