"""Forms and serializers of unknown class: of which models they may be.

form = get_class("shop.forms", "OrderForm")(data)
if form.is_valid():
    form.save()                 no Order, but it may save one

Whatever is asked as a form is, and is given what a form's `save()` takes, may be any of the
project's own, and what `modelform_factory()` makes of a model that can't be told.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.nodes import last_name
from codemod.facts.tables import CallSite, FileFacts
from codemod.project import roles
from codemod.project.types.formsets import Made
from codemod.project.types.veto import used

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_ASKED = frozenset(
    "is_valid add_error cleaned_data save_m2m errors has_changed changed_data validated_data "
    "initial_data is_bound non_field_errors".split()
)
_FACTORIES = ("modelform_factory", "modelformset_factory", "inlineformset_factory")
_SAVE = frozenset("using update_fields force_insert force_update".split())
_ANY = "*"  # in place of a model


def may_save(engine: Engine, call: CallSite, facts: FileFacts, label: str) -> bool:
    """Whether the unknown object of a call may be a form or serializer that saves a model."""
    known: dict[CallSite, bool] = engine.tables.setdefault("strange forms", {})
    if call not in known:
        known[call] = call.name == "save" and _is_asked(engine, call, facts)
    return known[call] and not {label, _ANY}.isdisjoint(_saved(engine))


def _is_asked(engine: Engine, call: CallSite, facts: FileFacts) -> bool:
    """Whether an object is asked, or at least called, as a form or serializer is."""
    function = call.node.func
    commit = next((k.value for k in call.node.keywords if k.arg == "commit"), None)
    commit = commit or next(iter(call.node.args), None)
    if isinstance(commit, ast.Constant) and commit.value is not True:
        return False  # it saves nothing, or is a file that is given its name
    if not isinstance(function, ast.Attribute) or _SAVE & {k.arg for k in call.node.keywords}:
        return False
    called = last_name(function.value).lower()
    if called.endswith(("form", "serializer", "formset")):
        return True
    return not _ASKED.isdisjoint(used(engine, function.value, call, facts))


def _saved(engine: Engine) -> frozenset[str]:
    """Labels of the models that forms and serializers of the project save by Django's means."""
    known: frozenset[str] | None = engine.tables.get("saved by forms")
    if known is None:
        engine.tables["saved by forms"] = frozenset()  # ends a question that comes back to itself
        known = engine.tables["saved by forms"] = frozenset(_find(engine))
    return known


def _find(engine: Engine) -> set[str]:
    found = set()
    for info in engine.classes:
        if engine.classes.is_subclass(info.name, *roles.FORMS, *roles.SERIALIZERS):
            label = roles.model_of(engine.project, info.name)
            if label is not None and engine.classes.method(info.name, "save") is None:
                found.add(label)
    for name in _FACTORIES:
        for facts, call in engine.project.calling(name):
            made = engine.of(call.node, call.scope, facts).types
            found |= {kind.model if isinstance(kind, Made) else _ANY for kind in made} or {_ANY}
    return found
