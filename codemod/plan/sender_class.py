"""What a service says for the class that its handler was told as `sender`.

def count(sender, instance, **kwargs):     ->   def count(order):
    total = sender.objects.count()                  total = Order.objects.count()
"""

from __future__ import annotations

from codemod.plan.desk import imported_as
from codemod.plan.handler import Handler
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver

EXACT_CLASS = "type(instance)"


def named_sender(
    project: Project,
    receiver: FoundReceiver,
    handler: Handler,
    path: str,
    models: tuple[str, ...],
    imports: list[tuple[str, str]],
) -> str:
    """What the service at `path` says for the sender; `imports` gets what that needs."""
    if len(models) != 1 or models[0] not in project.models.by_label:
        return EXACT_CLASS  # for deletes too (1.16; django/db/models/deletion.py, add())
    cls = project.models.by_label[models[0]].name
    through = imported_as(project, project.known(path), cls) if path in project.paths else None
    if through is not None and _is_free(project, receiver, handler, through, cls):
        return through
    module, _, name = cls.rpartition(".")
    if path in project.paths and name in project.known(path).scope.bindings:
        return EXACT_CLASS  # the module has another class of that name
    imports.append((module, name))
    return name


def _is_free(
    project: Project, receiver: FoundReceiver, handler: Handler, text: str, cls: str
) -> bool:
    """Whether a name of a class, or of its module, is no other's in the handler."""
    if receiver.function is None or text.partition(".")[0] not in handler.bound:
        return True
    return project.symbols.resolve(text, receiver.function.scope, receiver.facts) == cls
