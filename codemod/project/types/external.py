"""Functions of Django, the standard library and packages whose result is known."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.nodes import is_name, is_none
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
from codemod.project.types import factories, formsets, lacking
from codemod.project.types.arguments import Given
from codemod.project.types.iteration import iterated
from codemod.project.types.kinds import (
    NO_ITEMS,
    NONE,
    NOTHING,
    PENDING,
    UNKNOWN,
    Dict,
    Namespace,
    Super,
    one,
    other,
    union,
)
from codemod.project.types.packages import gives_no_models

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_PLAIN = frozenset(
    """
    str int float bool bytes bytearray complex len abs all any bin chr divmod format hash hex id
    isinstance issubclass callable oct ord pow print repr round sum range open hasattr memoryview
    input ascii slice setattr delattr dir
    """.split()
)
_ANYTHING = ("vars", "globals", "locals", "eval", "__import__")
_LISTS = frozenset("list sorted set tuple frozenset reversed iter aiter".split())


def called(engine: Engine, dotted: str, given: Given) -> Answer | None:
    """What a call of a known external function gives; None for all others."""
    if dotted.startswith("builtins."):
        return _builtin(engine, dotted[9:], given)
    if not engine.is_external(dotted):
        return None
    if dotted in _EMPTY and not given.call.keywords:
        if len(given.call.args) <= (dotted == "collections.defaultdict"):
            return one(_EMPTY[dotted], "an empty container")
    if dotted == "types.SimpleNamespace":
        return _namespace(engine, given)
    rule = _RULES.get(dotted)
    if rule is not None:
        return _known(engine, rule, given)
    made = formsets.called(engine, dotted, given) or factories.external_call(engine, dotted, given)
    if made is not None:
        return made
    parts = dotted.split(".")
    last = parts[-1]
    if any(part[:1].isupper() and not part.isupper() for part in parts):
        return None  # a class, or something of a class
    if last.startswith("get_") and last.endswith("_model"):
        label = engine.models.label_of(given.call, given.scope, given.facts)
        if label is not None:
            return one(engine.class_ref(label), f"model {label}")
    return unknown(dotted)


def _namespace(engine: Engine, given: Given) -> Answer:
    """A namespace with the attributes that nothing changes later on."""
    if any(word in given.facts.text for word in ("setattr(", "__dict__", "vars(")):
        return UNKNOWN
    stored, project = _stored(engine), engine.project
    unread = [project.text(path) for path in project.not_read()]
    values = {
        keyword.arg: engine.of(keyword.value, given.scope, given.facts).types
        for keyword in given.call.keywords
        if keyword.arg is not None and keyword.arg not in stored
        and not any(f".{keyword.arg} =" in text for text in unread)
    }  # fmt: skip
    return one(Namespace("object", tuple(values.items())), "a namespace", Tier.INFERRED)


def _stored(engine: Engine) -> frozenset[str]:
    """The attributes that anything but an object's own methods gives a value."""
    known: frozenset[str] | None = engine.tables.get("stored attributes")
    if known is None:
        known = engine.tables["stored attributes"] = frozenset(
            store.target.attr
            for facts in engine.project.read()
            for scope in facts.scopes.values()
            for store in scope.stores
            if isinstance(store.target, ast.Attribute) and not is_name(store.target.value, "self")
        )
    return known


def inherited(engine: Engine, cls: str, attr: str) -> Answer:
    """What a class of the project has of its packages' bases: no model where that is sure."""
    foreign = [name for name in engine.classes.mro(cls) if engine.is_external(name)]
    sure = foreign and all(gives_no_models(f"{name}.{attr}") for name in foreign)
    return other(f"{foreign[0]}.{attr}") if sure else UNKNOWN


def unknown(dotted: str) -> Answer:
    """What a package's function without a rule gives: no model where that is sure."""
    return other(dotted) if gives_no_models(dotted) else UNKNOWN


def _first(engine: Engine, given: Given, index: int = 0) -> Answer:
    arguments = given.call.args
    if len(arguments) > index and not isinstance(arguments[index], ast.Starred):
        return engine.of(arguments[index], given.scope, given.facts)
    return UNKNOWN


