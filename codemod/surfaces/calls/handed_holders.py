"""What a form, formset or serializer saves whose method is handed on.

    await sync_to_async(form.save)()          objects of the form's model
    transaction.on_commit(serializer.save)    those of the serializer's
    save = formset.save                       those of its forms', which it may delete, too

Where the project overrides the method, the line within it fires.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import partial

from codemod.project.answers import Answer, Instance
from codemod.project.held import held_at, held_by
from codemod.project.project import Project
from codemod.project.types.formsets import FormSetOf
from codemod.surfaces import formset
from codemod.surfaces.calls import found
from codemod.surfaces.calls.arriving import is_last
from codemod.surfaces.calls.taken import Taken
from codemod.surfaces.objects.created import MODEL_FORM
from codemod.surfaces.rest_framework import SERIALIZER
from codemod.values.account import SAVE_SIGNALS

Fired = tuple[tuple[str, ...], str]  # the signals, the label of their sender


def fired(project: Project, taken: Taken, answer: Answer) -> Iterator[Fired]:
    """What the method fires, if it is taken off a form, a formset or a serializer."""
    if _commits_nothing(taken):
        return
    for kind in answer.types:
        if isinstance(kind, FormSetOf) and taken.node.attr in formset.METHODS:
            for signals in formset.signals_of(project, kind.model, [kind]):
                yield signals, kind.model
    held = partial(held_at, project, form=taken.node.value, scope=taken.scope, facts=taken.facts)
    holders = [k for k in answer.types if isinstance(k, Instance) and _saves(project, k.cls, taken)]
    if found.is_super(taken.node.value):
        held, holders = partial(held_by, project), [*map(Instance, _heirs(project, taken))]
    for label in found.models_of(project, holders, held)[0]:
        yield SAVE_SIGNALS, label


def _saves(project: Project, cls: str, taken: Taken) -> bool:
    """Whether the method of a form's or serializer's class is none of the project's."""
    method = taken.node.attr
    plain = project.classes.method(cls, method) is None or project.classes.is_undecided(cls, method)
    return plain and _comes_to_save(project, cls, method)


def _heirs(project: Project, taken: Taken) -> Iterable[str]:
    """The classes whose objects come from a method's `super()` to no other of the project."""
    scope, method = taken.scope.class_(), taken.node.attr
    owner = project.class_of(taken.facts, scope) if scope is not None else None
    heirs = project.classes.heirs(owner.name) if owner is not None else ()
    return [
        cls
        for cls in heirs
        if owner is not None and is_last(project, owner.name, cls, method)
        if _comes_to_save(project, cls, method)
    ]


def _comes_to_save(project: Project, cls: str, method: str) -> bool:
    """Whether the framework's method saves for objects of a class: that of a form, or of a
    serializer, where it doesn't go on to methods of the project."""
    if project.classes.is_subclass(cls, MODEL_FORM):
        return method == "save"
    parts = ("create", "update")
    return project.classes.is_subclass(cls, SERIALIZER) and (
        method in parts
        or (method == "save" and any(project.classes.method(cls, p) is None for p in parts))
    )


def _commits_nothing(taken: Taken) -> bool:
    """Whether the method is handed on together with `commit=False`."""
    if taken.call is None:
        return False
    calls = [taken.call.node, *(n for n in taken.call.parents[-1:] if isinstance(n, ast.Call))]
    return any(found.is_literal(found.keyword(call, "commit"), False) for call in calls)
