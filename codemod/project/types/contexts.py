"""What `with X as y` gives `y`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import Answer, Callable, Instance, Other
from codemod.project.types.iteration import iterated
from codemod.project.types.kinds import PENDING, UNKNOWN, is_open, union

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine


def entered(engine: Engine, value: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    """What a context manager hands over."""
    from codemod.project.types.functions import method_result

    answer = engine.of(value, scope, facts)
    if answer is PENDING or not answer.types:
        return answer
    parts: list[Answer] = []
    for kind in answer.types:
        alone = Answer((kind,), answer.tier, answer.reason)
        if isinstance(kind, Instance):
            parts.append(method_result(engine, kind, "__enter__", None) or UNKNOWN)
        elif isinstance(kind, Other) and not is_open(kind):
            parts.append(alone)
        elif _is_context_function(engine, value, scope, facts):
            parts.append(iterated(engine, alone))
        else:
            parts.append(UNKNOWN)
    return union(parts)


def _is_context_function(engine: Engine, value: ast.expr, scope: Scope, facts: FileFacts) -> bool:
    """Whether the value is a call of a generator function (`@contextmanager`)."""
    from codemod.project.types.functions import find_functions

    if not isinstance(value, ast.Call):
        return False
    called = engine.of(value.func, scope, facts)
    for kind in called.types:
        if isinstance(kind, Callable):
            decorators = (
                d for f in find_functions(engine, kind.name) for d in f.node.decorator_list
            )
            if any("contextmanager" in ast.unparse(decorator) for decorator in decorators):
                return True
    return False
