"""Which function a registered handler is."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from codemod.facts.tables import FileFacts, FunctionDef
from codemod.project.registrations.terms import Reader, Term

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_PARTIAL = ("functools.partial", "functools.partialmethod")
_DEPTH = 8


@dataclass(frozen=True, eq=False)
class Handler:
    """What is called when a signal is sent."""

    name: str  # canonical dotted name
    facts: FileFacts
    node: ast.AST  # the `def`, the lambda, or the expression where nothing more is known
    function: FunctionDef | None
    code: str | None = None


def handler_of(reader: Reader, term: Term, depth: int = 0) -> Handler:
    """The handler that a term is; one with a code where that can't be told."""
    if term.function is not None:
        return of_function(reader, term.function, term.facts)
    value = reader.given(term)
    if value is not None and depth < _DEPTH:
        return handler_of(reader, value, depth + 1)
    expr = term.expr
    found: Handler | None = None
    if isinstance(expr, ast.Lambda):
        name = f"{_place(reader, term)}<lambda>"
        return Handler(name, term.facts, expr, None, "lambda-handler")
    if isinstance(expr, ast.Call):
        found = _made(reader, term, expr, depth)
    elif isinstance(expr, (ast.Name, ast.Attribute)):
        found = _named(reader, term, expr, depth)
    if found is not None:
        return found
    after = reader.step(term)
    if after is not None and depth < _DEPTH:
        return handler_of(reader, after, depth + 1)
    name = f"{reader.project.module_of(term.facts.path)}.<{term.source}>"
    return Handler(name, term.facts, expr, None, "undecided-handler")


def of_function(reader: Reader, function: FunctionDef, facts: FileFacts) -> Handler:
    """The handler that a `def` is."""
    name = f"{reader.project.module_of(facts.path)}.{function.qualname}"
    return Handler(name, facts, function.node, function)


def _named(
    reader: Reader, term: Term, expr: ast.Name | ast.Attribute, depth: int
) -> Handler | None:
    if isinstance(expr, ast.Attribute):
        method = _method(reader, term, expr)
        if method is not None:
            return method
    dotted = reader.dotted(term)
    if dotted is None:
        return None
    known = by_name(reader, dotted)
    if known is not None:
        return known
    if isinstance(expr, ast.Attribute):  # a method of an object that a module holds
        base = reader.settled(term.at(expr.value))
        owner = _class_made(reader, base)
        if owner is not None:
            return _method_of(reader, owner, expr.attr)
    if not reader.project.modules.knows(dotted) and "<locals>" not in dotted:
        return Handler(dotted, term.facts, expr, None, "external-handler")
    return None


def by_name(reader: Reader, dotted: str) -> Handler | None:
    """The handler of a canonical name, where it is a function of the project."""
    place = reader.project.symbols.definition(dotted)
    if place is not None and isinstance(place.binding.node, _FUNCTIONS):
        function = reader.function_at(place.binding.node, place.facts)
        return of_function(reader, function, place.facts) if function is not None else None
    if place is None:
        owner, _, name = dotted.rpartition(".")
        return _method_of(reader, owner, name)
    return None


def _method(reader: Reader, term: Term, expr: ast.Attribute) -> Handler | None:
    """`self.method`, `cls.method`, `type(self).method`, `Processor().method`."""
    value = expr.value
    owner: str | None = None
    if isinstance(value, ast.Name) and value.id in ("self", "cls"):
        owner = reader.class_of(term)
    elif isinstance(value, ast.Call):
        if isinstance(value.func, ast.Name) and value.func.id == "type":
            owner = reader.class_of(term)
        else:
            owner = _class_made(reader, term.at(value))
    elif isinstance(value, ast.Attribute) and value.attr == "__class__":
        owner = reader.class_of(term)
    return _method_of(reader, owner, expr.attr) if owner is not None else None


def _method_of(reader: Reader, owner: str, name: str) -> Handler | None:
    found = reader.project.classes.method(owner, name)
    return of_function(reader, found[1], found[0].facts) if found is not None else None


def _class_made(reader: Reader, term: Term) -> str | None:
    """The project's class that a call makes an object of."""
    if not isinstance(term.expr, ast.Call):
        return None
    dotted = reader.dotted(term.at(term.expr.func))
    info = reader.project.classes.get(dotted) if dotted is not None else None
    return info.name if info is not None else None


def _made(reader: Reader, term: Term, call: ast.Call, depth: int) -> Handler | None:
    """A handler that a call hands out: an object, a partial, a closure, a wrapped function."""
    owner = _class_made(reader, term)
    if owner is not None:
        method = _method_of(reader, owner, "__call__")
        if method is not None:
            return replace(method, function=None, code="callable-instance")
    callee = reader.dotted(term.at(call.func))
    if depth < _DEPTH and call.args and callee in _PARTIAL:
        inner = handler_of(reader, term.at(call.args[0]), depth + 1)
        return replace(inner, function=None, code=inner.code or "wrapped-handler")
    maker = by_name(reader, callee) if callee is not None else None
    if maker is not None and maker.function is not None:
        closure = _returned(reader, maker.function, maker.facts)
        if closure is not None and not call.args:
            return closure
        if closure is not None:
            # A decorator called by hand wraps its argument; a factory makes its own function.
            return _function_argument(reader, term, call, depth) or closure
    return _function_argument(reader, term, call, depth)


def _function_argument(reader: Reader, term: Term, call: ast.Call, depth: int) -> Handler | None:
    for argument in call.args:
        if depth >= _DEPTH or not isinstance(argument, (ast.Name, ast.Attribute)):
            continue
        inner = handler_of(reader, term.at(argument), depth + 1)
        if inner.function is not None:
            return replace(inner, function=None, code="wrapped-handler")
    return None


def _returned(reader: Reader, maker: FunctionDef, facts: FileFacts) -> Handler | None:
    """The inner function that a function returns."""
    inner = {b.name: b.node for found in maker.scope.bindings.values() for b in found}
    for node in ast.walk(maker.node):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
            made = inner.get(node.value.id)
            function = reader.function_at(made, facts) if made is not None else None
            if function is not None:
                return of_function(reader, function, facts)
    return None


def _place(reader: Reader, term: Term) -> str:
    scope = term.scope
    prefix = reader.project.module_of(term.facts.path) + "."
    if scope.qualname:
        prefix += scope.qualname + ("." if scope.kind == "class" else ".<locals>.")
    return prefix
