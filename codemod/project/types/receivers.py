"""The `instance` of signal receivers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.tables import FileFacts, FunctionDef
from codemod.project import senders
from codemod.project.answers import Answer, Tier, Type
from codemod.project.types.kinds import UNKNOWN, other

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_SIGNALS = frozenset(
    "pre_init post_init pre_save post_save pre_delete post_delete m2m_changed".split()
)


_OF_USERS = (
    "django.contrib.auth.signals.user_logged_", "django.contrib.auth.user_logged_",
    "allauth.account.signals.",
)  # fmt: skip


def parameter(engine: Engine, function: FunctionDef, name: str, facts: FileFacts) -> Answer | None:
    """What a receiver's argument is; None for other functions."""
    if name == "user" and _is_told_of_users(engine, function, facts):
        kind = engine.instance(engine.models.user_label)
        return Answer((kind,), Tier.PROVED, "user of a receiver") if kind is not None else None
    if name not in ("instance", "sender", "created", "raw", "update_fields", "using", "action"):
        return None
    senders = _senders(engine, function, facts)
    if senders is None:
        return None
    if name in ("created", "raw", "update_fields", "using", "action"):
        return other("signal argument")
    if not senders:
        return UNKNOWN
    kinds: list[Type] = []
    for label in senders:
        kind = engine.instance(label) if name == "instance" else engine.class_ref(label)
        if kind is not None:
            kinds.append(kind)
    reason = f"{name} of a receiver of {', '.join(senders)}"
    return Answer(tuple(kinds), Tier.PROVED, reason)


def _senders(engine: Engine, function: FunctionDef, facts: FileFacts) -> tuple[str, ...] | None:
    """Labels of the models a function is connected to; empty if one is any or not known."""
    found = _connected(engine).get(f"{engine.module_name(facts)}.{function.qualname}")
    if found is None:
        found = _decorated(engine, function, facts)
    if not found:
        return None
    return () if None in found else tuple(dict.fromkeys(label for label in found if label))


def _decorated(engine: Engine, function: FunctionDef, facts: FileFacts) -> list[str | None] | None:
    """The senders that `@receiver(post_save, sender=Order)` names."""
    found: list[str | None] = []
    for decorator in function.node.decorator_list:
        if not isinstance(decorator, ast.Call) or not decorator.args:
            continue
        last = getattr(decorator.func, "attr", getattr(decorator.func, "id", ""))
        if last != "receiver" or not _is_model_signal(decorator.args[0]):
            continue
        sender = next((k.value for k in decorator.keywords if k.arg == "sender"), None)
        if sender is None:
            found.append(None)
        elif "m2m_changed" in ast.unparse(decorator.args[0]):
            found.append(_owner_of_table(engine, sender, function, facts))
        else:
            found.append(engine.models.label_of(sender, function.outer, facts))
    return found or None


def _is_told_of_users(engine: Engine, function: FunctionDef, facts: FileFacts) -> bool:
    """Whether a function receives a signal whose `user` is an object of the user model."""
    return any(
        (engine.symbols.resolve(d.args[0], function.outer, facts) or "").startswith(_OF_USERS)
        for d in function.node.decorator_list
        if isinstance(d, ast.Call) and d.args
        if getattr(d.func, "attr", getattr(d.func, "id", "")) == "receiver"
    )


def _owner_of_table(
    engine: Engine, sender: ast.expr, function: FunctionDef, facts: FileFacts
) -> str | None:
    """`instance` of m2m_changed is of either side: told only where both are one model."""
    return None


def _is_model_signal(expr: ast.expr) -> bool:
    if isinstance(expr, (ast.List, ast.Tuple)):
        return any(_is_model_signal(item) for item in expr.elts)
    return getattr(expr, "attr", getattr(expr, "id", "")) in _SIGNALS


def _connected(engine: Engine) -> dict[str, list[str | None]]:
    """The senders of each receiver that the project's own table of receivers knows."""
    known = engine.tables.get("receivers")
    if isinstance(known, dict):
        return known
    table: dict[str, list[str | None]] = {}
    engine.tables["receivers"] = table  # the table of receivers may ask for types in turn
    for found in getattr(engine.project, "receivers", None) or ():
        receiver = found.receiver
        for connection in senders.connections(engine.project, found):
            if connection.signal not in _SIGNALS:
                continue
            sender = connection.sender
            if connection.signal == "m2m_changed":
                sender = None
            if sender is not None and engine.models.get(sender) is None:
                sender = None
            table.setdefault(receiver.name, []).append(sender)
    return table
