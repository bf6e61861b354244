"""Work of deletes that is put off until commit.

    def unindex_order(sender, instance, **kwargs):            the key is gone when the transaction
        on_commit(lambda: unindex.delay(instance.pk))         ends that the delete is in

Django's own transaction ends before `delete()` clears the keys (db/models/deletion.py), one around
the delete ends after that. What a function is given that puts it off keeps its value, if it is one:

        unindex_later(instance.pk)                            it was read before
        unindex_later(instance.lines.values_list("pk"))       so it was by Django, for the condition
        unindex_later(instance)                               this has the object, and loses its key
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from codemod.facts.tables import FileFacts, Scope
from codemod.plan.reading import features
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.run_by import run_by
from codemod.project.answers import Collection, Other, Type
from codemod.project.project import Project
from codemod.project.types.kinds import is_open

_FUNCTIONS = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef)
_LATER = (*_FUNCTIONS, ast.GeneratorExp)


def puts_off_pk(
    project: Project, label: str, handler: Handler, facts: FileFacts, scope: Scope
) -> bool:
    """Whether work that is put off may need the pk of the object that goes."""
    own = [*features.walk(handler)]
    uses = [*features.uses(handler)]
    if any(map(waits, own)):
        later = {n for outer in own if isinstance(outer, _FUNCTIONS) for n in ast.walk(outer)}
        return features.need_pk((use for use in uses if use[0] in later), project, label)
    if not features.need_pk(uses, project, label):
        return False
    cls = project.models.by_label[label].name
    if not any(map(waits, run_by(project, cls, handler.body, scope, facts))):
        return False
    parents = {
        child: node
        for outer in handler.body
        for node in ast.walk(outer)
        for child in ast.iter_child_nodes(node)
    }
    return any(_comes_along(project, cls, use, parents, facts, scope) for use, _ in uses)


def waits(node: ast.AST) -> bool:
    """Whether code names what puts work off until commit."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)
    return name == "on_commit"


def _comes_along(
    project: Project,
    cls: str,
    mention: ast.AST,
    parents: Mapping[ast.AST, ast.AST],
    facts: FileFacts,
    scope: Scope,
) -> bool:
    """Whether a mention of the object may bring its key to what waits."""
    whole, around = mention, parents.get(mention)
    while isinstance(around, ast.Attribute) or (
        isinstance(around, ast.Call) and around.func is whole
    ):
        whole, around = around, parents.get(around)
    while around is not None:
        if isinstance(around, _LATER):
            return True
        around = parents.get(around)
    assert isinstance(whole, ast.expr)
    kinds = project.type_of(whole, scope, facts).types
    if not kinds or not all(map(_is_value, kinds)):
        return True
    return any(map(waits, run_by(project, cls, [whole], scope, facts)))


def _is_value(kind: Type) -> bool:
    """Whether a thing has nothing of the object that it came from: a number, rows of values."""
    if isinstance(kind, Collection):
        return all(map(_is_value, kind.of))
    return isinstance(kind, Other) and not is_open(kind)
