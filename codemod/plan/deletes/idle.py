"""Work that leaves no trace when its object goes together with a parent.

    @receiver(post_delete, sender=Line)
    def update_total(sender, instance, **kwargs):
        lines = Line.objects.filter(bill_id=instance.bill_id)
        Bill.objects.filter(pk=instance.bill_id).update(total=lines.aggregate(...)["sum"])

When a bill is deleted, this updates the row that the same statement deletes: `update()` fires
no signal (SEMANTICS 2.9), so no call is owed there. Anything that is not plainly such an update,
a query or a computation is taken for an effect.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.nodes import descend
from codemod.facts.tables import FileFacts
from codemod.plan.deletes.cascades import Way
from codemod.plan.reading.handler import Handler
from codemod.project.project import Project

QUERIES = frozenset(
    "filter exclude all aggregate annotate alias count exists values values_list order_by distinct "
    "select_related only defer".split()
)
EXPRESSIONS = ("django.db.models.", "builtins.")


def is_idle(
    handler: Handler, facts: FileFacts, project: Project, model: str, ways: list[Way]
) -> bool:
    """Whether work for a row of `model` has no effect if its ancestor goes in these ways."""
    roots = {way.lookup.partition("__")[0] for way in ways}
    fields = project.models.by_label[model].fields
    if len(roots) != 1 or handler.hides_instance:
        return False
    root = roots.pop()
    target = fields[root].target if root in fields else None
    if target is None:
        return False
    return all(_is_idle(s, root, target, facts, project) for s in handler.body)


def _is_idle(
    statement: ast.stmt, root: str, target: str, facts: FileFacts, project: Project
) -> bool:
    if isinstance(statement, ast.If):
        return _is_read(statement.test, facts, project) and all(
            _is_idle(s, root, target, facts, project) for s in (*statement.body, *statement.orelse)
        )
    if isinstance(statement, (ast.Pass, ast.Return)):
        return getattr(statement, "value", None) is None
    if isinstance(statement, ast.Assign):
        names = all(isinstance(t, ast.Name) for t in statement.targets)
        return names and _is_read(statement.value, facts, project)
    value = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return False
    return (
        value.func.attr == "update"
        and not value.args
        and all(_is_read(k.value, facts, project) for k in value.keywords)
        and _is_the_row(value.func.value, root, target, facts, project)
    )


def _is_the_row(
    query: ast.expr, root: str, target: str, facts: FileFacts, project: Project
) -> bool:
    """Whether it is `Bill.objects.filter(pk=instance.bill_id)`."""
    if not isinstance(query, ast.Call) or not isinstance(query.func, ast.Attribute):
        return False
    manager = query.func.value
    if query.func.attr != "filter" or query.args or len(query.keywords) != 1:
        return False
    if not isinstance(manager, ast.Attribute) or manager.attr != "objects":
        return False
    model = project.models.label_of(manager.value, facts.scope, facts)
    keyword = query.keywords[0]
    own = (f"instance.{root}_id", f"instance.{root}.pk", f"instance.{root}.id")
    return model == target and keyword.arg in ("pk", "id") and ast.unparse(keyword.value) in own


def _is_read(value: ast.expr, facts: FileFacts, project: Project) -> bool:
    """Whether an expression only queries and computes."""
    return all(_is_query(call, facts, project) for call in _calls(value)) and not any(
        isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr))
        for node in descend(value)
    )


def _calls(value: ast.expr) -> Iterator[ast.Call]:
    return (node for node in descend(value) if isinstance(node, ast.Call))


def _is_query(call: ast.Call, facts: FileFacts, project: Project) -> bool:
    resolved = project.symbols.resolve(call.func, facts.scope, facts)
    if resolved is not None and resolved.startswith(EXPRESSIONS):
        return True
    return isinstance(call.func, ast.Attribute) and call.func.attr in QUERIES
