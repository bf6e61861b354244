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
from codemod.plan.reading.names import quoted_types
from codemod.project.exports import at_runtime
from codemod.project.receivers import FoundReceiver
from codemod.values.span import Lines

# What Django sends, where it is of a built-in type.
_KINDS = {"created": "bool", "raw": "bool", "reverse": "bool", "action": "str"}


def annotations_of(
    source: FoundReceiver, handler: Handler, wanted: Set[str]
) -> dict[str, ast.expr]:
    """The annotations of a handler that move along, by argument of the signal."""
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


def annotated(
    name: str, argument: str, known: Mapping[str, ast.expr], lines: Lines, *, typed: bool
) -> str:
    """A parameter with its type as it is written, in one line; `typed`: also one that its handler
    takes out of `**kwargs`."""
    if argument in known:
        text = lines.source(lines.span(known[argument]))
        if "\n" in text:
            text = ast.unparse(known[argument])
        return f"{name}: {text}"
    kind = _KINDS.get(argument) if typed else None
    return name if kind is None else f"{name}: {kind}"


def _is_real(annotation: ast.expr, facts: FileFacts, *, quoted: bool = False) -> bool:
    """Whether an annotation can stand in another module: every name in it is imported, if only for
    type checkers, or else bound when the file runs, and not in quotes."""
    for node in ast.walk(annotation):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            types = quoted_types(node)
            if quoted or not all(_is_real(each, facts, quoted=True) for each in types):
                return False
        elif isinstance(node, ast.Name) and not hasattr(builtins, node.id):
            bindings = facts.scope.bindings.get(node.id, ())
            imported = bool(bindings) and all(b.kind == "import" for b in bindings)
            if not imported and (quoted or not at_runtime(bindings, facts)):
                return False
    return True
