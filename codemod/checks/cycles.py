"""No import cycle that was not there before.

    import cycle: shop.models -> shop.services -> shop.models

A graph has the modules that each module imports while it is itself imported.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping

from codemod.values.failures import Failure

Graph = Mapping[str, Collection[str]]


def check_cycles(
    before: Graph, after: Graph, files: Mapping[str, str] | None = None
) -> tuple[Failure, ...]:
    """Return each cycle that a new import closes, under the module that has the import.

    `files`: the paths of modules; a module without one is named as it is.
    """
    paths = files or {}
    known: set[tuple[str, ...]] = set()
    failures: list[Failure] = []
    for module in sorted(after):
        for imported in sorted(set(after[module]) - set(before.get(module, ()))):
            way = _way(after, imported, module)
            if way is None or _turned(way) in known:
                continue
            known.add(_turned(way))
            cycle = " -> ".join((module, *way))
            failures.append(
                Failure("cycles", paths.get(module, module), 0, f"import cycle: {cycle}")
            )
    return tuple(failures)


def _way(graph: Graph, start: str, end: str) -> tuple[str, ...] | None:
    """The shortest way from module to module, both included."""
    previous: dict[str, str | None] = {start: None}
    todo = deque([start])
    while todo:
        module = todo.popleft()
        if module == end:
            way: list[str] = []
            step: str | None = end
            while step is not None:
                way.append(step)
                step = previous[step]
            return tuple(reversed(way))
        for imported in sorted(graph.get(module, ())):
            if imported not in previous:
                previous[imported] = module
                todo.append(imported)
    return None


def _turned(cycle: tuple[str, ...]) -> tuple[str, ...]:
    """The same cycle, begun at its smallest name."""
    first = cycle.index(min(cycle))
    return cycle[first:] + cycle[:first]
