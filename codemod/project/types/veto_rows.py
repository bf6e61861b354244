"""What speaks against an unknown `x` in `x.delete()` being a queryset or a manager of a model.

sub = get_object_or_400(model, pk=pk)   one object, whatever the model is
for job in jobs: job.delete()           an element
store = SessionStore(key)               a new object
obj.delete()                            what people call one object
LogEntry.objects.all().delete()         rows, but of a package's model
x.filter(name=name).delete()            rows, but of a model with a `name`
data["host_qs"].delete()                rows, but of hosts
field.remote_field.through.objects.all().delete()     rows of a many-to-many relation
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemod.facts.nodes import last_name
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef
from codemod.project.model_tables import Model
from codemod.project.types.given import places
from codemod.project.types.guarded import asked_before
from codemod.project.types.having import is_foreign
from codemod.project.types.kinds import THROUGH
from codemod.project.types.lacking import is_of_nothing
from codemod.project.types.lookups import LOOKUPS, defining, knows, may_find
from codemod.project.types.naming import by_snake
from codemod.project.types.origins import cant_be
from codemod.project.types.uses import is_looked_into
from codemod.project.types.veto import is_search, used

if TYPE_CHECKING:
    from codemod.project.types.engine import Engine

# Methods of a queryset that give a queryset.
_CHAIN = LOOKUPS | frozenset(
    """
    all order_by distinct select_related prefetch_related annotate alias only defer using reverse
    none select_for_update union difference intersection extra values values_list dates datetimes
    """.split()
)
_ROWS = _CHAIN | frozenset(
    """
    aggregate count exists get first last latest earliest in_bulk iterator create get_or_create
    update_or_create bulk_create bulk_update update delete contains explain raw query model db
    ordered as_manager get_queryset contribute_to_class add remove set clear through
    """.split()
)
_ONE = frozenset(
    "get first last latest earliest create get_object get_object_or_404 aget afirst alast".split()
)
_ENDS = ("qs", "query", "queryset")
_NOUNS = frozenset(
    """
    obj object instance item entry element row record child parent node thing it o sub job user
    """.split()
)
_SEVERAL = re.compile(r"(^|_)(qs|querysets?|query|manager|objects|rows|all)(_|$)")
_MADE = re.compile(r"[A-Z]\w*$(?<!QuerySet)(?<!Manager)")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def could_be_rows(engine: Engine, call: CallSite, facts: FileFacts, label: str) -> bool:
    """Whether nothing speaks against the object of a `delete()` being rows of a model."""
    function = call.node.func
    model = engine.models.get(label)
    if not isinstance(function, ast.Attribute) or model is None:
        return True
    if call.node.args or call.node.keywords:
        return False  # QuerySet.delete() takes no arguments
    if is_looked_into(call) and not _overrides_delete(engine, model):
        return False
    deleted = function.value
    if cant_be(engine, deleted, call.scope, facts, model):
        return False
    if is_of_nothing(engine, deleted, call.scope, facts):
        return False
    if not may_find(engine, deleted, call.scope, facts, model):
        return False
    if isinstance(deleted, ast.Call):
        return _chain(engine, deleted, call, facts, model)
    known = _ROWS | _own(engine, model)
    if any(attribute not in known for attribute in used(engine, deleted, call, facts)):
        return False
    if any(known.isdisjoint(asked) for asked in asked_before(engine, call)):
        return False
    name = _name_of(deleted)
    if (told := _named_after(engine, name)) and model not in told:
        return False
    if isinstance(deleted, ast.Name) and _is_one(call, deleted.id):
        return False
    if isinstance(deleted, ast.Attribute) and not _leads_to(engine, deleted, call, facts, model):
        return False
    return not _is_noun(engine, name)


def _overrides_delete(engine: Engine, model: Model) -> bool:
    """Whether a class of the model's managers has a `delete()` of its own, or may have."""
    classes = [cls for m in model.managers.values() for cls in (m.cls, m.queryset) if cls]
    return any(
        is_foreign(engine, cls) or engine.classes.method(cls, "delete") is not None
        for cls in classes
    )


def could_be_one(call: CallSite) -> bool:
    """Whether the object of a `delete()` may be an object of a model: not `x.filter(...)`."""
    function = call.node.func
    deleted = function.value if isinstance(function, ast.Attribute) else None
    if not isinstance(deleted, ast.Call) or not isinstance(deleted.func, ast.Attribute):
        return True
    return deleted.func.attr not in _CHAIN


def _own(engine: Engine, model: Model) -> set[str]:
    """What the project's managers and querysets of a model have of their own."""
    own: set[str] = set()
    for manager in model.managers.values():
        for cls in (manager.cls, manager.queryset):
            for name in engine.classes.mro(cls) if cls is not None else ():
                info = engine.classes.get(name)
                own |= set(info.scope.bindings) if info is not None else set()
    return own


