"""Sites of a handler at which it keeps itself from being run again.

    if hasattr(instance, "_busy"):       def set_points(employee):
        return                               if hasattr(employee, "_busy"):
    instance._busy = True           ->           return
    instance.points = count(instance)        employee._busy = True
    instance.save()                          employee.points = count(employee)
    del instance._busy                       employee.save()     # no call: it would return at once
                                             del employee._busy

Only where no other line of the project names the attribute.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeGuard

from codemod.facts.nodes import LOOPS, descend, is_name
from codemod.facts.tables import FileFacts
from codemod.plan.reading.names import is_bare_return, is_docstring
from codemod.plan.services.service import Service
from codemod.project.project import Project
from codemod.surfaces.site import Site
from codemod.values.account import SAVE_SIGNALS

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def reentrant(project: Project, service: Service, sites: Iterable[Site]) -> list[Site]:
    """The sites in a service's handler that save its object while it would return at once."""
    function = service.source.function
    if function is None or service.handler.rebound:
        return []
    facts, node = service.source.facts, function.node
    own = [
        site
        for site in sites
        if site.file == facts.path
        and site.signals is SAVE_SIGNALS
        and site.call is not None
        and site.call.scope is facts.scopes.get(node)
        and is_name(getattr(site.call.node.func, "value", None), "instance")
    ]
    asked = _guards(node) if own else ()
    flags = {flag for flag in asked if _is_private(project, facts, node, flag)}
    return [s for s in own if s.call and any(_is_set(node.body, f, s.call.node) for f in flags)]


def _guards(function: _Function) -> Iterator[str]:
    """The attributes of the instance for which the handler returns before it does anything."""
    for statement in function.body:
        if is_docstring(statement) or isinstance(statement, (ast.Import, ast.ImportFrom)):
            continue
        if not isinstance(statement, ast.If) or statement.orelse or len(statement.body) != 1:
            return
        if not isinstance(statement.body[0], ast.Return) or not is_bare_return(statement.body[0]):
            return
        test = statement.test
        terms = test.values if isinstance(test, ast.BoolOp) else [test]
        if isinstance(test, ast.BoolOp) and not isinstance(test.op, ast.Or):
            return
        for term in terms:
            flag = _asked(term)
            if flag is not None:
                yield flag
            elif any(isinstance(n, (ast.Call, ast.NamedExpr)) for n in descend(term)):
                return


def _asked(term: ast.expr) -> str | None:
    """`_busy` of `hasattr(instance, "_busy")`, or of `getattr(instance, "_busy", False)`."""
    if not isinstance(term, ast.Call) or not isinstance(term.func, ast.Name):
        return None
    if term.func.id not in ("hasattr", "getattr") or len(term.args) < 2:
        return None
    name = term.args[1]
    if not is_name(term.args[0], "instance") or not isinstance(name, ast.Constant):
        return None
    return name.value if isinstance(name.value, str) else None


def _is_private(project: Project, facts: FileFacts, function: _Function, flag: str) -> bool:
    """Whether the name stands nowhere but in the handler."""
    word = re.compile(rf"\b{re.escape(flag)}\b")
    texts = (project.text(path) for path in project.paths)
    inside = facts.lines.source(facts.lines.span(function))
    return sum(len(word.findall(t)) for t in texts if flag in t) == len(word.findall(inside))


def _is_set(block: Sequence[ast.stmt], flag: str, call: ast.Call) -> bool:
    """Whether the attribute is set in this block, or one inside it, above the call, and kept."""
    holding = next((s for s in block if any(n is call for n in ast.walk(s))), None)
    if holding is None:
        return False
    setting = None
    for statement in block[: block.index(holding)]:
        if _sets(statement, flag):
            setting = statement
        elif any(_touches(node, flag) for node in ast.walk(statement)):
            setting = None
    if setting is not None:
        loop = any(isinstance(n, LOOPS) for n in _around(holding, call))
        changes = [n for n in ast.walk(holding) if _touches(n, flag)]
        return not changes if loop else all(n.lineno > call.lineno for n in changes)
    return any(_is_set(inner, flag, call) for inner in _blocks(holding))


def _sets(statement: ast.stmt, flag: str) -> bool:
    """`instance._busy = True`."""
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    value = statement.value
    true = isinstance(value, ast.Constant) and bool(value.value)
    return true and _touches(statement.targets[0], flag)


def _touches(node: ast.AST, flag: str) -> TypeGuard[ast.expr]:
    """Whether it may change the attribute: `del instance._busy`, `delattr(instance, "_busy")`."""
    if isinstance(node, ast.Attribute):
        return node.attr == flag and not isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Constant) and node.value == flag


def _around(statement: ast.stmt, call: ast.Call) -> Iterator[ast.AST]:
    return (n for n in ast.walk(statement) if any(inner is call for inner in ast.walk(n)))


def _blocks(statement: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list):
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body
