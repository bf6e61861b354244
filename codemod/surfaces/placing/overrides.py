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
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from codemod.facts.nodes import is_name
from codemod.facts.tables import CallSite, FileFacts
from codemod.project import views
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.placing.statements import evaluated_first, is_statement, keep, unreturned
from codemod.values.account import Created
from codemod.values.edits import AddMethod, Edit, Insert, Where
from codemod.values.span import Span

Models = TypeVar("Models", "str | None", "tuple[str, ...]")


@dataclass(frozen=True)
class Hook:
    """A method that a framework calls around an operation."""

    method: str
    parameters: str  # as in `def form_valid(self, form)`, without `self`
    result: str | None  # what to call the value it returns, None if it returns nothing
    later: tuple[str, ...] = ()  # methods that come after it in Django's own order


def written_by(project: Project, view: str, created: Created | None) -> tuple[str, ...]:
    """Labels of the models whose objects a view saves by itself, or deletes (`created` is None)."""
    new = views.made_by(project, view) if created in ("true", "dynamic") else ()
    old = views.objects_of(project, view) if created != "true" else ()
    return tuple(dict.fromkeys((*new, *old)))


def kinship(
    project: Project, cls: ClassInfo, models: Models, acts: Callable[[str], Models]
) -> Literal["alone", "covered", "tangled"]:
    """How a class stands to others of the project that get the same hook.

    `acts` tells the model, or models, for which a class gets a call, nothing for classes that get
    none. A class whose ancestor gets the call for the same is covered; one whose relatives get it
    for others would run their calls too.
    """
    above = [acts(name) for name in project.classes.mro(cls.name)[1:] if project.classes.get(name)]
    told = [found for found in above if found]
    if told:
        return "covered" if all(found == models for found in told) else "tangled"
    below = [acts(name) for name in project.classes.subclasses(cls.name)]
    return "tangled" if any(found and found != models for found in below) else "alone"


def has_mixin(project: Project, cls: ClassInfo, hook: Hook) -> bool:
    """Whether another class of the project takes part in the hook: it may change the object
    between a call before the operation and the operation."""
    return any(
        info is not cls and hook.method in info.definition.methods
        for info in project.classes.before_framework(cls.name, hook.method)
    )


def named(call: CallSite, count: int) -> list[str] | None:
    """The names that the method around a call gives its parameters, `self` left out; None where
    the first `count` of them have no names: `def save_model(self, request, *args)`."""
    node = call.scope.node
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)][1:]
    return names if len(names) >= count else None


def calls_of_hook(
    project: Project, cls: ClassInfo, hook: Hook
) -> tuple[ClassInfo, list[CallSite]] | None:
    """The class that defines the hook for `cls` in the project, and its `super()` calls; none
    where a further class of the project, to which they come, does not hand on in its turn."""
    found_calls: list[tuple[ClassInfo, list[CallSite]]] = []
    for info in project.classes.before_framework(cls.name, hook.method):
        if hook.method not in info.definition.given:
            continue
        method = info.definition.methods.get(hook.method)
        if method is None:  # `perform_update = perform_create`
            return (found_calls or [(info, [])])[0][0], []
        calls = found.super_calls(info.facts, method, hook.method)
        found_calls.append((info, calls))
        if not calls:
            return found_calls[0][0], []
    return found_calls[0] if found_calls else None


def is_called(project: Project, cls: str | None, method: str) -> bool:
    """Whether code of the project calls a hook of a class (None: of a framework's own)."""
    return any(
        _may_be_for(project, cls, method, facts, call) for facts, call in project.calling(method)
    )


def _may_be_for(
    project: Project, cls: str | None, method: str, facts: FileFacts, call: CallSite
) -> bool:
    """Whether a call of a hook may be for objects of a class, other than to hand on: that of
    another class's `self` is not."""
    function, around = call.node.func, call.scope.class_()
    value = function.value if isinstance(function, ast.Attribute) else None
    if value is None or around is None or not (is_name(value, "self") or found.is_super(value)):
        return True
    owner = project.class_of(facts, around)
    own = owner is None or (cls is not None and owner.name in project.classes.mro(cls))
    return own and not (found.is_super(value) and call.scope.name == method)


@dataclass(frozen=True)
class Place:
    """Where the calls of a hook go: at the `super()` call of the class's own, or to the class."""

    span: Span
    call: CallSite | None = None
    code: str | None = None  # why they can't


def _is_undecided(project: Project, cls: ClassInfo, hook: Hook) -> bool:
    """Whether a condition decides if a class, or a base of it, has the hook."""
    chain = project.classes.before_framework(cls.name, hook.method)
    return any(hook.method in info.definition.conditional for info in chain)


def place_of(
    project: Project,
    cls: ClassInfo,
    hook: Hook,
    counts: Callable[[ClassInfo, CallSite], bool] = lambda owner, call: True,
) -> Place | None:
    """None for a hook that acts in its own way, which the other surfaces see.

    `counts`: whether a `super()` call of the class that defines the hook comes to the framework's.
    """
    span = cls.facts.lines.span(cls.definition.node)
    hooked = calls_of_hook(project, cls, hook)
    if hooked is None:
        return Place(span)
    owner, calls = hooked
    if (owner is cls or not calls) and _is_undecided(project, cls, hook):
        return Place(span, None, "conditional-method")
    calls = [call for call in calls if counts(owner, call)]
    if not calls or owner is not cls:
        return Place(span) if calls else None
    code = "several-super-calls" if len(calls) > 1 else None
    return Place(cls.facts.lines.span(calls[0].node), calls[0], code)


def added(cls: ClassInfo, hook: Hook, body: list[str]) -> Edit:
    """The edit that adds the hook. `body` has the `super()` call in it."""
    parameters = f"self, {hook.parameters}".removesuffix(", ")
    text = [f"def {hook.method}({parameters}):", *(f"    {line}" for line in body)]
    return AddMethod(cls.facts.lines.span(cls.definition.node), "\n".join(text), hook.later)


def below(cls: ClassInfo, method: str) -> tuple[str, ...]:
    """The methods of a model that come below a `save()` or `delete()` that is added: fields and
    `Meta` are above, and so are `__str__()` and its like."""
    statements = cls.definition.node.body
    methods = [s for s in statements if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))]
    last = max((s.lineno for s in statements if _is_attribute(s)), default=0)
    if method == "delete":
        last = max((m.lineno for m in methods if m.name == "save"), default=last)
    later = tuple(m.name for m in methods if m.lineno > last and not m.name.startswith("__"))
    both = method == "save" and not any(m.name == "delete" for m in methods)
    return (*later, "delete") if both else later  # one that is added too


def _is_attribute(statement: ast.stmt) -> bool:
    """Whether it is a field, `Meta` or the like; `show.short_description = "..."` is none."""
    if isinstance(statement, ast.Assign):
        return any(not isinstance(target, ast.Attribute) for target in statement.targets)
    return not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Expr))


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
    if before and not evaluated_first(call):
        return None
    if before:
        edits.append(Insert(statement, "\n".join(before), Where.BEFORE))
    if not after:
        return edits
    if hook.result is None:
        if not is_statement(call):
            bare = unreturned(call, facts, after)
            return None if bare is None else [*edits, bare]
        return [*edits, Insert(statement, "\n".join(after))]
    if is_statement(call):  # what it returns is dropped
        return [*edits, Insert(statement, "\n".join(after))]
    kept = keep(call, facts, hook.result)
    if kept is None:
        return None
    return [*edits, *kept.edits, Insert(kept.anchor, "\n".join(after), kept.where)]
