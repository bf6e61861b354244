"""Receivers that are connected where the settings say so: the service asks them.

if settings.SEARCH:                              def index(page):
    post_save.connect(index, sender=Page)   ->       if not settings.SEARCH:
                                                         return
                                                     ...
"""

from __future__ import annotations

from dataclasses import replace

from codemod.plan.reading.handler import Guard, Handler
from codemod.plan.reading.names import condition as source_of
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.project.registrations.conditions import SETTINGS
from codemod.syntax.older import expression_of
from codemod.values.span import Lines

# What runs a handler, or may, without its signal.
_USES = ("call", "other")


def shared(project: Project, receiver: FoundReceiver) -> str | None:
    """The question that all connections of a receiver depend on; None if there is none, where
    its code means something else by the name of the settings, or imports them for itself, and
    where something calls it, which runs it whatever the settings say."""
    asked = {connection.condition for connection in receiver.receiver.connections}
    condition = asked.pop() if len(asked) == 1 else None
    if condition is None or receiver.function is None:
        return None
    if "settings" in receiver.facts.scopes[receiver.function.node].bindings:
        return None
    bound = receiver.facts.scope.bindings.get("settings", ())
    name = receiver.receiver.name
    called = any(r.receiver == name and r.kind in _USES for r in project.references)
    return condition if not called and all(b.target == SETTINGS for b in bound) else None


def fold(handler: Handler, condition: str) -> Handler:
    """A handler that asks the question before all else."""
    test = expression_of(condition)
    module, _, name = SETTINGS.rpartition(".")
    guard = Guard(source_of(test, Lines(condition), negated=True), ((module, name),))
    return replace(
        handler,
        guards=(guard, *handler.guards),
        branches=tuple(fold(branch, condition) for branch in handler.branches),
    )
