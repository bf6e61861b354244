"""Decorators of the project that connect what they stand on, and do nothing else.

def saved(model):                                   def indexed(signal, model):
    return receiver(post_save, sender=model)            def decorator(handler):
                                                            def wrapper(*args, **kwargs):
                                                                if settings.INDEX:
                                                                    handler(*args, **kwargs)
                                                            signal.connect(wrapper, sender=model)
                                                            return wrapper
                                                        return decorator

Without the decorator the function is as if it had never been connected; a wrapper tells what stood
between the signal and it.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from codemod.facts.nodes import is_name, is_text
from codemod.facts.tables import FileFacts, FunctionDef
from codemod.project.registrations.terms import Reader

_PURE = ("str", "repr", "id", "hash", "getattr", "format", "join", "lower")


@dataclass(frozen=True, eq=False)
class Wrapper:
    """The function that a decorator of the project connects in place of a handler."""

    dotted: str  # of the decorator
    decorator: FunctionDef
    facts: FileFacts
    function: FunctionDef
    handler: str  # what it calls the handler

    @property
    def arguments(self) -> list[ast.arg]:
        """Its named parameters."""
        given = self.function.node.args
        return [*given.posonlyargs, *given.args, *given.kwonlyargs]


@dataclass(frozen=True)
class Registrar:
    """A decorator that connects and does nothing else."""

    wrapper: Wrapper | None


def registrar_of(
    reader: Reader, function: FunctionDef, facts: FileFacts, connecting: ast.Call, *, called: bool
) -> Registrar | None:
    """What a function does as a decorator; None if it may do more than connect.

    `connecting`: the `receiver(...)` or `signal.connect(...)` in it; `called`: the decorator is
    what the function returns.
    """
    node = function.node
    if isinstance(node, ast.AsyncFunctionDef):
        return None
    if called:
        *above, last = _undocumented(node.body)
        if not isinstance(last, ast.Return) or not all(map(_is_idle, above)):
            return None
        if last.value is connecting:
            return Registrar(None)
        inner = [s for s in above if isinstance(s, ast.FunctionDef)]
        if len(inner) != 1 or not is_name(last.value, inner[0].name):
            return None
        node = inner[0]
    return _applied(reader, function, facts, node, connecting)


def _applied(
    reader: Reader,
    function: FunctionDef,
    facts: FileFacts,
    node: ast.FunctionDef,
    connecting: ast.Call,
) -> Registrar | None:
    """What the decorator itself does with the handler that it gets."""
    *above, last = _undocumented(node.body)
    if len(node.args.args) != 1 or not isinstance(last, ast.Return) or node.decorator_list:
        return None
    handler = node.args.args[0].arg
    wrappers = [s for s in above if isinstance(s, ast.FunctionDef)]
    if not all(_is_idle(s) or _connects(s, connecting) for s in above) or len(wrappers) > 1:
        return None
    connected = connecting.args[0] if connecting.args else None
    if not wrappers:
        plain = is_name(connected, handler) and is_name(last.value, handler)
        return Registrar(None) if plain else None
    wrapper = wrappers[0]
    decorated = any(decorator is connecting for decorator in wrapper.decorator_list)
    if not is_name(last.value, wrapper.name) or not (decorated or is_name(connected, wrapper.name)):
        return None
    known = reader.function_at(wrapper, facts)
    if known is None:
        return None
    dotted = f"{reader.project.module_of(facts.path)}.{function.qualname}"
    return Registrar(Wrapper(dotted, function, facts, known, handler))


def _undocumented(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    return [*body[1:]] if is_text(body[0]) and len(body) > 1 else [*body]


def _is_idle(statement: ast.stmt) -> bool:
    """Whether a statement only makes a function or a text."""
    if isinstance(statement, ast.FunctionDef):
        return True
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return False
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if not all(isinstance(target, ast.Name) for target in targets):
        return False
    calls = (n for n in ast.walk(statement) if isinstance(n, ast.Call))
    names = (getattr(c.func, "id", getattr(c.func, "attr", "")) for c in calls)
    return all(name in _PURE for name in names)


def _connects(statement: ast.stmt, connecting: ast.Call) -> bool:
    """Whether a statement is the connection, or goes through some signals or models to make it."""
    if isinstance(statement, ast.For) and not statement.orelse:
        return all(_connects(inner, connecting) for inner in statement.body)
    return isinstance(statement, ast.Expr) and statement.value is connecting
