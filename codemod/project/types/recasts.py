"""Objects that get another class: `order.__class__ = Draft`.

From there on the object is of that class, or may be where the assignment may not have run.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.nodes import LOOPS, is_name
from codemod.facts.tables import FileFacts, Scope, Store
from codemod.project.answers import Answer, ClassRef, Instance, Tier
from codemod.project.types.flow import blocks_around
from codemod.project.types.kinds import UNKNOWN, union

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine


def recast(
    engine: Engine, answer: Answer, name: ast.Name, place: Scope, facts: FileFacts
) -> Answer:
    """An answer for a name with the classes that its object may have got before."""
    for store in place.stores:
        target = store.target
        if not (isinstance(target, ast.Attribute) and target.attr == "__class__"):
            continue
        if store.value is None or not is_name(target.value, name.id) or target.value is name:
            continue
        before, always = _runs_before(store, name, place)
        if before:
            given = _objects(engine.of(store.value, place, facts))
            answer = given if always else union([answer, given])
    return answer


def of_rows(engine: Engine, cls: str) -> bool:
    """Whether a model gives objects that are fetched another class: `self.__class__ = Draft`."""
    known: dict[str, bool] = engine.tables.setdefault("rows of another class", {})
    if cls not in known:
        methods = (engine.classes.method(cls, name) for name in ("from_db", "__init__"))
        known[cls] = any(
            isinstance(store.target, ast.Attribute) and store.target.attr == "__class__"
            for method in methods
            if method is not None
            for store in method[1].scope.stores
        )
    return known[cls]


def _objects(classes: Answer) -> Answer:
    """The objects of what is a class."""
    if not classes.types or not all(isinstance(kind, ClassRef) for kind in classes.types):
        return UNKNOWN
    types = tuple(Instance(kind.cls) for kind in classes.types if isinstance(kind, ClassRef))
    return Answer(types, Tier.PROVED, "its `__class__`")


def _runs_before(store: Store, name: ast.Name, place: Scope) -> tuple[bool, bool]:
    """Whether an assignment may run before the name is used, and whether it always does, with
    nothing that gives the name to another object in between."""
    line = store.target.lineno
    blocks = blocks_around(place.node, name)
    loops = [block[index] for block, index in blocks if isinstance(block[index], LOOPS)]
    if line >= name.lineno:
        return any(loop.lineno <= line <= (loop.end_lineno or 0) for loop in loops), False
    above = (statement for block, index in blocks for statement in block[:index])
    straight = any(isinstance(s, ast.Assign) and store.target in s.targets for s in above)
    bound = (getattr(b.node, "lineno", 0) for b in place.bindings.get(name.id, ()))
    return True, straight and all(at <= line for at in bound)
