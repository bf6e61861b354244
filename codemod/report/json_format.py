"""The inventory as JSON, for scripts.

Version 1. `SCHEMA` describes it (JSON Schema, 2020-12); a test holds the output against it.
New keys may come within a version; a key that goes or changes its meaning makes a new one.

    {"schema": 1,
     "receivers": [{
        "name": "shop.signals.create_invoice",   canonical dotted name
        "app": "shop",                           label of the app it lives in, or its folder
        "file": "shop/signals.py", "line": 12,   of its `def`
        "connections": [{
            "signal": "post_save",
            "sender": "shop.Order",      "app_label.Model", of packages too ("auth.User");
                                         "shop.Order_tags" for an automatic through table;
                                         null without a sender; "?" where it can't be decided
            "expression": "registry[name]",      the sender's source, for "?" only
            "file": "shop/signals.py", "line": 11,
            "form": "decorator",                 or "connect"
            "condition": "settings.SEARCH"}],    where only settings decide whether it is made
        "decision": "retire",            "delegate": its body moves, it stays; "keep": not edited
        "service": "shop.services.create_invoice",   null where none is made
        "codes": [],                     why it is not retired; `unsignal explain CODE`
        "firings": [{                    every way in which it can fire
            "file": "shop/views.py", "line": 40, "column": 8, "end_line": 40, "end_column": 20,
                                         all null for what no line names: cascades, raw loads,
                                         packages, any sender (`file` may be a fixture, or a file
                                         that can't be read)
            "signal": "post_save",
            "model": "shop.Order",       null for any
            "surface": "model-save",     the kind of place, or "cascade", "raw-load", "package",
                                         "unread-file", "any-sender"
            "tier": "proved",            how sure the model is: "inferred", "possible"
            "created": "true",           "false", "dynamic", null where there is no such thing
            "outcome": "rewritten",      an explicit call takes its place, if there is anything to
                                         do (if the decision is not "retire": could take it);
                                         "never": nothing was called there; "blocked": see `code`
            "code": null,
            "reason": "Order(...)"}],    why it is this model, or what the entry is about
        "hazards": [{"code": "slow-work", "file": "shop/signals.py", "line": 20, "text": "..."}],
        "writes": [{                     what its work writes, in its own body or in what it calls
            "model": "shop.Invoice", "file": "shop/signals.py", "line": 15,
            "fires": ["pre_save", "post_save"]}]}],      none for bulk operations
     "cycles": [["shop.signals.a", "shop.Order", "shop.signals.b", "shop.Customer"]],
     "others": [{"name": "remember", "signal": "user_logged_in",   left alone: no model sends
                 "file": "shop/signals.py", "line": 31}],          their signals
     "unreadable": [{"file": "shop/old.py", "error": "3: invalid syntax"}]}

Lines are 1-based, columns 0-based characters, ends exclusive; paths are POSIX and relative to the
scanned folder. Receivers are sorted by file and line, firings too, those without a line last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from codemod.values.account import SIGNALS, Connection, Firing, Reason
from codemod.values.inventory import Entry, Inventory, Write

VERSION = 1


def _object(optional: tuple[str, ...] = (), **properties: object) -> dict[str, object]:
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _list(items: object) -> dict[str, object]:
    return {"type": "array", "items": items}


_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_LINE = {"type": "integer", "minimum": 1}
_PLACE = {"type": ["integer", "null"], "minimum": 0}
_SIGNAL = {"enum": list(SIGNALS)}

SCHEMA = _object(
    schema={"enum": [VERSION]},
    receivers=_list(
        _object(
            name=_TEXT,
            app=_TEXT,
            file=_TEXT,
            line=_LINE,
            connections=_list(
                _object(
                    ("expression", "condition"),
                    signal=_SIGNAL,
                    sender=_TEXT_OR_NULL,
                    expression=_TEXT,
                    file=_TEXT,
                    line=_LINE,
                    form={"enum": ["decorator", "connect"]},
                    condition=_TEXT,
                )
            ),
            decision={"enum": ["retire", "delegate", "keep"]},
            service=_TEXT_OR_NULL,
            codes=_list(_TEXT),
            firings=_list(
                _object(
                    file=_TEXT_OR_NULL,
                    line=_PLACE,
                    column=_PLACE,
                    end_line=_PLACE,
                    end_column=_PLACE,
                    signal=_SIGNAL,
                    model=_TEXT_OR_NULL,
                    surface=_TEXT,
                    tier={"enum": ["proved", "inferred", "possible"]},
                    created={"enum": ["true", "false", "dynamic", None]},
                    outcome={"enum": ["rewritten", "never", "blocked"]},
                    code=_TEXT_OR_NULL,
                    reason=_TEXT,
                )
            ),
            hazards=_list(_object(code=_TEXT, file=_TEXT, line=_LINE, text=_TEXT)),
            writes=_list(_object(model=_TEXT, file=_TEXT, line=_LINE, fires=_list(_SIGNAL))),
        )
    ),
    cycles=_list(_list(_TEXT)),
    others=_list(_object(name=_TEXT, signal=_TEXT, file=_TEXT, line=_LINE)),
    unreadable=_list(_object(file=_TEXT, error=_TEXT)),
)


def to_json(inventory: Inventory) -> str:
    """The text, without a newline at its end."""
    return "".join(parts(inventory))


def parts(inventory: Inventory) -> Iterator[str]:
    """The text in parts, which are written as they are made: a whole account is long."""
    tokens = json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(document(inventory))
    while part := "".join(islice(tokens, 10_000)):
        yield part


def document(inventory: Inventory) -> dict[str, Any]:
    """The same as plain data."""
    receivers = [_receiver(entry) for entry in inventory.entries]
    receivers.sort(key=lambda r: (r["file"], r["line"], r["name"]))
    return {
        "schema": VERSION,
        "receivers": receivers,
        "cycles": [
            [part for step in cycle for part in (step.receiver, step.model)]
            for cycle in inventory.cycles
        ],
        "others": [
            {"name": one.name, "signal": one.signal, "file": one.file, "line": one.line}
            for one in inventory.others
        ],
        "unreadable": [
            {"file": entry.file, "error": entry.error.strip()} for entry in inventory.unreadable
        ],
    }


def _receiver(entry: Entry) -> dict[str, Any]:
    decision = entry.decision
    receiver = decision.receiver
    return {
        "name": receiver.name,
        "app": entry.app,
        "file": receiver.file,
        "line": receiver.line,
        "connections": [_connection(c) for c in sorted(receiver.connections, key=_rank)],
        "decision": decision.fate.value,
        "service": decision.service,
        "codes": list(dict.fromkeys(reason.code for reason in decision.reasons)),
        "firings": [_firing(firing) for firing in sorted(decision.firings, key=_order)],
        "hazards": [_hazard(hazard) for hazard in entry.hazards],
        "writes": [_write(write) for write in entry.writes],
    }


def _rank(connection: Connection) -> int:
    return connection.order


def _connection(connection: Connection) -> dict[str, Any]:
    found: dict[str, Any] = {"signal": connection.signal, "sender": connection.sender}
    if connection.sender == "?":
        found["expression"] = connection.expression
    found |= {"file": connection.file, "line": connection.line, "form": connection.form}
    if connection.condition is not None:
        found["condition"] = connection.condition
    return found


def _order(firing: Firing) -> tuple[object, ...]:
    span = firing.span
    place = (0, firing.file, span) if span is not None else (1, firing.file)
    return (*place[:2], *(place[2:]), firing.signal, firing.model, firing.surface, firing.note)


def _firing(firing: Firing) -> dict[str, Any]:
    span = firing.span
    fixture = span is None and not firing.file.endswith(".py")
    named = span is not None or fixture or firing.surface == "unread-file"
    return {
        "file": firing.file if named else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
        "signal": firing.signal,
        "model": None if firing.model == "*" else firing.model,
        "surface": firing.surface,
        "tier": firing.tier,
        "created": firing.created,
        "outcome": firing.outcome.value,
        "code": firing.code,
        "reason": firing.note,
    }


def _hazard(hazard: Reason) -> dict[str, Any]:
    return {
        "code": hazard.code,
        "file": hazard.file,
        "line": hazard.line,
        "text": hazard.text,
    }


def _write(write: Write) -> dict[str, Any]:
    return {
        "model": write.model,
        "file": write.file,
        "line": write.line,
        "fires": list(write.signals),
    }