def _chain(
    engine: Engine, deleted: ast.Call, call: CallSite, facts: FileFacts, model: Model
) -> bool:
    """Whether `x.filter(...)` or `f()` may give rows of the model."""
    node: ast.expr = deleted
    while isinstance(node, ast.Call):
        function = node.func
        if not isinstance(function, ast.Attribute):
            return not (isinstance(function, ast.Name) and function.id in _ONE)
        if function.attr in _ONE or is_search(engine, function):
            return False
        if function.attr in LOOKUPS and not knows(engine, node, call.scope, facts, model):
            return False
        node = function.value
    for other in _other_queries(node, call, facts):
        if not knows(engine, other.node, other.scope, facts, model):
            return False
    if isinstance(node, ast.Name) and (told := _named_after(engine, node.id)) and model not in told:
        return False
    if isinstance(node, ast.Attribute):  # the manager: `Model.objects`, `order.lines`
        owner = engine.of(node.value, call.scope, facts)
        if any(isinstance(t, ClassRef) and engine.models.by_class.get(t.cls) for t in owner.types):
            return True
        if owner.types == (THROUGH,):
            return _is_between(engine, model)
        root = engine.symbols.resolve(node.value, call.scope, facts)
        if root is not None and engine.is_external(root):
            return False
        return node.attr in ("objects", *model.managers) or _is_accessor(engine, node.attr, model)
    return True


def _is_between(engine: Engine, model: Model) -> bool:
    """Whether rows of a model may be those of a many-to-many relation: one says so, or what it
    says can't be read. Those of django-taggit's are of models with a base of its own."""
    foreign = any(is_foreign(engine, cls) for cls in engine.classes.mro(model.name))
    return any(
        (field.kind == "ManyToManyField" and field.through in (None, model.label))
        or (field.kind == "TaggableManager" and foreign)
        for other in engine.models.all()
        for field in other.fields.values()
    )


def _other_queries(manager: ast.expr, call: CallSite, facts: FileFacts) -> Iterator[CallSite]:
    """The lookups on the same attribute of `self` elsewhere in its class: `self.model.objects`."""
    around = call.scope.class_()
    text = ast.unparse(manager)
    if around is None or not text.startswith("self."):
        return
    inside = set(around.inside())
    for other in facts.named(*LOOKUPS):
        method = other.node.func
        if isinstance(method, ast.Attribute) and other.scope in inside:
            if ast.unparse(method.value) == text:
                yield other


def _name_of(deleted: ast.expr) -> str:
    """The name, attribute or literal key under which an object is found."""
    if isinstance(deleted, ast.Subscript) and isinstance(deleted.slice, ast.Constant):
        return str(deleted.slice.value)
    return last_name(deleted)


def _named_after(engine: Engine, name: str) -> list[Model]:
    """The models whose rows people call so, `hosts`, `host_qs`, `hosts_to_drop`, with those below
    them."""
    known = by_snake(engine)
    name = name.partition("_to_")[0]  # what is to be done with them
    stems = [name.removesuffix(f"_{end}") for end in _ENDS]
    stems += [name.removesuffix("s"), name.removesuffix("es"), f"{name.removesuffix('ies')}y"]
    told = [model for stem in stems if stem != name for model in known.get(stem, ())]
    below = [label for model in told for label in engine.models.subclasses(model.label)]
    return told + [model for model in map(engine.models.get, below) if model is not None]


def _is_one(call: CallSite, name: str) -> bool:
    """Whether each binding of a name gives one object: an element, or the answer of a `get()`."""
    found = next((s for s in call.scope.chain() if name in s.bindings), None)
    if found is None:
        return False
    for binding in found.bindings[name]:
        value = binding.value
        called = value.func if isinstance(value, ast.Call) else None
        method = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
        if binding.kind == "assign" and method and (method in _ONE or _MADE.match(method)):
            continue
        if binding.kind == "loop" and not isinstance(value, (ast.List, ast.Tuple, ast.Set)):
            continue
        return False
    return not _SEVERAL.search(name)


def _leads_to(
    engine: Engine, deleted: ast.Attribute, call: CallSite, facts: FileFacts, model: Model
) -> bool:
    """Whether `x.lines` may be the manager of the model's rows.

    Where the name is a relation of the project it is that; on `self` it may be anything.
    """
    known = {accessor for m in engine.models.all() for accessor in engine.models.relations(m.label)}
    if deleted.attr not in known:
        return True
    return _is_accessor(engine, deleted.attr, model)


def _is_accessor(engine: Engine, name: str, model: Model) -> bool:
    """Whether some model reaches the model's rows by this name."""
    for other in engine.models.all():
        reverse = engine.models.relations(other.label).get(name)
        if reverse is not None and reverse.model == model.label:
            return True
        field = other.fields.get(name)
        if field is not None and field.target == model.label:
            return field.kind in ("ManyToManyField", "GenericRelation")
    if name.endswith("_set") and not _may_be_called(engine, name, model):
        return name in defining(engine) or name in places(engine)
    return not any(
        name in engine.models.relations(other.label) or name in other.fields
        for other in engine.models.all()
    )


def _may_be_called(engine: Engine, name: str, model: Model) -> bool:
    """Whether rows may have a name like `token_set`, which Django gives those of a `Token`,
    if no model says otherwise."""
    own = f"{model.label.rpartition('.')[2].lower()}_set"
    named = {field.related_name for field in model.fields.values()}
    return name in {own, *named} or any(
        is_foreign(engine, cls) for cls in engine.classes.mro(model.name)
    )


def _is_noun(engine: Engine, name: str) -> bool:
    """Whether people call one object so: `obj`, `new_job`, a model's name."""
    last = name.rpartition("_")[2] or name
    if _SEVERAL.search(name):
        return False
    words = engine.tables.get("model words")
    if words is None:
        words = engine.tables["model words"] = frozenset(
            word.lower()
            for m in engine.models.by_label.values()
            for word in _WORDS.findall(m.label.rpartition(".")[2])
        )
    last = last.rstrip("0123456789")
    return last in _NOUNS or (last in words and (not last.endswith("s") or last.endswith("ss")))
