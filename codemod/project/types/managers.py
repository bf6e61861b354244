"""Managers and querysets: where they come from and what their methods give."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.nodes import descend
from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import (
    Answer,
    ClassRef,
    Collection,
    Instance,
    Manager,
    Other,
    Pair,
    QuerySet,
    Tier,
    Type,
)
from codemod.project.model_tables import Model
from codemod.project.types.kinds import (
    NONE,
    PENDING,
    THROUGH,
    UNKNOWN,
    Bound,
    Dict,
    again,
    one,
    other,
)

if TYPE_CHECKING:
    from codemod.project.types.arguments import Given
    from codemod.project.types.engine import Engine

_QUERYSETS = ("django.db.models.QuerySet", "django.db.models.query.BaseQuerySet")
KEEPING = frozenset(
    """
    all filter exclude order_by select_related prefetch_related annotate alias distinct reverse
    union intersection difference defer only using select_for_update extra none complex_filter
    get_queryset get_query_set non_polymorphic instance_of not_instance_of select_subclasses
    specific live not_live public in_menu child_of descendant_of ancestor_of sibling_of
    root_nodes get_queryset_descendants get_queryset_ancestors add_related_count
    active_translations translated language fetch_related with_perm _clone _chain
    get_root_nodes _all
    """.split()
)
_MAKING = frozenset(
    "create create_user create_superuser acreate acreate_user acreate_superuser".split()
)
_CHILDREN = frozenset("select_subclasses specific".split())  # each row as the child that it is of
_LISTS = frozenset("iterator aiterator raw bulk_create abulk_create get_cached_trees".split())
_ONE = frozenset(
    """
    get first last latest earliest aget afirst alast alatest aearliest get_by_natural_key
    get_or_none get_for_model get_for_id get_current get_solo
    """.split()
)
_PAIRS = frozenset("get_or_create update_or_create aget_or_create aupdate_or_create".split())
_OTHER = frozenset(
    """
    count exists aggregate update delete explain dates datetimes contains bulk_update acount
    aexists aaggregate aupdate adelete acontains abulk_update values values_list add remove
    clear set aadd aremove aclear aset rebuild as_manager make_random_password normalize_email
    partial_rebuild move_node clear_cache
    """.split()
)


def is_manager_class(engine: Engine, cls: str) -> bool:
    """Whether a class is a manager or a queryset."""
    chain = engine.classes.mro(cls)
    return any(name in (*_QUERYSETS, "django.db.models.Manager") for name in chain) or any(
        name.endswith(("Manager", "QuerySet")) and engine.classes.get(name) is None
        for name in chain
    )


def is_queryset_class(engine: Engine, cls: str) -> bool:
    """Whether a class is a queryset."""
    return any(
        name in _QUERYSETS or (name.endswith("QuerySet") and engine.classes.get(name) is None)
        for name in engine.classes.mro(cls)
    ) and not any(name.endswith(".Manager") for name in engine.classes.mro(cls))


def of_class(engine: Engine, base: Answer, cls: str, attr: str) -> Answer | None:
    """A manager taken off a model class."""
    model = engine.model(cls)
    found: list[Type] = []
    labels = engine.labels(cls)
    if model is None:
        if attr in ("objects", "_default_manager", "_base_manager"):
            return Answer((Manager(cls),), base.tier, f"manager of {cls}")
        return None
    for label in labels:
        concrete = engine.models.get(label)
        kind = _manager(engine, concrete, attr) if concrete is not None else None
        if kind is None:
            return None
        found.append(kind)
    name = model.label.rpartition(".")[2]
    return Answer(tuple(found), base.tier, f"{name}.{attr}") if found else None


def _manager(engine: Engine, model: Model, attr: str) -> Manager | None:
    manager = model.managers.get(attr)
    if manager is not None:
        return Manager(model.label, own_class(engine, manager.cls, manager.queryset))
    if attr in ("_default_manager", "_base_manager", "objects"):
        if attr == "_base_manager":
            return Manager(model.label)
        first = next(iter(model.managers.values()), None)
        if first is None or (attr == "objects" and model.managers):
            return Manager(model.label) if first is None else None
        return Manager(model.label, own_class(engine, first.cls, first.queryset))
    return None


def own_class(engine: Engine, *names: str | None) -> str | None:
    """The first of some class names that the project defines, or that comes from such a class."""
    for name in names:
        if name is not None and any(engine.classes.get(part) for part in engine.classes.mro(name)):
            return name
    return None


def default_class(engine: Engine, label: str) -> str | None:
    """The project's class of a model's default manager, which related managers share."""
    model = engine.models.get(label)
    first = next(iter(model.managers.values()), None) if model is not None else None
    return own_class(engine, first.cls, first.queryset) if first is not None else None


def classes_of(engine: Engine, kind: Manager | QuerySet) -> list[str]:
    """The project classes in which a manager or queryset may find its methods."""
    known: dict[Type, list[str]] = engine.tables.setdefault("classes of managers", {})
    if kind not in known:
        known[kind] = _classes_of(engine, kind)
    return known[kind]


def _classes_of(engine: Engine, kind: Manager | QuerySet) -> list[str]:
    model = engine.models.get(kind.model)
    found: list[str] = []
    if isinstance(kind, Manager):
        own = kind.cls or (default_class(engine, kind.model) if kind.related else None)
        if own is not None:
            found.append(own)
    for manager in model.managers.values() if model is not None else ():
        wanted = isinstance(kind, QuerySet) or manager.cls in found or manager.queryset in found
        if not wanted:
            continue
        if manager.queryset is not None:
            found.append(manager.queryset)
        if manager.cls is not None:
            found += _returned(engine, manager.cls)
    return list(dict.fromkeys(name for name in found if own_class(engine, name)))


def origins(engine: Engine, kind: Manager | QuerySet) -> list[tuple[str | None, tuple[str, ...]]]:
    """(class of the manager, classes of its querysets), of the project's, for each manager that a
    manager or queryset may be, or come from."""
    model = engine.models.get(kind.model)
    managers = list(model.managers.values()) if model is not None else []
    if isinstance(kind, Manager):
        own = kind.cls or (default_class(engine, kind.model) if kind.related else None)
        managers = [m for m in managers if own is not None and own in (m.cls, m.queryset)][:1]
    found = []
    for manager in managers:
        rows = [manager.queryset] if manager.queryset is not None else []
        if manager.cls is not None:
            rows += _returned(engine, manager.cls)
        known = tuple(name for name in rows if own_class(engine, name))
        found.append((own_class(engine, manager.cls), known))
    return found or [(None, ())]


def _returned(engine: Engine, cls: str) -> list[str]:
    """The queryset classes that a manager's own `get_queryset` builds, and the one that it names
    for Django's to build (`BaseManager._queryset_class`)."""
    found: list[str] = []
    named = engine.classes.attribute(cls, "_queryset_class")
    if named is not None:
        info, expr = named
        found += _queryset(engine, expr, info.scope, info.facts)
    method = engine.classes.method(cls, "get_queryset")
    if method is not None:
        info, function = method
        for node in descend(function.node):
            if isinstance(node, ast.Call):
                found += _queryset(engine, node.func, function.scope, info.facts)
    return found


