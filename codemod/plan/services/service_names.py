"""What services are called.

def _notify(sender, instance, **kwargs)     ->   notify
class Entry: def add(cls, ...)              ->   add_entry
one more `notify`                           ->   notify_for_order
"""

from __future__ import annotations

import builtins
import keyword

from codemod.plan.reading import in_class
from codemod.plan.reading.handler import Handler
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.surfaces.calls import found


def public_name(project: Project, receiver: FoundReceiver, handler: Handler) -> str:
    """The handler's name, without an underscore: other modules are to call the service. A word
    alone, of which its model told more, is said with that: `Entry.add` is `add_entry`."""
    assert receiver.function is not None
    name = receiver.function.node.name
    public = name.lstrip("_")
    owner = in_class.class_of(project, receiver)
    if owner is not None and owner.name in project.models.by_class and "_" not in public:
        public = f"{public}_{found.snake(owner.definition.node.name)}"
    bound = public in receiver.facts.scope.bindings or public in handler.bound
    usable = (
        public.isidentifier() and not keyword.iskeyword(public) and not hasattr(builtins, public)
    )
    return public if usable and not bound else name


def free_name(
    project: Project,
    handler: str,
    path: str,
    models: tuple[str, ...],
    taken: dict[str, set[str]],
) -> str:
    """The handler's name; where it is taken, what it is for is added."""
    names = taken.setdefault(path, set())
    if not names and path in project.paths:
        names.update(project.known(path).scope.bindings)
    name = handler
    if name in names:
        name = f"{handler}_for_{found.variable(models)}"
    while name in names:
        name += "_again"
    names.add(name)
    return name
