"""Mocks that tests pass where the program passes objects.

orders = MagicMock()                  deletes nothing, whatever is called of it
orders.count.return_value = 7
orders.delete.side_effect = NotFoundError()
archive(orders)

orders = MagicMock(model=Order)       leads to a model
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.nodes import all_given, last_name
from codemod.facts.tables import FileFacts, Scope, Store

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_MOCKS = frozenset(
    f"{module}.{name}"
    for module in ("unittest.mock", "mock", "mock.mock")
    for name in ("Mock", "MagicMock", "NonCallableMock", "NonCallableMagicMock")
)

_EXCEPTIONS = ("Error", "Exception", "DoesNotExist", "MultipleObjectsReturned")
_FILLING = ("configure_mock", "attach_mock", "mock_add_spec", "setattr")


def is_idle_mock(engine: Engine, value: ast.expr | bool, scope: Scope, facts: FileFacts) -> bool:
    """Whether an argument is a mock that is given nothing but plain values."""
    if isinstance(value, ast.Call):
        return _is_mock(engine, value, scope, facts)
    if not isinstance(value, ast.Name):
        return False
    bound = engine.symbols.bindings(value.id, scope)
    if bound is None or bound[0] is not scope or len(bound[1]) != 1:
        return False
    made = bound[1][0].value
    if not isinstance(made, ast.Call) or bound[1][0].path:
        return False
    if any(call.scope is scope for call in facts.named(*_FILLING)):
        return False
    stores = [s for s in scope.stores if _root(s.target) == value.id]
    return _is_mock(engine, made, scope, facts) and all(
        store.kind == "assign"
        and store.value is not None
        and (_is_plain(store.value) or _is_raised(store))
        for store in stores
    )


def _is_mock(engine: Engine, call: ast.Call, scope: Scope, facts: FileFacts) -> bool:
    given = all_given(call)
    return engine.symbols.resolve(call.func, scope, facts) in _MOCKS and all(map(_is_plain, given))


def _is_raised(store: Store) -> bool:
    """Whether a mock is given an exception, by its name, to raise and not to return."""
    value = store.value
    name = last_name(value.func if isinstance(value, ast.Call) else value)
    return last_name(store.target) == "side_effect" and name.endswith(_EXCEPTIONS)


def _is_plain(value: ast.expr) -> bool:
    """Whether a value is written out: no name leads from it to an object."""
    names = (ast.Name, ast.Attribute, ast.Call, ast.Lambda, ast.Await, ast.Yield)
    return not any(isinstance(node, names) for node in ast.walk(value))


def _root(target: ast.expr) -> str:
    """The name that an attribute, an item or a call starts with."""
    while isinstance(target, (ast.Attribute, ast.Subscript, ast.Call)):
        target = target.func if isinstance(target, ast.Call) else target.value
    return target.id if isinstance(target, ast.Name) else ""
