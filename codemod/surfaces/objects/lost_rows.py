"""Whether the row of an object may be gone when it is saved: it has been deleted since.

    order = Order.objects.get(pk=1)
    Order.objects.filter(stale=True).delete()
    order.save()                                 makes the row anew, with `_state.adding` False

An UPDATE that finds no row is followed by an INSERT (SEMANTICS 1.4), so the database is asked.
Rows go by a query, with the rows that they belong to (`owner.delete()`), and in functions of the
project that the object's function calls. Two names are taken for two rows, unless one query gave
both.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.nodes import all_given, is_name
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Manager
from codemod.project.project import Project
from codemod.project.types.resets import clearing
from codemod.surfaces.objects.flow import key_names
from codemod.surfaces.objects.life import Life
from codemod.surfaces.removing.deleting import METHODS, calls_in, deleted_by, family, takers


def loses_row(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.expr, models: tuple[str, ...]
) -> bool:
    """Whether the function deletes rows of these models before it saves an object of them, which
    it had by then; not if the query spares the object, and not for a delete of the object itself,
    which takes its key away."""
    if isinstance(saved, ast.Call):
        return False  # it has just been made, or fetched
    if _is_of_a_delete(project, facts, call, saved):
        return True
    life, taking = Life(call, saved), takers(project, models)
    return any(
        event.node is not call.node
        and life.may_have(event.node)
        and not taking.isdisjoint(deleted_by(project, facts, event).labels)
        and life.has(event.node)
        and _takes(project, facts, event, life, models)
        for event in calls_in(project, life.scope)
    )


def _is_of_a_delete(project: Project, facts: FileFacts, call: CallSite, saved: ast.expr) -> bool:
    """Whether it is the instance of a handler that runs when its row has been deleted."""
    return is_name(saved, "instance") and any(
        r.is_at(call.scope) and any(c.signal == "post_delete" for c in r.receiver.connections)
        for r in project.receivers
        if r.facts.path == facts.path
    )


def _takes(
    project: Project, facts: FileFacts, event: CallSite, life: Life, models: tuple[str, ...]
) -> bool:
    """Whether a call may delete the row of the object that is saved later."""
    function = event.node.func
    deleted = function.value if isinstance(function, ast.Attribute) else None
    if event.name in METHODS and deleted and ast.unparse(deleted) == ast.unparse(life.saved):
        return False
    gone, taking = deleted_by(project, facts, event), takers(project, models)
    if gone.rows & taking and not _spares(project, facts, event, life.saved, models):
        return True
    objects = gone.objects & taking
    if not objects:
        return False
    if event.name not in METHODS or deleted is None:
        return _mentions(event, life.saved) and not _clears(project, event, life.saved)
    own = {label for model in models for label in family(project, model)}
    return bool(objects - own) or _is_fetched_alike(event, deleted, life.saved)


def _mentions(event: CallSite, saved: ast.expr) -> bool:
    """Whether a call gets what the object is reached by."""
    names = {node.id for node in ast.walk(saved) if isinstance(node, ast.Name)}
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(event.node))


def _clears(project: Project, event: CallSite, saved: ast.expr) -> bool:
    """Whether a function deletes the very object that it gets, which loses its key then."""
    given = all_given(event.node)
    alone = [value for value in given if ast.unparse(value) == ast.unparse(saved)]
    return event.name in clearing(project) and bool(alone)


def _is_fetched_alike(event: CallSite, deleted: ast.expr, saved: ast.expr) -> bool:
    """Whether one query, written twice, gave two names their objects."""
    queries = [
        {
            ast.dump(binding.value)
            for binding in event.scope.bindings.get(getattr(node, "id", ""), [])
            if binding.kind == "assign" and isinstance(binding.value, ast.Call)
        }
        for node in (deleted, saved)
    ]
    return not queries[0].isdisjoint(queries[1])


def _spares(
    project: Project,
    facts: FileFacts,
    event: CallSite,
    saved: ast.expr,
    models: tuple[str, ...],
) -> bool:
    """Whether a query asks for others than an object: its children, all but itself, the rest of
    those that it is the first of."""
    subject, keys = ast.unparse(saved), key_names(project, models)
    itself = {subject, *(f"{subject}.{key}" for key in keys)}
    for node in _chain(_query(event)):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            return True
        if isinstance(node, ast.Call):
            given = all_given(node)
            if getattr(node.func, "attr", "") == "exclude":
                if any(subject in ast.unparse(value) for value in given):
                    return True
            elif any(
                (k.arg or "").partition("__")[0] not in keys and ast.unparse(k.value) in itself
                for k in node.keywords
            ):
                return True
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == subject:
            rows = project.type_of(node, event.scope, facts).types
            return bool(rows) and all(isinstance(kind, Manager) for kind in rows)
    return False


def _query(event: CallSite) -> ast.expr:
    """The query whose rows a call deletes, where it deletes one after the other in a loop."""
    function = event.node.func
    owner = function.value if isinstance(function, ast.Attribute) else None
    if event.name in METHODS and isinstance(owner, ast.Name):
        loops = [b for b in event.scope.bindings.get(owner.id, []) if b.kind == "loop"]
        if len(loops) == 1 and loops[0].value is not None:
            return loops[0].value
    return function


def _chain(node: ast.expr) -> Iterator[ast.expr]:
    """What an expression goes through: `a.b(c).d[1]` has `d[1]`, `d`, `b()`, `b`."""
    while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
        yield node
        node = node.func if isinstance(node, ast.Call) else node.value
