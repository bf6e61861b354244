"""What becomes of the further decorators of a handler.

One that hands on all its arguments does for the service what it did for the handler:

    @transaction.atomic                    ->   @transaction.atomic
    def notify(sender, instance, ...):          def notify(order):

One that names arguments only to hand them on comes to take any:

    def wrapper(sender, instance, **kwargs):    ->   def wrapper(*args, **kwargs):
        with muted():                                    with muted():
            handler(sender, instance, **kwargs)              handler(*args, **kwargs)

One that is nothing but guards is read as if they stood in the handler. What asks for `raw` or
`created` folds into the call sites, the rest begins the service. So do the guards of what a
decorator of the project connects in the handler's place:

    def wrapper(sender, instance, **kwargs):    ->   def index(order):
        if kwargs["raw"]:                                if hasattr(order, "skip"):
            return                                           return
        if hasattr(instance, "skip"):                    ...
            return
        handler(sender, instance, **kwargs)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from textwrap import dedent

from codemod.facts.nodes import is_name
from codemod.facts.tables import FileFacts, FunctionDef
from codemod.plan.moving.relocated import spliced
from codemod.plan.reading.decorator_guards import as_guards, passes_all
from codemod.plan.reading.given import Given, given
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.names import is_docstring
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.project.registrations.registrars import Wrapper
from codemod.values.account import SAVE_SIGNALS
from codemod.values.edits import Edit, Replace
from codemod.values.span import Span


@dataclass(frozen=True)
class Widening:
    """How a decorator comes to take any arguments, so that it can stand on a service."""

    facts: FileFacts
    statement: ast.stmt  # the decorator, at the top of its file
    wrapper: ast.stmt  # the function in it
    pieces: tuple[tuple[Span, str], ...]  # spans of its text, and what stands there then

    @property
    def edit(self) -> Edit:
        """What makes it so where it stands."""
        lines = self.facts.lines
        decorators = getattr(self.wrapper, "decorator_list", [])
        first = min([self.wrapper.lineno, *(d.lineno for d in decorators)])
        span = lines.span(self.wrapper)
        changes = (Replace(*piece) for piece in self.pieces)
        text = spliced(lines.between(first, span.end_line), changes, first)
        return Replace(span, dedent("\n".join(text)))


@dataclass(frozen=True)
class Decorators:
    """The decorators of a handler other than those that connect it, by what becomes of them."""

    moving: tuple[ast.expr, ...] = ()  # they stand on the service
    widenings: tuple[Widening, ...] = ()  # of those, before they can
    folded: tuple[Handler, ...] = ()  # the wrappers of those that are guards
    others: tuple[ast.expr, ...] = ()  # nothing is known of them


def read(project: Project, receiver: FoundReceiver) -> Decorators:
    """Tell the decorators of a handler apart."""
    function = receiver.function
    if function is None or isinstance(function.node, ast.AsyncFunctionDef):
        return Decorators(others=receiver.decorators)
    signals = {c.signal for c in receiver.receiver.connections}
    known = Given(given(project, receiver).truthy)  # the wrapper may stand in another file
    inner = _below_the_connection(receiver, function)
    found = Decorators()
    for decorator in receiver.decorators:
        wrapper = _wrapper(project, decorator, receiver.facts)
        applies = any(decorator is d for d in inner)
        if not applies or (wrapper is None and not _is_around(project, decorator, receiver.facts)):
            found = replace(found, others=(*found.others, decorator))
        elif wrapper is None:
            found = replace(found, moving=(*found.moving, decorator))
        elif (folded := as_guards(wrapper, function, known, signals)) is not None:
            found = replace(found, folded=(*found.folded, folded))
        elif _hands_on(wrapper, function, at_once=not signals <= set(SAVE_SIGNALS)) and (
            (widening := _widening(project, wrapper)) is not None
        ):
            widenings = (*found.widenings, widening) if widening.pieces else found.widenings
            found = replace(found, moving=(*found.moving, decorator), widenings=widenings)
        else:
            found = replace(found, others=(*found.others, decorator))
    for made in receiver.made:
        if made.wrapper is None:
            continue
        folded = as_guards(made.wrapper, function, known, signals, fetches=receiver.facts)
        if folded is None:
            found = replace(found, others=(*found.others, made.node.func))
        elif all(folded.guards != other.guards for other in found.folded):
            found = replace(found, folded=(*found.folded, folded))
    return found


def fold(handler: Handler, wrappers: tuple[Handler, ...]) -> Handler:
    """A handler with the guards of its decorators."""
    for wrapper in wrappers:
        both = {handler.only_created, wrapper.only_created}
        if both == {True, False}:
            handler = replace(handler, strange="odd-body")  # it never does anything
        handler = replace(
            handler,
            only_created=True if True in both else False if False in both else None,
            ignores_raw=handler.ignores_raw or wrapper.ignores_raw,
            acts_on_raw=handler.acts_on_raw or wrapper.acts_on_raw,
            actions=handler.actions & wrapper.actions,
            needs_action=handler.needs_action or wrapper.needs_action,
            guards=(*handler.guards, *wrapper.guards),
            branches=tuple(fold(branch, (wrapper,)) for branch in handler.branches),
        )
    return handler


def _below_the_connection(receiver: FoundReceiver, function: FunctionDef) -> list[ast.expr]:
    """The decorators that are part of what is connected: not those above the connecting one."""
    connecting = [
        index
        for index, decorator in enumerate(function.node.decorator_list)
        if any(one.node is decorator for one in receiver.made)
    ]
    return function.node.decorator_list[max(connecting, default=-1) + 1 :]


# Decorators of packages that hand on whatever they get, to a function of any arguments.
_AROUND = frozenset((
    "django.db.transaction.atomic",
    "django.utils.timezone.override", "django.utils.translation.override",
    "multidb.pinning.use_master", "multidb.pinning.use_primary_db",  # django-multidb-router
))  # fmt: skip


def _is_around(project: Project, decorator: ast.expr, facts: FileFacts) -> bool:
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return project.symbols.resolve(function, facts.scope, facts) in _AROUND


def _wrapper(project: Project, decorator: ast.expr, facts: FileFacts) -> Wrapper | None:
    """The wrapper of a decorator of the project that does nothing but make one."""
    name = project.symbols.resolve(decorator, facts.scope, facts)
    found = project.function(name) if name is not None else None
    if name is None or found is None:
        return None
    path, function = found
    body = [s for s in function.node.body if not is_docstring(s)]
    parameters = [a.arg for a in function.node.args.args]
    if len(body) != 2 or len(parameters) != 1:
        return None
    inner, returned = body
    if not isinstance(inner, ast.FunctionDef) or not isinstance(returned, ast.Return):
        return None
    if returned.value is None or not is_name(returned.value, inner.name):
        return None
    home = project.known(path)
    known = next((f for f in home.functions if f.node is inner), None)
    return Wrapper(name, function, home, known, parameters[0]) if known is not None else None


# Wrappers that move


def _hands_on(wrapper: Wrapper, function: FunctionDef, *, at_once: bool) -> bool:
    """Whether a wrapper calls the handler, `at_once` if need be, and looks at no argument.

    A row is gone by the time that a callback runs: what is called for deletes is called at once.
    """
    node = wrapper.function.node
    calls = list(_calls(node, wrapper.handler))
    if not calls or not all(passes_all(call, wrapper, function) for call in calls):
        return False
    if at_once and any(
        any(inner is call for call in calls)
        for later in ast.walk(node)
        if later is not node and isinstance(later, (ast.FunctionDef, ast.Lambda))
        for inner in ast.walk(later)
    ):
        return False
    given = node.args
    names = {a.arg for a in (*wrapper.arguments, given.vararg, given.kwarg) if a is not None}
    passed = {id(inner) for call in calls for inner in ast.walk(call)}
    return not any(
        isinstance(inner, ast.Name) and inner.id in {*names, wrapper.handler}
        for statement in node.body
        for inner in ast.walk(statement)
        if id(inner) not in passed
    )


def _calls(node: ast.AST, handler: str) -> Iterator[ast.Call]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and is_name(inner.func, handler):
            yield inner


def _widening(project: Project, wrapper: Wrapper) -> Widening | None:
    """What makes a wrapper take any arguments; None if that may break another of its users."""
    inner, statement = wrapper.function.node, wrapper.decorator.node
    given = inner.args
    if given.kwarg is None:
        return None
    if not wrapper.arguments:
        return Widening(wrapper.facts, statement, inner, ()) if given.vararg is not None else None
    taken = {n.id for n in ast.walk(wrapper.function.node) if isinstance(n, ast.Name)}
    star = given.vararg.arg if given.vararg is not None else "args"
    if (given.vararg is None and star in taken) or not _are_alike(project, wrapper):
        return None
    lines = wrapper.facts.lines
    every = [a for a in (*wrapper.arguments, given.vararg, given.kwarg) if a is not None]
    first = min((lines.span(a) for a in every), key=lambda s: (s.line, s.column))
    last = lines.span(given.kwarg)
    spans = [Span(first.line, first.column, last.end_line, last.end_column)]
    pieces = [(spans[0], f"*{star}, **{given.kwarg.arg}")]
    for call in _calls(wrapper.function.node, wrapper.handler):
        passed = f"{wrapper.handler}(*{star}, **{given.kwarg.arg})"
        pieces.append((lines.span(call), passed))
    return Widening(wrapper.facts, statement, inner, tuple(pieces))


def _are_alike(project: Project, wrapper: Wrapper) -> bool:
    """Whether all that a decorator stands on names its arguments as the wrapper does.

    What was handed on by position comes by name then, as the signal gives it.
    """
    name = wrapper.dotted.rpartition(".")[2]
    calls = list(_calls(wrapper.function.node, wrapper.handler))
    for path in project.paths:
        facts = project.facts(path) if name in project.text(path) else None
        if facts is None:
            continue
        marked: set[int] = set()
        for function in facts.functions:
            for decorator in function.node.decorator_list:
                resolved = project.symbols.resolve(decorator, function.outer, facts)
                if resolved == wrapper.dotted:
                    marked.add(id(decorator))
                    if not all(passes_all(call, wrapper, function) for call in calls):
                        return False
        for node in ast.walk(facts.tree):
            if isinstance(node, (ast.Name, ast.Attribute)) and id(node) not in marked:
                if project.symbols.resolve(node, facts.scope, facts) == wrapper.dotted:
                    return False
    return True
