"""Of which models an unknown object can't be, for the lookups that found it.

links = through.objects.filter(user__in=users)      rows of a model with a `user`
links.delete()

job = model.objects.get(pk=pk, state="new")         an object of a model with a `state`

pages = unknown(Page).filter(                       the ids are those of its file's pages
    pk__in=self.file_pages.values("pk")
)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import Answer, Instance, Manager, Other, QuerySet
from codemod.project.model_tables import Model
from codemod.project.types import given
from codemod.project.types.assigned import table
from codemod.project.types.having import is_foreign
from codemod.project.types.kinds import PENDING
from codemod.project.types.managers import KEEPING, is_manager_class

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

LOOKUPS = frozenset(("filter", "exclude"))
_ONE = frozenset("get first last latest earliest aget afirst alast".split())
_DEPTH = 8
_KEYS = ("pk", "id")
_HISTORICAL = Other("historical model")  # has nothing but fields


def may_find(
    engine: Engine,
    expr: ast.expr,
    scope: Scope,
    facts: FileFacts,
    model: Model,
    seen: frozenset[ast.expr] = frozenset(),
) -> bool:
    """Whether the lookups on the way to an expression, as far as they can be seen, may be of a
    model."""
    if expr in seen:
        return False  # what else it may be is told elsewhere
    kinds = engine.of(expr, scope, facts).types
    labels = [kind.model for kind in kinds if isinstance(kind, (Manager, QuerySet))]
    if labels and len(labels) == len(kinds):
        return any(model.label in (label, *engine.models.subclasses(label)) for label in labels)
    if isinstance(expr, (ast.Await, ast.Subscript)):
        return may_find(engine, expr.value, scope, facts, model, seen)
    if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Attribute):
        method = expr.func.attr
        if method not in _ONE | KEEPING:
            return True
        if method in LOOKUPS | _ONE and not knows(engine, expr, scope, facts, model):
            return False
        return may_find(engine, expr.func.value, scope, facts, model, seen)
    meant = _meant(engine, expr, scope, facts)
    seen |= {expr}
    return (
        not meant
        or len(seen) > _DEPTH
        or any(may_find(engine, e, place, file, model, seen) for e, place, file in meant)
    )


def _meant(
    engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts
) -> list[tuple[ast.expr, Scope, FileFacts]]:
    """All that a name or a property stands for; nothing where that can't be told."""
    if isinstance(expr, ast.Name):
        bound = engine.symbols.bindings(expr.id, scope)
        if bound is None or bound[0].kind != "function":
            return []
        plain = [b for b in bound[1] if b.kind in ("assign", "loop", "walrus") and not b.path]
        values = [b.value for b in plain if b.value is not None]
        return [(v, bound[0], facts) for v in values] if len(values) == len(bound[1]) else []
    if isinstance(expr, ast.Attribute):
        return _returned(engine, expr, scope, facts)
    return []


def _returned(
    engine: Engine, expr: ast.Attribute, scope: Scope, facts: FileFacts
) -> list[tuple[ast.expr, Scope, FileFacts]]:
    """What the property returns that an attribute of a known object is."""
    from codemod.project.types.functions import results_of
    from codemod.project.types.members import is_property

    found: list[tuple[ast.expr, Scope, FileFacts]] = []
    for name in _owners(engine, engine.of(expr.value, scope, facts), expr.attr):
        method = engine.classes.method(name, expr.attr)
        if method is None or not is_property(method[1]):
            return []
        returns, yields, _ = results_of(engine, method[1])
        if yields or None in returns:
            return []
        found += [(r, method[1].scope, method[0].facts) for r in returns if r is not None]
    return list(dict.fromkeys(found))


def _owners(engine: Engine, owner: Answer, attr: str) -> list[str]:
    """The classes whose objects may have an attribute that is read of something: of its own, or,
    where nothing is known of it, those that define it, if nothing else gives one of the name."""
    kinds = [kind for kind in owner.types if kind != _HISTORICAL]
    classes = [kind.cls for kind in kinds if isinstance(kind, Instance)]
    if owner is PENDING or len(classes) < len(kinds):
        return []
    if owner.types:
        below = [child for cls in classes for child in engine.classes.subclasses(cls)]
        return list(dict.fromkeys([*classes, *below]))
    if attr in given.places(engine) or attr in _own_names(engine):
        return []
    return defining(engine).get(attr, [])


def _own_names(engine: Engine) -> set[str]:
    """What lookups on rows of the project's own models may begin with."""
    known: set[str] | None = engine.tables.get("own lookups")
    if known is None:
        own = {model.label for model in engine.models.by_label.values() if not model.external}
        names = [names for label, names in _names(engine).items() if label in own]
        known = engine.tables["own lookups"] = set().union(*names)
    return known


def defining(engine: Engine) -> dict[str, list[str]]:
    """The classes that bind an attribute in their bodies or assign it in their methods."""
    known: dict[str, list[str]] | None = engine.tables.get("defining")
    if known is None:
        known = engine.tables["defining"] = {}
        for info in engine.classes:
            for attr in {*info.scope.bindings, *table(engine, info)}:
                known.setdefault(attr, []).append(info.name)
    return known


