"""Whether a question does nothing but ask, so that it may be asked less often.

if order.is_paid() and created:      asked of new objects alone: nobody can tell
if announce(order) and created:      it announced each change of one, too
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemod.facts.tables import FileFacts, Scope
from codemod.plan.names import asks_only
from codemod.plan.refusals import HARMLESS, OUTSIDE, SENDING
from codemod.plan.run_by import run_by
from codemod.plan.written import WRITING
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
    return asks_only(test) or not any(
        _acts(project, node, scope, facts)
        for cls in classes
        for node in run_by(project, cls, [test], scope, facts)
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
    dotted = project.symbols.resolve(node.func, scope, facts) or ""
    return dotted.startswith(OUTSIDE) and not dotted.startswith(HARMLESS)
