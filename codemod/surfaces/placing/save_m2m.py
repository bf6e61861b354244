"""The line that sets the many-to-many data of an object which a form has made and not saved.

order = form.save(commit=False)
order.save()
form.save_m2m()               work that reads the data of the order goes below this
"""

from __future__ import annotations

import ast

from codemod.facts.nodes import descend
from codemod.facts.tables import CallSite

_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def setting(call: CallSite, saved: ast.expr) -> ast.stmt | None:
    """The `save_m2m()` of the form that made an object, which surely comes after its save: nothing
    between the two leaves the block, or changes what the name of the object stands for."""
    source = _form(call, saved)
    position = call.block.index(call.statement)
    for statement in call.block[position + 1 :]:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            function = statement.value.func
            if isinstance(function, ast.Attribute) and function.attr == "save_m2m":
                if ast.unparse(function.value) == source:
                    return statement
        if any(isinstance(n, _LEAVING) or _changes(n, saved) for n in descend(statement)):
            return None
    return None


def _form(call: CallSite, saved: ast.expr) -> str | None:
    """What made an object by `save()`, as far as it is the last value that its name was given."""
    name = ast.unparse(saved)
    given = [
        node
        for node in descend(call.scope.node)
        if isinstance(node, ast.Assign)
        and node.lineno < call.node.lineno
        and name in map(ast.unparse, node.targets)
    ]
    last = max(given, key=lambda node: node.lineno, default=None)
    value = last.value if last is not None else None
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return None
    return ast.unparse(value.func.value) if value.func.attr == "save" else None


def _changes(node: ast.AST, saved: ast.expr) -> bool:
    """Whether this gives the object's name to another one, or the object another value."""
    if not isinstance(getattr(node, "ctx", None), ast.Store):
        return False
    named = {ast.unparse(part) for part in descend(saved) if isinstance(part, ast.expr)}
    own = isinstance(node, ast.Attribute) and ast.unparse(node.value) == ast.unparse(saved)
    return own or ast.unparse(node) in named
