"""The rows that a query finds right before they are deleted.

    if orders: orders.delete()   ->   deleted = list(orders.all())

`delete()` asks the database anew and deletes each row once (django/db/models/query.py), while a
queryset keeps what it has fetched, a relation that is fetched ahead gives what was there then, and
a condition on several related rows finds a row as often as they are.
"""

from __future__ import annotations

import ast
from itertools import pairwise

from codemod.facts.nodes import descend, is_name
from codemod.facts.tables import CallSite
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.placing.statements import is_stable
from codemod.surfaces.removing.conditions import query_name
from codemod.surfaces.site import Site


def fresh(project: Project, site: Site, call: CallSite, queryset: ast.expr, target: str) -> str:
    """What `queryset.delete()` is about to delete, as code; `target` is the queryset's."""
    query = written_out(queryset, call)
    if any(_repeats(project, query, label) for label in site.models):
        return f"{target}.distinct()"
    ahead = found.is_fetched_ahead(project, project.known(site.file), call.scope, query)
    return f"{target}.all()" if ahead or _may_be_fetched(call, queryset) else target


def written_out(queryset: ast.expr, call: CallSite) -> ast.expr:
    """The query itself, where a variable that is bound once holds it."""
    if isinstance(queryset, ast.Name) and call.scope.kind == "function":
        bindings = call.scope.bindings.get(queryset.id, [])
        if len(bindings) == 1 and bindings[0].kind == "assign" and not bindings[0].path:
            return bindings[0].value or queryset
    return queryset


def _may_be_fetched(call: CallSite, queryset: ast.expr) -> bool:
    """Whether the rows of a queryset may have been fetched already, and kept."""
    if found.is_super(queryset):
        return True  # a queryset's own method
    if not isinstance(queryset, ast.Name):
        return is_stable(queryset)
    bindings = call.scope.bindings.get(queryset.id, ())
    if not bindings or not all(isinstance(b.value, ast.Call) and not b.path for b in bindings):
        return True
    nodes = [*descend(call.scope.node)]
    asked = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    return any(
        is_name(node, queryset.id)
        and isinstance(node.ctx, ast.Load)
        and node.lineno <= call.node.lineno
        and id(node) not in asked  # `orders.count()` keeps nothing
        for node in nodes
    )


def _repeats(project: Project, query: ast.expr, label: str) -> bool:
    """Whether a condition of a query looks at several rows for one of the model."""
    while isinstance(query, (ast.Call, ast.Attribute)):
        if isinstance(query, ast.Call) and isinstance(query.func, ast.Attribute):
            if query.func.attr == "distinct":
                return False
            if query.func.attr == "filter" and any(
                _is_of_many(project, label, k) for k in _asked(query)
            ):
                return True
        query = query.func if isinstance(query, ast.Call) else query.value
    return False


def _asked(call: ast.Call) -> list[str]:
    """The lookups of a `filter()`, those in its `Q` objects too."""
    calls = [call, *(n for a in call.args for n in descend(a) if isinstance(n, ast.Call))]
    return [k.arg for node in calls for k in node.keywords if k.arg is not None]


def _is_of_many(project: Project, label: str, lookup: str) -> bool:
    """Whether a lookup goes on from a relation that has several rows on its other side."""
    at: str | None = label
    parts = lookup.split("__")
    for part, rest in pairwise(parts):
        model = project.models.by_label.get(at or "")
        field = model.fields.get(part) if model is not None else None
        if field is not None:
            at = field.target if field.is_relation else None
            many = field.kind in ("ManyToManyField", "GenericRelation")
        else:
            ways = project.models.relations(at or "").values()
            way = next((w for w in ways if query_name(w) == part), None)
            at = way.model if way is not None else None
            many = way is not None and way.kind != "o2o"
        if many and rest != "exact":
            return True
    return False
