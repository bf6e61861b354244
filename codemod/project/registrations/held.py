"""Whether anything but the signal holds a handler: a signal alone holds it weakly.

def ready(self):
    def index(sender, **kwargs): ...
    post_save.connect(index, sender=Order)      gone as soon as ready() returns

post_save.connect(Indexer().index, sender=Order)        gone at once
post_save.connect(partial(index, deep=True), sender=Order)
"""

from __future__ import annotations

import ast

from codemod.facts.tables import Binding, FunctionDef, Scope
from codemod.project.registrations.terms import Reader, Term

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_UNBOUND = ("staticmethod", "classmethod")
_SIGNALLING = ("connect", "disconnect")
_DEPTH = 8


def is_held(reader: Reader, handler: Term, depth: int = 0) -> bool:
    """Whether a handler lives on after the line that connects it; True where that isn't known."""
    if depth > _DEPTH:
        return True
    value = reader.given(handler)
    if value is not None:
        return is_held(reader, value, depth + 1)
    if handler.function is not None:
        return is_function_held(reader, handler.function)
    expr = handler.expr
    if isinstance(expr, ast.Lambda):
        return False
    if isinstance(expr, ast.Call):
        return not _is_new(reader, handler, expr)
    if isinstance(expr, ast.Attribute) and isinstance(expr.value, ast.Call):
        owner = reader.dotted(handler.at(expr.value.func))
        method = reader.project.classes.method(owner, expr.attr) if owner is not None else None
        return method is None or _is_unbound(method[1])
    if isinstance(expr, ast.Attribute) and isinstance(expr.value, ast.Name):
        owner_scope = handler.scope.class_() if expr.value.id in ("self", "cls") else None
        around = owner_scope.parent.function() if owner_scope and owner_scope.parent else None
        return owner_scope is None or around is None or _is_used(around, owner_scope.name)
    if isinstance(expr, ast.Name):
        return _is_name_held(reader, handler, expr.id, depth)
    return True


def is_function_held(reader: Reader, function: FunctionDef) -> bool:
    """Whether a `def` lives on after the function around it, if there is one, has returned."""
    around = function.outer.function()
    return around is None or _is_used(around, function.node.name)


def _is_name_held(reader: Reader, handler: Term, name: str, depth: int) -> bool:
    found = reader.project.symbols.bindings(name, handler.scope)
    if found is None or found[0].kind != "function" or len(found[1]) != 1:
        return True
    scope, binding = found[0], found[1][0]
    if isinstance(binding.node, _FUNCTIONS):
        return _is_used(scope, name)
    if binding.kind != "assign" or binding.value is None or _is_used(scope, name):
        return True
    return is_held(reader, _of(handler, binding, scope), depth + 1)


def _of(handler: Term, binding: Binding, scope: Scope) -> Term:
    assert binding.value is not None
    return Term(binding.value, scope, handler.facts, handler.given)


def _is_new(reader: Reader, term: Term, call: ast.Call) -> bool:
    """Whether a call makes what it hands out: an object, a partial, a function of its own."""
    callee = reader.dotted(term.at(call.func))
    if callee is None:
        return False
    if callee == "functools.partial" or reader.project.classes.get(callee) is not None:
        return True
    place = reader.project.symbols.definition(callee)
    maker = place.binding.node if place is not None else None
    if place is None or not isinstance(maker, _FUNCTIONS):
        return False
    own = place.facts.scopes[maker].bindings
    returned = [node.value for node in ast.walk(maker) if isinstance(node, ast.Return)]
    return any(
        isinstance(value, ast.Lambda)
        or (
            isinstance(value, ast.Name)
            and any(isinstance(binding.node, _FUNCTIONS) for binding in own.get(value.id, ()))
        )
        for value in returned
    )


def _is_unbound(method: FunctionDef) -> bool:
    return any(
        isinstance(decorator, ast.Name) and decorator.id in _UNBOUND
        for decorator in method.node.decorator_list
    )


def _is_used(scope: Scope, name: str) -> bool:
    """Whether a function does anything with a name of its own but connect it."""
    if any(name in inner.outer for inner in scope.inside()):
        return True  # global, nonlocal
    pending: list[ast.AST] = [*ast.iter_child_nodes(scope.node)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            return True
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in _SIGNALLING:
                continue
            called = node.func.value if isinstance(node.func, ast.Attribute) else node.func
            if isinstance(called, ast.Name) and called.id == name:
                pending += [*node.args, *node.keywords]  # it is called, or a method of it
                continue
        pending += ast.iter_child_nodes(node)
    return False
