"""`transaction.atomic()` as a file calls it already, or can.

from django.db.transaction import atomic          with atomic():
from django.db import transaction as db      ->   with db.atomic():

for transaction in account.transactions:          an import of that name would seem shadowed
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import replace

from codemod.facts.tables import FileFacts
from codemod.values.edits import (
    AddImport,
    AddMethod,
    Append,
    Edit,
    Insert,
    Move,
    NewClass,
    Replace,
    Wrap,
)

TRANSACTION = AddImport("django.db", "transaction")
ALONE = AddImport("django.db.transaction", "atomic")
ATOMIC = "transaction.atomic"
_NAMES = {"django.db.transaction.atomic": "", "django.db.transaction": ".atomic"}


def in_own_names(facts: FileFacts, edits: Iterable[Edit]) -> list[Edit]:
    """The edits of a file, with its own name for what `TRANSACTION` would import once more, or
    with a name that no loop of the file has."""
    edits = list(edits)
    # A body that moves here may read the import too.
    if TRANSACTION not in edits or any(isinstance(e, Move) for e in edits):
        return edits
    own = _own(facts)
    if own is not None:
        return [_renamed(edit, own) for edit in edits if edit != TRANSACTION]
    if not _is_shadowed(facts):
        return edits
    kept = (edit for edit in edits if edit not in (TRANSACTION, ALONE))
    return [ALONE, *(_renamed(edit, "atomic") for edit in kept)]


def _own(facts: FileFacts) -> str | None:
    """What the file calls it; None where nothing but the usual name will do."""
    for name, bindings in facts.scope.bindings.items():
        only = bindings[0] if len(bindings) == 1 else None
        if only is None or only.kind != "import" or only.target not in _NAMES:
            continue
        if len(facts.binders.get(name, ())) == 1:  # and no function binds the name
            return f"{name}{_NAMES[only.target]}"
    return None


def _is_shadowed(facts: FileFacts) -> bool:
    """Whether loops of the file have the usual name, which the file doesn't import, and nothing
    has the other."""
    if "transaction" in facts.scope.bindings or "atomic" in facts.binders:
        return False
    return any(
        isinstance(binding.node, (ast.For, ast.AsyncFor))
        for scope in facts.binders.get("transaction", ())
        for binding in scope.bindings["transaction"]
    )


def _renamed(edit: Edit, own: str) -> Edit:
    def named(code: str) -> str:
        return re.sub(rf"\b{re.escape(ATOMIC)}\b", own, code)

    if isinstance(edit, (Insert, Replace, AddMethod, Append)):
        return replace(edit, code=named(edit.code))
    if isinstance(edit, Wrap):
        return replace(edit, header=named(edit.header))
    return replace(edit, method=named(edit.method)) if isinstance(edit, NewClass) else edit
