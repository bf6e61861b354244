"""Wrappers of handlers that are nothing but guards, read as if these stood in the handler.

def wrapper(*args, **kwargs):               def index(order):
    if not settings.INDEX:           ->         if not settings.INDEX:
        return                                      return
    handler(*args, **kwargs)                    ...
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Set
from dataclasses import replace

from codemod.facts.nodes import is_name
from codemod.facts.tables import FileFacts, FunctionDef
from codemod.plan.reading.given import Given
from codemod.plan.reading.handler import Guard, Handler
from codemod.plan.reading.handlers import analyse
from codemod.plan.reading.names import condition, leaves
from codemod.project.registrations.registrars import Wrapper
from codemod.values.account import M2M
from codemod.values.edits import Replace


def as_guards(
    wrapper: Wrapper,
    function: FunctionDef,
    known: Given,
    signals: Set[str],
    fetches: FileFacts | None = None,
) -> Handler | None:
    """The wrapper read as a handler, if it is guards and then the call of the handler.

    `fetches`: the handler's file, where the guards may use what the wrapper's file imports.
    """
    read = analyse(wrapper.function, wrapper.facts.lines, known=known)
    if read.only_reverse is not None or (read.needs_action and signals != {M2M}):
        return None
    if any(_pops(node) for node in ast.walk(wrapper.function.node)):
        return None
    lines = wrapper.facts.lines
    *asked, last = read.body
    if isinstance(last, ast.If) and not last.orelse and len(last.body) == 1:
        guards = [_guard(wrapper, condition(last.test, lines, negated=True), fetches)]
        last = last.body[0]
    else:
        guards = []
    value = getattr(last, "value", None)
    if not isinstance(last, (ast.Expr, ast.Return)) or not isinstance(value, ast.Call):
        return None
    if not passes_all(value, wrapper, function):
        return None
    for statement in reversed(asked):
        if not isinstance(statement, ast.If) or statement.orelse or not leaves(statement.body):
            return None
        span = lines.span(statement.test)
        edited = (e.code for e in read.edits if isinstance(e, Replace) and e.first == span)
        guards.insert(0, _guard(wrapper, next(edited, lines.source(span)), fetches))
    told = [guard for guard in guards if guard is not None]
    return replace(read, guards=tuple(told)) if len(told) == len(guards) else None


def _guard(wrapper: Wrapper, test: str, fetches: FileFacts | None) -> Guard | None:
    """A guard of a service; None if it means something else, or nothing, in the service's file."""
    guard = Guard(f"({test})" if "\n" in test else test)
    imports: list[tuple[str, str]] = []
    for node in ast.walk(guard.node):
        if _is_known_everywhere(node):
            continue
        target = _imported(wrapper.facts, node) if fetches is not None else None
        here = _imported(fetches, node) if fetches is not None else None
        if not target or here not in ("", target):
            return None
        module, _, name = target.rpartition(".")
        imports.append((module, name))
    return replace(guard, imports=tuple(dict.fromkeys(imports)))


def _imported(facts: FileFacts, node: ast.AST) -> str | None:
    """What a name stands for that a file imports from somewhere; "" if it has no such name."""
    bindings = facts.scope.bindings.get(node.id, ()) if isinstance(node, ast.Name) else None
    if bindings is None or len(bindings) > 1:
        return None
    if not bindings:
        return ""
    target = bindings[0].target or ""
    plain = isinstance(bindings[0].node, ast.ImportFrom) and not bindings[0].node.level
    return target if plain and target.endswith(f".{bindings[0].name}") else None


def _is_known_everywhere(node: ast.AST) -> bool:
    """Whether a node means the same in another file, called with an instance alone."""
    if isinstance(node, ast.Name):
        return node.id == "instance" or hasattr(builtins, node.id)
    return not isinstance(node, (ast.Await, ast.NamedExpr, ast.Lambda, ast.comprehension))


def _pops(node: ast.AST) -> bool:
    """Whether an argument is kept from the handler, other than `raw`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr == "pop" and not (node.args and ast.unparse(node.args[0]) == "'raw'")


def passes_all(call: ast.Call, wrapper: Wrapper, function: FunctionDef) -> bool:
    """Whether a call hands all arguments on to the handler, under the names that they have."""
    if not is_name(call.func, wrapper.handler):
        return False
    given = wrapper.function.node.args
    names = {a.arg for a in wrapper.arguments}
    taken = [a.arg for a in function.node.args.args]
    passed: set[str] = set()
    for index, argument in enumerate(call.args):
        if isinstance(argument, ast.Starred):
            if given.vararg is None or not is_name(argument.value, given.vararg.arg):
                return False
            passed.add(given.vararg.arg)
        elif not isinstance(argument, ast.Name) or taken[index : index + 1] != [argument.id]:
            return False
        else:
            passed.add(argument.id)
    for keyword in call.keywords:
        stars = given.kwarg.arg if given.kwarg is not None else None
        name = keyword.arg if keyword.arg is not None else stars
        if name is None or not is_name(keyword.value, name):
            return False
        passed.add(name)
    wanted = names | {a.arg for a in (given.vararg, given.kwarg) if a is not None}
    return wanted - {"raw"} <= passed and passed <= wanted
