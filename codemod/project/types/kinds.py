"""Types that only the rules themselves need, and the arithmetic of answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from codemod.project.answers import Answer, Collection, Instance, Other, Tier, Type
from codemod.project.types.packages import gives_no_models


@dataclass(frozen=True)
class Dict(Other):
    """A dictionary; no types where its values or its keys are not known."""

    values: tuple[Type, ...] = ()
    keys: tuple[tuple[str, tuple[Type, ...]], ...] = ()  # values under keys that are literal texts
    index: tuple[Type, ...] = ()  # what the keys are


#: Methods of models, managers and serializers that fire: what a text may name.
FIRING = frozenset(
    """
    save asave delete adelete update create acreate get_or_create aget_or_create update_or_create
    aupdate_or_create create_user acreate_user create_superuser acreate_superuser
    """.split()
)


@dataclass(frozen=True)
class Text(Other):
    """A text that stands in the code; `value` if that is one of `FIRING`, empty for any other."""

    value: str = ""


@dataclass(frozen=True)
class Namespace(Other):
    """A `SimpleNamespace(user=user, orders=orders)`."""

    attributes: tuple[tuple[str, tuple[Type, ...]], ...] = ()  # those that it is made with


@dataclass(frozen=True)
class Module(Other):
    """A module of the project, or a module, function or object of a package; `what` is its name."""


_OBJECT = Other("object")


@dataclass(frozen=True)
class Bound(Other):
    """A method taken off an object: `what` is the method's name."""

    receiver: Type = _OBJECT


@dataclass(frozen=True)
class Descriptor(Other):
    """A reverse relation taken off a class, `User.profile`: `model` is where it leads."""

    model: str = ""


@dataclass(frozen=True)
class Options(Other):
    """A model's `_meta`; `cls` is the model's class."""

    cls: str = ""


@dataclass(frozen=True)
class FieldOf(Other):
    """A field of the model of a class, `Order._meta.get_field("tags")`; or its `remote_field`."""

    cls: str = ""
    name: str = ""


# What of a model's options leads to models again.
LEADING = frozenset(
    "apps concrete_fields default_apps fields get_field get_fields get_parent_list many_to_many "
    "parents related_objects".split()
)


@dataclass(frozen=True)
class Super(Other):
    """`super()` in a method of the class `owner`, for an object `of`."""

    owner: str = ""
    of: Type = _OBJECT


@dataclass(frozen=True)
class Cleaned(Other):
    """The `cleaned_data` of a form or the `validated_data` of a serializer."""

    cls: str = ""


@dataclass(frozen=True)
class FormOf(Instance):
    """A form, formset or serializer of a model that has no class of its own in the project, or one
    that a factory function derives from such a class."""

    model: str = ""
    untold: bool = False  # what it is derived from can't be told


#: Nothing is known.
UNKNOWN = Answer((), Tier.POSSIBLE, "its type is not known")
#: The question is being asked already: whatever else is found answers it.
PENDING = Answer((), Tier.PROVED, "")
NONE = Answer((Other("None"),), Tier.PROVED, "None")
#: The class of a many-to-many relation's rows: which one, nothing tells.
THROUGH = Other("through")
#: A list or set that nothing is in: what comes out of it is nothing.
NOTHING = Collection(NONE.types)
NO_ITEMS = Dict("dict", NONE.types, (), NONE.types)

#: Things that can hold or give back objects of any kind.
_OPEN = frozenset(
    """
    dict list tuple set object data kwargs context request None factory view function through
    """.split()
)
_ORDER = (Tier.PROVED, Tier.INFERRED, Tier.POSSIBLE, Tier.IMPOSSIBLE)


def is_open(kind: Other) -> bool:
    """Whether what comes out of such a thing can be anything."""
    if kind.what in _OPEN or isinstance(kind, (Dict, Super, Cleaned)):
        return True
    # An object of a package's class may hold models: `sociallogin.user`.
    return "." in kind.what and not gives_no_models(kind.what)


def is_closed(kind: Type) -> bool:
    """Whether it is a number, a text, a date, a `Q`: nothing that holds objects of models."""
    return isinstance(kind, Other) and not is_open(kind)


def is_dict(answer: Answer) -> bool:
    """Whether something may be a dictionary."""
    return any(isinstance(k, Dict) or getattr(k, "what", "") == "dict" for k in answer.types)


def one(kind: Type, reason: str, tier: Tier = Tier.PROVED) -> Answer:
    """An answer of a single type."""
    return Answer((kind,), tier, reason)


def other(what: str, reason: str = "") -> Answer:
    """Something known that is no model."""
    return Answer((Other(what),), Tier.PROVED, reason or what)


def worse(*tiers: Tier) -> Tier:
    """The least sure of some tiers."""
    return max(tiers, key=_ORDER.index, default=Tier.PROVED)


def union(answers: Iterable[Answer]) -> Answer:
    """What holds if any of the answers may hold: unknown if one is; `None` is left out."""
    found: list[Answer] = []
    for answer in answers:
        if answer is not PENDING:
            if not answer.types:
                return UNKNOWN  # whatever the others are
            found.append(answer)
    if not found:
        return PENDING
    solid = [answer for answer in found if answer.types != NONE.types]
    if not solid:
        return NONE
    if len(solid) == 1:
        return solid[0]
    types = tuple(dict.fromkeys(kind for answer in solid for kind in answer.types))
    if len(types) > 1:
        types = tuple(kind for kind in types if kind != NONE.types[0])
    reasons = list(dict.fromkeys(answer.reason for answer in solid))
    reason = reasons[0] if len(reasons) == 1 else " or ".join(reasons[:2])
    return Answer(types, worse(*(answer.tier for answer in solid)), reason)


def weaker(answer: Answer, tier: Tier = Tier.INFERRED, reason: str = "") -> Answer:
    """The same types, at most this sure."""
    if answer is PENDING or not answer.types:
        return answer
    return Answer(answer.types, worse(answer.tier, tier), reason or answer.reason)


def again(answer: Answer, types: tuple[Type, ...], reason: str = "") -> Answer:
    """Other types derived from an answer, as sure as it was."""
    return Answer(types, answer.tier, reason or answer.reason)
