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
from codemod.plan.reading.run_by import functions_of
from codemod.plan.services.service import Service
from codemod.project.project import Project
from codemod.surfaces.calls import found


def deleted_by(project: Project, service: Service, model: str) -> frozenset[str] | None:
    """The models whose objects work for rows of `model`, or a function that it runs, may delete;
    None if they may be of any."""
    facts, function, body = service.source.facts, service.source.function, service.handler.body
    if function is None:
        return None
    cls = project.models.by_label[model].name
    reached = functions_of(project, cls, body, function.scope, facts)
    work: list[tuple[FileFacts, Scope, Iterable[ast.stmt]]] = [(facts, function.scope, body)]
    work += [(home, home.scopes[inner], inner.body) for home, inner in reached]
    answers = [
        project.type_of(node.func.value, scope, home)
        for home, scope, statements in work
        for statement in statements
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in ("delete", "adelete")
    ]
    if not all(answer.known for answer in answers):
        return None
    labels = (label for answer in answers for label in found.instances(project, answer))
    return frozenset(project.models.with_parents(labels))
