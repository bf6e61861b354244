"""What the connections of a receiver tell of the arguments that it gets.

@receiver(post_save, sender=Inventory)
def save_templates(sender, instance, **kwargs):
    if sender is not Inventory:              never holds
    if not instance:                         neither, if the model has no `__bool__`
    owner = instance.owner                   reads a column
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.project.senders import holds, is_narrowed
from codemod.surfaces.statements import is_statement

# Fields whose value is not in the row, or that run code when they are read.
_ELSEWHERE = ("ManyToManyField", "GenericRelation", "GenericForeignKey")


def _unknown(test: ast.expr) -> bool | None:
    return None


@dataclass(frozen=True)
class Given:
    """What is known of a handler's arguments."""

    truthy: bool = False  # its instances are true: `if instance` always passes
    columns: frozenset[str] = frozenset()  # attributes of the instance that its row holds
    of_sender: Callable[[ast.expr], bool | None] = _unknown  # what a test of `sender` comes to
    narrowed: bool = False  # it is connected to any sender, and a test of that has to stay
    unheard: bool = False  # nobody looks at what it returns


def given(project: Project, receiver: FoundReceiver) -> Given:
    """What a receiver's connections tell."""
    connections = receiver.receiver.connections
    unheard = not receiver.decorators and not any(
        reference.call is not None and not is_statement(reference.call)
        for reference in project.references
        if reference.receiver == receiver.receiver.name
    )
    models = [project.models.by_label.get(c.sender) for c in connections if c.sender]
    # The sender of m2m_changed is not the class of its instance.
    if not models or any(c.signal == "m2m_changed" or not c.sender for c in connections):
        return Given(unheard=unheard)
    if None in models:
        return Given(unheard=unheard)
    known = [model for model in models if model is not None]
    truthy = not any(
        project.classes.method(model.name, name)
        for model in known
        for name in ("__bool__", "__len__")
    )
    columns = frozenset.intersection(
        *(
            frozenset(name for name, field in model.fields.items() if field.kind not in _ELSEWHERE)
            for model in known
        )
    )

    scope = receiver.facts.scope
    if receiver.function is not None:
        scope = receiver.facts.scopes[receiver.function.node]

    def of_sender(test: ast.expr) -> bool | None:
        told = {holds(project, test, scope, receiver.facts, model) for model in known}
        return told.pop() if len(told) == 1 else None

    return Given(truthy, columns, of_sender, is_narrowed(receiver), unheard)
