"""What calling a class gives, where its `__new__` or its metaclass's `__call__` decides that.

class Latest:
    def __new__(cls, shop):                      Latest(shop) is an Order, and
        return Order.objects.filter(shop=shop).last()      Latest(shop).save() saves it
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemod.facts.nodes import is_name, last_name
from codemod.facts.tables import FileFacts, FunctionDef
from codemod.project.answers import Answer, ClassRef
from codemod.project.types.arguments import Given
from codemod.project.types.functions import called, results_of

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_MAKING = ("__new__", "__call__")


def other_than_own(engine: Engine, cls: str, given: Given) -> Answer | None:
    """What calling a class gives where that is decided; None for objects of the class.

    `super().__new__(cls)` is one, and so is what the method keeps of it, in `cls._only`.
    """
    known = engine.tables.setdefault("made by", {})
    if cls not in known:
        known[cls] = next(_deciding(engine, cls), None)
    decided: tuple[FileFacts, FunctionDef] | None = known[cls]
    return called(engine, *decided, given, ClassRef(cls)) if decided is not None else None


def _deciding(engine: Engine, cls: str) -> Iterator[tuple[FileFacts, FunctionDef]]:
    """The method that decides, with its file: the metaclass's is asked first."""
    for meta in _metaclasses(engine, cls):
        if (found := engine.classes.method(meta, "__call__")) is not None:
            yield from _if_other(engine, found[0].facts, found[1])
    if (found := engine.classes.method(cls, "__new__")) is not None:
        yield from _if_other(engine, found[0].facts, found[1])


def _metaclasses(engine: Engine, cls: str) -> Iterator[str]:
    """The metaclasses that a class, or a base of it, names."""
    for info in filter(None, map(engine.classes.get, engine.classes.mro(cls))):
        for keyword in info.definition.node.keywords:
            if keyword.arg == "metaclass":
                meta = engine.symbols.resolve(keyword.value, info.definition.outer, info.facts)
                if meta is not None:
                    yield meta


def _if_other(
    engine: Engine, facts: FileFacts, function: FunctionDef
) -> Iterator[tuple[FileFacts, FunctionDef]]:
    """The method, if it gives anything but what Python's own makes."""
    returns, _, _ = results_of(engine, function)
    if any(value is not None and not _is_own(function, value) for value in returns):
        yield facts, function


def _is_own(function: FunctionDef, value: ast.expr) -> bool:
    """Whether a value is an object of the class, as far as its method says."""
    own = function.node.args.args[:1]
    first = own[0].arg if own else ""
    made, seen, pending = False, set[str](), [value]
    while pending:
        value = pending.pop()
        if isinstance(value, ast.Call):
            if not _is_made_by_python(value, first):
                return False
            made = True
        elif (text := ast.unparse(value)) not in seen:
            seen.add(text)
            given = _given(function, value)
            if not given:
                return False
            pending += given
    return made


def _given(function: FunctionDef, target: ast.expr) -> list[ast.expr]:
    """What a method assigns to a name, or to an attribute or item."""
    if isinstance(target, ast.Name):
        values = [binding.value for binding in function.scope.bindings.get(target.id, ())]
    else:
        text = ast.unparse(target)
        values = [s.value for s in function.scope.stores if ast.unparse(s.target) == text]
    return [value for value in values if value is not None]


def _is_made_by_python(call: ast.Call, first: str) -> bool:
    """Whether it is `super().__new__(cls)`, `object.__new__(cls)` or `super().__call__(*args)`."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    given = bool(call.args) and is_name(call.args[0], first)
    asks_super = isinstance(owner, ast.Call) and is_name(owner.func, "super")
    return last_name(call.func) in _MAKING and (given or asks_super)
