"""Forms and formsets that Django makes for a model: `inlineformset_factory(Order, Line)`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemod.project.answers import Answer, ClassRef, Collection, Instance, Type
from codemod.project.classes import ClassInfo
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


UNTOLD = "?"  # a class that is given and can't be told


@dataclass(frozen=True)
class FormSetOf(FormOf):
    """A formset, with what decides how it saves."""

    form: str | None = None  # the class given for its forms; UNTOLD if it can't be told
    base: str | None = None  # the class given for the formset itself
    deletes: bool = True
    edits_only: bool = False


@dataclass(frozen=True)
class Made(ClassRef):
    """A form or formset class that a factory function made."""

    model: str = ""
    formset: FormSetOf | None = None


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
                formset = None
                if base in _FORMSETS:
                    formset = _formset(engine, base, labels[0], place, given)
                return one(Made(base, labels[0], formset), dotted.rpartition(".")[2])
    return UNKNOWN


def _formset(engine: Engine, base: str, label: str, place: int, given: Given) -> FormSetOf:
    """What the arguments of a factory function say of the formset."""
    call = given.call
    stated = {k.arg: k.value for k in call.keywords}
    if len(call.args) > place + 1:
        stated.setdefault("form", call.args[place + 1])

    def cls(name: str) -> str | None:
        if None in stated:
            return UNTOLD
        if name not in stated:
            return None
        kinds = engine.of(stated[name], given.scope, given.facts).types
        return kinds[0].cls if len(kinds) == 1 and isinstance(kinds[0], ClassRef) else UNTOLD

    def flag(name: str, default: bool) -> bool:
        value = stated.get(name)
        if value is None:
            return default
        return bool(value.value) if isinstance(value, ast.Constant) else True

    deletes = base == _FORMSETS[1] or "generic" in ast.unparse(call.func) or None in stated
    return FormSetOf(
        base,
        label,
        cls("form"),
        cls("formset"),
        flag("can_delete", deletes or len(call.args) > place + 2),
        flag("edit_only", False),
    )


def of_inline(engine: Engine, label: str, cls: str) -> FormSetOf:
    """The formset that the admin makes for an inline class."""
    classes = engine.classes

    def given(name: str) -> str | None:
        found = classes.attribute(cls, name)
        if found is None:
            return None
        kinds = engine.of(found[1], found[0].scope, found[0].facts).types
        return kinds[0].cls if len(kinds) == 1 and isinstance(kinds[0], ClassRef) else UNTOLD

    form, base = given("form"), given("formset")
    method = classes.method(cls, "get_formset")
    if method is not None and _chooses_classes(method[1].node):
        form = base = UNTOLD
    allowed = classes.attribute(cls, "can_delete")
    deletes = allowed is None or not (
        isinstance(allowed[1], ast.Constant) and allowed[1].value is False
    )
    return FormSetOf(_FORMSETS[1], label, form, base, deletes)


def _chooses_classes(function: ast.AST) -> bool:
    """Whether a `get_formset()` does more than to change what `super()` gives it."""
    for node in ast.walk(function):
        if isinstance(node, ast.ClassDef):
            return True
        if isinstance(node, ast.keyword) and node.arg in ("form", "formset"):
            return True
        if isinstance(node, ast.Constant) and node.value in ("form", "formset"):
            return True
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if node.attr in ("form", "save", "save_new", "save_existing", "delete_existing"):
                return True
    return not any(isinstance(n, ast.Name) and n.id == "super" for n in ast.walk(function))


def of_admin(engine: Engine, info: ClassInfo) -> tuple[FormSetOf, ...] | None:
    """The formsets that an admin class saves; None where its inlines can't be told."""
    users = {info.name, *engine.classes.mro(info.name), *engine.classes.subclasses(info.name)}
    if any(
        engine.classes.method(user, name) is not None
        for user in (info.name, *engine.classes.subclasses(info.name))
        for name in ("get_inlines", "get_inline_instances", "get_formsets_with_inlines")
    ):
        return None
    listed = [e for e in engine.project.inline_entries() if users & set(e.owners)]
    return tuple(dict.fromkeys(of_inline(engine, e.model, e.cls) for e in listed))


def built(kind: Made, given: Given) -> Answer:
    """An object of a class that was made so."""
    name = kind.cls.rpartition(".")[2].removeprefix("Base")
    made = kind.formset or FormOf(kind.cls, kind.model)
    return one(made, f"{name} of {kind.model}")


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
