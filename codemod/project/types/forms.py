"""What forms and serializers hold under a field's name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.project import roles
from codemod.project.answers import Answer, ClassRef, Manager, QuerySet, Type
from codemod.project.classes import ClassInfo
from codemod.project.model_tables import FOREIGN
from codemod.project.types.iteration import iterated
from codemod.project.types.kinds import UNKNOWN, one, other

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_CHOICES = (
    "ModelChoiceField",
    "PrimaryKeyRelatedField",
    "SlugRelatedField",
    "HyperlinkedRelatedField",
)
_MANY = ("ModelMultipleChoiceField",)


def cleaned(engine: Engine, cls: str, key: str) -> Answer:
    """`cleaned_data[key]` of a form, `validated_data[key]` of a serializer."""
    declared = engine.classes.attribute(cls, key)
    if declared is not None and isinstance(declared[1], ast.Call):
        return _declared(engine, declared[0], declared[1])
    label = roles.model_of(engine.project, cls)
    model = engine.models.get(label) if label is not None else None
    field = model.fields.get(key) if model is not None else None
    if field is None or field.target is None:
        return other(field.kind) if field is not None and not field.is_relation else UNKNOWN
    if field.kind in FOREIGN:
        item = engine.instance(field.target)
        return one(item, f"form field {key}") if item is not None else UNKNOWN
    return one(QuerySet(field.target), f"form field {key}")


def _declared(engine: Engine, owner: ClassInfo, call: ast.Call) -> Answer:
    last = getattr(call.func, "attr", getattr(call.func, "id", ""))
    query = next((k.value for k in call.keywords if k.arg == "queryset"), None)
    if query is None and call.args and last in _CHOICES + _MANY:
        query = call.args[0]
    if query is None:
        dotted = engine.symbols.resolve(call.func, owner.scope, owner.facts) or ""
        plain = dotted.startswith(("django.forms.", "rest_framework.serializers."))
        return other("form value") if plain and last.endswith("Field") else UNKNOWN
    found = engine.of(query, owner.scope, owner.facts)
    many = last in _MANY or any(k.arg == "many" for k in call.keywords)
    sets: list[Type] = []
    for kind in found.types:
        if isinstance(kind, (Manager, QuerySet)):
            sets.append(QuerySet(kind.model))
        elif not isinstance(kind, ClassRef):
            return UNKNOWN
    answer = Answer(tuple(sets), found.tier, "form field")
    return answer if many or not sets else iterated(engine, answer)
