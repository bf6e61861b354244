"""Which tables the conditions of a query look at, besides that of its own rows.

Order.objects.filter(total__gt=3)                        none
Order.objects.filter(customer__name="x")                 customers
Order.objects.filter(lines__isnull=True)                 lines
Order.objects.filter(pk__in=Line.objects.values("order"))    can't be told: asked with the query
"""

from __future__ import annotations

import ast

from codemod.facts.nodes import last_name
from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import ClassRef, Instance, Manager, QuerySet
from codemod.project.model_tables import Reverse
from codemod.project.project import Project
from codemod.surfaces.objects.update_fields import COLLECTIONS

_ENDS = frozenset(
    ("", "pk", "id", "in", "exact", "isnull")
)  # of a lookup on a foreign key's column
_KEYS = ("pk", "id")
_MANY = ("ManyToManyField", "GenericRelation")
_LISTS = (ast.List, ast.Tuple, ast.Set, ast.ListComp, ast.SetComp)
# Methods of queries whose keywords are conditions, or that narrow nothing down.
_PLAIN = """
    all filter exclude order_by reverse distinct select_related prefetch_related only defer using
    select_for_update
""".split()
# What they ask is not read: `F("customer__email")`, `Lower("customer__email")`; of `_VALUES` there
# is nothing to ask.
_EXPRESSIONS = ("django.db.models.", "django.contrib.gis.", "django.contrib.postgres.")
_VALUES = ("django.db.models.Value", "django.db.models.Choices", "django.db.models.Model")


def tables(
    project: Project, query: ast.expr, label: str, scope: Scope, facts: FileFacts
) -> frozenset[str] | None:
    """The models whose rows decide which rows of a model a query finds, its own among them; None
    where that can't be told, as for a query that is not written out."""
    found = frozenset((label,))
    node = query
    while isinstance(node, (ast.Call, ast.Attribute)):
        if isinstance(node, ast.Attribute):
            if _is_narrowed(project, node, scope, facts):
                return None
            node = node.value
            continue
        function = node.func
        if node.args or not isinstance(function, ast.Attribute) or function.attr not in _PLAIN:
            return None
        for keyword in node.keywords:
            asked = looked_at(project, label, keyword.arg or "?")
            if asked is None or _is_query(project, keyword, scope, facts):
                return None
            found |= asked
        node = function.value
    if not isinstance(query, ast.Call) or not isinstance(node, ast.Name):
        return None
    kinds = project.type_of(node, scope, facts).types  # a query may have further conditions
    return found if kinds and all(isinstance(k, (ClassRef, Instance)) for k in kinds) else None


def _is_narrowed(project: Project, node: ast.expr, scope: Scope, facts: FileFacts) -> bool:
    """Whether a manager asks for less than the rows of its model, or those with an object's key: a
    class of its own says so, or rows between."""
    kinds = project.type_of(node, scope, facts).types
    return any(
        isinstance(kind, Manager)
        and (
            kind.related == "m2m"
            or (kind.cls is not None and project.classes.method(kind.cls, "get_queryset"))
        )
        for kind in kinds
    )


def looked_at(project: Project, label: str, lookup: str) -> frozenset[str] | None:
    """The models whose tables a lookup on a model's rows looks at; None where that can't be told.

    A relation to one object is a column: only what is asked of the object itself is elsewhere.
    """
    found: set[str] = set()
    at, parts = label, lookup.split("__")
    for index, part in enumerate(parts):
        model = project.models.by_label.get(at)  # of a package's that isn't known, none
        fields = model.fields if model is not None else {}
        field = fields.get(part) or fields.get(part.removesuffix("_id"))
        found.add(field.model if field is not None else at)
        if (field is not None and not field.is_relation) or part in _KEYS:
            return frozenset(found)
        rest = parts[index + 1] if index + 1 < len(parts) else ""
        if field is not None and field.target is not None and field.kind not in _MANY:
            if rest in _ENDS:
                return frozenset(found)
            at = field.target
            continue
        way = next(
            (w for w in project.models.relations(at).values() if query_name(w) == part), None
        )
        if field is not None or way is None or way.kind == "m2m":
            return None
        at = way.model
        if rest in _ENDS:
            return frozenset((*found, at))
    return frozenset((*found, at))


def query_name(way: Reverse) -> str:
    """What lookups call the way back over a relation."""
    field = way.field
    name = way.model.rpartition(".")[2].lower()
    return field.related_query_name or field.related_name or name


def _is_query(project: Project, keyword: ast.keyword, scope: Scope, facts: FileFacts) -> bool:
    """Whether a condition may hold a query of its own, which is asked anew with the outer one."""
    value = keyword.value
    held = scope.bindings.get(value.id, ()) if isinstance(value, ast.Name) else ()
    for written in (value, *(b.value for b in held if b.value is not None)):
        calls = (node for node in ast.walk(written) if isinstance(node, ast.Call))
        if any(_is_expression(project, call, scope, facts) for call in calls):
            return True
    kinds = project.type_of(value, scope, facts).types
    if any(isinstance(kind, (Manager, QuerySet)) for kind in kinds):
        return True
    # `values_list()` is a query, too; so may be what holds one.
    fetched = isinstance(value, _LISTS) or (
        isinstance(value, ast.Call) and last_name(value.func) in COLLECTIONS
    )
    return (keyword.arg or "").endswith("__in") and not fetched


def _is_expression(project: Project, call: ast.Call, scope: Scope, facts: FileFacts) -> bool:
    """Whether a call makes what the database works out, of a class of Django's or one from it."""
    chain = project.classes.mro(project.symbols.resolve(call.func, scope, facts) or "")
    return chain[-1].startswith(_EXPRESSIONS) and not any(name in _VALUES for name in chain)
