"""Whether an object surely has a row: a query has fetched it, or its signal says so.

order = Order.objects.get(pk=1)          asks the database
orders = {}; order = orders.get(1)       asks a dictionary, which may hold unsaved objects

@receiver(post_save, sender=Line)
def count(sender, instance, **kwargs):
    instance.order.save()                the row points to it
"""

from __future__ import annotations

import ast

from codemod.facts.nodes import is_name
from codemod.facts.tables import FileFacts, Scope
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.objects.own_rows import may_name_own

FETCHES = {
    "get", "first", "last", "latest", "earliest", "aget", "afirst", "alast", "alatest", "aearliest",
    "get_object_or_404", "aget_object_or_404", "get_object", "select_for_update",
}  # fmt: skip
MAYBE = {"first", "last", "afirst", "alast"}  # give None where there is no row


def has_row(project: Project, facts: FileFacts, scope: Scope, node: ast.expr) -> bool:
    """Whether an object surely has a row: the instance of a post_save handler, or what such a
    row points to through a foreign key."""
    if isinstance(node, ast.Attribute):
        answer = project.type_of(node, scope, facts)
        return bool(found.instances(project, answer)) and has_row(project, facts, scope, node.value)
    if not isinstance(node, ast.Name):
        return False
    bindings = scope.bindings.get(node.id, [])
    if len(bindings) != 1:
        return False
    if bindings[0].kind == "param":
        return node.id == "instance" and scope.node in project.once(_saved_by_then)
    if bindings[0].kind == "assign" and not bindings[0].path and bindings[0].value is not None:
        return isinstance(bindings[0].value, ast.Attribute) and has_row(
            project, facts, scope, bindings[0].value
        )
    return False


def _saved_by_then(project: Project) -> set[ast.AST]:
    """The handlers whose instance has been saved when they run."""
    return {
        r.function.node
        for r in project.receivers
        if r.function is not None and all(c.signal != "pre_save" for c in r.receiver.connections)
    }


def asks_the_database(project: Project, facts: FileFacts, function: ast.expr, scope: Scope) -> bool:
    """Whether `get` and its like are a queryset's: a dictionary may hold unsaved objects."""
    if not isinstance(function, ast.Attribute):
        resolved = project.symbols.resolve(function, scope, facts) or ""
        return resolved.startswith(("django.shortcuts.", "rest_framework.generics."))
    if function.attr == "get_object":
        view = scope.class_()
        owner = (
            project.class_of(facts, view)
            if view is not None and is_name(function.value, "self")
            else None
        )
        return owner is not None and project.classes.method(owner.name, "get_object") is None
    rows = project.type_of(function.value, scope, facts)
    return found.is_query(rows) and not may_name_own(project, function, rows)
