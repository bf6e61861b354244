"""Calls by which a method hands on to the same method of a base class.

super().save(*args, **kwargs)
super(Base, self).save(*args, **kwargs)
models.Model.save(self, *args, **kwargs)
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces import found


@dataclass(frozen=True)
class Upward:
    """A call that runs the next implementation of a method."""

    owner: ClassInfo  # the class in whose body it stands
    start: str  # the class where the search begins
    inclusive: bool  # with that class itself, or behind it

    def rest(self, chain: tuple[str, ...]) -> tuple[str, ...]:
        """The classes of a resolution order whose implementation may run, nearest first."""
        if self.start not in chain:
            return ()
        return chain[chain.index(self.start) + (0 if self.inclusive else 1) :]


def upward(project: Project, facts: FileFacts, call: CallSite, method: str) -> Upward | None:
    """What a call of `method` on `super()`, or on a base class with `self`, hands on to."""
    function, scope = call.node.func, call.scope.class_()
    if call.name != method or not isinstance(function, ast.Attribute) or scope is None:
        return None
    value = function.value
    if not found.is_super(value) and not _gets_self(call):
        return None
    owner = project.class_of(facts, scope)
    if owner is None:
        return None
    if not found.is_super(value):
        name = project.symbols.resolve(value, call.scope, facts)
        if name is None or name not in project.classes.mro(owner.name)[1:]:
            return None
        return Upward(owner, name, True)
    assert isinstance(value, ast.Call)
    named = project.symbols.resolve(value.args[0], call.scope, facts) if value.args else None
    return Upward(owner, named or owner.name, False)


def _gets_self(call: CallSite) -> bool:
    """Whether the first argument is the `self` of the method around the call."""
    node = call.scope.node
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or not node.args.args:
        return False
    given = call.node.args[:1]
    return (
        call.scope.name == call.name
        and bool(given)
        and isinstance(given[0], ast.Name)
        and given[0].id == node.args.args[0].arg
    )
