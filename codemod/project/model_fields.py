"""Fields and managers as a class body declares them, before they belong to a model."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from codemod.facts.nodes import last_name
from codemod.facts.tables import FileFacts, Scope
from codemod.project.classes import Classes, ClassInfo
from codemod.project.external_classes import BASE_MANAGER, MANAGER
from codemod.project.field_classes import PLAIN, FieldClass, field_class
from codemod.project.field_makers import Made, Terms, followed, plain
from codemod.project.model_tables import Manager
from codemod.project.symbols import Symbols

# Longest first: a name may end with several of them.
_ENDINGS = (
    "GenericForeignKey",
    "OneToOneField",
    "ManyToManyField",
    "GenericRelation",
    "ForeignKey",
)
_KINDS = {
    "modelcluster.fields.ParentalKey": "ForeignKey",
    "modelcluster.fields.ParentalManyToManyField": "ManyToManyField",
    "mptt.models.TreeForeignKey": "ForeignKey",
    "mptt.models.TreeOneToOneField": "OneToOneField",
    "mptt.models.TreeManyToManyField": "ManyToManyField",
    "taggit.managers.TaggableManager": "TaggableManager",
    "modelcluster.contrib.taggit.ClusterTaggableManager": "TaggableManager",
}


@dataclass(frozen=True, eq=False)
class Declared:
    """A field in a class body."""

    name: str
    kind: str
    cls: str | None
    call: ast.Call
    owner: ClassInfo
    made: FieldClass = PLAIN  # what its class does with its arguments
    foreign: Mapping[ast.expr, Terms] = field(default_factory=dict)  # arguments written elsewhere

    def argument(self, name: str, position: int | None = None) -> ast.expr | None:
        """An argument of the field by keyword or position, or as its class gives it."""
        given = self.made.given.get(name)
        if given is not None and given.firm:
            return given.value
        for keyword in self.call.keywords:
            if keyword.arg == name:
                return keyword.value
        place = self.made.place(name, position) if position is not None else None
        if place is not None and place < len(self.call.args):
            return self.call.args[place]
        return given.value if given is not None else None

    @property
    def is_open(self) -> bool:
        """Whether arguments come out of `*args` or `**kwargs`."""
        starred = any(isinstance(each, ast.Starred) for each in self.call.args)
        return starred or any(keyword.arg is None for keyword in self.call.keywords)

    def where(self, value: ast.expr) -> Terms:
        """In which terms a value of an argument is written."""
        given = (g.cls for g in self.made.given.values() if g.value is value)
        cls = next(given, self.owner)
        return self.foreign.get(value, Terms(cls.scope, cls.facts))

    def other_targets(self) -> list[ast.expr | None]:
        """What it leads to where a condition decides: `if X: order = ForeignKey(Order)`."""
        values = self.owner.definition.alternatives.get(self.name, [])
        calls = [value for value in values if isinstance(value, ast.Call) and value != self.call]
        return [replace(self, call=call).argument("to", 0) for call in calls]

    def constant(self, name: str) -> object:
        """The literal value of a keyword, None for any other."""
        value = self.argument(name)
        return value.value if isinstance(value, ast.Constant) else None


def declared_fields(owner: ClassInfo, symbols: Symbols, classes: Classes) -> list[Declared]:
    """The fields in a class body, in order."""
    found: list[Declared] = []
    body = owner.definition
    perhaps = {
        name: _last_call(body.alternatives[name]) or body.perhaps[name] for name in body.perhaps
    }
    for name, value in (body.attributes | perhaps).items():
        if isinstance(value, ast.Call):
            terms = Terms(owner.scope, owner.facts)
            # Where that leads to nothing known, its own name may tell what it makes.
            for made in (followed(value, terms, symbols), Made(value, terms, None, {})):
                kind = field_kind(made.dotted, last_name(plain(made.call.func)), classes)
                if kind is not None:
                    takes = field_class(made.dotted, classes)
                    found.append(
                        Declared(name, kind, made.dotted, made.call, owner, takes, made.foreign)
                    )
                    break
    return found


def _last_call(values: list[ast.expr]) -> ast.Call | None:
    """What may be a field, of the values that conditions give a name."""
    return next((value for value in reversed(values) if isinstance(value, ast.Call)), None)


def field_kind(cls: str | None, called: str, classes: Classes) -> str | None:
    """Django's name for a kind of field; None where a class is no field."""
    if cls is not None:
        known = _KINDS.get(cls)
        if known is not None:
            return known
        for ancestor in classes.mro(cls):
            known = _KINDS.get(ancestor)
            module, _, last = ancestor.rpartition(".")
            if known is None and module in (
                "django.db.models",
                "django.contrib.contenttypes.fields",
                "django.contrib.postgres.fields",
            ):
                known = last
            if known is not None and known.endswith(("Field", "Key", "Relation", "Object")):
                return known
        if classes.get(cls) is not None and classes.mro(cls)[-1] == cls:
            return None  # a plain class of the project, whatever its name
        if cls.startswith(("django.forms.", "rest_framework.", "builtins.")):
            return None
    for ending in _ENDINGS:
        if called.endswith(ending):
            return ending
    if called.endswith("ParentalKey"):
        return "ForeignKey"
    if called.endswith("Field"):
        return called
    return "TaggableManager" if called.endswith("TaggableManager") else None


