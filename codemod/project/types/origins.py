"""What an object of unknown type is taken from, and of which models it can't be then.

user.memberships.all().delete()   no model says `memberships`: a package's abstract model does,
                                  and only a model that comes from a package's has such rows

device = user.staticdevice_set.first()    so is this: rows of a package's, which
device.token_set.all().delete()           no model of the project has a relation `token_set` to

thing.receipt.delete()            whatever it is: all that the project calls `receipt` are files
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemod.facts.nodes import last_name
from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import Answer, Instance, Type
from codemod.project.external_classes import PLAIN_BASES
from codemod.project.model_tables import FOREIGN, Model
from codemod.project.types.assigned import table
from codemod.project.types.given import may_get, places
from codemod.project.types.having import is_foreign
from codemod.project.types.kinds import PENDING
from codemod.project.types.lookups import defining
from codemod.project.types.managers import KEEPING
from codemod.project.types.members import target_of_package

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_DEPTH = 5
_GIVING = KEEPING | frozenset("get first last latest earliest iterator aget afirst alast".split())


@dataclass(frozen=True)
class Origin:
    """An attribute of something known that is itself of unknown type, or one of such a thing."""

    owner: Answer
    attr: str
    whence: tuple[Origin, ...] = ()  # what the owner is taken from, where it is unknown

    @property
    def is_file(self) -> bool:
        """Whether nothing but its name tells what it is."""
        return not self.owner.types and not self.whence


def cant_be(
    engine: Engine,
    expr: ast.expr,
    scope: Scope,
    facts: FileFacts,
    model: Model,
    *,
    files: bool = True,
) -> bool:
    """Whether all that an expression can stand for is taken from what leads elsewhere. `files`: it
    is used as a file may be."""
    found = [*_origins(engine, expr, scope, facts, _DEPTH)]
    told = [origin for origin in found if origin is not None and (files or not origin.is_file)]
    if not found or len(told) < len(found):
        return False
    return not any(_may_be(engine, origin, model) for origin in told)


def _may_be(engine: Engine, origin: Origin, model: Model) -> bool:
    """Whether what is taken from there may be of a model."""
    kinds: tuple[Type, ...] = origin.owner.types
    if not kinds:
        owners = [
            owner for owner in engine.models.all()
            if not owner.abstract and any(_may_be(engine, o, owner) for o in origin.whence)
        ]  # fmt: skip
        if _is_other_side(engine, origin.attr, model):
            return True
        kinds = tuple(Instance(owner.name) for owner in owners)
    return any(_leads_to(engine, kind, origin.attr, model) for kind in kinds)


def _origins(
    engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts, depth: int, rows: bool = False
) -> Iterator[Origin | None]:
    """The attributes that an expression is taken from; None for anything else. `rows`: it is
    asked as a manager is, so it can't be a generic key's object."""
    if isinstance(expr, ast.Await):
        expr = expr.value
    if isinstance(expr, ast.Subscript):
        yield from _origins(engine, expr.value, scope, facts, depth)
    elif isinstance(expr, ast.Attribute):
        owner = engine.of(expr.value, scope, facts)
        unknown = rows and not owner.types
        whence = tuple(_origins(engine, expr.value, scope, facts, depth)) if unknown else ()
        known = [origin for origin in whence if origin is not None]
        told = owner is not PENDING and len(known) == len(whence) and (known or owner.types)
        is_file = not owner.types and _is_file(engine, expr.attr)
        yield Origin(owner, expr.attr, tuple(known)) if told or is_file else None
    elif isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute):
        if expr.func.attr in _GIVING:
            yield from _origins(engine, expr.func.value, scope, facts, depth, rows=True)
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
    owner = engine.models.by_class.get(kind.cls) if isinstance(kind, Instance) else None
    if owner is None or owner.abstract:
        return True
    if attr.startswith("_") or _is_told(engine, owner, attr):
        return True
    # What is left is the other side of a relation that can't be seen in the project's text.
    return _has_unseen(engine, target) or any(
        is_foreign(engine, name) for name in engine.classes.mro(target.name)
    )


def _is_file(engine: Engine, attr: str) -> bool:
    """Whether all that the project's classes have of a name are fields for files, and no call
    passes an object of a model by it."""
    known: dict[str, bool] = engine.tables.setdefault("files", {})
    if attr not in known:
        declared = [engine.classes.attribute(name, attr) for name in defining(engine).get(attr, ())]
        known[attr] = bool(declared) and all(
            found is not None
            and isinstance(found[1], ast.Call)
            and last_name(found[1].func).endswith(("FileField", "ImageField"))
            for found in declared
        )
        known[attr] = known[attr] and not _is_passed(engine, attr)
    return known[attr]


def _is_passed(engine: Engine, attr: str) -> bool:
    """Whether a call passes an object of a model by a name: `SimpleNamespace(receipt=order)`."""
    return any(
        isinstance(kind, Instance) and kind.cls in engine.models.by_class
        for facts in engine.project.naming(attr)
        for call in facts.calls
        for keyword in call.node.keywords
        if keyword.arg == attr
        for kind in engine.of(keyword.value, call.scope, facts).types
    )


def _has_unseen(engine: Engine, model: Model) -> bool:
    """Whether a relation of a model leads who knows where."""
    relations = [f for f in model.fields.values() if f.kind in (*FOREIGN, *_MANY)]
    return any(f.target is None and not target_of_package(engine, model, f) for f in relations)


def _is_other_side(engine: Engine, attr: str, model: Model) -> bool:
    """Whether an object of a package may reach rows of a model by a name: the model says so, by a
    relation to it or as a package's child, or the project gives something the name."""
    last = model.label.rpartition(".")[2].lower()
    names = {f.related_name for f in model.fields.values() if f.is_relation}
    named = model.label in engine.models.named_by_settings and not attr.endswith("_set")
    return (
        named
        or attr in {*names, last, f"{last}_set"}
        or attr.startswith("_")
        or _has_unseen(engine, model)
        or any(is_foreign(engine, name) for name in engine.classes.mro(model.name))
        or attr in places(engine)
    )


_MANY = ("ManyToManyField", "GenericRelation", "GenericForeignKey")


def _is_told(engine: Engine, owner: Model, attr: str) -> bool:
    """Whether the project's text, or a package's class, may give a model's objects an attribute."""
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
