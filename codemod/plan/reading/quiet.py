"""Whether a question does nothing but ask, so that it may be asked less often.

if order.is_paid() and created:      asked of new objects alone: nobody can tell
if announce(order) and created:      it announced each change of one, too
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from codemod.facts.tables import FileFacts, Scope
from codemod.plan.deletes.refusals import SENDING, is_outside
from codemod.plan.deletes.written import WRITING
from codemod.plan.reading.names import asks_only
from codemod.plan.reading.run_by import functions_of
from codemod.project.project import Project

# What changes a list, a cache or a queue, and methods that raise to say no.
_CHANGING = frozenset(
    "append extend insert pop popitem discard setdefault incr decr get_or_set acquire touch send "
    "send_robust publish enqueue full_clean check raise_for_status".split()
)


def is_quiet(
    project: Project, classes: Iterable[str], test: ast.expr, scope: Scope, facts: FileFacts
) -> bool:
    """Whether nothing that a question runs of the project writes, sends, remembers or raises.

    `classes`: those that the instance may be of. `scope` is the handler's.
    """
    if asks_only(test):
        return True
    places: list[tuple[Sequence[ast.AST], Scope, FileFacts]] = [([test], scope, facts)]
    for cls in classes:
        for home, function in functions_of(project, cls, [test], scope, facts):
            places.append((function.body, home.scopes[function], home))
    return not any(
        _acts(project, node, inner, file)
        for work, inner, file in places
        for outer in work
        for node in ast.walk(outer)
    )


def _acts(project: Project, node: ast.AST, scope: Scope, facts: FileFacts) -> bool:
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return not isinstance(node.ctx, ast.Load)
    if isinstance(node, (ast.Raise, ast.Global, ast.Nonlocal, ast.Await)):
        return True
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and node.func.attr in WRITING | SENDING | _CHANGING:
        return True
    return is_outside(project.symbols.resolve(node.func, scope, facts) or "")
