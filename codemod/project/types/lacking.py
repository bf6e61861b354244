"""Types that an expression can't be of, since they lack the attribute that is taken of it.

thing = get_order() if paid else get_cart()
thing.receipts.all()        an Order, where no Cart has receipts: else it would raise
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import Answer, ClassRef, Collection, Instance, Other, Tier, Type
from codemod.project.types.given import places
from codemod.project.types.having import has

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_BUILT_IN = frozenset("list tuple set str int bool float bytes".split())


def without(engine: Engine, answer: Answer, attr: str, called: bool = False) -> Answer:
    """An answer without the types that lack an attribute, or a method, where some have it."""
    if len(answer.types) < 2:
        return answer
    left = tuple(kind for kind in answer.types if not lacks(engine, kind, attr, called))
    if not left or len(left) == len(answer.types):
        return answer
    return Answer(left, answer.tier, answer.reason)


def without_values(answer: Answer, attr: str) -> Answer:
    """An answer without built-in values that lack an attribute: `True` where others have users."""
    if len(answer.types) < 2:
        return answer
    left = tuple(kind for kind in answer.types if not _is_value_without(kind, attr))
    return Answer(left or answer.types, answer.tier, answer.reason)


def _is_value_without(kind: Type, attr: str) -> bool:
    return (
        type(kind) is Other
        and kind.what in _BUILT_IN
        and not hasattr(getattr(builtins, kind.what), attr)
    )


def is_of_nothing(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> bool:
    """Whether an expression takes of an object what it doesn't have: a line that never gets on."""
    if not isinstance(expr, ast.Attribute):
        return False
    owner = engine.of(expr.value, scope, facts)
    known = owner.tier is Tier.PROVED and owner.types
    return bool(known) and all(
        isinstance(kind, Instance) and lacks(engine, kind, expr.attr) for kind in owner.types
    )


def lacks(engine: Engine, kind: Type, attr: str, called: bool = False) -> bool:
    """Whether nothing gives things of a type an attribute, or a method."""
    if isinstance(kind, Collection):
        return not hasattr(list, attr) and not hasattr(set, attr)
    if type(kind) is Other:
        return _is_value_without(kind, attr)
    if not isinstance(kind, (Instance, ClassRef)):
        return False
    model = engine.models.by_class.get(kind.cls)
    if model is not None:
        return not model.abstract and not has(engine, model, attr, called)
    if engine.classes.get(kind.cls) is None or engine.is_model(kind.cls):
        return False
    return attr not in places(engine) and not any(
        _gives(engine, name, attr)
        for name in (*engine.classes.mro(kind.cls), *engine.classes.subclasses(kind.cls))
    )


def _gives(engine: Engine, cls: str, attr: str) -> bool:
    """Whether a class may give its objects an attribute."""
    from codemod.project.types.assigned import table

    info = engine.classes.get(cls)
    if info is None:
        owner = getattr(builtins, cls.removeprefix("builtins."), None)
        return hasattr(owner, attr) if cls.startswith("builtins.") else True
    if attr in info.scope.bindings or attr in table(engine, info):
        return True
    methods = info.definition.methods
    return "__getattr__" in methods or "__getattribute__" in methods or attr.startswith("__")
