"""What code reads of the numbers that a queryset's `delete()` gives.

_, deleted = users.delete()
print(deleted.get("auth.User", 0))      how many users went, whatever else went along
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite

_AROUND = frozenset({"locals", "vars", "eval", "exec"})  # they read names that nothing spells out


def only_its_own(call: CallSite, label: str) -> bool:
    """Whether a function reads nothing of a delete's result but how many rows of one model went.

    The result is a pair: the number of all rows, and that of each model by its label
    (Collector.delete() in django/db/models/deletion.py).
    """
    statement, function = call.statement, call.scope
    if not isinstance(statement, ast.Assign) or statement.value is not call.node:
        return False
    target = statement.targets[0]
    if not isinstance(target, ast.Tuple) or len(statement.targets) > 1 or len(target.elts) != 2:
        return False
    every, by_model = target.elts
    if not isinstance(every, ast.Name) or not isinstance(by_model, ast.Name):
        return False
    if function.kind != "function" or not function.outer.isdisjoint({every.id, by_model.id}):
        return False
    read = {id(node) for node in _lookups(function.node, by_model.id, label)}
    return not any(
        node.id in {every.id, by_model.id, *_AROUND} and id(node) not in read
        for node in ast.walk(function.node)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def _lookups(function: ast.AST, name: str, label: str) -> Iterator[ast.expr]:
    """The name in each `name["shop.Order"]` and `name.get("shop.Order", 0)`."""
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and _is_text(node.slice, label):
            owner = node.value
        elif isinstance(node, ast.Call) and node.args and _is_text(node.args[0], label):
            function_ = node.func
            if not isinstance(function_, ast.Attribute) or function_.attr != "get":
                continue
            owner = function_.value
        else:
            continue
        if isinstance(owner, ast.Name) and owner.id == name:
            yield owner


def _is_text(node: ast.expr, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text
