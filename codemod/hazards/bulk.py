"""Writes of the sender's rows that fire nothing.

Order.objects.filter(paid=False).update(paid=True)      bypassed-by-bulk, for a receiver that
Order.objects.bulk_create(orders)                       reads `paid` after a save of Order
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.facts.tables import CallSite, FileFacts
from codemod.hazards.view import Subject, View
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, Reason
from codemod.values.inventory import is_test

_CREATES = ("bulk_create", "abulk_create")
_UPDATES = ("update", "aupdate", "bulk_update", "abulk_update")
_DELETES = ("_raw_delete",)


@dataclass(frozen=True)
class Operation:
    """A bulk operation on the rows of a model."""

    facts: FileFacts
    call: CallSite
    model: str
    fields: frozenset[str] | None  # that are updated; None where that isn't read off the call


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """The operations that each receiver does not notice, those in tests aside."""
    listening = [s for s in view.subjects if s.senders(*SAVE_SIGNALS, *DELETE_SIGNALS)]
    wanted = {label for s in listening for label in s.senders(*SAVE_SIGNALS, *DELETE_SIGNALS)}
    for operation in _operations(view, wanted) if wanted else ():
        for subject in listening:
            if (
                _bypasses(view, operation, subject)
                and not _is_deliberate(view, operation)
                and not _is_made_up_for(view, operation, subject)
            ):
                yield subject.name, _reason(operation)


def _operations(view: View, wanted: set[str]) -> Iterator[Operation]:
    names = (*_CREATES, *_UPDATES, *_DELETES)
    for facts in view.project.read():
        if is_test(facts.path) or "/migrations/" in f"/{facts.path}":
            continue
        for call in facts.named(*names):
            if not isinstance(call.node.func, ast.Attribute):
                continue
            if call.name in ("update", "aupdate") and call.node.args:
                continue  # a dictionary's
            for model in view.query(call.node.func.value, call, facts):
                if model in wanted:
                    yield Operation(facts, call, model, _fields(call))


def _fields(call: CallSite) -> frozenset[str] | None:
    if call.name in ("update", "aupdate"):
        names = [keyword.arg for keyword in call.node.keywords]
        if None in names:
            return None
        return frozenset(name for name in names if name is not None)
    arguments = [k.value for k in call.node.keywords if k.arg == "fields"] or call.node.args[1:2]
    if not arguments or not isinstance(arguments[0], (ast.List, ast.Tuple)):
        return None
    found = [e.value for e in arguments[0].elts if isinstance(e, ast.Constant)]
    if len(found) != len(arguments[0].elts):
        return None
    return frozenset(str(value) for value in found)


def _bypasses(view: View, operation: Operation, subject: Subject) -> bool:
    """Whether a receiver has something to do with what is written."""
    name = operation.call.name
    if name in _DELETES:
        return operation.model in subject.senders(*DELETE_SIGNALS)
    if operation.model not in subject.senders(*SAVE_SIGNALS):
        return False
    if name in _CREATES:
        return subject.handler.only_created is not False
    if subject.handler.only_created is True:
        return False
    return operation.fields is not None and view.reads_any(subject, operation.fields)


def _is_deliberate(view: View, operation: Operation) -> bool:
    """Whether it stands in a receiver of the model, which avoids running itself that way."""
    line = operation.call.node.lineno
    return any(
        subject.facts is operation.facts
        and subject.found.receiver.span.line <= line <= subject.found.receiver.span.end_line
        and operation.model in subject.senders()
        for subject in view.subjects
    )


def _is_made_up_for(view: View, operation: Operation, subject: Subject) -> bool:
    """Whether the function sends the signal itself, for what it wrote in bulk."""
    return any(
        site.surface == "sent-by-hand"
        and site.call is not None
        and site.call.scope.function() is operation.call.scope.function()
        and operation.model in site.models
        and not {c.signal for c in subject.connections}.isdisjoint(site.signals)
        for site in view.sites_by_file.get(operation.facts.path, ())
    )


def _reason(operation: Operation) -> Reason:
    call, fields = operation.call, operation.fields
    what = f" of {', '.join(sorted(fields))}" if fields else ""
    text = f"{call.name}(){what} on {operation.model} does not run it"
    return Reason("bypassed-by-bulk", text, operation.facts.path, call.node.lineno)
