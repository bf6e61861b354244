"""Forms and formsets that Django makes for a model: `inlineformset_factory(Order, Line)`."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemod.project.admins import forbids
from codemod.project.answers import Answer, ClassRef, Collection, Instance, Type
from codemod.project.classes import Classes, ClassInfo
from codemod.project.types import functions, members
from codemod.project.types.arguments import Given
from codemod.project.types.kinds import PENDING, UNKNOWN, Cleaned, FormOf, again, one, other, weaker

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
    saves: bool = True
    edits_only: bool = False


@dataclass(frozen=True)
class Made(ClassRef):
    """A form or formset class that a factory function made."""

    model: str = ""
    formset: FormSetOf | None = None
    untold: bool = False  # the form class that it is derived from can't be told


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
    answer = engine.of(stated[0], given.scope, given.facts) if stated else UNKNOWN
    if answer is PENDING:
        return PENDING
    labels = [engine.labels(k.cls) if isinstance(k, ClassRef) else () for k in answer.types]
    if not all(len(told) == 1 for told in labels):
        return UNKNOWN  # whatever the others are
    made: tuple[Type, ...] = tuple(_made(engine, base, told[0], place, given) for told in labels)
    return again(answer, tuple(dict.fromkeys(made)), dotted.rpartition(".")[2])


def _made(engine: Engine, base: str, label: str, place: int, given: Given) -> Made:
    """The class that a factory function makes for one model."""
    if base in _FORMSETS:
        return Made(base, label, _formset(engine, base, label, place, given))
    form = _class_in(engine, _arguments(given, place), "form", given)
    told = form is None or engine.classes.is_subclass(form, FORM)
    return Made(form if form is not None and told else base, label, untold=not told)


def _arguments(given: Given, place: int) -> dict[str | None, ast.expr]:
    """What is given to a factory function by name, and the form class that follows the model."""
    stated = {k.arg: k.value for k in given.call.keywords}
    if len(given.call.args) > place + 1:
        stated.setdefault("form", given.call.args[place + 1])
    return stated


def _class_in(
    engine: Engine, stated: Mapping[str | None, ast.expr], name: str, given: Given
) -> str | None:
    """The class that is given by a name; UNTOLD if it can't be told, None without one."""
    if name not in stated:
        return UNTOLD if None in stated else None
    kinds = engine.of(stated[name], given.scope, given.facts).types
    return kinds[0].cls if len(kinds) == 1 and isinstance(kinds[0], ClassRef) else UNTOLD


def _formset(engine: Engine, base: str, label: str, place: int, given: Given) -> FormSetOf:
    """What the arguments of a factory function say of the formset."""
    call, stated = given.call, _arguments(given, place)

    def flag(name: str, default: bool) -> bool:
        value = stated.get(name)
        if value is None:
            return default
        return bool(value.value) if isinstance(value, ast.Constant) else True

    deletes = base == _FORMSETS[1] or "generic" in ast.unparse(call.func) or None in stated
    return FormSetOf(
        base,
        label,
        form=_class_in(engine, stated, "form", given),
        base=_class_in(engine, stated, "formset", given),
        deletes=flag("can_delete", deletes or len(call.args) > place + 2),
        edits_only=flag("edit_only", False),
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
    chooses = method is not None and _names(method[1].node, "can_delete")
    deletes = (chooses or _may_delete(classes, cls)) and not forbids(classes, cls, "delete")
    saves = not forbids(classes, cls, "add", "change")
    return FormSetOf(_FORMSETS[1], label, form=form, base=base, deletes=deletes, saves=saves)


def _may_delete(classes: Classes, cls: str) -> bool:
    """Whether an inline lets its rows be deleted, as Django's classes say; a mixin behind these
    says nothing (InlineModelAdmin.can_delete)."""
    said = classes.attribute(cls, "can_delete")
    if said is None or not (isinstance(said[1], ast.Constant) and said[1].value is False):
        return True
    chain = classes.mro(cls)
    return any(
        base.startswith("django.contrib.admin.") for base in chain[: chain.index(said[0].name)]
    )


def _names(function: ast.AST, word: str) -> bool:
    """Whether code has a name as a text or as a keyword."""
    return any(
        getattr(node, "arg", None) == word or getattr(node, "value", None) == word
        for node in ast.walk(function)
    )


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
        for user in engine.classes.heirs(info.name)
        for name in ("get_inlines", "get_inline_instances", "get_formsets_with_inlines")
    ):
        return None
    listed = [e for e in engine.project.inline_entries() if users & set(e.owners)]
    return tuple(dict.fromkeys(of_inline(engine, e.model, e.cls) for e in listed))


def built(kind: Made, given: Given) -> Answer:
    """An object of a class that was made so."""
    name = kind.cls.rpartition(".")[2].removeprefix("Base")
    return one(form_of(kind), f"{name} of {kind.model}")


def form_of(kind: ClassRef) -> Instance:
    """What an object of a form or formset class is."""
    if isinstance(kind, Made):
        return kind.formset or FormOf(kind.cls, kind.model, kind.untold)
    return Instance(kind.cls)


def method(engine: Engine, base: Answer, kind: FormOf, name: str, given: Given) -> Answer:
    """A method of such an object."""
    own = None
    if engine.classes.get(kind.cls) is not None:
        own = functions.method_result(engine, kind, name, given)
    return own if own is not None else standard_method(engine, base, kind, name)


def standard_method(engine: Engine, base: Answer, kind: FormOf, name: str) -> Answer:
    """A method that Django gives such an object."""
    item = engine.instance(kind.model)
    assert item is not None
    if name == "save":
        result: Type = Collection((item,)) if kind.cls in _FORMSETS else item
        found = Answer((result,), base.tier, f"save() of {base.reason}")
        return weaker(found) if kind.untold else found
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
    if kind.untold and attr not in _DATA:
        return UNKNOWN
    own = members.of_object(engine, kind, attr) if engine.classes.get(kind.cls) else None
    return own if own is not None else other("form data")


_DATA = ("data", "errors", "fields", "files", "initial", "prefix", "save_m2m")


def forms(kind: Instance) -> tuple[Type, ...]:
    """What a loop over a formset gives."""
    if isinstance(kind, FormOf) and kind.cls in _FORMSETS:
        return (FormOf(FORM, kind.model),)
    return ()
