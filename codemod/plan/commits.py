"""Work of deletes that is put off until commit.

    def unindex_order(sender, instance, **kwargs):            the key is gone when the transaction
        on_commit(lambda: unindex.delay(instance.pk))         ends that the delete is in

Django's own transaction ends before `delete()` clears the keys (db/models/deletion.py), one around
the delete ends after that.
"""

from __future__ import annotations

import ast

from codemod.facts.tables import FileFacts, Scope
from codemod.plan import features
from codemod.plan.handler import Handler
from codemod.plan.run_by import run_by
from codemod.project.project import Project

_FUNCTIONS = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef)


def puts_off_pk(
    project: Project, label: str, handler: Handler, facts: FileFacts, scope: Scope
) -> bool:
    """Whether work that is put off may need the pk of the object that goes."""
    own = [*features.walk(handler)]
    uses = [*features.uses(handler)]
    if any(map(_waits, own)):
        later = {n for outer in own if isinstance(outer, _FUNCTIONS) for n in ast.walk(outer)}
        return features.need_pk((use for use in uses if use[0] in later), project, label)
    cls = project.models.by_label[label].name
    reached = run_by(project, cls, handler, scope, facts)
    return features.need_pk(uses, project, label) and any(map(_waits, reached))


def _waits(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
    return name == "on_commit"
