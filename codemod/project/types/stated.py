"""A type checker's word beside the rules': it fills gaps with models, and casts doubt.

The rules know Django, which checkers do not; so a checker is believed only where it names classes
of the project: models where the rules know nothing, and other classes than the rules' as a doubt.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.tables import FileFacts
from codemod.project.answers import Answer, Instance, Tier

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine


def weighed(engine: Engine, expr: ast.expr, facts: FileFacts, answer: Answer) -> Answer:
    """The rules' answer to what an expression is, in the light of what the checker says."""
    stated = engine.project.stated
    if stated is None or expr.end_lineno is None or expr.end_col_offset is None:
        return answer
    position = (expr.lineno, expr.col_offset, expr.end_lineno, expr.end_col_offset)
    named = stated.classes.get(facts.path, {}).get(position, ())
    classes = [engine.symbols.canonical(name, facts.path) for name in named]
    types = tuple(Instance(cls) for cls in classes if cls is not None and _is_plain(engine, cls))
    if not types or len(types) < len(named):
        return answer
    if not answer.known:
        models = all(engine.is_model(kind.cls) for kind in types)
        return Answer(types, Tier.INFERRED, f"{stated.by} says so") if models else answer
    if all(any(_agree(engine, ours.cls, kind.cls) for kind in types) for ours in _objects(answer)):
        return answer
    names = ", ".join(kind.cls.rpartition(".")[2] for kind in types)
    return Answer((*answer.types, *types), Tier.POSSIBLE, f"{stated.by} says {names}")


def _is_plain(engine: Engine, cls: str) -> bool:
    """Whether calling a class of the project gives an object of it: a factory's call does not."""
    own = [base for base in engine.classes.mro(cls) if base != "builtins.object"]
    return engine.is_model(cls) or all(engine.classes.get(base) is not None for base in own)


def _objects(answer: Answer) -> list[Instance]:
    return [kind for kind in answer.types if isinstance(kind, Instance)]


def _agree(engine: Engine, one: str, other: str) -> bool:
    return engine.classes.is_subclass(one, other) or engine.classes.is_subclass(other, one)