def _builtin(engine: Engine, name: str, given: Given) -> Answer | None:
    call = given.call
    if name in _ANYTHING:
        return UNKNOWN
    if name in _PLAIN:
        return other("bool" if name in ("isinstance", "hasattr", "callable") else name)
    if name == "super":
        return _super(engine, given)
    if name in ("list", "set", "tuple", "dict", "frozenset") and not call.args:
        if call.keywords:
            return one(Dict("dict"), "a dictionary")
        return one(NO_ITEMS if name == "dict" else NOTHING, f"an empty {name}")
    if name in _LISTS or name == "filter":
        item = iterated(engine, _first(engine, given, 1 if name == "filter" else 0))
        if item is PENDING or not item.types:
            return item
        return Answer((Collection(item.types),), item.tier, item.reason)
    if name in ("next", "anext"):
        item = iterated(engine, _first(engine, given))
        return union([item, _first(engine, given, 1)]) if len(call.args) > 1 else item
    if name in ("min", "max") and len(call.args) == 1:
        return iterated(engine, _first(engine, given))
    if name in ("min", "max"):
        return union(engine.of(a, given.scope, given.facts) for a in call.args)
    if name == "enumerate":
        item = iterated(engine, _first(engine, given))
        return _collection_of_pair(item, Pair(((Other("int"),), item.types)))
    if name == "zip":
        items = [iterated(engine, engine.of(a, given.scope, given.facts)) for a in call.args]
        return one(Collection((Pair(tuple(item.types for item in items)),)), "zip")
    if name == "map":
        return _mapped(engine, given)
    if name == "type" and len(call.args) == 1:
        refs = tuple(
            ClassRef(k.cls) for k in _first(engine, given).types if isinstance(k, Instance)
        )
        return Answer(refs, _first(engine, given).tier, "type(...)") if refs else UNKNOWN
    if name == "getattr" and len(call.args) >= 2:
        return _getattr(engine, given)
    return None


def _collection_of_pair(item: Answer, pair: Pair) -> Answer:
    if item is PENDING:
        return PENDING
    return Answer((Collection((pair,)),), item.tier, item.reason)


def _mapped(engine: Engine, given: Given) -> Answer:
    """`map(Order, rows)`: what the function gives."""
    from codemod.project.types.calls import result_of

    target = _first(engine, given)
    bare = Given(ast.Call(given.call.func, [], []), given.scope, given.facts)
    ast.copy_location(bare.call, given.call)
    item = union(result_of(engine, target, kind, bare) for kind in target.types)
    return Answer((Collection(item.types),), item.tier, item.reason) if item.types else UNKNOWN


def _getattr(engine: Engine, given: Given) -> Answer:
    name = given.call.args[1]
    if _is_file_field(engine, name, given):
        return other("FieldFile")
    if isinstance(name, ast.Name):
        name = _only_value(engine, name, given)
    if isinstance(name, ast.JoinedStr):
        return _getattr_by_pattern(engine, given, name)
    if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
        return UNKNOWN
    from codemod.project.types.attributes import attribute_of, of_unknown

    base = _first(engine, given)
    if name.value == "user" and getattr(given.call.args[0], "id", "") == "request":
        return engine.user("request.user")
    if base is PENDING:
        return PENDING
    if not base.types:
        plain = len(given.call.args) < 3 or is_none(given.call.args[2])
        return of_unknown(engine, given.call.args[0], name.value) if plain else UNKNOWN
    if len(given.call.args) > 2 and all(lacking.lacks(engine, k, name.value) for k in base.types):
        return _first(engine, given, 2)
    found = [attribute_of(engine, base, kind, name.value, given.facts) for kind in base.types]
    if len(given.call.args) > 2:
        found.append(_first(engine, given, 2))
    return union(found)


def _is_file_field(engine: Engine, name: ast.expr, given: Given) -> bool:
    """`getattr(order, field.name)` after `isinstance(field, models.FileField)`."""
    if not isinstance(name, ast.Attribute) or name.attr not in ("name", "attname"):
        return False
    kinds = engine.of(name.value, given.scope, given.facts).types
    return bool(kinds) and all(
        isinstance(kind, Instance)
        and engine.classes.is_subclass(kind.cls, "django.db.models.FileField")
        for kind in kinds
    )


def _only_value(engine: Engine, name: ast.Name, given: Given) -> ast.expr:
    """What a name is given where it is given something once."""
    found = engine.symbols.bindings(name.id, given.scope)
    if found is not None and len(found[1]) == 1 and found[1][0].kind == "assign":
        return found[1][0].value if not found[1][0].path and found[1][0].value else name
    return name


def _getattr_by_pattern(engine: Engine, given: Given, name: ast.JoinedStr) -> Answer:
    """`getattr(self, f"_make_{kind}")`: any of the attributes that can be called so."""
    from codemod.project.types.assigned import table
    from codemod.project.types.attributes import attribute_of

    first = name.values[0]
    prefix = first.value if isinstance(first, ast.Constant) else ""
    base = _first(engine, given)
    if len(str(prefix).strip("_")) < _TELLING or len(given.call.args) > 2:
        return UNKNOWN
    found: list[Answer] = []
    for kind in base.types:
        if not isinstance(kind, Instance) or engine.is_model(kind.cls):
            return UNKNOWN
        for cls in (*engine.classes.mro(kind.cls), *engine.classes.subclasses(kind.cls)):
            info = engine.classes.get(cls)
            for attr in (*info.scope.bindings, *table(engine, info)) if info is not None else ():
                if attr.startswith(str(prefix)):
                    found.append(attribute_of(engine, base, kind, attr, given.facts))
    return union(found) if found else UNKNOWN


_TELLING = 4  # letters that the fixed part of a name has to have


