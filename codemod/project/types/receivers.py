"""The `instance` of signal receivers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.tables import FileFacts, FunctionDef
from codemod.project import senders
from codemod.project.answers import Answer, Tier, Type
from codemod.project.many_to_many import Relation
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

#: A model by its label, a many-to-many relation, or anything.
_Sender = str | Relation | None


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
    for sender in senders:
        if isinstance(sender, Relation):
            if name == "sender":
                return UNKNOWN
            kinds += _of_either_side(engine, sender)
            continue
        kind = engine.instance(sender) if name == "instance" else engine.class_ref(sender)
        if kind is not None:
            kinds.append(kind)
    told = (s.through if isinstance(s, Relation) else s for s in senders)
    reason = f"{name} of a receiver of {', '.join(told)}"
    return Answer(tuple(dict.fromkeys(kinds)), Tier.PROVED, reason)


def _of_either_side(engine: Engine, relation: Relation) -> list[Type]:
    """What the `instance` of m2m_changed may be: what has the field, or what it leads to (4.8)."""
    kinds: list[Type] = []
    for label in (relation.owner, relation.target):
        model = engine.models.get(label)
        kind = engine.instance(label)
        kinds += engine.declared(model.name) if model is not None else filter(None, [kind])
    return kinds


def _senders(
    engine: Engine, function: FunctionDef, facts: FileFacts
) -> tuple[str | Relation, ...] | None:
    """Labels of the models a function is connected to, and relations; empty if one is any or not
    known."""
    found = _connected(engine).get(f"{engine.module_name(facts)}.{function.qualname}")
    if found is None:
        found = _decorated(engine, function, facts)
    if not found:
        return None
    return () if None in found else tuple(dict.fromkeys(label for label in found if label))


def _decorated(engine: Engine, function: FunctionDef, facts: FileFacts) -> list[_Sender] | None:
    """The senders that `@receiver(post_save, sender=Order)` names."""
    found: list[_Sender] = []
    for decorator in function.node.decorator_list:
        if not isinstance(decorator, ast.Call) or not decorator.args:
            continue
        last = getattr(decorator.func, "attr", getattr(decorator.func, "id", ""))
        if last != "receiver" or not _is_model_signal(decorator.args[0]):
            continue
        sender = next((k.value for k in decorator.keywords if k.arg == "sender"), None)
        if sender is None:
            found.append(None)
            continue
        label = engine.models.label_of(sender, function.outer, facts)
        if "m2m_changed" in ast.unparse(decorator.args[0]):
            found.append(engine.project.relations.get(label or ""))
        else:
            found.append(label)
    return found or None


def _is_told_of_users(engine: Engine, function: FunctionDef, facts: FileFacts) -> bool:
    """Whether a function receives a signal whose `user` is an object of the user model."""
    return any(
        (engine.symbols.resolve(d.args[0], function.outer, facts) or "").startswith(_OF_USERS)
        for d in function.node.decorator_list
        if isinstance(d, ast.Call) and d.args
        if getattr(d.func, "attr", getattr(d.func, "id", "")) == "receiver"
    )


def _is_model_signal(expr: ast.expr) -> bool:
    if isinstance(expr, (ast.List, ast.Tuple)):
        return any(_is_model_signal(item) for item in expr.elts)
    return getattr(expr, "attr", getattr(expr, "id", "")) in _SIGNALS


def _connected(engine: Engine) -> dict[str, list[_Sender]]:
    """The senders of each receiver that the project's own table of receivers knows."""
    known = engine.tables.get("receivers")
    if isinstance(known, dict):
        return known
    table: dict[str, list[_Sender]] = {}
    engine.tables["receivers"] = table  # the table of receivers may ask for types in turn
    for found in getattr(engine.project, "receivers", None) or ():
        receiver = found.receiver
        for connection in senders.connections(engine.project, found):
            if connection.signal not in _SIGNALS:
                continue
            sender: _Sender = connection.sender
            if connection.signal == "m2m_changed":
                sender = engine.project.relations.get(connection.sender or "")
            elif connection.sender is None or engine.models.get(connection.sender) is None:
                sender = None
            table.setdefault(receiver.name, []).append(sender)
    return table
