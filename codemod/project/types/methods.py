"""Methods of objects: of models, forms, views, collections, and through `super()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codemod.facts.tables import FileFacts, FunctionDef
from codemod.project.answers import (
    Answer,
    ClassRef,
    Collection,
    Instance,
    Manager,
    Pair,
    QuerySet,
    Type,
)
from codemod.project.types import (
    formsets,
    functions,
    hooks,
    managers,
    members,
    roles_of_self,
    trees,
)
from codemod.project.types.arguments import Given
from codemod.project.types.iteration import iterated
from codemod.project.types.kinds import (
    NONE,
    PENDING,
    UNKNOWN,
    Bound,
    Cleaned,
    Dict,
    FormOf,
    Super,
    again,
    one,
    other,
    union,
)

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_MODEL_METHODS = frozenset(
    """
    save delete refresh_from_db full_clean clean validate_unique get_absolute_url asave adelete
    arefresh_from_db clean_fields get_deferred_fields serializable_value save_base
    check_password set_password has_perm has_perms has_module_perms get_username get_full_name
    get_short_name set_unusable_password has_usable_password get_session_auth_hash email_user
    natural_key get_all_permissions get_group_permissions get_user_permissions
    """.split()
)


def of_instance(engine: Engine, base: Answer, kind: Instance, name: str, given: Given) -> Answer:
    """What a method of an object gives."""
    if isinstance(kind, FormOf):
        return formsets.method(engine, base, kind, name, given)
    if name == "search" and is_indexed(engine, kind.cls):
        return other("search")
    if name == "__class__":
        return again(base, (kind,), "another of its class")
    role = roles_of_self.method(engine, kind, name, given)
    if role is not None:
        return role
    found = functions.method_result(engine, kind, name, given)
    if found is PENDING:
        return PENDING
    if found is not None and found.types:
        return found
    fallback = roles_of_self.standard_method(engine, kind, name)
    if fallback is not None:
        return fallback
    if engine.is_model(kind.cls):
        standard = of_model(engine, base, kind, name)
        if standard is not None:
            return standard
    if found is None:
        if engine.is_model(kind.cls):
            held: Answer | None = members.of_model(engine, base, kind, name)
        else:
            held = members.of_object(engine, kind, name)
        if held is not None and held.types:
            from codemod.project.types.calls import result_of

            if any(isinstance(k, Bound) and k.what == name for k in held.types):
                return UNKNOWN  # the method itself again, of one of very many subclasses
            return union(result_of(engine, held, k, given) for k in held.types)
    return UNKNOWN


#: What a project's search documents come from.
_INDEXED = tuple(
    f"{package}.{name}"
    for package in ("django_elasticsearch_dsl", "elasticsearch_dsl", "elasticsearch.dsl")
    for name in ("Document", "documents.Document", "document.Document", "DocType")
)


def is_indexed(engine: Engine, cls: str) -> bool:
    """Whether a class is a document of Elasticsearch."""
    return engine.classes.is_subclass(cls, *_INDEXED)


def of_model(engine: Engine, base: Answer, kind: Instance, name: str) -> Answer | None:
    """What Django gives every model object."""
    if name in _MODEL_METHODS:
        return other(f"result of {name}()")
    if name.startswith("get_") and name.endswith("_display"):
        return other("str")
    if name.startswith(("get_next_by_", "get_previous_by_")):
        return again(base, (kind,))
    return _of_tree(engine, base, kind, name)


def of_model_class(engine: Engine, base: Answer, kind: ClassRef, name: str) -> Answer | None:
    """What Django gives every model class."""
    if name == "from_db":
        return again(base, (Instance(kind.cls),))
    if any(_SINGLE.get(ancestor) == name for ancestor in engine.classes.mro(kind.cls)):
        return again(base, (Instance(kind.cls),), f"{name}()")
    return _of_tree(engine, base, Instance(kind.cls), name)


#: Class methods of packages that give the one object of a model: of django-solo, config-models.
_SINGLE = {
    "solo.models.SingletonModel": "get_solo",
    "config_models.models.ConfigurationModel": "current",
}


def _of_tree(engine: Engine, base: Answer, kind: Instance, name: str) -> Answer | None:
    if name not in trees.OBJECTS | trees.SETS:
        return None
    model = engine.model(kind.cls)
    if model is None or not engine.classes.is_subclass(model.name, *trees.BASES):
        return None
    if name in trees.OBJECTS:
        return again(base, (kind,), f"{base.reason}.{name}()")
    labels = engine.labels(kind.cls)
    return Answer(tuple(QuerySet(label) for label in labels), base.tier, f"{name}()")


def of_super(engine: Engine, base: Answer, kind: Super, name: str, given: Given) -> Answer:
    """What `super().name(...)` gives."""
    receiver = kind.of
    start = receiver.cls if isinstance(receiver, (Instance, ClassRef)) else kind.owner
    if kind.owner not in engine.classes.mro(start):
        start = kind.owner
    following = _next(engine, kind.owner, engine.classes.mro(start), name)
    if not following:  # a mixin: what comes next is the business of the classes that use it
        for child in engine.classes.subclasses(start):
            following |= _next(engine, kind.owner, engine.classes.mro(child), name)
    parts = [functions.called(engine, facts, f, given, kind.of) for f, facts in following.items()]
    found = union(parts) if parts else None
    if found is not None and (found.types or found is PENDING):
        return found
    if isinstance(receiver, (Manager, QuerySet)):
        return managers.standard(engine, base, receiver, name, given)
    if isinstance(receiver, FormOf):
        return formsets.standard_method(engine, base, receiver, name)
    if isinstance(receiver, Instance):
        if name in ("new_user", "save_user") and hooks.is_adapter(engine, receiver.cls):
            return engine.user(f"{name}() of allauth")
        standard = roles_of_self.standard_method(engine, receiver, name)
        if standard is not None:
            return standard
        if engine.is_model(receiver.cls):
            return of_model(engine, base, receiver, name) or UNKNOWN
    if isinstance(receiver, ClassRef):
        from codemod.project.types import factories

        return factories.method(engine, receiver, name, given) or UNKNOWN
    return UNKNOWN


def _next(
    engine: Engine, owner: str, chain: tuple[str, ...], name: str
) -> dict[FunctionDef, FileFacts]:
    """The next method after the owner's in a resolution order, with its file; none where it is a
    package's."""
    for ancestor in chain[chain.index(owner) + 1 :] if owner in chain else ():
        info = engine.classes.get(ancestor)
        if info is not None and name in info.definition.methods:
            function = engine.function_at(info.definition.methods[name], info.facts)
            if function is not None:
                return {function: info.facts}
    return {}


