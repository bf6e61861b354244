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

from codemod.facts.nodes import descend, is_name, last_name
from codemod.facts.tables import FileFacts
from codemod.plan.features import is_instance
from codemod.plan.handler import Handler
from codemod.plan.idle import QUERIES
from codemod.plan.names import is_docstring
from codemod.project.classes import ClassInfo
from codemod.project.many_to_many import Relation
from codemod.project.model_tables import FOREIGN, Model
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.project.registrations.installed import installed_apps
from codemod.project.registrations.terms import Reader
from codemod.values.account import M2M

AFTER = frozenset(("post_add", "post_remove", "post_clear"))
# What computes, and looks at no clock.
_BUILTINS = frozenset("bool dict float int len list max min round set sorted str sum".split())
# Apps that write down every save of the models that they watch.
_WATCHING = (
    "auditlog", "easyaudit", "field_history", "haystack", "pghistory", "pgtrigger", "reversion",
    "simple_history", "django_elasticsearch_dsl", "django_opensearch_dsl",
)  # fmt: skip
# What a class body calls for a field, a relation, a manager.
_USUAL = ("Field", "Key", "Manager", "Relation")
_FILLING = ("django.utils.text.slugify", "django.template.defaultfilters.slugify")
_OF_TEXTS = ("capitalize", "lower", "replace", "strip", "title", "upper")
_DJANGO = ("django.db.models.", "builtins.")


def settled(
    project: Project, receiver: FoundReceiver, handler: Handler, relations: list[Relation]
) -> Handler:
    """The handler, of which only the runs after a change are kept if those before leave nothing."""

    asked = {use.argument for use in handler.uses} - {"instance"}
    if not handler.actions > AFTER or asked or len(relations) != 1 or handler.branches:
        return handler
    relation = relations[0]
    model = project.models.by_label.get(relation.owner)
    if model is None or not _is_quiet(project, model):
        return handler
    hearing = [r for r in project.receivers if _hears(r, (M2M,), {relation.through, None, "?"})]
    if {found.receiver.name for found in hearing} != {receiver.receiver.name}:
        return handler
    recomputes = _recomputes(handler, receiver.facts, model, relation)
    return replace(handler, actions=AFTER) if recomputes else handler


def _recomputes(handler: Handler, facts: FileFacts, model: Model, relation: Relation) -> bool:
    """Whether the work gives fields of its instance values that don't depend on them, and saves it
    at the end. It looks at the relation, which the other side doesn't have."""
    *assignments, last = handler.body
    fields: set[str] = set()
    for statement in assignments:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            return False
        target = statement.targets[0]
        if not isinstance(target, ast.Attribute) or not is_instance(target.value, handler):
            return False
        field = model.fields.get(target.attr)
        if field is None or field.kind in FOREIGN or field.primary_key:
            return False
        if not _is_computed(statement.value, facts):
            return False
        fields.add(target.attr)
    values = [n for s in assignments if isinstance(s, ast.Assign) for n in ast.walk(s.value)]
    read = {n.attr for n in values if isinstance(n, ast.Attribute)}
    return (
        bool(fields)
        and fields.isdisjoint(read)
        and relation.field.name in read
        and _saves(last, handler)
    )


def _is_computed(value: ast.expr, facts: FileFacts) -> bool:
    """Whether an expression only queries and computes."""
    for node in descend(value):
        if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)):
            return False
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name):
                if function.id not in _BUILTINS or function.id in facts.scope.bindings:
                    return False
            elif not isinstance(function, ast.Attribute) or function.attr not in QUERIES:
                return False
    return True


def _saves(statement: ast.stmt, handler: Handler) -> bool:
    """Whether it is `instance.save()`, perhaps of fields that are named."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "save"
        and is_instance(call.func.value, handler)
        and not call.args
        and all(keyword.arg == "update_fields" for keyword in call.keywords)
    )


def _is_quiet(project: Project, model: Model) -> bool:
    """Whether nobody but Django has a part in a save of a model that a later one doesn't repeat,
    or hears of it."""
    family = {model.label, *project.models.parents(model.label), None, "?"}
    if any(_hears(r, ("pre_save", "post_save"), family) for r in project.receivers):
        return False
    apps = {name.partition(".")[0] for name in installed_apps(Reader(project))}
    if not apps.isdisjoint(_WATCHING):
        return False
    for name in project.classes.mro(model.name):
        info = project.classes.get(name)
        if info is None:
            if not name.startswith(_DJANGO) and name != "object":
                return False
        elif (
            {"save_base", "__setattr__"} & info.definition.methods.keys()
            or any(map(_is_helper, info.definition.attributes.values()))
            or not _only_fills(info, project)
        ):
            return False
    return True


def _is_helper(value: ast.expr) -> bool:
    """Whether an attribute is what a package gives a model: `history = HistoricalRecords()`."""
    name = last_name(value.func) if isinstance(value, ast.Call) else None
    return name is not None and name[0].isupper() and not name.endswith(_USUAL)


def _only_fills(info: ClassInfo, project: Project) -> bool:
    """Whether a class has no `save()`, or one that gives fields values of others, as often as it
    may run: `if not self.slug: self.slug = slugify(self.title)`."""
    function = info.definition.methods.get("save")
    if function is None:
        return True
    scope = info.facts.scopes[function]
    pending, given, read = [*function.body], set[str](), set[str]()
    while pending:
        statement = pending.pop()
        if isinstance(statement, ast.If):
            pending += [*statement.body, *statement.orelse]
            if any(isinstance(node, (ast.Call, ast.NamedExpr)) for node in descend(statement.test)):
                return False
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if not isinstance(target, ast.Attribute) or not is_name(target.value, "self"):
                return False
            given.add(target.attr)
            for node in descend(statement.value):
                if isinstance(node, ast.Call):
                    called = project.symbols.resolve(node.func, scope, info.facts)
                    if called not in _FILLING and getattr(node.func, "attr", "") not in _OF_TEXTS:
                        return False
                elif isinstance(node, ast.Attribute):
                    read.add(node.attr)
        elif not (is_docstring(statement) or _is_supers(statement)):
            return False
    return given.isdisjoint(read) and sum(map(_is_supers, function.body)) == 1


def _is_supers(statement: ast.stmt) -> bool:
    """Whether it is `super().save(*args, **kwargs)`, returned or not."""
    value = statement.value if isinstance(statement, (ast.Expr, ast.Return)) else None
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr == "save"
        and isinstance(value.func.value, ast.Call)
        and is_name(value.func.value.func, "super")
    )


def _hears(found: FoundReceiver, signals: tuple[str, ...], senders: set[str | None]) -> bool:
    connections = found.receiver.connections
    return any(c.signal in signals and c.sender in senders for c in connections)
