"""Models that all pass the `save()` of their common parent, and have the same work there.

class Status(models.Model):              class Status(models.Model):
    def save(self, *args, **kwargs):         def save(self, *args, **kwargs):
        super().save(*args, **kwargs)  ->        super().save(*args, **kwargs)
                                                 add_to_feeds(self)
class Comment(Status): ...
"""

from __future__ import annotations

from collections.abc import Collection

from codemod.plan.model_methods import wrapped
from codemod.plan.model_methods.model_saves import home
from codemod.project.project import Project
from codemod.surfaces.calls.upward import upward


def family(project: Project, label: str, wanted: Collection[str]) -> tuple[str, ...]:
    """A model and its children, if all of them are wanted and pass its own `save()`; else none."""
    children = project.models.subclasses(label)
    place = home(project, label)
    if not children or place is None or not place.calls or not {*children} <= {*wanted}:
        return ()
    methods = wrapped.methods(project, label)
    if any(
        not _passes(project, child, label) or wrapped.methods(project, child) != methods
        for child in children
    ):
        return ()
    return (label, *children)


def _passes(project: Project, child: str, label: str) -> bool:
    """Whether every line by which a child's own classes hand on a save comes to its parent's."""
    chain = project.classes.mro(project.models.by_label[child].name)
    parent = project.models.by_label[label].name
    nearer = (project.classes.get(name) for name in chain[: chain.index(parent)])
    return all(
        up is None or up.owner is not info or parent in up.rest(chain)
        for info in nearer
        if info is not None
        for call in info.facts.named("save")
        for up in [upward(project, info.facts, call, "save")]
    )
