"""Receivers that refuse a save or a delete by raising.

@receiver(pre_delete, sender=Invoice)
def keep_paid(sender, instance, **kwargs):
    if instance.paid:
        raise ValidationError("paid")        raises: the admin answers with an error page
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.hazards.view import Subject, View
from codemod.values.account import DELETE_SIGNALS, Reason


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """Exceptions that a receiver raises itself and does not catch."""
    for subject in view.subjects:
        for node in _raises(subject.function.node.body):
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            name = ast.unparse(raised) if raised is not None else ""
            if name.rpartition(".")[2] == "NotImplementedError":  # left to a subclass
                continue
            yield subject.name, subject.reason("raises", node, f"raises {name} {_when(subject)}")


def _when(subject: Subject) -> str:
    signals = {c.signal for c in subject.connections}
    models = ", ".join(subject.senders()) or "any model"
    what = "delete" if signals <= set(DELETE_SIGNALS) else "save"
    if signals == {"m2m_changed"}:
        what = "change"
    return f"inside the {what} of {models}"


def _raises(body: list[ast.stmt]) -> Iterator[ast.Raise]:
    """`raise X` outside of nested functions and of a `try` that catches."""
    for statement in body:
        if isinstance(statement, ast.Raise):
            if statement.exc is not None:
                yield statement
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        elif isinstance(statement, ast.Try):
            for handler in statement.handlers:
                yield from _raises(handler.body)
            if not statement.handlers:
                yield from _raises(statement.body)
            yield from _raises([*statement.orelse, *statement.finalbody])
        else:
            for name in ("body", "orelse"):
                inner = getattr(statement, name, None)
                if isinstance(inner, list):
                    yield from _raises(inner)
            for case in getattr(statement, "cases", ()):
                yield from _raises(case.body)