def _queryset(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> list[str]:
    """The queryset class that an expression names, if it does."""
    dotted = engine.symbols.resolve(expr, scope, facts)
    return [dotted] if dotted is not None and is_queryset_class(engine, dotted) else []


def attribute(engine: Engine, base: Answer, kind: Manager | QuerySet, attr: str) -> Answer:
    """A plain attribute of a manager or queryset, or one of its methods."""
    if attr == "model":
        return again(base, (engine.class_ref(kind.model),))
    if attr == "through" and isinstance(kind, Manager) and kind.related == "m2m":
        label, _, name = (kind.field or "").rpartition(".")
        model = engine.models.get(label)
        field = model.fields.get(name) if model is not None else None
        told = field.through if field is not None else None  # an abstract model's is each child's
        return again(base, (engine.class_ref(told) if told is not None else THROUGH,))
    if attr in ("query", "db", "_db", "ordered", "target_field_name"):
        return other(attr)
    return one(Bound(attr, kind), f"method {attr}")


def method(
    engine: Engine, base: Answer, kind: Manager | QuerySet, name: str, given: Given | None
) -> Answer:
    """What a method of a manager or queryset gives."""
    from codemod.project.types.functions import method_on

    for cls in classes_of(engine, kind):
        if engine.classes.method(cls, name) is None:
            continue
        found = method_on(engine, cls, kind, name, given)
        if found is PENDING:
            return PENDING
        if found is not None and found.types and found.types != NONE.types:
            # `-> "OrderQuerySet"`, which several models share: here it is that of this one.
            return again(found, (same,)) if (same := QuerySet(kind.model)) in found.types else found
        break  # overridden, and it can't be told what it returns: Django's contract stands
    return standard(engine, base, kind, name, given)


def standard(
    engine: Engine, base: Answer, kind: Manager | QuerySet, name: str, given: Given | None = None
) -> Answer:
    """What Django's own method of that name gives."""
    item = engine.instance(kind.model)
    assert item is not None
    if name == "as_manager":
        return again(base, (Manager(kind.model),))
    if name == "db_manager":
        return again(base, (kind,), _reason(base, name))
    row = engine.row(kind.model)
    if name in _CHILDREN:
        models = (kind.model, *engine.models.subclasses(kind.model))
        return again(base, tuple(map(QuerySet, models)), _reason(base, name))
    if name in KEEPING:
        return again(base, (QuerySet(kind.model),), _reason(base, name))
    if name in _MAKING:
        return again(base, (item,), _reason(base, name))
    if name in _ONE:
        return again(base, row, _reason(base, name))
    if name in _PAIRS:
        return again(base, (Pair((row, (Other("bool"),))),), _reason(base, name))
    if name in _LISTS:
        return again(base, (Collection(row),), _reason(base, name))
    if name == "in_bulk":
        return again(base, (Dict("dict", row, (), (Other("id"),)),), _reason(base, name))
    if name in ("values", "values_list"):
        return again(base, (Collection((Other("row"),)),), _reason(base, name))
    if name in ("get_descendants", "get_ancestors", "get_children", "get_siblings"):
        return again(base, (QuerySet(kind.model),), _reason(base, name))
    if name in _OTHER:
        return other(f"result of {name}()")
    return UNKNOWN


def _reason(base: Answer, name: str) -> str:
    reason = base.reason
    return f"{reason}.{name}()" if len(reason) < 60 else reason


def users_of(engine: Engine, cls: str) -> list[str]:
    """Labels of the models that have a manager (or queryset) of a class, or of a subclass."""
    users = engine.tables.setdefault("users", {})
    if not users:
        users[""] = []
        for model in engine.models.by_label.values():
            for manager in model.managers.values():
                names = [n for n in (manager.cls, manager.queryset) if n is not None]
                names += [made for n in names for made in _returned(engine, n)]
                for name in names:
                    for part in engine.classes.mro(name):
                        users.setdefault(part, []).append(model.label)
    return list(dict.fromkeys(users.get(cls, ())))


__all__ = ["ClassRef", "Instance", "Tier", "attribute", "method", "of_class", "users_of"]
