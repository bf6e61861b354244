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
from dataclasses import dataclass, replace

from codemod.facts.nodes import parameters
from codemod.facts.tables import FunctionDef
from codemod.plan.reading.names import IsQuiet, asks_only, says_result
from codemod.plan.reading.quiet import is_quiet
from codemod.project.model_tables import Model
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.project.senders import holds, is_narrowed
from codemod.surfaces.placing.statements import is_statement
from codemod.values.account import M2M

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
    quiet: IsQuiet = asks_only  # whether a test does nothing but ask
    bound: str | None = None  # what a class method calls its class, which no signal gives


def given(project: Project, receiver: FoundReceiver) -> Given:
    """What a receiver's connections tell."""
    scope = receiver.facts.scope
    if receiver.function is not None:
        scope = receiver.facts.scopes[receiver.function.node]
    classes = _classes(project, receiver)

    def quiet(test: ast.expr) -> bool:
        return is_quiet(project, classes, test, scope, receiver.facts)

    bound = bound_to_class(receiver.function) if receiver.function is not None else None
    least = Given(unheard=_is_unheard(project, receiver), quiet=quiet, bound=bound)
    connections = receiver.receiver.connections
    models = [project.models.by_label.get(c.sender) for c in connections if c.sender]
    known = [model for model in models if model is not None]
    # The sender of m2m_changed is not the class of its instance.
    if any(c.signal == M2M or not c.sender for c in connections):
        return least
    if not known or len(known) < len(models):
        return least

    def of_sender(test: ast.expr) -> bool | None:
        told = {holds(project, test, scope, receiver.facts, model) for model in known}
        return told.pop() if len(told) == 1 else None

    return replace(
        least,
        truthy=not any(
            project.classes.method(model.name, name)
            for model in known
            for name in ("__bool__", "__len__")
        ),
        columns=frozenset.intersection(*map(_columns, known)),
        of_sender=of_sender,
        narrowed=is_narrowed(receiver),
    )


def bound_to_class(function: FunctionDef) -> str | None:
    """What a class method calls its class."""
    names = parameters(function.node)
    marks = {d.id for d in function.node.decorator_list if isinstance(d, ast.Name)}
    return names[0] if "classmethod" in marks and names else None


def _is_unheard(project: Project, receiver: FoundReceiver) -> bool:
    says = receiver.function is not None and says_result(receiver.function.node)
    return (
        not says
        and not receiver.decorators
        and not any(
            reference.call is not None and not is_statement(reference.call)
            for reference in project.references
            if reference.receiver == receiver.receiver.name
        )
    )


def _columns(model: Model) -> frozenset[str]:
    return frozenset(name for name, f in model.fields.items() if f.kind not in _ELSEWHERE)


def _classes(project: Project, receiver: FoundReceiver) -> list[str]:
    """The classes that the instance may be of; an empty name where none is known."""
    labels: set[str] = set()
    for connection in receiver.receiver.connections:
        relation = project.relations.get(connection.sender or "")
        if relation is not None:
            labels |= {relation.subject(False), relation.subject(True)}
        elif connection.sender is not None:
            labels.add(connection.sender)
    models = (project.models.by_label.get(label) for label in sorted(labels))
    return [model.name for model in models if model is not None] or [""]
