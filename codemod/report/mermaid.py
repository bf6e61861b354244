"""Which model fires which receiver, and which receiver writes which model, as a Mermaid graph.

Edges of a cycle are thick and red, writes that fire nothing (`update()`, `bulk_create()`) dotted.
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.report.text_parts import by_app, model, short
from codemod.values.account import Connection
from codemod.values.inventory import Inventory


def mermaid(inventory: Inventory) -> str:
    """The text, without a newline at its end."""
    return "\n".join(_Graph(inventory).lines())


class _Graph:
    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.ids: dict[tuple[str, str], str] = {}
        self.turns: set[tuple[str, str]] = set()  # edges of cycles, from -> to by name
        for cycle in inventory.cycles:
            for index, step in enumerate(cycle):
                following = cycle[(index + 1) % len(cycle)].receiver
                self.turns |= {(step.receiver, step.model), (step.model, following)}
        for entry in inventory.entries:
            name = entry.decision.receiver.name
            lines = {hazard.line for hazard in entry.hazards if hazard.code == "recursion"}
            for write in entry.writes:
                if write.at in lines and write.signals:
                    self.turns |= {(name, write.model), (write.model, name)}

    def lines(self) -> Iterator[str]:
        """The graph, line by line."""
        yield "flowchart LR"
        edges: list[tuple[str, str, str, str]] = []  # from, arrow, label, to
        for app, entries in by_app(self.inventory):
            yield f'  subgraph {self.id("app", app)}["{_text(app)}"]'
            for entry in entries:
                name = entry.decision.receiver.name
                yield f'    {self.id("receiver", name)}["{_text(short(name))}"]'
            yield "  end"
        models: dict[str, None] = {}
        for entry in self.inventory.entries:
            name = entry.decision.receiver.name
            fires: dict[str, list[str]] = {}
            for connection in entry.decision.receiver.connections:
                _add(fires, connection)
            for sender, signals in fires.items():
                models[sender] = None
                edges.append((f"m{sender}", "-->", ", ".join(signals), f"r{name}"))
            writes: dict[str, bool] = {}
            for write in entry.writes:
                writes[write.model] = writes.get(write.model, False) or bool(write.signals)
            for written, loud in writes.items():
                models[written] = None
                edges.append((f"r{name}", "-->" if loud else "-.->", "writes", f"m{written}"))
        for label in models:
            yield f'  {self.id("model", label)}(["{_text(label)}"])'
        marked = []
        for number, (start, arrow, label, end) in enumerate(edges):
            if (start[1:], end[1:]) in self.turns:
                arrow = "==>"
                marked.append(str(number))
            yield f'  {self._end(start)} {arrow}|"{_text(label)}"| {self._end(end)}'
        if marked:
            yield f"  linkStyle {','.join(marked)} stroke:#d00"

    def _end(self, name: str) -> str:
        return self.id("model" if name[0] == "m" else "receiver", name[1:])

    def id(self, kind: str, name: str) -> str:
        """A short id for a node, the same each time."""
        key = (kind, name)
        if key not in self.ids:
            number = sum(1 for other, _ in self.ids if other == kind) + 1
            self.ids[key] = f"{kind}{number}"
        return self.ids[key]


def _add(fires: dict[str, list[str]], connection: Connection) -> None:
    signals = fires.setdefault(model(connection), [])
    if connection.signal not in signals:
        signals.append(connection.signal)


def _text(text: str) -> str:
    return (
        text.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    )
