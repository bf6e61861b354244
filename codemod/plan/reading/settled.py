"""Work that runs before and after a change of a relation, of which only the second run lasts.

    @receiver(m2m_changed, sender=Image.likes.through)
    def count_likes(sender, instance, **kwargs):        pre_add: the old number, saved
        instance.total = instance.likes.count()         post_add: the new one, in the same
        instance.save()                                 transaction

Django sends both for each change, in one transaction (related_descriptors.py, `_add_items()`,
`_remove_items()`, `clear()`). The first run leaves nothing where the work computes fields of its
instance and saves it, and nobody hears of that save.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from codemod.facts.nodes import descend
from codemod.facts.tables import FileFacts
from codemod.plan.deletes.idle import QUERIES
from codemod.plan.reading.features import is_instance
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.repeatable import hears, may_be_left_out
from codemod.project.many_to_many import Relation
from codemod.project.model_tables import FOREIGN, Model
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.values.account import M2M

AFTER = frozenset(("post_add", "post_remove", "post_clear"))
# What computes, looks at no clock, and takes a relation that holds nothing.
_BUILTINS = frozenset("bool int len list set sorted str sum tuple".split())
# What does more, or may fail.
_MORE = (
    ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda, ast.Subscript,
    ast.Div, ast.FloorDiv, ast.Mod, ast.Pow,
)  # fmt: skip


def settled(
    project: Project, receiver: FoundReceiver, handler: Handler, relations: list[Relation]
) -> Handler:
    """The handler, of which only the runs after a change are kept if those before leave nothing."""
    asked = {use.argument for use in handler.uses} - {"instance"}
    if not handler.actions > AFTER or asked or len(relations) != 1 or handler.branches:
        return handler
    relation = relations[0]
    model = project.models.by_label.get(relation.owner)
    hearing = [r for r in project.receivers if hears(r, (M2M,), {relation.through, None, "?"})]
    if model is None or {found.receiver.name for found in hearing} != {receiver.receiver.name}:
        return handler
    fields = _recomputed(handler, receiver.facts, model, relation)
    if not fields or not may_be_left_out(project, model, fields):
        return handler
    return replace(handler, actions=AFTER)


def _recomputed(
    handler: Handler, facts: FileFacts, model: Model, relation: Relation
) -> frozenset[str]:
    """The fields of its instance that the work gives values which don't depend on them, where it
    then saves it and does nothing else. It looks at the relation, which the other side doesn't
    have."""
    *assignments, last = handler.body
    fields, read = set[str](), set[str]()
    for statement in assignments:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return frozenset()
        target = statement.targets[0]
        if not isinstance(target, ast.Attribute) or not is_instance(target.value, handler):
            return frozenset()
        field = model.fields.get(target.attr)
        looked_at = _looked_at(statement.value, handler, facts, model)
        if field is None or field.kind in FOREIGN or field.primary_key or looked_at is None:
            return frozenset()
        fields.add(target.attr)
        read |= looked_at
    settled = relation.field.name in read and fields.isdisjoint(read) and _saves(last, handler)
    return frozenset(fields) if settled else frozenset()


def _looked_at(
    value: ast.expr, handler: Handler, facts: FileFacts, model: Model
) -> set[str] | None:
    """The fields, also of other models, that an expression looks at; None if it does more than
    query, count and add, or may fail while the relation holds nothing."""
    found, queries = set[str](), set[ast.AST]()
    for node in descend(value):
        if isinstance(node, ast.Call):
            function = node.func
            queries.add(function)
            if isinstance(function, ast.Name):
                if function.id not in _BUILTINS or function.id in facts.scope.bindings:
                    return None
            elif not isinstance(function, ast.Attribute) or function.attr not in QUERIES:
                return None
        elif isinstance(node, ast.Attribute) and node not in queries:
            if not is_instance(node.value, handler) or node.attr not in model.fields:
                return None
            found.add(node.attr)
        elif isinstance(node, ast.keyword):
            found.update((node.arg or "").split("__"))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.update(node.value.split("__"))
        elif isinstance(node, _MORE):
            return None
    return found


def _saves(statement: ast.stmt, handler: Handler) -> bool:
    """Whether it is `instance.save()`, perhaps of fields that are named."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "save"
        and is_instance(call.func.value, handler)
        and not call.args
        and all(k.arg == "update_fields" and _is_literal(k.value) for k in call.keywords)
    )


def _is_literal(value: ast.expr) -> bool:
    """Whether it is a list of constants."""
    return isinstance(value, (ast.List, ast.Tuple, ast.Set)) and all(
        isinstance(element, ast.Constant) for element in value.elts
    )
