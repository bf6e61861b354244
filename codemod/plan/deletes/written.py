"""Which rows the work of a handler may change, as far as it matters to a query that deletes."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemod.facts.nodes import descend
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.plan.reading.features import uses
from codemod.plan.reading.handler import Handler
from codemod.project.answers import Instance, Manager, QuerySet
from codemod.project.callees import callees
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.site import ANY_MODEL

WRITING = frozenset(
    "save delete create update get_or_create update_or_create bulk_create bulk_update add remove "
    "set clear".split()
)


def written(handler: Handler, scope: Scope, facts: FileFacts, project: Project) -> frozenset[str]:
    """Labels of the models of which the work may change rows: by the ORM, by a method of its
    instance, or in functions of the project that it calls; `ANY_MODEL` among them where nothing
    tells. `scope` is the handler's.
    """
    labels: set[str] = set()
    called = {c.func for c in _calls(handler.body)}
    if any(isinstance(p, ast.Attribute) and p in called for _, p in uses(handler)):
        labels.add(ANY_MODEL)
    pending: list[tuple[Sequence[ast.stmt], Scope, FileFacts]] = [(handler.body, scope, facts)]
    seen: set[ast.AST] = set()
    while pending:
        body, scope, facts = pending.pop()
        inside = {id(node) for node in _calls(body)}
        for call in facts.calls:
            if ANY_MODEL in labels:
                return frozenset(labels)  # more would say no more
            if id(call.node) not in inside:
                continue
            functions = [*callees(project, facts, call)]
            if not functions:
                name = project.symbols.resolve(call.node.func, call.scope, facts)
                labels |= models_written(call, name, facts, project)
            for path, function in functions:
                if function.node not in seen:
                    seen.add(function.node)
                    pending.append((function.node.body, function.scope, project.known(path)))
    return frozenset(labels)


def models_written(
    call: CallSite, name: str | None, facts: FileFacts, project: Project
) -> set[str]:
    """The models that a call of no function of the project writes. `name`: what it calls."""
    function = call.node.func
    if not isinstance(function, ast.Attribute) or function.attr not in WRITING:
        return set()
    if name is not None and name.partition(".")[0] not in project.first_party:
        return set()  # os.remove()
    if found.is_literal(found.keyword(call.node, "save"), False):
        return set()  # a file, without its object
    answer = project.type_of(function.value, call.scope, facts)
    labels = {*found.instances(project, answer), *found.queried(answer)}
    models = [t for t in answer.types if isinstance(t, (Instance, Manager, QuerySet))]
    if not labels and (models or not answer.known):
        return {ANY_MODEL}
    heard = {c.sender for r in project.receivers for c in r.receiver.connections}
    further = any(
        label in heard or any(found.overrides(project, label, m) for m in ("save", "delete"))
        for label in labels
    )
    return {ANY_MODEL} if further else labels


def _calls(body: Sequence[ast.stmt]) -> list[ast.Call]:
    return [node for s in body for node in descend(s) if isinstance(node, ast.Call)]
