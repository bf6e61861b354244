"""Data migrations write the sender's rows, and historical models fire nothing.

def fill(apps, schema_editor):
    Order = apps.get_model("shop", "Order")
    Order.objects.create(number=1)                 not-in-migrations
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.facts.nodes import all_given, descend
from codemod.hazards.view import Subject, View
from codemod.hazards.writes import writes
from codemod.syntax.older import tree_of
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, Reason

_CREATES = ("create", "get_or_create", "update_or_create", "bulk_create")
_ASKING = frozenset(
    "objects _default_manager _base_manager db_manager using all filter exclude get first last "
    "earliest latest order_by reverse distinct iterator only defer annotate select_related "
    "prefetch_related select_for_update create".split()
)


@dataclass(frozen=True)
class Past:
    """A write in a data migration."""

    file: str
    line: int
    model: str  # label in lower case
    kind: str  # "create", "save" or "delete"
    fields: frozenset[str] = frozenset()  # of a save


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """For each receiver that writes something the last data migration that goes past it."""
    working = [subject for subject in view.subjects if _works(view, subject)]
    if not working:
        return
    senders = (label for subject in working for label in subject.senders())
    past = _past(view, {label.rpartition(".")[2].lower() for label in senders})
    for subject in working:
        mine = [p for p in past if _concerns(view, p, subject)]
        if mine:
            last = mine[-1]
            files = len({p.file for p in mine}) - 1
            more = f" (and {files} more)" if files else ""
            model = next(s for s in subject.senders() if s.lower() == last.model)
            text = f"a data migration {last.kind}s {model} without it{more}"
            yield subject.name, Reason("not-in-migrations", text, last.file, last.line)


def _works(view: View, subject: Subject) -> bool:
    """Whether it writes rows, or fields of its instance before a save."""
    if writes(view, subject):
        return True
    return bool(subject.senders("pre_save")) and any(
        isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and subject.is_instance(node.value)
        for node in subject.walk()
    )


def _concerns(view: View, past: Past, subject: Subject) -> bool:
    signals = DELETE_SIGNALS if past.kind == "delete" else SAVE_SIGNALS
    if past.model not in {label.lower() for label in subject.senders(*signals)}:
        return False
    only = subject.handler.only_created
    if past.kind == "save":
        return only is not True and view.reads_any(subject, past.fields)
    return past.kind == "delete" or only is not False


def _past(view: View, models: set[str]) -> list[Past]:
    """The writes of the data migrations that name some models, in the order of their names."""
    found: list[Past] = []
    for path in sorted(view.project.paths):
        text = view.project.text(path)
        if "migrations/" not in path or "RunPython" not in text or "get_model" not in text:
            continue
        lower = text.lower()
        if not any(model in lower for model in models):
            continue
        try:
            tree = tree_of(text)
        except SyntaxError:
            continue
        for node in descend(tree):
            if isinstance(node, ast.FunctionDef):
                found += _of_function(path, node)
    return found


def _of_function(path: str, function: ast.FunctionDef) -> Iterator[Past]:
    models: dict[str, str] = {}
    rows: dict[str, str] = {}
    for node in descend(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, label = node.targets[0].id, _historical(node.value)
            if label:
                models[name] = label
    for node in descend(function):
        if isinstance(node, (ast.Assign, ast.For)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            value = node.value if isinstance(node, ast.Assign) else node.iter
            root = _root(value)
            if isinstance(target, ast.Name) and root in models and target.id not in models:
                rows[target.id] = models[root]
    for node in descend(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        method, owner = node.func.attr, node.func.value
        root = _root(owner)
        if method in _CREATES and root in models:
            yield Past(path, node.lineno, models[root], "create")
        elif method == "save" and isinstance(owner, ast.Name) and owner.id in rows:
            yield Past(path, node.lineno, rows[owner.id], "save", _stored(function, owner.id))
        elif method == "delete" and (root in models or root in rows):
            yield Past(path, node.lineno, {**rows, **models}[root], "delete")


def _stored(function: ast.FunctionDef, name: str) -> frozenset[str]:
    """The attributes that a function sets on a name."""
    return frozenset(
        node.attr
        for node in descend(function)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
    )


def _historical(value: ast.expr) -> str | None:
    """The label of `apps.get_model("shop", "Order")`."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return None
    if value.func.attr != "get_model":
        return None
    arguments = all_given(value)
    parts = [str(a.value) for a in arguments if isinstance(a, ast.Constant)]
    if len(parts) != len(arguments):
        return None
    return ".".join(parts).lower()


def _root(value: ast.expr) -> str:
    """The name that rows are asked for: `orders` of `orders.filter(paid=False).first()`; "" of what
    goes on to other rows (`order.lines.all()`), or is none."""
    while isinstance(value, (ast.Attribute, ast.Call, ast.Subscript)):
        if isinstance(value, ast.Attribute) and value.attr not in _ASKING:
            return ""
        value = value.func if isinstance(value, ast.Call) else value.value
    return value.id if isinstance(value, ast.Name) else ""
