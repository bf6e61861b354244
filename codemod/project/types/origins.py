"""What an object of unknown type is taken from, and of which models it can't be then.

user.memberships.all().delete()   no model says `memberships`: a package's abstract model does,
                                  and only a model that comes from a package's has such rows
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import Answer, Instance, Type
from codemod.project.external_classes import PLAIN_BASES
from codemod.project.model_tables import FOREIGN, Model
from codemod.project.types.assigned import table
from codemod.project.types.given import may_get
from codemod.project.types.kinds import PENDING
from codemod.project.types.managers import KEEPING
from codemod.project.types.members import target_of_package

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_DEPTH = 5
_GIVING = KEEPING | frozenset("get first last latest earliest iterator aget afirst alast".split())


@dataclass(frozen=True)
class Origin:
    """An attribute of something known that is itself of unknown type."""

    owner: Answer
    attr: str


def cant_be(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts, model: Model) -> bool:
    """Whether all that an expression can stand for is taken from what leads elsewhere."""
    found = list(_origins(engine, expr, scope, facts, _DEPTH))
    if not found or None in found:
        return False
    return not any(
        _leads_to(engine, kind, origin.attr, model)
        for origin in found
        if origin is not None
        for kind in origin.owner.types
    )


def _origins(
    engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts, depth: int
) -> Iterator[Origin | None]:
    """The attributes that an expression is taken from; None for anything else."""
    if isinstance(expr, ast.Await):
        expr = expr.value
    if isinstance(expr, ast.Subscript):
        yield from _origins(engine, expr.value, scope, facts, depth)
    elif isinstance(expr, ast.Attribute):
        owner = engine.of(expr.value, scope, facts)
        yield Origin(owner, expr.attr) if owner.types and owner is not PENDING else None
    elif isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute):
        if expr.func.attr in _GIVING:
            yield from _origins(engine, expr.func.value, scope, facts, depth)
        else:
            yield None
    elif isinstance(expr, ast.Name) and depth:
        bound = engine.symbols.bindings(expr.id, scope)
        for binding in bound[1] if bound is not None else ():
            plain = binding.kind in ("assign", "loop", "walrus") and not binding.path
            if binding.value is None or not plain or bound is None:
                yield None
            else:
                yield from _origins(engine, binding.value, bound[0], facts, depth - 1)
        if bound is None:
            yield None
    else:
        yield None


def _leads_to(engine: Engine, kind: Type, attr: str, target: Model) -> bool:
    """Whether an attribute may lead from an object of a type to objects of a model."""
    from codemod.project.types.veto import is_foreign

    owner = engine.models.by_class.get(kind.cls) if isinstance(kind, Instance) else None
    if owner is None or owner.abstract:
        return True
    if attr.startswith("_") or _is_told(engine, owner, attr):
        return True
    # What is left is the other side of a relation that can't be seen in the project's text.
    relations = [f for f in target.fields.values() if f.kind in (*FOREIGN, *_MANY)]
    if any(f.target is None and not target_of_package(engine, target, f) for f in relations):
        return True
    return any(is_foreign(engine, name) for name in engine.classes.mro(target.name))


_MANY = ("ManyToManyField", "GenericRelation", "GenericForeignKey")


def _is_told(engine: Engine, owner: Model, attr: str) -> bool:
    """Whether the project's text, or a package's class, may give a model's objects an attribute."""
    from codemod.project.types.veto import is_foreign

    labels = (owner.label, *engine.models.subclasses(owner.label))
    for model in filter(None, map(engine.models.get, labels)):
        if attr in model.fields or attr in engine.models.relations(model.label):
            return True
        for name in engine.classes.mro(model.name):
            info = engine.classes.get(name)
            if info is None:
                if is_foreign(engine, name) or attr in PLAIN_BASES.get(name, ()):
                    return True
            elif {attr, "__getattr__"} & {*info.scope.bindings, *table(engine, info)}:
                return True
    if may_get(engine, owner.label, attr):
        return True
    return any(attr in engine.project.text(path) for path, _ in engine.project.unreadable)
