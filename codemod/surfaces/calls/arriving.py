"""Whether a method's call comes to one of its implementations at all, for objects of a class.

class Order(models.Model, Stamped): ...     never to `Stamped.save()`: Django's hands on to nothing
class Order(Base):
    def save(self): self.enqueue()          never to `Base.save()`: this one doesn't hand on
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.project.answers import ClassRef
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces.calls.found import is_super
from codemod.surfaces.calls.taken import handed
from codemod.surfaces.calls.upward import upward
from codemod.surfaces.unbound import named_for

_BASES = ("__base__", "__bases__", "__mro__", "mro")


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
            return _may_be_handed(project, chain, method)
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


def _may_be_handed(project: Project, chain: tuple[str, ...], method: str) -> bool:
    """Whether the method of a class may be run in a way that isn't followed: it is taken off the
    class (`map(Base.save, orders)`), or a class holds what its bases have (`parent = super()`)."""
    taken = project.once(_known_classes)
    if method not in taken:
        taken[method] = frozenset(_taken_off(project, method))
    infos = filter(None, map(project.classes.get, chain))
    return not taken[method].isdisjoint(chain) or any(map(_holds_bases, infos))


def _known_classes(project: Project) -> dict[str, frozenset[str]]:
    """The classes that methods are taken off, as far as it was asked."""
    return {}


def _taken_off(project: Project, method: str) -> Iterator[str]:
    for taken in handed(project, (method,)):
        for kind in project.type_of(taken.node.value, taken.scope, taken.facts).types:
            if isinstance(kind, ClassRef):
                yield kind.cls


def _holds_bases(info: ClassInfo) -> bool:
    """Whether a class does more with `super()` than to call its methods there, or goes through its
    bases."""
    nodes = [*ast.walk(info.definition.node)]
    functions = (node.func for node in nodes if isinstance(node, ast.Call))
    called = {f.value for f in functions if isinstance(f, ast.Attribute)}
    return any(
        (is_super(node) and node not in called)
        or (isinstance(node, ast.Attribute) and node.attr in _BASES)
        for node in nodes
        if isinstance(node, ast.expr)
    )
