"""Whether the row of an object may be gone when it is saved: a query has deleted rows since.

    order = Order.objects.get(pk=1)
    Order.objects.filter(stale=True).delete()
    order.save()                                 makes the row anew, with `_state.adding` False

An UPDATE that finds no row is followed by an INSERT (SEMANTICS 1.4), so the database is asked.
What is deleted in other functions is not looked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.nodes import LOOPS
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import Manager
from codemod.project.project import Project
from codemod.surfaces import found
from codemod.surfaces.flow import key_names


def loses_row(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.expr, models: tuple[str, ...]
) -> bool:
    """Whether the function deletes rows of these models before it saves an object of them, which
    it had by then; not if the query spares the object."""
    if isinstance(saved, ast.Call):
        return False  # it has just been made, or fetched
    deletes = project.once(_deletes).get(call.scope, ())
    return any(
        _may_come_between(delete, call, saved)
        and not _models_of(project, facts, delete).isdisjoint(models)
        and not _spares(project, facts, delete, saved, key_names(project, models))
        for delete in deletes
    )


def _deletes(project: Project) -> dict[Scope, list[CallSite]]:
    """The calls of `delete()`, by the scope that they stand in."""
    calls: dict[Scope, list[CallSite]] = {}
    for facts in project.read():
        for call in facts.named("delete", "adelete"):
            if isinstance(call.node.func, ast.Attribute):
                calls.setdefault(call.scope, []).append(call)
    return calls


def _models_of(project: Project, facts: FileFacts, delete: CallSite) -> set[str]:
    """Labels of the models whose rows are deleted, by a query or as soon as they are fetched."""
    assert isinstance(delete.node.func, ast.Attribute)
    answer = found.managed(project, delete, facts)
    fetched = isinstance(delete.node.func.value, ast.Call)
    return {*found.queried(answer), *(found.instances(project, answer) if fetched else ())}


def _may_come_between(delete: CallSite, call: CallSite, saved: ast.expr) -> bool:
    """Whether a delete may run after an object has got its name, and before it is saved."""
    names = [node.id for node in ast.walk(saved) if isinstance(node, ast.Name)]
    lines = [getattr(b.node, "lineno", 0) for n in names for b in call.scope.bindings.get(n, ())]
    bound = max((line for line in lines if line <= call.node.lineno), default=0)
    if bound < delete.node.lineno < call.node.lineno:
        return True
    loops = [c for c in call.compounds if isinstance(c, LOOPS) and c in delete.compounds]
    return any(bound <= loop.lineno for loop in loops)


def _spares(
    project: Project, facts: FileFacts, delete: CallSite, saved: ast.expr, keys: set[str]
) -> bool:
    """Whether a query asks for others than an object: its children, all but itself."""
    subject = ast.unparse(saved)
    itself = {subject, *(f"{subject}.{key}" for key in keys)}
    for node in _chain(delete.node.func):
        if isinstance(node, ast.Call):
            given = [*node.args, *(k.value for k in node.keywords)]
            if getattr(node.func, "attr", "") == "exclude":
                if any(subject in ast.unparse(value) for value in given):
                    return True
            elif any(
                (k.arg or "").partition("__")[0] not in keys and ast.unparse(k.value) in itself
                for k in node.keywords
            ):
                return True
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == subject:
            rows = project.type_of(node, delete.scope, facts).types
            return bool(rows) and all(isinstance(kind, Manager) for kind in rows)
    return False


def _chain(node: ast.expr) -> Iterator[ast.expr]:
    """The calls and attributes that an expression goes through: `a.b(c).d` has `d`, `b()`, `b`."""
    while isinstance(node, (ast.Attribute, ast.Call)):
        yield node
        node = node.func if isinstance(node, ast.Call) else node.value
