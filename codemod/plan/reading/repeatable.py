"""Saves that may be left out where the same object is saved again right after.

def save(self, *args, **kwargs):             the same for a second save as for a first, and
    if not self.slug:                            nothing that the second doesn't do, too
        self.slug = slugify(self.title)
    super().save(*args, **kwargs)

def save(self, *args, **kwargs):             one more of these
    self.saves += 1
    super().save(*args, **kwargs)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.nodes import descend, is_name, is_none, last_name
from codemod.plan.reading.names import is_docstring
from codemod.project.classes import ClassInfo
from codemod.project.model_tables import Model
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.project.registrations.installed import installed_apps
from codemod.project.registrations.terms import Reader

# Packages that write down or count the saves of the models that they watch.
_WATCHING = frozenset((
    "auditlog", "concurrency", "easyaudit", "field_history", "haystack", "pghistory", "pgtrigger",
    "reversion", "simple_history", "django_elasticsearch_dsl", "django_opensearch_dsl",
))  # fmt: skip
# What a class body calls for a field, a relation, a manager.
_USUAL = ("Field", "Key", "Manager", "Relation")
_FILLING = ("django.utils.text.slugify", "django.template.defaultfilters.slugify")
_OF_TEXTS = ("capitalize", "lower", "replace", "strip", "title", "upper")
_DJANGO = ("django.db.models.", "builtins.")
# The steps of a save (django/db/models/base.py) besides `save()` itself.
_STEPS = frozenset((
    "save_base", "_save_parents", "_save_table", "_do_insert", "_do_update", "__setattr__",
))  # fmt: skip


def may_be_left_out(project: Project, model: Model, fields: frozenset[str]) -> bool:
    """Whether nobody but Django has a part in a save of a model that a later one doesn't repeat,
    or hears of it. `fields`: those that have another value in the later one."""
    labels = (model.label, *project.models.subclasses(model.label))
    family = {*labels, *project.models.parents(model.label), None, "?"}
    if any(hears(r, ("pre_save", "post_save"), family) for r in project.receivers):
        return False
    apps = {name.partition(".")[0] for name in installed_apps(Reader(project))}
    if not apps.isdisjoint(_WATCHING):
        return False
    models = [project.models.by_label[label] for label in labels]
    return all(_is_plain(project, each, fields) for each in models)


def hears(found: FoundReceiver, signals: tuple[str, ...], senders: set[str | None]) -> bool:
    """Whether a receiver is connected to one of the signals of one of the senders."""
    connections = found.receiver.connections
    return any(c.signal in signals and c.sender in senders for c in connections)


def _is_plain(project: Project, model: Model, fields: frozenset[str]) -> bool:
    """Whether the classes of a model and of its fields do the same for every save."""
    for name in project.classes.mro(model.name):
        info = project.classes.get(name)
        if info is None:
            if not name.startswith(_DJANGO) and name != "object":
                return False
        elif (
            not _STEPS.isdisjoint(info.definition.methods)
            or any(map(_is_helper, info.definition.attributes.values()))
            or not _only_fills(info, project, fields)
        ):
            return False
    return not any(
        cls.partition(".")[0] in _WATCHING or project.classes.method(cls, "pre_save") is not None
        for cls in (field.cls for field in model.fields.values())
        if cls is not None
    )


def _is_helper(value: ast.expr) -> bool:
    """Whether an attribute is what a package gives a model: `history = HistoricalRecords()`."""
    name = last_name(value.func) if isinstance(value, ast.Call) else None
    return name is not None and name[0].isupper() and not name.endswith(_USUAL)


def _only_fills(info: ClassInfo, project: Project, fields: frozenset[str]) -> bool:
    """Whether a class has no `save()`, or one that gives fields values of others, as often as it
    may run: `if not self.slug: self.slug = slugify(self.title)`."""
    function = info.definition.methods.get("save")
    if function is None:
        return True
    if not fields.isdisjoint(_attributes(function)):
        return False
    scope = info.facts.scopes[function]
    pending, given, read = [*function.body], set[str](), set[str]()
    while pending:
        statement = pending.pop()
        if isinstance(statement, ast.If):
            pending += [*statement.body, *statement.orelse]
            if any(isinstance(node, (ast.Call, ast.NamedExpr)) for node in descend(statement.test)):
                return False
            asks = _attributes if statement.orelse else _asked
            read.update(asks(statement.test))
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if not isinstance(target, ast.Attribute) or not is_name(target.value, "self"):
                return False
            given.add(target.attr)
            read.update(_attributes(statement.value))
            for node in descend(statement.value):
                if isinstance(node, ast.Call):
                    called = project.symbols.resolve(node.func, scope, info.facts)
                    if called not in _FILLING and getattr(node.func, "attr", "") not in _OF_TEXTS:
                        return False
        elif not (is_docstring(statement) or _is_supers(statement)):
            return False
    return given.isdisjoint(read) and sum(map(_is_supers, function.body)) == 1


def _asked(test: ast.expr) -> Iterator[str]:
    """The attributes that a test looks at, but for those that have to be empty: once they are
    filled they stay so."""
    match test:
        case ast.BoolOp(values=terms):
            for term in terms:
                yield from _asked(term)
        case ast.UnaryOp(ast.Not(), ast.Attribute(ast.Name())):
            pass
        case ast.Compare(ast.Attribute(ast.Name()), [ast.Is()], [nothing]) if is_none(nothing):
            pass
        case _:
            yield from _attributes(test)


def _attributes(node: ast.AST) -> Iterator[str]:
    return (inner.attr for inner in descend(node) if isinstance(inner, ast.Attribute))


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
