"""Receivers that refuse a save or a delete by raising.

@receiver(pre_delete, sender=Invoice)
def keep_paid(sender, instance, **kwargs):
    if instance.paid:
        raise ValidationError("paid")        raises: the admin answers with an error page
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codemod.facts.nodes import SCOPES, nested
from codemod.hazards.view import Subject, View
from codemod.values.account import DELETE_SIGNALS, Reason


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """Exceptions that a receiver raises itself and does not catch."""
    for subject in view.subjects:
        for node in _uncaught(subject.function.node.body):
            name = _raised(subject, node)
            if name is not None:
                text = f"raises {name} {_when(subject)}"
                yield subject.name, subject.reason("raises", node, text)


def _raised(subject: Subject, node: ast.stmt) -> str | None:
    """The exception that a statement raises: by `raise`, or by `instance.full_clean()`."""
    if isinstance(node, ast.Raise) and node.exc is not None:
        name = ast.unparse(node.exc.func if isinstance(node.exc, ast.Call) else node.exc)
        left_to_a_subclass = name.rpartition(".")[2] == "NotImplementedError"
        return None if left_to_a_subclass else name
    call = node.value if isinstance(node, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        if call.func.attr == "full_clean" and subject.is_instance(call.func.value):
            return "ValidationError"
    return None


def _when(subject: Subject) -> str:
    signals = {c.signal for c in subject.connections}
    models = ", ".join(subject.senders()) or "any model"
    what = "delete" if signals <= set(DELETE_SIGNALS) else "save"
    if signals == {"m2m_changed"}:
        what = "change"
    return f"inside the {what} of {models}"


def _uncaught(body: Iterable[ast.AST]) -> Iterator[ast.stmt]:
    """The statements outside of nested functions and of a `try` that catches."""
    for node in body:
        if isinstance(node, SCOPES):
            continue
        if isinstance(node, ast.stmt):
            yield node
        caught = node.body if isinstance(node, ast.Try) and node.handlers else []
        yield from _uncaught(inner for inner in nested(node) if inner not in caught)
