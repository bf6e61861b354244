"""Whether work before a change of a relation may as well run after it, in its transaction.

    if action == "pre_add":                           if action == "pre_remove":
        locked = model.objects.filter(                    kept = instance.groups.exclude(
            pk__in=pk_set, locked=True                        pk__in=pk_set
        )                                                 )
        if locked.exists():                               instance.roles.exclude(
            raise ValidationError(...)                        group__in=kept
                                                          ).delete()
    does: an error undoes the change                  does not: it looks at what changes

A form or `set()` finds out itself what it adds and removes, so nothing can run before it with the
ids. What is called is followed through the functions and methods of the project.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from codemod.facts.nodes import all_given, parameters
from codemod.facts.tables import CallSite, FileFacts, FunctionDef, Scope
from codemod.plan.deletes.written import WRITING, models_written
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.invariants import PURE
from codemod.plan.reading.names import is_argument
from codemod.plan.reading.reach import reached, sides
from codemod.project.answers import Instance, Manager, QuerySet, Type
from codemod.project.many_to_many import Relation
from codemod.project.model_tables import FOREIGN
from codemod.project.project import Project
from codemod.surfaces.site import ANY_MODEL

BEFORE = ("pre_remove", "pre_clear", "pre_add")
# Methods of querysets, collections, texts and loggers, which look at nothing but their own.
_HARMLESS = frozenset(
    "all filter exclude get exists count first last order_by values values_list distinct aggregate "
    "annotate update bulk_create bulk_update in_bulk iterator none only defer select_related "
    "select_for_update using union intersection difference refresh_from_db issubset issuperset "
    "append extend pop items keys format join split strip lower upper replace startswith endswith "
    "isoformat date debug info warning error exception critical log delay apply_async on_commit "
    "getLogger get_for_model model_class".split()
)
# Calls whose keywords are lookups.
_QUERIES = frozenset(
    "filter exclude get annotate aggregate get_or_create update_or_create Q".split()
)
_SILENT = frozenset(("update", "bulk_create", "bulk_update"))  # writes of which nobody hears
_CHANGES = frozenset(
    "add clear difference_update discard intersection_update pop remove "
    "symmetric_difference_update update".split()
)


def blind_moments(
    project: Project, handler: Handler, facts: FileFacts, scope: Scope, relations: list[Relation]
) -> frozenset[tuple[str, bool]]:
    """The (action, `reverse`) before a change for which the work looks at nothing of it."""
    if handler.hides_instance:
        return frozenset()
    names = frozenset(_names(relations))
    tables = frozenset(relation.through.rpartition(".")[2] for relation in relations)
    found = set()
    for action in (action for action in BEFORE if action in handler.actions):
        for side in sides(handler):
            labels = {relation.subject(side) for relation in relations}
            models = [project.models.by_label.get(label) for label in labels]
            classes = frozenset(model.name for model in models if model is not None)
            instances = dict.fromkeys(handler.instances, classes)
            nodes = reached(handler, action, side)
            if _Walk(project, names, tables).passes(nodes, scope, facts, instances):
                found.add((action, side))
    return frozenset(found)


def _names(relations: Iterable[Relation]) -> Iterator[str]:
    """What a relation is called, from either side and in queries."""
    for relation in relations:
        query = relation.field.related_query_name or relation.accessor.removesuffix("_set")
        yield from (relation.field.name, relation.accessor, query, "through")


Instances = dict[str, frozenset[str]]  # names that may mean the object, with its classes


@dataclass
class _Walk:
    project: Project
    names: frozenset[str]
    tables: frozenset[str]  # the classes of models between
    seen: set[ast.AST] = field(default_factory=set)

    def passes(
        self, nodes: Sequence[ast.AST], scope: Scope, facts: FileFacts, instances: Instances
    ) -> bool:
        """Whether code looks at none of the names, nor does what it calls."""
        inside = [inner for node in nodes for inner in ast.walk(node)]
        if any(self._names_it(node) for node in _telling(inside)):
            return False
        called = {node.func for node in inside if isinstance(node, ast.Call)}
        read = [n for n in inside if isinstance(n, ast.Attribute) and n not in called]
        if not all(self._is_plain(attribute, instances) for attribute in read):
            return False
        calls = {id(node) for node in inside if isinstance(node, ast.Call)}
        sites = [call for call in facts.calls if id(call.node) in calls]
        return len(sites) == len(calls) and all(self._follow(c, facts, instances) for c in sites)

    def _names_it(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute):
            # `team.rival.players` are those of another row.
            other = isinstance(node.value, ast.Attribute) and node.value.attr != "self"
            return node.attr in self.names and not other
        if isinstance(node, ast.Name):
            return node.id in self.tables
        text = node.arg if isinstance(node, ast.keyword) else getattr(node, "value", None)
        return isinstance(text, str) and not self.names.isdisjoint(text.split("__"))

    def _is_plain(self, node: ast.Attribute, instances: Instances) -> bool:
        """Whether an attribute is no property that looks at one of the names."""
        owners = self._classes(node.value, instances)
        if not owners:
            owners = frozenset(model.name for model in self.project.models.by_label.values())
        found = {cls: self.project.classes.method(cls, node.attr) for cls in owners}
        return all(self._into(m[1], m[0].facts, cls) for cls, m in found.items() if m)

    def _follow(self, call: CallSite, facts: FileFacts, instances: Instances) -> bool:
        """Whether what is called looks at none of the names."""
        function = call.node.func
        name = self.project.symbols.resolve(function, call.scope, facts)
        known = self.project.function(name) if name is not None else None
        handed = [a for a in all_given(call.node) if isinstance(a, ast.Name) and a.id in instances]
        if known is not None:
            return self._into(known[1], self.project.known(known[0]), None)
        if isinstance(function, ast.Attribute):
            return self._method(call, function, name, facts, instances, handed=bool(handed))
        if name is None or not isinstance(function, ast.Name):
            return False
        if hasattr(builtins, function.id) and function.id not in facts.scope.bindings:
            return True
        return not handed and self._is_of_a_package(name)

    def _method(
        self,
        call: CallSite,
        function: ast.Attribute,
        name: str | None,
        facts: FileFacts,
        instances: Instances,
        *,
        handed: bool,
    ) -> bool:
        if name is not None and self._is_of_a_package(name):
            return not handed or function.attr in _HARMLESS
        if self._is_of_a_helper(function.value, instances):
            return not handed
        value, queried = function.value, False
        classes = self._classes(value, instances)
        if not classes and not (isinstance(value, ast.Name) and value.id in instances):
            types = self.project.type_of(value, call.scope, facts).types
            queried = bool(types) and all(isinstance(t, (Manager, QuerySet)) for t in types)
            classes = frozenset(cls for kind in types for cls in self._classes_of(kind))
        methods = {cls: self.project.classes.method(cls, function.attr) for cls in classes}
        found = [(m[1], m[0].facts, cls) for cls, m in methods.items() if m is not None]
        if found and (queried or len(found) == len(methods)):
            return all(self._into(*method) for method in found)
        if function.attr in WRITING and function.attr not in _SILENT:
            return ANY_MODEL not in models_written(call, name, facts, self.project)
        if queried and not any(
            function.attr in cls.definition.methods for cls in self.project.classes
        ):
            return True  # a method of Django's
        return function.attr in _HARMLESS or f"{name}.".startswith(PURE)

    def _classes(self, expr: ast.expr, instances: Instances) -> frozenset[str]:
        """The classes of the object, or of what a foreign key of its leads to."""
        if isinstance(expr, ast.Name):
            return instances.get(expr.id, frozenset())
        if not isinstance(expr, ast.Attribute):
            return frozenset()
        owners = self._classes(expr.value, instances)
        targets = {self._behind(cls, expr.attr) for cls in owners}
        known = frozenset(target for target in targets if target is not None)
        return known if len(known) == len(targets) else frozenset()

    def _behind(self, cls: str, attribute: str) -> str | None:
        """The class of the one object that a relation of a model leads to."""
        models = self.project.models
        owner = models.by_class.get(cls)
        if owner is None:
            return None
        field, way = owner.fields.get(attribute), models.relations(owner.label).get(attribute)
        label = way.model if way is not None and way.kind == "o2o" else None
        if field is not None and field.kind in FOREIGN:
            label = field.target
        target = models.by_label.get(label) if label is not None else None
        return target.name if target is not None else None

    def _is_of_a_helper(self, expr: ast.expr, instances: Instances) -> bool:
        """Whether an expression is what a package gives a model: `tracker = FieldTracker()`."""
        if not isinstance(expr, ast.Attribute):
            return False
        owners = self._classes(expr.value, instances)
        found = [self.project.classes.attribute(cls, expr.attr) for cls in owners]
        for owner in found:
            if owner is None or not isinstance(owner[1], ast.Call):
                return False
            made = self.project.symbols.resolve(owner[1].func, owner[0].scope, owner[0].facts)
            if made is None or made.startswith("django.") or not self._is_of_a_package(made):
                return False
        return bool(found)

    def _classes_of(self, kind: Type) -> Iterator[str]:
        """The classes that a method of some object may be defined in."""
        if isinstance(kind, Instance):
            yield kind.cls
        elif isinstance(kind, (Manager, QuerySet)):
            model = self.project.models.by_label.get(kind.model)
            managers = model.managers.values() if model is not None else ()
            yield from (cls for m in managers for cls in (m.cls, m.queryset) if cls is not None)

    def _is_of_a_package(self, name: str) -> bool:
        first = name.partition(".")[0]
        return "." in name and first not in self.project.first_party

    def _into(self, function: FunctionDef, facts: FileFacts, cls: str | None) -> bool:
        node = function.node
        if node in self.seen:
            return True
        self.seen.add(node)
        given = parameters(function.node)
        instances: Instances = dict.fromkeys(given, frozenset())
        if cls is not None and given:
            instances[given[0]] = frozenset((cls,))
        return self.passes(node.body, facts.scopes[node], facts, instances)


def _telling(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The nodes that may name a relation: no keywords but those of queries, and not the keys of an
    error, `ValidationError({"players": ...})`."""
    passed: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Raise):
            dicts = (inner for inner in ast.walk(node) if isinstance(inner, ast.Dict))
            passed.update(id(key) for inner in dicts for key in inner.keys)
        elif isinstance(node, ast.Call):
            function = node.func
            called = getattr(function, "attr", getattr(function, "id", ""))
            if called not in _QUERIES:
                passed.update(map(id, node.keywords))
    return (node for node in nodes if id(node) not in passed)


def changes_ids(project: Project, handler: Handler, facts: FileFacts) -> bool:
    """Whether work before a change takes ids out of the set, or puts some in: Django then adds or
    removes what the set holds (SEMANTICS 4.12)."""
    if not handler.actions & {*BEFORE}:
        return False
    if _changes(handler.body, "pk_set"):
        return True
    inside = {id(node) for statement in handler.body for node in ast.walk(statement)}
    for call in facts.calls:
        if id(call.node) not in inside:
            continue
        name = project.symbols.resolve(call.node.func, call.scope, facts)
        known = project.function(name) if name is not None else None
        if known is not None and any(is_argument(a, "pk_set") for a in all_given(call.node)):
            if any(_changes(known[1].node.body, name) for name in parameters(known[1].node)):
                return True
    return False


def _changes(nodes: Sequence[ast.AST], name: str) -> bool:
    """Whether code may change the set that a name holds."""
    return any(
        (
            isinstance(node, ast.Attribute)
            and node.attr in _CHANGES
            and is_argument(node.value, name)
        )
        or (isinstance(node, ast.AugAssign) and is_argument(node.target, name))
        for top in nodes
        for node in ast.walk(top)
    )
