"""Receivers that rely on another one: on its order, or on what it left on the instance.

pre_save:   instance._old = ...          shared-state, with the post_save that reads `_old`
post_save:  Profile.objects.create(user=instance)
post_save:  instance.profile.save()      relies-on-order: the profile has to be there
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.hazards.view import Subject, View
from codemod.hazards.writes import writes
from codemod.plan.reading import features
from codemod.values.account import Connection, Reason

_STATE = {"pk", "id", "objects", "_state", "_meta"}


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """Pairs of receivers of one model."""
    for one in view.subjects:
        for other in view.subjects:
            if one is other:
                continue
            for text in _state(view, one, other):
                yield one.name, one.reason("shared-state", one.found.receiver.line, text)
            for line, text in _order(view, one, other):
                yield one.name, one.reason("relies-on-order", line, text)


def _state(view: View, one: Subject, other: Subject) -> Iterator[str]:
    """Attributes beside the fields that one receiver writes and another reads."""
    shared = set(one.senders()) & set(other.senders())
    if not shared:
        return
    known = set(_STATE)
    for label in shared:
        model = view.project.models.by_label.get(label)
        if model is not None:
            known |= set(model.fields)
    written, read = features.state(one.handler, known)
    others_written, others_read = features.state(other.handler, known)
    for name in sorted((written & others_read) | (read & others_written)):
        verb = "leaves" if name in written else "takes"
        to = "for" if name in written else "from"
        yield f"{verb} instance.{name} {to} {_short(other)}"


def _order(view: View, one: Subject, other: Subject) -> Iterator[tuple[int, str]]:
    """What a receiver needs of another that runs before it at the same moment."""
    for connection in one.connections:
        if connection.sender in (None, "?") or not _runs_before(other, one, connection):
            continue
        label = connection.sender or ""
        if connection.signal == "pre_save":
            for name, line in _set_before(view, one, other, label):
                yield line, f"reads instance.{name} that {_short(other)} sets first"
        elif connection.signal == "post_save":
            for accessor, line in _made_before(view, one, other, label):
                yield line, f"uses instance.{accessor}, which {_short(other)} creates first"


def _runs_before(other: Subject, one: Subject, connection: Connection) -> bool:
    return any(
        c.signal == connection.signal
        and c.sender == connection.sender
        and c.order < connection.order
        for c in other.connections
    )


def _set_before(view: View, one: Subject, other: Subject, label: str) -> Iterator[tuple[str, int]]:
    model = view.project.models.by_label.get(label)
    fields = set(model.fields) if model is not None else set()
    stored = {name for name, _ in _attributes(other, ast.Store)} & fields
    mine = {name for name, _ in _attributes(one, ast.Store)}
    seen: set[str] = set()
    for name, line in _attributes(one, ast.Load):
        if name in stored - mine and name not in seen:
            seen.add(name)
            yield name, line


def _made_before(view: View, one: Subject, other: Subject, label: str) -> Iterator[tuple[str, int]]:
    """One-to-one rows that another receiver creates and this one takes for granted."""
    made = {w.model for w in writes(view, other) if w.created in ("true", "dynamic")}
    names = {
        reverse.accessor
        for reverse in view.project.models.relations(label).values()
        if reverse.kind == "o2o" and reverse.model in made
    }
    if any(w.model in made and w.created == "true" for w in writes(view, one)):
        return  # it makes its own
    if any(isinstance(node, ast.Try) for node in one.walk()):
        return  # it is prepared
    if any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "hasattr"
        for n in one.walk()
    ):
        return
    seen: set[str] = set()
    for name, line in _attributes(one, ast.Load):
        if name in names and name not in seen:
            seen.add(name)
            yield name, line


def _attributes(subject: Subject, context: type[ast.expr_context]) -> list[tuple[str, int]]:
    """(name, line) of the attributes of the instance that are read, or set."""
    found = [
        (node.attr, node.lineno)
        for node in subject.walk()
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, context)
        and subject.is_instance(node.value)
    ]
    return sorted(found, key=lambda pair: pair[1])


def _short(subject: Subject) -> str:
    return subject.name.rpartition(".")[2]
