"""Objects that have a row because somebody is logged in.

request.user                 what the session names; an AnonymousUser can't be saved
request.user.profile         the one row beside it: without one, reading it raises
"""

from __future__ import annotations

import ast

from codemod.facts.nodes import is_name
from codemod.facts.tables import Scope
from codemod.project.project import Project


def has_row(project: Project, scope: Scope, node: ast.expr) -> bool:
    """Whether an expression is the user of the request, or belongs to it one to one."""
    if isinstance(node, ast.Name) and scope.kind == "function":
        bindings = scope.bindings.get(node.id, [])
        value = bindings[0].value if len(bindings) == 1 else None
        assigned = value is not None and bindings[0].kind == "assign" and not bindings[0].path
        return assigned and value is not None and has_row(project, scope, value)
    if not isinstance(node, ast.Attribute):
        return False
    if node.attr == "user":
        holder = node.value
        if isinstance(holder, ast.Attribute):
            return holder.attr == "request" and is_name(holder.value, "self")
        return is_name(holder, "request")
    relation = project.models.relations(project.models.user_label).get(node.attr)
    if relation is None or relation.kind != "o2o":
        return False
    # `Profile(user=request.user)` becomes `request.user.profile` before it has a row.
    name = relation.model.rpartition(".")[2]
    builds = any(isinstance(n, ast.Call) and is_name(n.func, name) for n in ast.walk(scope.node))
    return not builds and has_row(project, scope, node.value)


def passes_on(project: Project, form: str) -> bool:
    """Whether a form saves the instance that it gets: its `__init__` hands it to Django as it is,
    and no other method puts another in its place."""
    own = [cls for name in project.classes.mro(form) if (cls := project.classes.get(name))]
    inits = (cls.definition.methods.get("__init__") for cls in own)
    stores = (store for cls in own for scope in cls.scope.inside() for store in scope.stores)
    return all(_hands_on(init) for init in inits if init is not None) and not any(
        isinstance(store.target, ast.Attribute)
        and store.target.attr == "instance"
        and is_name(store.target.value, "self")
        for store in stores
    )


def _hands_on(init: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    varargs, keywords = init.args.vararg, init.args.kwarg
    if varargs is None or keywords is None:
        return False
    calls = [
        node
        for node in ast.walk(init)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "__init__"
    ]
    if len(calls) != 1 or any("instance" in text for text in _words(init)):
        return False
    starred = [a.value for a in calls[0].args if isinstance(a, ast.Starred)]
    doubled = [k.value for k in calls[0].keywords if k.arg is None]
    return (
        len(calls[0].args) == len(starred) == 1
        and is_name(starred[0], varargs.arg)
        and len(doubled) == 1
        and is_name(doubled[0], keywords.arg)
    )


def _words(init: ast.AST) -> list[str]:
    """The names and strings of a function."""
    found: list[str] = []
    for node in ast.walk(init):
        if isinstance(node, ast.Name):
            found.append(node.id)
        elif isinstance(node, ast.Attribute):
            found.append(node.attr)
        elif isinstance(node, ast.arg):
            found.append(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return found
