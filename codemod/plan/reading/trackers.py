"""What a package remembers of an object until its save is over.

    tracker = FieldTracker()                        django-model-utils, which wraps `save_base()`
    if instance.tracker.has_changed("state"):       in a receiver: what this save changes
    if order.tracker.has_changed("state"):          after order.save(): nothing has changed

So do the mixins of django-dirtyfields, which listens to `post_save` itself, and others, Django's
own users, which forget the password that they were set, and bases of the project that override
`save_base()`. Work of a `post_save` receiver that asks them, itself or
in what it calls of the project, can't run after the save. Before 4.1, django-model-utils wraps the
model's `save()` as a whole: at the end of that it still knows, and the work can run there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set
from dataclasses import dataclass

from codemod.facts.tables import FileFacts, Scope
from codemod.plan.model_methods.saving_on import told_anew
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.run_by import run_by
from codemod.project.project import Project

_WRAPS_SAVE_BASE = (4, 1)
_TRACKERS = ("FieldTracker", "ModelTracker")
_MIXINS = {
    "AbstractBaseUser": ("_password",),  # django/contrib/auth/base_user.py, save()
    "ChangesMixin": ("changes", "old_changes", "old_state", "previous_state", "was_persisted"),
    "DirtyFieldsMixin": ("is_dirty", "get_dirty_fields"),
    "LifecycleModel": ("has_changed", "initial_value"),
    "LifecycleModelMixin": ("has_changed", "initial_value"),
    "TranslatedFieldsModel": ("is_modified",),
    "TranslatedFieldsModelMixin": ("is_modified",),
}


@dataclass(frozen=True)
class Told:
    """Work asks what a save changes, by an attribute."""

    attribute: str
    lasts: bool  # to the end of the model's own `save()`


def forgotten(
    project: Project, label: str, handler: Handler, facts: FileFacts, scope: Scope
) -> Told | None:
    """How work asks what a save of the model changes; None if it doesn't."""
    model = project.models.by_label.get(label)
    names = frozenset(_names(project, model.name)) if model is not None else frozenset()
    if not names or model is None:
        return None
    asked = dict.fromkeys(_asked(project, model.name, names, handler, facts, scope))
    passing = [name for name in asked if not _lasts(project, model.name, name)]
    return next((Told(name, not passing) for name in (*passing, *asked)), None)


def _lasts(project: Project, cls: str, name: str) -> bool:
    """Whether an attribute is a tracker of the class itself that is reset behind its `save()`."""
    version = project.pins.get("django-model-utils")
    wraps_save = version is not None and version < _WRAPS_SAVE_BASE
    return wraps_save and name in _trackers(project, cls)


def _asked(
    project: Project,
    cls: str,
    names: Set[str],
    handler: Handler,
    facts: FileFacts,
    scope: Scope,
) -> Iterator[str]:
    """Those of some attributes that work reads, itself or in what it calls of the project."""
    nodes = run_by(project, cls, handler.body, scope, facts)
    return (n.attr for n in nodes if isinstance(n, ast.Attribute) and n.attr in names)


def _names(project: Project, cls: str) -> Iterator[str]:
    """The attributes and methods of a model that tell of its last change."""
    yield from told_anew(project, cls)
    for ancestor in project.classes.mro(cls):
        yield from _MIXINS.get(ancestor.rpartition(".")[2], ())
        yield from _trackers(project, ancestor)


def _trackers(project: Project, cls: str) -> Iterator[str]:
    """The attributes in a class's own body that are trackers of django-model-utils."""
    info = project.classes.get(cls)
    for name, value in info.definition.attributes.items() if info is not None else ():
        made = value.func if isinstance(value, ast.Call) else None
        if isinstance(made, (ast.Name, ast.Attribute)):
            if ast.unparse(made).rpartition(".")[2] in _TRACKERS:
                yield name
