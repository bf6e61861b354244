"""Methods of models that tests replace, so that nothing is saved, or deleted, and no signal sent.

with patch.object(Order, "save"):       the receiver does not run in there; a call that stands
    close(order)                        beside `order.save()` in `close()` does
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef, Instance
from codemod.project.project import Project
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS

SIGNALS = {
    "save": SAVE_SIGNALS, "asave": SAVE_SIGNALS, "delete": DELETE_SIGNALS,
    "adelete": DELETE_SIGNALS, "objects": (*SAVE_SIGNALS, *DELETE_SIGNALS),
}  # fmt: skip


def replaced(project: Project, label: str, signal: str) -> tuple[str, str, int] | None:
    """(method, file, line) of the first place where what sends a model's signal is replaced."""
    for model, method, file, line in project.once(_replaced):
        if model == label and signal in SIGNALS[method]:
            return method, file, line
    return None


def _replaced(project: Project) -> list[tuple[str, str, str, int]]:
    return [
        (label, method, facts.path, call.node.lineno)
        for facts in project.read()
        if "patch" in facts.text
        for call in facts.named("patch", "object", "setattr")
        for label, method in _meant(project, facts, call)
    ]


def _meant(project: Project, facts: FileFacts, call: CallSite) -> Iterator[tuple[str, str]]:
    """The label of the model, and its method, that `patch()` or its like is given."""
    function, arguments = call.node.func, call.node.args
    if call.name == "object" and "patch" not in ast.unparse(function):
        return
    if not arguments or (isinstance(function, ast.Name) and call.name == "setattr"):
        return
    first, method = arguments[0], ""
    if isinstance(first, ast.Constant):
        parts = str(first.value).split(".")
        method = next((part for part in parts if part in SIGNALS), "")
        owner = ".".join(parts[: parts.index(method)]) if method else ""
        classes = [name] if owner and (name := project.symbols.canonical(owner)) else []
    else:
        method = str(getattr(arguments[1], "value", "")) if len(arguments) > 1 else ""
        kinds = project.type_of(first, call.scope, facts).types
        classes = [kind.cls for kind in kinds if isinstance(kind, (ClassRef, Instance))]
    for cls in classes:
        if cls in project.models.by_class and method in SIGNALS:
            yield project.models.by_class[cls].label, method
