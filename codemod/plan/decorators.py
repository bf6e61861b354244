"""Decorators of handlers that are known to be nothing but a `raw` guard.

    def skip_raw(handler):
        @wraps(handler)
        def wrapper(*args, **kwargs):
            if kwargs.get("raw"):
                return
            handler(*args, **kwargs)
        return wrapper

A service is never called for raw saves, so such a decorator folds away like a guard.
"""

from __future__ import annotations

import ast

from codemod.facts.tables import FileFacts
from codemod.project.project import Project


def is_raw_guard(project: Project, decorator: ast.expr, facts: FileFacts) -> bool:
    """Whether a decorator only keeps the handler from running while fixtures are loaded."""
    name = project.symbols.resolve(decorator, facts.scope, facts)
    found = project.function(name) if name is not None else None
    if found is None:
        return False
    body = _without_docstring(found[1].node.body)
    parameters = [a.arg for a in found[1].node.args.args]
    if len(body) != 2 or len(parameters) != 1:
        return False
    wrapper, returned = body
    if not isinstance(wrapper, ast.FunctionDef) or not isinstance(returned, ast.Return):
        return False
    if not _is_name(returned.value, wrapper.name):
        return False
    inner = _without_docstring(wrapper.body)
    if len(inner) != 2:
        return False
    guard, call = inner
    return _leaves_if_raw(guard) and _calls(call, parameters[0])


def _leaves_if_raw(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.If) or statement.orelse or len(statement.body) != 1:
        return False
    leave = statement.body[0]
    if not isinstance(leave, ast.Return) or not (
        leave.value is None or (isinstance(leave.value, ast.Constant) and leave.value.value is None)
    ):
        return False
    test = statement.test
    if isinstance(test, ast.Name):
        return test.id == "raw"
    key: ast.expr | None = None
    if isinstance(test, ast.Subscript):
        key = test.slice
    elif isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.args:
        key = test.args[0] if test.func.attr in ("get", "pop") else None
    return isinstance(key, ast.Constant) and key.value == "raw"


def _calls(statement: ast.stmt, handler: str) -> bool:
    value = getattr(statement, "value", None)
    return (
        isinstance(statement, (ast.Expr, ast.Return))
        and isinstance(value, ast.Call)
        and _is_name(value.func, handler)
    )


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return body[1:]
    return body


def _is_name(node: ast.expr | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