def declared_managers(owner: ClassInfo, symbols: Symbols, classes: Classes) -> list[Manager]:
    """The managers in a class body, in order."""
    found: list[Manager] = []
    for name, value in owner.definition.attributes.items():
        if isinstance(value, ast.Call):
            manager = _manager(name, value, owner, symbols, classes)
            if manager is not None:
                found.append(manager)
    return found


def _manager(
    name: str, call: ast.Call, owner: ClassInfo, symbols: Symbols, classes: Classes
) -> Manager | None:
    function = plain(call.func)
    if isinstance(function, ast.Attribute) and function.attr == "as_manager":
        queryset = symbols.resolve(plain(function.value), owner.scope, owner.facts)
        return Manager(name, MANAGER, queryset, call.lineno, owner.name)
    if isinstance(function, ast.Call):  # Manager.from_queryset(QuerySet)()
        made = _from_queryset(function, owner.scope, owner.facts, symbols)
        if made is not None:
            return Manager(name, made[0], made[1], call.lineno, owner.name)
        return None
    cls = symbols.resolve(function, owner.scope, owner.facts)
    last = last_name(function)
    if cls is not None:
        if field_kind(cls, last, classes) is not None:
            return None
        definition = symbols.definition(cls)
        value = definition.binding.value if definition is not None else None
        if isinstance(value, ast.Call) and definition is not None:
            made = _from_queryset(value, definition.scope, definition.facts, symbols)
            if made is not None:
                return Manager(name, cls, made[1], call.lineno, owner.name)
        if classes.is_subclass(cls, BASE_MANAGER):
            return Manager(name, cls, _base_queryset(cls, classes), call.lineno, owner.name)
        if classes.get(cls) is not None and classes.mro(cls)[-1] == cls:
            return None
    if last.endswith("Manager") and not last.endswith("TaggableManager"):
        return Manager(name, cls, None, call.lineno, owner.name)
    return None


def _from_queryset(
    call: ast.Call, scope: Scope, facts: FileFacts, symbols: Symbols
) -> tuple[str | None, str | None] | None:
    """The manager and the queryset of `X.from_queryset(Y)`."""
    function = call.func
    if not (isinstance(function, ast.Attribute) and function.attr == "from_queryset" and call.args):
        return None
    return (
        symbols.resolve(plain(function.value), scope, facts),
        symbols.resolve(plain(call.args[0]), scope, facts),
    )


def _base_queryset(cls: str, classes: Classes) -> str | None:
    """The queryset class that a manager class was made from."""
    for ancestor in classes.mro(cls):
        bases = classes.bases(ancestor)
        querysets = [
            base
            for base in bases
            if classes.is_subclass(base, "django.db.models.QuerySet") or base.endswith("QuerySet")
        ]
        if querysets:
            return querysets[0]
    return None
