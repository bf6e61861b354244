"""Work for a row that may delete the row that it goes with.

    @receiver(post_delete, sender=Page)
    def delete_folder(sender, instance, **kwargs):
        instance.folder.delete()                      delete() clears the key of what it deletes

The rows of `folder.page_set` hold the folder itself, which could not be deleted any more; the
signal's row fetches one of its own (django/db/models/fields/related_descriptors.py).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemod.facts.tables import FileFacts, Scope
from codemod.plan.run_by import functions_of
from codemod.plan.services import Service
from codemod.project.project import Project
from codemod.surfaces import found


def may_delete(project: Project, service: Service, model: str, ancestor: str) -> bool:
    """Whether work for rows of `model`, or a function that it runs, may delete an object of
    `ancestor`."""
    facts, function, body = service.source.facts, service.source.function, service.handler.body
    if function is None:
        return True
    cls = project.models.by_label[model].name
    reached = functions_of(project, cls, body, function.scope, facts)
    work: list[tuple[FileFacts, Scope, Iterable[ast.stmt]]] = [(facts, function.scope, body)]
    work += [(home, home.scopes[inner], inner.body) for home, inner in reached]
    return any(
        _may_be(project, node.func.value, scope, home, ancestor)
        for home, scope, statements in work
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in ("delete", "adelete")
    )


def _may_be(
    project: Project, deleted: ast.expr, scope: Scope, facts: FileFacts, ancestor: str
) -> bool:
    answer = project.type_of(deleted, scope, facts)
    labels = project.models.with_parents(found.instances(project, answer))
    return not answer.known or ancestor in labels
