"""What receivers write, and whom that fires: the edges of the graph."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts
from codemod.hazards.view import Reached, Subject, View, is_asked_for
from codemod.plan.deletes.cascades import ways
from codemod.project.answers import Instance, Tier
from codemod.surfaces.calls import found
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, Connection
from codemod.values.inventory import Write

BULK = ("update", "bulk_create", "bulk_update", "aupdate", "abulk_create", "abulk_update")
_SAVES = ("save", "asave")
_MADE = ("create", "acreate", "get_or_create", "update_or_create")


def writes(view: View, subject: Subject) -> tuple[Write, ...]:
    """The writes of a receiver, those of the functions it calls included."""
    known = view.writes.get(subject)
    if known is None:
        collected: dict[tuple[str, str, int], Write] = {}
        for reached in view.reached(subject):
            for write in (*_at_sites(view, subject, reached), *_by_calls(view, subject, reached)):
                collected.setdefault((write.model, write.file, write.line), write)
        known = view.writes[subject] = tuple(collected.values())
    return known


def _at_sites(view: View, subject: Subject, reached: Reached) -> Iterator[Write]:
    span = reached.facts.lines.span(reached.function.node)
    for site in view.sites_by_file.get(reached.facts.path, ()):
        if site.never or site.tier is Tier.POSSIBLE or not span.contains(site.span):
            continue
        if site.cls is not None and site.call is None:
            continue  # a class that inherits its saves: nothing runs here
        if reached.via and site.call is not None:
            # Who calls an overridden save() is a write already.
            if reached.is_override or is_asked_for(reached, site.call):
                continue
        created: str | None = site.created
        if site.call is not None and _is_own(subject, reached, site.call.node.func):
            created = "false"  # the object is saved already
        models = site.models
        if reached.cls is not None and len(models) > 1:
            models = tuple(m for m in models if m in view.project.types.engine.labels(reached.cls))
        for model in models:
            at = reached.line if reached.via else site.span.line
            yield Write(model, site.signals, created, site.file, site.span.line, at, reached.via)


def _by_calls(view: View, subject: Subject, reached: Reached) -> Iterator[Write]:
    """Bulk operations, and saves of models whose own `save()` is where the signal fires."""
    for call in view.calls(reached.facts, reached.function):
        function = call.node.func
        if not isinstance(function, ast.Attribute):
            continue
        if reached.via and is_asked_for(reached, call):
            continue
        if call.name in BULK:
            for model in view.query(function.value, call, reached.facts):
                yield _write(model, (), None, reached, call)
        elif call.name in _SAVES:
            for model in _objects(view, function.value, call, reached.facts):
                if found.overrides(view.project, model, "save"):
                    own = _is_own(subject, reached, function)
                    yield _write(model, SAVE_SIGNALS, "false" if own else "dynamic", reached, call)
        elif call.name in _MADE:
            for model in view.query(function.value, call, reached.facts):
                if found.overrides(view.project, model, "save"):
                    created = "dynamic" if call.name == "update_or_create" else "true"
                    yield _write(model, SAVE_SIGNALS, created, reached, call)
        elif call.name in ("delete", "adelete"):
            for model in _objects(view, function.value, call, reached.facts):
                if found.overrides(view.project, model, "delete"):
                    yield _write(model, DELETE_SIGNALS, None, reached, call)


def _write(
    model: str, signals: tuple[str, ...], created: str | None, reached: Reached, call: CallSite
) -> Write:
    line = call.node.lineno
    at = reached.line if reached.via else line
    return Write(model, signals, created, reached.facts.path, line, at, reached.via)


def _objects(view: View, expr: ast.expr, call: CallSite, facts: FileFacts) -> list[str]:
    answer = view.sure(expr, call, facts)
    labels: list[str] = []
    for kind in answer.types if answer is not None else ():
        if isinstance(kind, Instance):
            labels += view.project.types.engine.labels(kind.cls)
    return labels


def _is_own(subject: Subject, reached: Reached, function: ast.expr) -> bool:
    """Whether it is `instance.save()` in a receiver that runs after the save."""
    return (
        not reached.via
        and isinstance(function, ast.Attribute)
        and subject.is_instance(function.value)
        and all(c.signal != "pre_save" for c in subject.connections)
    )


def fires(view: View, write: Write, subject: Subject, connection: Connection) -> bool:
    """Whether a write runs a receiver's work through one of its connections."""
    if connection.sender in (None, "?") or connection.signal not in write.signals:
        return False
    if connection.signal in SAVE_SIGNALS:
        wanted = subject.handler.only_created
        if wanted is not None and write.created == ("false" if wanted else "true"):
            return False
        return connection.sender == write.model
    if connection.signal in DELETE_SIGNALS:
        return connection.sender == write.model or any(
            way.ancestor == write.model for way in ways(view.project, connection.sender or "")
        )
    return connection.sender == write.model
