"""What an annotation says."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.facts.nodes import last_name
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
from codemod.project.types import managers
from codemod.project.types.kinds import NONE, PENDING, UNKNOWN, Dict, one, other, union

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

_VAGUE = frozenset("Any object Protocol TypeVar Hashable Callable Self Generic type Type".split())
_ITERABLES = frozenset(
    """
    list List set Set frozenset FrozenSet Sequence MutableSequence Iterable Iterator Generator
    Collection AsyncIterator AsyncIterable AsyncGenerator deque Deque
    """.split()
)
_WRAPPERS = frozenset("Annotated Final ClassVar Required NotRequired ReadOnly Awaitable".split())
_DICTS = frozenset("dict Dict Mapping MutableMapping defaultdict OrderedDict DefaultDict".split())
_OPEN_NAMES = frozenset("list tuple set dict Mock MagicMock Namespace SimpleNamespace".split())


def annotated(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    """The type that an annotation states."""
    return engine.once(("annotation", expr), scope, _read, engine, expr, scope, facts)


def _read(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    if isinstance(expr, ast.Constant):
        if expr.value is None:
            return NONE
        if isinstance(expr.value, str):
            return _quoted(engine, expr, scope, facts)
        return UNKNOWN
    if isinstance(expr, ast.BinOp) and isinstance(expr.op, ast.BitOr):
        return union(annotated(engine, side, scope, facts) for side in (expr.left, expr.right))
    if isinstance(expr, ast.Subscript):
        return _generic(engine, expr, scope, facts)
    if isinstance(expr, (ast.Name, ast.Attribute)):
        return _plain(engine, expr, scope, facts)
    return UNKNOWN


def _quoted(engine: Engine, expr: ast.Constant, scope: Scope, facts: FileFacts) -> Answer:
    parsed = engine.tables.setdefault("quoted", {})
    if expr not in parsed:
        try:
            parsed[expr] = ast.parse(str(expr.value).strip(), mode="eval").body
        except (SyntaxError, ValueError):
            parsed[expr] = None
    inner = parsed[expr]
    return annotated(engine, inner, scope, facts) if inner is not None else UNKNOWN


def _plain(engine: Engine, expr: ast.expr, scope: Scope, facts: FileFacts) -> Answer:
    """A class name."""
    last = last_name(expr)
    if last in _VAGUE:
        info = engine.class_around(scope) if last == "Self" else None
        return one(Instance(info.name), "Self") if info is not None else UNKNOWN
    answer = engine.of(expr, scope, facts)
    if answer is PENDING:
        return PENDING
    if not answer.types and isinstance(expr, ast.Attribute):
        answer = _unimported(engine, expr, scope, facts)
    return (
        union(_of_class(engine, kind, last) for kind in answer.types) if answer.types else UNKNOWN
    )


def _unimported(engine: Engine, expr: ast.Attribute, scope: Scope, facts: FileFacts) -> Answer:
    """The class of `"shop.models.Order"` and of `"shop.Order"` where nothing is imported."""
    dotted = ast.unparse(expr)
    if engine.symbols.bindings(dotted.partition(".")[0], scope) is not None:
        return UNKNOWN
    if engine.models.get(dotted) is not None:
        return one(engine.class_ref(dotted), f"model {dotted}")
    found = engine.symbols.canonical(dotted, facts.path)
    if found is None or (engine.classes.get(found) is None and not engine.is_model(found)):
        return UNKNOWN
    return engine.named(found)


def _of_class(engine: Engine, kind: Type, text: str) -> Answer:
    if not isinstance(kind, ClassRef):
        return UNKNOWN
    name = kind.cls.rpartition(".")[2]
    if name in _VAGUE or kind.cls == "django.db.models.Model":
        return UNKNOWN
    if kind.cls in ("django.db.models.QuerySet", "django.db.models.Manager"):
        return UNKNOWN
    if name in _ITERABLES | _DICTS | {"tuple", "Tuple"}:
        return other(name.lower() if name in ("dict", "Dict") else "list", f"annotated {text}")
    if engine.classes.is_subclass(kind.cls, "typing.Protocol", "typing_extensions.Protocol"):
        return UNKNOWN  # whatever has its methods
    mixed = [c for c in engine.classes.subclasses(kind.cls) if engine.is_model(c)]
    if mixed and not engine.is_model(kind.cls):
        return Answer(tuple(map(Instance, mixed)), Tier.PROVED, f"annotated {text}")
    if engine.is_model(kind.cls):
        return Answer(engine.declared(kind.cls), Tier.PROVED, f"annotated {text}")
    if engine.classes.is_subclass(kind.cls, "django.db.models.QuerySet"):
        rows = tuple(map(QuerySet, managers.users_of(engine, kind.cls)))
        return Answer(rows, Tier.PROVED, f"annotated {text}") if rows else UNKNOWN
    return one(object_of(engine, kind.cls), f"annotated {text}")


def object_of(engine: Engine, cls: str) -> Type:
    """An object of a class."""
    if engine.classes.get(cls) is not None or engine.is_model(cls):
        return Instance(cls)
    framework = ("django.forms.BaseForm", "rest_framework.serializers.BaseSerializer")
    if engine.classes.is_subclass(cls, *framework) or cls.startswith("django.forms."):
        return Instance(cls)
    name = cls.rpartition(".")[2]
    if name.endswith("Request"):
        return Other("request")
    if name in _OPEN_NAMES:
        return Other(name.lower() if name in ("dict", "list", "set", "tuple") else "object")
    return Other(cls.removeprefix("builtins."))


def _generic(engine: Engine, expr: ast.Subscript, scope: Scope, facts: FileFacts) -> Answer:
    base = expr.value
    last = last_name(base)
    inner = expr.slice
    parts = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
    if last == "Optional":
        return annotated(engine, parts[0], scope, facts)
    if last == "Union":
        return union(annotated(engine, part, scope, facts) for part in parts)
    if last in _WRAPPERS:
        return annotated(engine, parts[0], scope, facts)
    if last == "Coroutine":
        return annotated(engine, parts[-1], scope, facts)
    first = annotated(engine, parts[0], scope, facts)
    if first is PENDING:
        return PENDING
    if last in ("type", "Type"):
        refs = tuple(ClassRef(k.cls) for k in first.types if isinstance(k, Instance))
        return Answer(refs, Tier.PROVED, "annotated") if refs else UNKNOWN
    if last in _DICTS:
        value = annotated(engine, parts[-1], scope, facts)
        index = first.types if len(parts) > 1 else ()
        return one(Dict("dict", value.types, (), index), "annotated dict")
    if last in ("tuple", "Tuple"):
        if len(parts) == 2 and isinstance(parts[1], ast.Constant) and parts[1].value is ...:
            return one(Collection(first.types), "annotated tuple") if first.types else UNKNOWN
        answers = [annotated(engine, part, scope, facts) for part in parts]
        return one(Pair(tuple(answer.types for answer in answers)), "annotated tuple")
    if last in _ITERABLES:
        return one(Collection(first.types), "annotated") if first.types else other("list")
    return _of_model(engine, last, first, expr, scope, facts)


def _of_model(
    engine: Engine,
    last: str,
    first: Answer,
    expr: ast.Subscript,
    scope: Scope,
    facts: FileFacts,
) -> Answer:
    """`QuerySet[Order]`, `Manager[Order]`, a generic class of the project."""
    labels = [
        label for k in first.types if isinstance(k, Instance) for label in engine.labels(k.cls)
    ]
    if last.endswith("QuerySet") and labels:
        return Answer(tuple(QuerySet(m) for m in labels), Tier.PROVED, "annotated QuerySet")
    if last.endswith("Manager") and labels:
        return Answer(tuple(Manager(m) for m in labels), Tier.PROVED, "annotated Manager")
    return _plain(engine, expr.value, scope, facts)
