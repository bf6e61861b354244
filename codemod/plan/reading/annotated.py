"""The annotations of a service: those of its handler, and of the flags that Django sends.

def log(sender, instance: Order, **kwargs) -> None:   ->   def log(order: Order, *, created: bool)
    ... kwargs["created"] ...
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping, Set

from codemod.facts.tables import FileFacts
from codemod.plan.reading.handler import Handler
from codemod.project.exports import at_runtime
from codemod.project.receivers import FoundReceiver

# What Django sends, where it is of a built-in type.
_KINDS = {"created": "bool", "raw": "bool", "reverse": "bool", "action": "str"}


def annotations_of(
    source: FoundReceiver, handler: Handler, wanted: Set[str]
) -> dict[str, ast.expr]:
    """The annotations of a handler that move along, by argument of the signal.

    One under a name for type checkers only, or in quotes, is left behind.
    """
    if source.function is None:
        return {}
    arguments = source.function.node.args
    said = {a.arg: a.annotation for a in (*arguments.args, *arguments.kwonlyargs)}
    for argument, annotation in handler.hints:
        said[argument] = said.get(argument) or annotation
    return {
        argument: annotation
        for argument, annotation in said.items()
        if annotation is not None and argument in wanted and _is_real(annotation, source.facts)
    }


def is_annotated(source: FoundReceiver) -> bool:
    """Whether a handler says what it returns, as all functions do in a file that is typed."""
    return source.function is not None and source.function.node.returns is not None


def annotated(name: str, argument: str, known: Mapping[str, ast.expr], *, typed: bool) -> str:
    """A parameter with its type; `typed`: also one that its handler takes out of `**kwargs`."""
    if argument in known:
        return f"{name}: {ast.unparse(known[argument])}"
    kind = _KINDS.get(argument) if typed else None
    return name if kind is None else f"{name}: {kind}"


def _is_real(annotation: ast.expr, facts: FileFacts) -> bool:
    """Whether an annotation can be evaluated: every name in it is bound when the file runs."""
    for node in ast.walk(annotation):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return False
        if isinstance(node, ast.Name) and not hasattr(builtins, node.id):
            if not at_runtime(facts.scope.bindings.get(node.id, ()), facts):
                return False
    return True
