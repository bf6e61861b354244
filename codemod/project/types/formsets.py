"""Forms and formsets that Django makes for a model: `inlineformset_factory(Order, Line)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemod.project.answers import Answer, ClassRef, Collection, Instance, Type
from codemod.project.types.arguments import Given
from codemod.project.types.kinds import UNKNOWN, Cleaned, FormOf, one, other

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

FORM = "django.forms.ModelForm"
_FORMSETS = ("django.forms.BaseModelFormSet", "django.forms.BaseInlineFormSet")
_FACTORIES = {
    "django.forms.modelform_factory": (0, FORM),
    "django.forms.modelformset_factory": (0, _FORMSETS[0]),
    "django.forms.inlineformset_factory": (1, _FORMSETS[1]),
    "django.contrib.contenttypes.forms.generic_inlineformset_factory": (0, _FORMSETS[0]),
}


@dataclass(frozen=True)
class Made(ClassRef):
    """A form or formset class that a factory function made."""

    model: str = ""


def called(engine: Engine, dotted: str, given: Given) -> Answer | None:
    """What a factory function of Django gives; None for other functions."""
    if dotted == "django.forms.formset_factory":
        return other("formset class")
    rule = _FACTORIES.get(dotted)
    if rule is None:
        return None
    place, base = rule
    stated = [k.value for k in given.call.keywords if k.arg == "model"]
    stated = stated or given.call.args[place : place + 1]
    for kind in engine.of(stated[0], given.scope, given.facts).types if stated else ():
        if isinstance(kind, ClassRef):
            labels = engine.labels(kind.cls)
            if len(labels) == 1:
                return one(Made(base, labels[0]), dotted.rpartition(".")[2])
    return UNKNOWN


def built(kind: Made, given: Given) -> Answer:
    """An object of a class that was made so."""
    name = kind.cls.rpartition(".")[2].removeprefix("Base")
    return one(FormOf(kind.cls, kind.model), f"{name} of {kind.model}")


def method(engine: Engine, base: Answer, kind: FormOf, name: str) -> Answer:
    """A method of such an object."""
    item = engine.instance(kind.model)
    assert item is not None
    if name == "save":
        result: Type = Collection((item,)) if kind.cls in _FORMSETS else item
        return Answer((result,), base.tier, f"save() of {base.reason}")
    if name in ("is_valid", "save_m2m", "has_changed", "add_error", "full_clean", "as_p"):
        return other(f"result of {name}()")
    return UNKNOWN


def attribute(engine: Engine, base: Answer, kind: FormOf, attr: str) -> Answer:
    """An attribute of such an object."""
    item = engine.instance(kind.model)
    assert item is not None
    if attr in ("instance", "object"):
        if kind.cls == _FORMSETS[1]:
            return UNKNOWN  # the parent
        return Answer((item,), base.tier, f"{attr} of {base.reason}")
    if attr in ("cleaned_data", "validated_data"):
        return one(Cleaned("cleaned data", kind.cls), attr)
    if attr == "forms":
        return Answer((Collection(forms(kind)),), base.tier, base.reason)
    if attr in ("new_objects", "deleted_objects"):
        return Answer((Collection((item,)),), base.tier, f"{attr} of {base.reason}")
    return other("form data")


def forms(kind: Instance) -> tuple[Type, ...]:
    """What a loop over a formset gives."""
    if isinstance(kind, FormOf) and kind.cls in _FORMSETS:
        return (FormOf(FORM, kind.model),)
    return ()
