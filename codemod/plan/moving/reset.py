"""Names of a module that get another value while the program runs.

# shop/signals.py                            # shop/loading.py
ENABLED = True                               from shop import signals

@receiver(post_save, sender=Order)           signals.ENABLED = False
def index(sender, instance, **kwargs):       load_orders()
    if ENABLED:                              signals.ENABLED = True
        ...

A body in another module would have the value that the name had when it was imported.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemod.facts.tables import FileFacts
from codemod.plan.moving.along import names_reached
from codemod.project.project import Project

_VALUES = ("assign", "annotation", "augmented")


def reset(project: Project, facts: FileFacts, body: Sequence[ast.stmt]) -> str | None:
    """A name that a body reads, itself or in functions of its module, and that anyone sets."""
    module = project.module_of(facts.path)
    declared = {name for scope in facts.declaring for name in scope.outer}
    others = project.once(_set_by_others)
    found = {
        name
        for name in names_reached(facts, body)
        if _is_variable(facts, name) and (name in declared or f"{module}.{name}" in others)
    }
    return min(found, default=None)


def _is_variable(facts: FileFacts, name: str) -> bool:
    bindings = facts.scope.bindings.get(name, ())
    return bool(bindings) and all(b.kind in _VALUES for b in bindings)


def _set_by_others(project: Project) -> frozenset[str]:
    """The dotted names of what files set in modules that they import."""
    return frozenset(
        dotted
        for facts in project.read()
        for scope in facts.scopes.values()
        for store in scope.stores
        if isinstance(store.target, ast.Attribute)
        and _imports(facts, store.target.value)
        and (dotted := project.symbols.resolve(store.target, scope, facts)) is not None
    )


def _imports(facts: FileFacts, owner: ast.expr) -> bool:
    """Whether an expression begins with a name that a file imports."""
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    return isinstance(owner, ast.Name) and any(b.name == owner.id for b in facts.imports)
