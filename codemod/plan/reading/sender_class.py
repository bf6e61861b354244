"""What a service says for a class that its handler was told: as `sender`, as `model`.

def count(sender, instance, **kwargs):     ->   def count(order):
    total = sender.objects.count()                  total = Order.objects.count()
"""

from __future__ import annotations

from dataclasses import dataclass

from codemod.plan.desk import imported_as
from codemod.plan.reading.handler import Handler
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver

EXACT_CLASS = "type(instance)"


@dataclass(frozen=True)
class Naming:
    """How code names a class."""

    text: str
    imports: tuple[tuple[str, str], ...] = ()  # (module, name) that it needs


def naming(
    project: Project, receiver: FoundReceiver, handler: Handler, path: str, cls: str
) -> Naming | None:
    """How the service at `path` can name a class; None: the name is another's there."""
    if path in project.paths:
        facts = project.known(path)
        through = imported_as(project, facts, cls)
        if through is not None and _is_free(project, receiver, handler, through, cls):
            return Naming(through)
        if cls.rpartition(".")[2] in facts.scope.bindings:
            return None
    module, _, name = cls.rpartition(".")
    return Naming(name, ((module, name),))


def named_sender(
    project: Project,
    receiver: FoundReceiver,
    handler: Handler,
    path: str,
    models: tuple[str, ...],
) -> Naming:
    """What the service at `path` says for the sender."""
    model = project.models.by_label.get(models[0]) if len(models) == 1 else None
    named = naming(project, receiver, handler, path, model.name) if model is not None else None
    # The exact class is told for deletes too (1.16; django/db/models/deletion.py, add()).
    return named or Naming(EXACT_CLASS)


def _is_free(
    project: Project, receiver: FoundReceiver, handler: Handler, text: str, cls: str
) -> bool:
    """Whether a name of a class, or of its module, is no other's in the handler."""
    if receiver.function is None or text.partition(".")[0] not in handler.bound:
        return True
    return project.symbols.resolve(text, receiver.function.scope, receiver.facts) == cls
