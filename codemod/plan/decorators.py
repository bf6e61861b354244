"""Decorators of handlers that fold away, and those that move along.

    @transaction.atomic                    ->   @transaction.atomic
    def notify(sender, instance, ...):          def notify(order):

A decorator that hands on all its arguments unread does for the service what it did for the
handler. And some are known to be nothing but a `raw` guard:

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
from codemod.project.receivers import FoundReceiver
from codemod.values.account import SAVE_SIGNALS


def that_move(project: Project, receiver: FoundReceiver) -> tuple[ast.expr, ...]:
    """The decorators that can stand on the service as they stand on the handler.

    Those above the one that connects are no part of what is connected.
    """
    function = receiver.function
    if function is None:
        return ()
    connecting = [
        index
        for index, decorator in enumerate(function.node.decorator_list)
        if any(one.node is decorator for one in receiver.made)
    ]
    below = function.node.decorator_list[max(connecting, default=-1) + 1 :]
    saves = all(c.signal in SAVE_SIGNALS for c in receiver.receiver.connections)
    return tuple(
        decorator
        for decorator in receiver.decorators
        if any(decorator is d for d in below)
        and (
            _is_atomic(project, decorator, receiver.facts)
            or (saves and _hands_on(project, decorator, receiver.facts))
        )
    )


def _is_atomic(project: Project, decorator: ast.expr, facts: FileFacts) -> bool:
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return project.symbols.resolve(function, facts.scope, facts) == "django.db.transaction.atomic"


def _hands_on(project: Project, decorator: ast.expr, facts: FileFacts) -> bool:
    """Whether a decorator of the project wraps any function, without a look at the arguments."""
    found = _wrapper(project, decorator, facts)
    if found is None:
        return False
    handler, wrapper = found
    arguments = wrapper.args
    star, stars = arguments.vararg, arguments.kwarg
    if star is None or stars is None or arguments.args or arguments.kwonlyargs:
        return False
    passed: set[int] = set()
    for node in ast.walk(wrapper):
        if isinstance(node, ast.Call) and _is_name(node.func, handler):
            if [ast.unparse(a) for a in node.args] != [f"*{star.arg}"]:
                return False
            if [(k.arg, ast.unparse(k.value)) for k in node.keywords] != [(None, stars.arg)]:
                return False
            passed |= {id(n) for n in ast.walk(node)}
    return bool(passed) and not any(
        isinstance(node, ast.Name) and node.id in (star.arg, stars.arg, handler)
        for statement in wrapper.body
        for node in ast.walk(statement)
        if id(node) not in passed
    )


def _wrapper(
    project: Project, decorator: ast.expr, facts: FileFacts
) -> tuple[str, ast.FunctionDef] | None:
    """What a decorator of the project calls the handler, and the function that it returns."""
    name = project.symbols.resolve(decorator, facts.scope, facts)
    found = project.function(name) if name is not None else None
    if found is None:
        return None
    body = _without_docstring(found[1].node.body)
    parameters = [a.arg for a in found[1].node.args.args]
    if len(body) != 2 or len(parameters) != 1:
        return None
    wrapper, returned = body
    if not isinstance(wrapper, ast.FunctionDef) or not isinstance(returned, ast.Return):
        return None
    return (parameters[0], wrapper) if _is_name(returned.value, wrapper.name) else None


def is_raw_guard(project: Project, decorator: ast.expr, facts: FileFacts) -> bool:
    """Whether a decorator only keeps the handler from running while fixtures are loaded."""
    found = _wrapper(project, decorator, facts)
    if found is None:
        return False
    handler, wrapper = found
    inner = _without_docstring(wrapper.body)
    if len(inner) != 2:
        return False
    guard, call = inner
    return _leaves_if_raw(guard) and _calls(call, handler)


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