def of_collection(engine: Engine, base: Answer, kind: Collection | Pair, name: str) -> Answer:
    """Methods of lists, sets and iterators."""
    alone = Answer((kind,), base.tier, base.reason)
    if name in ("pop", "popleft", "__next__", "__getitem__"):
        return iterated(engine, alone)
    if name in ("copy", "union", "intersection", "difference", "symmetric_difference"):
        return alone
    if name in ("index", "count", "issubset", "issuperset", "isdisjoint"):
        return other("int")
    return NONE if name in _CHANGING else UNKNOWN


_CHANGING = frozenset(
    "append add extend insert remove discard clear sort reverse update appendleft".split()
)


def of_dict(engine: Engine, base: Answer, kind: Dict | Cleaned, name: str, given: Given) -> Answer:
    """Methods of dictionaries."""
    from codemod.project.types.subscripts import item_of

    arguments = given.call.args
    if name in ("get", "pop", "setdefault") and arguments:
        found = item_of(engine, kind, arguments[0], base)
        if len(arguments) > 1:
            found = union([found, engine.of(arguments[1], given.scope, given.facts)])
        return found
    if isinstance(kind, Cleaned):
        return UNKNOWN
    if name == "values":
        if not kind.values:
            return UNKNOWN
        return Answer((Collection(kind.values),), base.tier, base.reason)
    if name == "items" and kind.values:
        pair: Type = Pair((kind.index, kind.values))
        return one(Collection((pair,)), base.reason)
    if name == "copy":
        return Answer((kind,), base.tier, base.reason)
    if name in ("keys", "items"):
        return other("keys") if name == "keys" else UNKNOWN
    return NONE if name in ("update", "clear") else UNKNOWN