def _super(engine: Engine, given: Given) -> Answer:
    info = engine.class_around(given.scope)
    function = given.scope.function()
    while function is not None and function.parent is not None and function.parent.kind != "class":
        function = function.parent.function()
    if info is None or function is None:
        return UNKNOWN
    arguments = getattr(function.node, "args", None)
    plain = [*arguments.posonlyargs, *arguments.args] if arguments is not None else []
    if not plain:
        return UNKNOWN
    names: dict[ast.Call, ast.Name] = engine.tables.setdefault("subjects", {})
    name = names.setdefault(given.call, _name(plain[0].arg, given.call))
    subject = engine.of(name, function, given.facts)
    if subject is PENDING or not subject.types:
        return one(Super("super", info.name, Instance(info.name)), "super()")
    return Answer(
        tuple(Super("super", info.name, kind) for kind in subject.types), subject.tier, "super()"
    )


def _name(text: str, near: ast.Call) -> ast.Name:
    """A name node standing where a call does."""
    return ast.copy_location(ast.Name(text, ast.Load()), near)


def _known(engine: Engine, rule: str, given: Given) -> Answer:
    first = _first(engine, given)
    if rule == "user":
        return engine.user(f"{getattr(given.call.func, 'id', 'get_user')}()")
    if rule in ("same", "item", "items", "batches", "object", "objects") and first is PENDING:
        return PENDING
    if rule == "same":
        return first
    if rule == "cast" and len(given.call.args) == 2:
        from codemod.project.types.hints import annotated

        stated = annotated(engine, given.call.args[0], given.scope, given.facts)
        return stated if stated.types else _first(engine, given, 1)
    if rule == "module":
        return _imported(engine, given)
    if rule == "batches":
        batches = Collection(first.types)
        return Answer((batches,), first.tier, first.reason) if first.types else first
    if rule == "item":
        return iterated(engine, first)
    if rule == "items":
        item = iterated(engine, first)
        return Answer((Collection(item.types),), item.tier, item.reason) if item.types else item
    if rule == "chain":
        items = [iterated(engine, engine.of(a, given.scope, given.facts)) for a in given.call.args]
        item = union(items)
        return Answer((Collection(item.types),), item.tier, item.reason) if item.types else item
    if rule in ("object", "objects"):
        found = _queried(engine, first)
        if not found.types or rule == "object":
            return found
        return Answer((Collection(found.types),), found.tier, found.reason)
    return NONE if rule == "none" else UNKNOWN


def _imported(engine: Engine, given: Given) -> Answer:
    """`import_module("shop.models")`, `import_string("shop.models.Order")`."""
    arguments = given.call.args
    named = arguments[0] if arguments else None
    if isinstance(named, ast.Attribute) and named.attr == "SESSION_ENGINE":
        own = engine.classes.subclasses("django.contrib.sessions.base_session.AbstractBaseSession")
        return UNKNOWN if own else other("session")
    if not isinstance(named, ast.Constant) or not isinstance(named.value, str):
        return UNKNOWN
    dotted = engine.symbols.canonical(named.value, given.facts.path)
    return engine.named(dotted) if dotted is not None else UNKNOWN


def _queried(engine: Engine, first: Answer) -> Answer:
    """An object out of a model class, manager or queryset."""
    parts: list[Answer] = []
    for kind in first.types:
        if isinstance(kind, ClassRef) and engine.is_model(kind.cls):
            rows = [r for label in engine.labels(kind.cls) for r in engine.row(label)]
            parts.append(Answer(tuple(rows) or (Instance(kind.cls),), first.tier, "fetched"))
        elif isinstance(kind, (Manager, QuerySet)):
            row = engine.row(kind.model)
            parts.append(Answer(row, first.tier, f"fetched from {first.reason}"))
        else:
            parts.append(UNKNOWN)
    return union(parts) if parts else UNKNOWN


_EMPTY: dict[str, Type] = {
    "collections.defaultdict": NO_ITEMS,
    "collections.OrderedDict": NO_ITEMS,
    "collections.deque": NOTHING,
}
_RULES = {
    "django.shortcuts.get_object_or_404": "object",
    "django.shortcuts.aget_object_or_404": "object",
    "django.shortcuts.get_list_or_404": "objects",
    "rest_framework.generics.get_object_or_404": "object",
    "annoying.functions.get_object_or_None": "object",
    "django.contrib.auth.get_user": "user",
    "django.contrib.auth.aget_user": "user",
    "django.contrib.auth.authenticate": "user",
    "importlib.import_module": "module",
    "django.utils.module_loading.import_string": "module",
    "more_itertools.chunked": "batches",
    "more_itertools.batched": "batches",
    "itertools.batched": "batches",
    "copy.copy": "same",
    "copy.deepcopy": "same",
    "random.choice": "item",
    "secrets.choice": "item",
    "random.sample": "items",
    "random.choices": "items",
    "itertools.chain": "chain",
    "itertools.islice": "items",
    "operator.itemgetter": "unknown",
    "asgiref.sync.sync_to_async": "same",
    "asgiref.sync.async_to_sync": "same",
    "channels.db.database_sync_to_async": "same",
    "typing.cast": "cast",
    "django.utils.functional.SimpleLazyObject": "unknown",
}
