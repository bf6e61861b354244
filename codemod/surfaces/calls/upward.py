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
from codemod.surfaces.calls import found


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
    if owner is None or of_another(call) is not None:
        return None
    if not found.is_super(value):
        name = project.symbols.resolve(value, call.scope, facts)
        if name is None or name not in project.classes.mro(owner.name)[1:]:
            return None
        return Upward(owner, name, True)
    assert isinstance(value, ast.Call)
    named = project.symbols.resolve(value.args[0], call.scope, facts) if value.args else None
    return Upward(owner, named or owner.name, False)


def past(project: Project, cls: str, method: str) -> list[tuple[ClassInfo, CallSite]]:
    """The calls in a class's other methods, own or inherited, that hand on to a base of the
    project past the class's own `method`: `super().save()` in `deactivate()`.

    Those that come straight to Django's method are sites themselves (`Site.bypass`).
    """
    chain = project.classes.mro(cls)
    found = []
    for info in (c for name in chain if (c := project.classes.get(name)) is not None):
        for call in info.facts.named(method):
            up = upward(project, info.facts, call, method)
            if up is None or up.owner is not info or _stands_in(call, method):
                continue
            bases = [b for n in up.rest(chain) if (b := project.classes.get(n)) is not None]
            if any(method in base.definition.methods for base in bases):
                found.append((info, call))
    return found


def _stands_in(call: CallSite, method: str) -> bool:
    return call.scope.name == method and call.scope.kind == "function"


def of_another(call: CallSite) -> ast.expr | None:
    """The object in `super(Order, order).save()`, if it is not the `self` of the method around."""
    function = call.node.func
    if not isinstance(function, ast.Attribute) or not found.is_super(function.value):
        return None
    assert isinstance(function.value, ast.Call)
    given = function.value.args[1:2]
    return given[0] if given and not _is_self(given[0], call) else None


def _gets_self(call: CallSite) -> bool:
    """Whether the first argument is the `self` of the method around the call."""
    given = call.node.args[:1]
    return call.scope.name == call.name and bool(given) and _is_self(given[0], call)


def _is_self(value: ast.expr, call: CallSite) -> bool:
    """Whether it is the first parameter of the method around."""
    methods = (s for s in call.scope.chain() if s.parent is not None and s.parent.kind == "class")
    nodes = [scope.node for scope in methods]
    functions = [n for n in nodes if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    first = {own.arg for n in functions for own in [*n.args.posonlyargs, *n.args.args][:1]}
    return isinstance(value, ast.Name) and value.id in first
