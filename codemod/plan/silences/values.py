"""What is put in the place of a signal's receivers, or of its `send()`.

post_save.receivers = []                            silent
post_save.receivers = kept                          what was there before
post_save.receivers = [each for each in ... if ...]    some may be left
patch.object(post_save, "send")                     silent: a mock
patch.object(post_save, "send", wraps=...)          not silent
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from codemod.facts.nodes import last_name
from codemod.facts.tables import Binding, Scope, Store

_KEEPING = ("get", "pop", "copy", "list")
_ACTING = ("wraps", "side_effect", "new_callable")  # of a mock, which may call what was there
_MOCKS = ("Mock", "MagicMock", "NonCallableMock")
_NOTHING = ("list", "tuple")


def stored(store: Store) -> ast.expr | None:
    """The value that a target gets, as far as it is written out."""
    value = store.value
    for index in store.path:
        items = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
        value = items[index] if -len(items) <= index < len(items) else None
    return value


def is_everything(index: ast.expr) -> bool:
    """Whether it is the slice `[:]`."""
    return isinstance(index, ast.Slice) and not (index.lower or index.upper or index.step)


def is_kept(value: ast.expr, scope: Scope) -> bool:
    """Whether a value is one that was kept, not made here."""
    if isinstance(value, ast.Name):
        made = (ast.List, ast.Lambda)
        return not any(
            b.kind == "function" or isinstance(b.value, made) for b in _bindings(value, scope)
        )
    if isinstance(value, ast.Call):
        copied = bool(value.args) or isinstance(value.func, ast.Attribute)
        return copied and last_name(value.func) in _KEEPING
    return isinstance(value, (ast.Attribute, ast.Subscript))


def replaces_all(call: ast.Call, given: Sequence[ast.expr], scope: Scope) -> bool:
    """Whether a call of `patch()` or `setattr()` leaves no receiver to be run: by what it is given,
    or by the mock that it makes."""
    values = [*given, *(k.value for k in call.keywords if k.arg in ("new", "value"))]
    return not _acts(call) and all(is_silent(value, scope) for value in values)


def is_silent(value: ast.expr, scope: Scope) -> bool:
    """Whether a value holds no receiver, or a function that does nothing with them."""
    if isinstance(value, (ast.List, ast.Tuple)):
        return not value.elts
    if isinstance(value, ast.Lambda):
        return _calls_nothing([value.body])
    if isinstance(value, ast.Call):
        name = last_name(value.func)
        return (name in _MOCKS and not _acts(value)) or (name in _NOTHING and not value.args)
    if not isinstance(value, ast.Name):
        return last_name(value) == "DEFAULT"  # of `patch.multiple()`: a mock
    bindings = _bindings(value, scope)
    if any((b.target or "") == "unittest.mock.DEFAULT" for b in bindings):
        return True
    return bool(bindings) and all(_is_silent(binding, scope) for binding in bindings)


def _is_silent(binding: Binding, scope: Scope) -> bool:
    if isinstance(binding.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return binding.kind == "function" and _calls_nothing(binding.node.body)
    value = binding.value if binding.kind == "assign" and not binding.path else None
    return value is not None and not isinstance(value, ast.Name) and is_silent(value, scope)


def _acts(call: ast.Call) -> bool:
    return any(k.arg is None or k.arg in _ACTING for k in call.keywords)


def _calls_nothing(nodes: Iterable[ast.AST]) -> bool:
    return not any(isinstance(inner, ast.Call) for node in nodes for inner in ast.walk(node))


def _bindings(name: ast.Name, scope: Scope) -> Sequence[Binding]:
    return next((s.bindings[name.id] for s in scope.chain() if name.id in s.bindings), [])
