"""A function that is put in the place of Django's `save()`, as a rule by tests.

    def save(instance, *args, **kwargs):
        pre_save.send(sender=type(instance), instance=instance)
        instance._meta.auto_created = True                        # save_base() sends nothing then
        instance.save_base(*args, **kwargs)
        instance._meta.auto_created = False
        post_save.send(sender=type(instance), instance=instance, created=True)

    models.Model.save = save

What it sends is what Django's own would have sent for the save that runs it; the calls are beside
that save, so none is needed here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.nodes import is_name
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.values.account import SAVE_SIGNALS

MODEL = "django.db.models.Model"
REASON = "in the place of Django's own save()"


def is_in_place(project: Project, facts: FileFacts, call: CallSite) -> bool:
    """Whether a call stands in such a function, which sends what a save sends."""
    scope = call.scope
    if not isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    if not any(is_name(v, scope.name) for v in _put_in_place(project, facts)):
        return False
    block = next((b for b in _blocks(scope.node) if call.statement in b), [])
    first = scope.node.args.args[0].arg if scope.node.args.args else ""
    sent = [_sent(project, facts, scope, statement, first) for statement in block]
    silent = any(
        isinstance(statement, ast.Assign)
        and ast.unparse(statement) == f"{first}._meta.auto_created = True"
        for statement in block
    )
    return silent and all(sent.count(signal) == 1 for signal in SAVE_SIGNALS)


def _put_in_place(project: Project, facts: FileFacts) -> Iterator[ast.expr]:
    """What a file sets as `Model.save`."""
    for scope in facts.scopes.values():
        for store in scope.stores:
            target = store.target
            if isinstance(target, ast.Attribute) and target.attr == "save" and store.value:
                if project.symbols.resolve(target.value, scope, facts) == MODEL:
                    yield store.value
    for call in facts.named("setattr"):
        named = call.node.args[1] if len(call.node.args) == 3 else None
        if isinstance(named, ast.Constant) and named.value == "save":
            if project.symbols.resolve(call.node.args[0], call.scope, facts) == MODEL:
                yield call.node.args[2]


def _sent(
    project: Project, facts: FileFacts, scope: Scope, statement: ast.stmt, name: str
) -> str | None:
    """The signal that a statement sends with the object of a name."""
    node = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    signal = project.symbols.resolve(node.func.value, scope, facts) or ""
    instance = found.keyword(node, "instance")
    if node.func.attr != "send" or instance is None or not is_name(instance, name):
        return None
    return signal.rpartition(".")[2]


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of a function, those of compound statements too."""
    for inner in ast.walk(node):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(inner, field, None)
            if isinstance(block, list):
                yield block
