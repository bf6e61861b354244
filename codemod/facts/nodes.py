"""Small questions about nodes, and a walk in the order of `ast.walk` in half its time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

_PLAIN = frozenset((ast.Load, ast.Store, ast.Del, int, str, type(None)))
_LEAVES = frozenset((ast.Name, ast.Constant))
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_CLASSES = ("__class__", "cls", "klass", "model", "model_class")  # what people call classes
LOOPS = (ast.For, ast.AsyncFor, ast.While)
_BLOCKS = ("body", "orelse", "handlers", "cases", "finalbody")


def descend(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, but no `ast.Load()` and the like."""
    found = [node]
    for node in found:  # it grows on the way
        yield node
        if type(node) not in _LEAVES:
            found += children(node)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below a node, without its context."""
    found: list[ast.AST] = []
    for value in vars(node).values():
        kind = type(value)
        if kind is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif kind not in _PLAIN and isinstance(value, ast.AST):
            found.append(value)
    return found


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below a function, without those of the functions and classes in it."""
    pending = children(node)
    while pending:
        inner = pending.pop()
        yield inner
        if not isinstance(inner, SCOPES):
            pending += children(inner)


def parents(node: ast.AST) -> dict[ast.AST, ast.AST]:
    """The node right above each that is below one."""
    found: dict[ast.AST, ast.AST] = {}
    for above in descend(node):
        found.update(dict.fromkeys(children(above), above))
    return found


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[str]:
    """The names of a function's parameters, without `*args` and `**kwargs`."""
    given = function.args
    return [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def all_given(call: ast.Call) -> list[ast.expr]:
    """All that a call is given, by position and by name."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def is_name(node: ast.AST | None, name: str) -> TypeGuard[ast.Name]:
    """Whether code is the bare name."""
    return isinstance(node, ast.Name) and node.id == name


def last_name(node: ast.AST | None) -> str:
    """`save` of `order.save`, or the name itself; "" of anything else."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def is_type_checking(test: ast.expr) -> bool:
    """Whether the test of an `if` is `TYPE_CHECKING`."""
    return last_name(test) == "TYPE_CHECKING"


def nested(node: ast.AST) -> Iterator[ast.AST]:
    """The statements (handlers, cases) right in the blocks of a module or statement."""
    for name in _BLOCKS:
        yield from getattr(node, name, ())


def is_none(node: ast.AST | None) -> bool:
    """Whether code is `None`."""
    return isinstance(node, ast.Constant) and node.value is None


def is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a docstring, `...` or another constant: it does nothing."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def names_class(call: ast.Call) -> bool:
    """Whether a method is called on a class, with the object before its arguments, told by what the
    class is called: `Model.delete(order)`, `cls.delete(order)`, `type(order).delete(order)`."""
    function = call.func
    owner = function.value if isinstance(function, ast.Attribute) else None
    if isinstance(owner, ast.Call):
        return is_name(owner.func, "type") and bool(call.args)
    called = last_name(owner)
    return (called[:1].isupper() or called in _CLASSES) and bool(call.args)
