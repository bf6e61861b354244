"""From where the project imports a name: `shop.models` rather than `shop.models.order`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from codemod.project.project import Project


def usual_module(project: Project, module: str, name: str) -> str:
    """The package above a module that shows the name too, if most files take it from there."""
    counts = project.once(_imports)
    best, most = module, counts.get((f"{module}.{name}", module), 0)
    package = module.rpartition(".")[0]
    while package:
        here = counts.get((f"{package}.{name}", package), 0)
        if here > most and project.symbols.canonical(f"{package}.{name}") == f"{module}.{name}":
            best, most = package, here
        package = package.rpartition(".")[0]
    return best


def _imports(project: Project) -> Mapping[tuple[str, str], int]:
    """How often names are imported from a module, by files outside of the package it is in."""
    counts: Counter[tuple[str, str]] = Counter()
    for facts in project.read():
        home = f"{project.module_of(facts.path)}."
        for binding in facts.imports:
            module = (binding.target or "").rpartition(".")[0]
            known = project.modules.find(module, facts.path) if module else None
            if known is None or binding.target is None:
                continue
            package = module if known.is_package else module.rpartition(".")[0]
            if not home.startswith(f"{package}."):
                counts[binding.target, module] += 1
    return counts
