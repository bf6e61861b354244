"""Whether a method's call comes to one of its implementations at all, for objects of a class.

class Order(models.Model, Stamped): ...     never to `Stamped.save()`: Django's hands on to nothing
class Order(Base):
    def save(self): self.enqueue()          never to `Base.save()`: this one doesn't hand on
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces.unbound import named_for
from codemod.surfaces.upward import upward


def is_last(project: Project, owner: str, cls: str, method: str) -> bool:
    """Whether `super().method()` in the class `owner`, for an object of `cls`, leaves the project:
    it is run, and no class of the project that comes after `owner` has the method."""
    defining = _defining(project, cls, method)
    chain = project.classes.mro(cls)
    if owner not in chain:
        return False
    later = chain[chain.index(owner) + 1 :]
    return not any(info.name in later for info in defining) and arrives(project, owner, cls, method)


def arrives(project: Project, owner: str, cls: str, method: str) -> bool:
    """Whether an object of `cls` may come to what the class `owner`, one of its own or a base,
    says in its `method`, or in another method that calls the bases' one."""
    defining = [info.name for info in _defining(project, cls, method)]
    if owner not in defining:
        info = project.classes.get(owner)
        return info is None or method not in info.definition.methods
    chain = project.classes.mro(cls)
    starts = [chain, *named_for(project, method, chain)]
    reached = {next(n for n in defining if n in rest) for rest in starts if {*rest} & {*defining}}
    while owner not in reached:
        further = set(_handed_on(project, chain, method, reached, defining)) - reached
        if not further:
            return False
        reached |= further
    return True


def _defining(project: Project, cls: str, method: str) -> list[ClassInfo]:
    """The project's classes that have the method, nearest first."""
    every = project.classes.before_framework(cls, method)
    return [info for info in every if method in info.definition.methods]


def _handed_on(
    project: Project, chain: tuple[str, ...], method: str, reached: set[str], defining: list[str]
) -> Iterator[str]:
    """Where the implementations that are reached, and the object's other methods, go on to."""
    for info in filter(None, map(project.classes.get, chain)):
        for call in info.facts.named(method):
            up = upward(project, info.facts, call, method)
            if up is None or up.owner is not info:
                continue
            if info.name in reached or call.scope.name != method:
                rest = up.rest(chain)
                yield from [name for name in defining if name in rest][:1]