def knows(engine: Engine, query: ast.Call, scope: Scope, facts: FileFacts, model: Model) -> bool:
    """Whether the lookups of a `filter()` can be of a model."""
    for name, value in _lookups(query):
        first, _, rest = name.partition("__")
        if first in _KEYS:
            if rest == "in" and not _may_share_keys(engine, value, scope, facts, model):
                return False
        elif "___" not in name and not _has(engine, model, first, query.func):  # `Child___field`
            return False
    return True


def _lookups(query: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """The names of a query's keywords, those of `**{"user": user}` too, with what is looked for."""
    for keyword in query.keywords:
        if keyword.arg is not None:
            yield keyword.arg, keyword.value
        elif isinstance(keyword.value, ast.Dict):
            for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value


def _has(engine: Engine, model: Model, name: str, asked: ast.expr) -> bool:
    """Whether a lookup on a model's rows may begin with a name. `asked`: its `x.filter`.

    What no model of the project knows comes from a package: a relation to the user model, a
    translated field. Those are written small, unlike `Prefix`, an argument of a storage's client.
    """
    table = _names(engine)
    labels = [model.label, *engine.models.parents(model.label), model.proxy_for or ""]
    if any(name in table.get(label, ()) for label in labels):
        return True
    told = name[:1].isupper() or any(name in names for names in table.values())
    if name in _added(engine, asked) or not told:
        return True
    return any(is_foreign(engine, cls) for cls in engine.classes.mro(model.name)) or any(
        cls is not None and engine.classes.method(cls, method) is not None
        for manager in model.managers.values()
        for cls in (manager.cls, manager.queryset)
        for method in LOOKUPS
    )


def _names(engine: Engine) -> dict[str, set[str]]:
    """By label of a model what lookups on its rows may begin with: fields and relations."""
    known: dict[str, set[str]] | None = engine.tables.get("lookups")
    if known is None:
        known = engine.tables["lookups"] = {}
        for model in engine.models.by_label.values():
            names = known.setdefault(model.label, set())
            names |= {name for _, name in engine.models.children(model.label)}
            for field in model.fields.values():
                names |= {field.name, f"{field.name}_id"}
                if field.related_query_name is not None and field.target is not None:
                    known.setdefault(field.target, set()).add(field.related_query_name)
            for accessor, reverse in engine.models.relations(model.label).items():
                names.add(accessor)
                if reverse.field.related_query_name is None and reverse.field.related_name is None:
                    names.add(reverse.model.rpartition(".")[2].lower())
    return known


def _added(engine: Engine, asked: ast.expr) -> frozenset[str]:
    """The names that queries may have added to the rows that `x.filter` is for: what is written
    there, and in methods of managers; anything that the project adds, where `x` starts unseen."""
    known: dict[bool, frozenset[str]] = engine.tables.setdefault("added lookups", {})
    root, written = asked, set()
    while isinstance(root, (ast.Attribute, ast.Call)) and not _is_manager(engine, root):
        if isinstance(root, ast.Call):
            written |= {keyword.arg for keyword in root.keywords if keyword.arg is not None}
        root = root.func if isinstance(root, ast.Call) else root.value
    seen = isinstance(root, ast.Attribute)
    if seen not in known:
        calls = [c for f in engine.project.read() for c in f.named(*_ADDING)]
        inside = [c for c in calls if not seen or _is_of_manager(engine, c.scope)]
        known[seen] = frozenset(name for call in inside for name in given.names(call))
    return known[seen] | written


def _is_of_manager(engine: Engine, scope: Scope) -> bool:
    """Whether a place is in a method of a manager or queryset."""
    info = engine.class_around(scope)
    return info is not None and is_manager_class(engine, info.name)


def _is_manager(engine: Engine, expr: ast.expr) -> bool:
    """Whether an expression is called a manager: `model.objects`."""
    known: frozenset[str] | None = engine.tables.get("manager names")
    if known is None:
        models = engine.models.by_label.values()
        names = {name for model in models for name in model.managers}
        known = engine.tables["manager names"] = frozenset(
            (*names, "objects", "_default_manager", "_base_manager")
        )
    return isinstance(expr, ast.Attribute) and expr.attr in known


_ADDING = ("annotate", "alias", "aggregate", "extra", "add_to_class")


def _may_share_keys(
    engine: Engine, value: ast.expr, scope: Scope, facts: FileFacts, model: Model
) -> bool:
    """Whether rows with the keys of some others' may be of a model."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr in ("values", "values_list"):
            keys = [a.value for a in value.args if isinstance(a, ast.Constant)]
            if len(value.args) != 1 or keys[0:1] not in (["pk"], ["id"]):
                return True
            value = value.func.value
    kinds = engine.of(value, scope, facts).types
    labels = [kind.model for kind in kinds if isinstance(kind, (Manager, QuerySet))]
    if not labels or len(labels) < len(kinds):
        return True
    mine = _keyed_alike(engine, model.label)
    return any(not mine.isdisjoint(_keyed_alike(engine, label)) for label in labels)


def _keyed_alike(engine: Engine, label: str) -> set[str]:
    """The models whose keys a model's may be: those that it is a row of, too, or points to with
    its key."""
    found: set[str] = set()
    pending = [label]
    while pending:
        model = engine.models.get(pending.pop())
        if model is None or model.label in found:
            continue
        found.add(model.label)
        pending += [*engine.models.parents(model.label), *filter(None, [model.proxy_for])]
        pending += [f.target for f in model.fields.values() if f.primary_key and f.target]
    return found
