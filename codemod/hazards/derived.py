"""Columns that receivers keep up to date, and that the database could compute when asked.

author.num_books = author.books.count()     derived-value:
author.save()                               Author.objects.annotate(num_books=Count("books"))
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.hazards.view import Subject, View
from codemod.project.answers import Manager, QuerySet
from codemod.project.model_tables import Field
from codemod.values.account import Reason

_AGGREGATES = ("Count", "Sum", "Avg", "Min", "Max")
_CHAIN = ("all", "filter")


@dataclass(frozen=True)
class Value:
    """An aggregate over rows that belong to one object."""

    function: str  # "Count", "Sum", ...
    owner: ast.expr  # whose rows they are
    relation: str  # name of the rows in queries of the owner's model
    field: str = ""  # what is summed up
    where: tuple[str, ...] = ()  # "kind='x'" of further conditions


def find(view: View) -> Iterator[tuple[str, Reason]]:
    """Assignments and updates of such columns."""
    for subject in view.subjects:
        finder = _Finder(view, subject)
        seen: set[str] = set()
        for node in subject.walk():
            for column, owner, model, value, line in finder.derived(node):
                if finder.label(value.owner) != model or not _same(
                    owner, value.owner, model, finder
                ):
                    continue
                query = _query(model, column, value)
                if query not in seen:
                    seen.add(query)
                    text = f"{model}.{column} could be computed: {query}"
                    yield subject.name, subject.reason("derived-value", line, text)


Found = tuple[str, ast.expr | None, str, Value, int]


class _Finder:
    def __init__(self, view: View, subject: Subject) -> None:
        self.view = view
        self.subject = subject
        self.scope = subject.facts.scopes[subject.function.node]
        self.bound: dict[str, ast.expr | None] = {}
        for node in subject.walk():
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                self.bound[name] = None if name in self.bound else node.value

    def derived(self, node: ast.AST) -> Iterator[Found]:
        """(column, object, its model, value, line) of what a node stores."""
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Attribute):
                value = self.value(node.value)
                model = self.label(target.value)
                if value is not None and model and self.has_column(model, target.attr):
                    yield target.attr, target.value, model, value, node.lineno
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Attribute):
            model = self.label(node.target.value)
            if model and isinstance(node.op, (ast.Add, ast.Sub)):
                counted = self.counted(node.target.value, model, node.value)
                if counted is not None and self.has_column(model, node.target.attr):
                    yield node.target.attr, node.target.value, model, counted, node.lineno
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "update" and not node.args:
                yield from self.updated(node, node.func.value)

    def updated(self, node: ast.Call, query: ast.expr) -> Iterator[Found]:
        """`Book.objects.filter(pk=instance.pk).update(tag_count=instance.tags.count())`."""
        model = self.queried(query)
        for keyword in node.keywords:
            if model is None or keyword.arg is None or not self.has_column(model, keyword.arg):
                continue
            value = self.value(keyword.value)
            if value is not None:
                yield keyword.arg, None, model, value, node.lineno

    def has_column(self, model: str, name: str) -> bool:
        """Whether the model has this as a plain column."""
        known = self.view.project.models.by_label.get(model)
        field = known.fields.get(name) if known is not None else None
        return field is not None and not field.is_relation

    def value(self, expr: ast.expr) -> Value | None:
        """The aggregate that an expression is."""
        expr = self.resolved(expr)
        if isinstance(expr, ast.BoolOp) and isinstance(expr.op, ast.Or):
            expr = self.resolved(expr.values[0])  # `... or 0`
        if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute):
            if expr.func.attr == "count" and not expr.args:
                return self.rows("Count", expr.func.value)
        if isinstance(expr, ast.Subscript) and isinstance(expr.slice, ast.Constant):
            call = self.resolved(expr.value)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                if call.func.attr == "aggregate" and len(call.args) + len(call.keywords) == 1:
                    inner = call.args[0] if call.args else call.keywords[0].value
                    return self.aggregate(inner, call.func.value)
        return None

    def aggregate(self, inner: ast.expr, rows: ast.expr) -> Value | None:
        """`Sum("amount")` over some rows."""
        if not isinstance(inner, ast.Call) or len(inner.args) != 1 or inner.keywords:
            return None
        name = ast.unparse(inner.func).rpartition(".")[2]
        field = inner.args[0]
        if name not in _AGGREGATES or not isinstance(field, ast.Constant):
            return None
        found = self.rows(name, rows)
        if found is None:
            return None
        return Value(name, found.owner, found.relation, str(field.value), found.where)

    def rows(self, function: str, expr: ast.expr) -> Value | None:
        """Rows of one object: `author.books.filter(...)`, `Book.objects.filter(author=author)`."""
        where: list[ast.keyword] = []
        expr = self.resolved(expr)
        while isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute):
            if expr.func.attr not in _CHAIN or expr.args:
                return None
            where += expr.keywords
            expr = self.resolved(expr.func.value)
        if any(keyword.arg is None for keyword in where) or not isinstance(expr, ast.Attribute):
            return None
        answer = self.view.project.type_of(expr, self.scope, self.subject.facts)
        managers = [t for t in answer.types if isinstance(t, Manager)]
        if len(managers) != 1:
            return None
        manager = managers[0]
        owner: ast.expr | None = None
        relation: str | None = None
        if manager.related in ("fk", "m2m"):
            owner, relation = expr.value, self.relation(expr)
        else:
            for keyword in where:
                found = self.foreign(manager.model, keyword)
                if found is not None:
                    owner, relation = keyword.value, _query_name(found)
                    where.remove(keyword)
                    break
        if owner is None or relation is None:
            return None
        if not all(isinstance(k.value, (ast.Constant, ast.Attribute)) for k in where):
            return None
        if any(self.mentions_instance(k.value) for k in where):
            return None
        conditions = tuple(f"{relation}__{k.arg}={ast.unparse(k.value)}" for k in where)
        return Value(function, owner, relation, "", conditions)

    def mentions_instance(self, expr: ast.expr) -> bool:
        """Whether a condition depends on the one object that was saved."""
        return any(self.subject.is_instance(node) for node in ast.walk(expr))

    def relation(self, expr: ast.Attribute) -> str | None:
        """What a query calls the relation behind `owner.books`."""
        label = self.label(expr.value)
        model = self.view.project.models.by_label.get(label or "")
        if model is None or label is None:
            return None
        if expr.attr in model.fields:
            return expr.attr
        reverse = self.view.project.models.relations(label).get(expr.attr)
        return _query_name(reverse.field) if reverse is not None else None

    def foreign(self, model: str, keyword: ast.keyword) -> Field | None:
        """The ForeignKey of `filter(author=author)`."""
        known = self.view.project.models.by_label.get(model)
        field = known.fields.get(keyword.arg or "") if known is not None else None
        if field is None or field.kind != "ForeignKey" or self.label(keyword.value) != field.target:
            return None
        return field

    def counted(self, owner: ast.expr, model: str, amount: ast.expr) -> Value | None:
        """`instance.author.num_books += 1`: as many as there are rows of the sender."""
        if not isinstance(amount, ast.Constant) or amount.value != 1:
            return None
        owner = self.resolved(owner)
        if not isinstance(owner, ast.Attribute) or not self.subject.is_instance(owner.value):
            return None
        for label in self.subject.senders():
            sender = self.view.project.models.by_label.get(label)
            field = sender.fields.get(owner.attr) if sender is not None else None
            if field is not None and field.kind == "ForeignKey" and field.target == model:
                return Value("Count", owner, _query_name(field))
        return None

    def label(self, expr: ast.expr) -> str | None:
        """The one model that an expression is an object of."""
        labels = self.view.labels(expr, self.subject)
        return labels[0] if len(labels) == 1 else None

    def queried(self, expr: ast.expr) -> str | None:
        """The one model that a manager or queryset is of."""
        answer = self.view.project.type_of(expr, self.scope, self.subject.facts)
        models = {t.model for t in answer.types if isinstance(t, (Manager, QuerySet))}
        return models.pop() if len(models) == 1 else None

    def resolved(self, expr: ast.expr) -> ast.expr:
        """What a local name that is bound once stands for."""
        if isinstance(expr, ast.Name) and not self.subject.is_instance(expr):
            return self.bound.get(expr.id) or expr
        return expr


def _same(owner: ast.expr | None, other: ast.expr, model: str, finder: _Finder) -> bool:
    """Whether the column is one of the object whose rows are counted."""
    if owner is None:
        return True
    return ast.dump(finder.resolved(owner)) == ast.dump(finder.resolved(other))


def _query_name(field: Field) -> str:
    """What queries call the way back over a relation."""
    return field.related_query_name or field.related_name or field.model.rpartition(".")[2].lower()


def _query(model: str, column: str, value: Value) -> str:
    path = f"{value.relation}__{value.field}" if value.field else value.relation
    arguments = f'"{path}"'
    if value.where:
        arguments += f", filter=Q({', '.join(value.where)})"
    return f"{model.rpartition('.')[2]}.objects.annotate({column}={value.function}({arguments}))"
