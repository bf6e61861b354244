"""Adding to a class the method that a framework calls, or extending the one it has.

class OrderCreate(CreateView):   ->   class OrderCreate(CreateView):
    model = Order                         model = Order

                                          def form_valid(self, form):
                                              response = super().form_valid(form)
                                              create_invoice(self.object)
                                              return response
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces import found
from codemod.surfaces.statements import keep
from codemod.values.edits import AddMethod, Edit, Insert, Where
from codemod.values.span import Span


@dataclass(frozen=True)
class Hook:
    """A method that a framework calls around an operation."""

    method: str
    parameters: str  # as in `def form_valid(self, form)`, without `self`
    result: str | None  # what to call the value it returns, None if it returns nothing
    later: tuple[str, ...] = ()  # methods that come after it in Django's own order


def calls_of_hook(
    project: Project, cls: ClassInfo, hook: Hook
) -> tuple[ClassInfo, list[CallSite]] | None:
    """The class that defines the hook for `cls` in the project, and its `super()` calls."""
    defined = project.classes.method(cls.name, hook.method)
    if defined is None:
        return None
    owner, function = defined
    facts = project.known(owner.file)
    return owner, found.super_calls(facts, function.node, hook.method)


def added(cls: ClassInfo, facts: FileFacts, hook: Hook, body: list[str]) -> Edit:
    """The edit that adds the hook. `body` has the `super()` call in it."""
    text = [f"def {hook.method}(self, {hook.parameters}):", *(f"    {line}" for line in body)]
    return AddMethod(facts.lines.span(cls.definition.node), "\n".join(text), hook.later)


def body_of(hook: Hook, before: list[str], after: list[str], atomic: bool = False) -> list[str]:
    """The body of an added hook."""
    operation = f"super().{hook.method}({hook.parameters})"
    if hook.result is None:
        lines = [*before, operation, *after]
        result = []
    elif after:
        lines = [*before, f"{hook.result} = {operation}", *after]
        result = [f"return {hook.result}"]
    else:
        lines = [*before, f"return {operation}"]
        result = []
    if atomic:
        lines = ["with transaction.atomic():", *(f"    {line}" for line in lines)]
    return [*lines, *result]


def extended(
    call: CallSite, facts: FileFacts, hook: Hook, before: list[str], after: list[str]
) -> list[Edit] | None:
    """Edits that put lines around the `super()` call of an existing hook. None: impossible."""
    statement = facts.lines.span(call.statement)
    edits: list[Edit] = []
    if before:
        edits.append(Insert(statement, "\n".join(before), Where.BEFORE))
    if not after:
        return edits
    if hook.result is None:
        if not isinstance(call.statement, ast.Expr):
            return None
        return [*edits, Insert(statement, "\n".join(after))]
    kept = keep(call, facts, hook.result)
    if kept is None:
        return None
    return [*edits, *kept.edits, Insert(kept.anchor, "\n".join(after), kept.where)]
