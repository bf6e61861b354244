"""Small questions that several surfaces ask of a call or a type."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from codemod.facts.nodes import names_class
from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.answers import Answer, ClassRef, Instance, Manager, Other, QuerySet, Tier, Type
from codemod.project.project import Project
from codemod.project.types.functions import results
from codemod.project.types.kinds import FormOf
from codemod.surfaces.placing.statements import is_stable

Labels = tuple[str, ...]


def is_super(node: ast.expr) -> bool:
    """Whether the expression is a call of `super`."""
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    )


def is_super_call(node: ast.expr, method: str) -> bool:
    """Whether the expression is `super().method(...)`."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
        and is_super(node.func.value)
    )


def super_calls(facts: FileFacts, function: ast.AST, method: str) -> list[CallSite]:
    """The calls `super().method(...)`, or `Base.method(self, ...)`, that stand in a function."""
    scope = facts.scopes[function]
    return [c for c in facts.named(method) if c.scope is scope and goes_up(c)]


def goes_up(call: CallSite) -> bool:
    """Whether a call is that of a base's method: `super().save()`; or in the method of the same
    name `ModelForm.save(self)`."""
    function, method = call.node.func, call.scope.node
    if not isinstance(function, ast.Attribute) or is_super(function.value):
        return isinstance(function, ast.Attribute)
    if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    own = [*method.args.posonlyargs, *method.args.args][:1]
    given = call.node.args[:1]
    base = getattr(function.value, "attr", getattr(function.value, "id", ""))
    passed = bool(own and given) and isinstance(given[0], ast.Name) and given[0].id == own[0].arg
    return passed and method.name == call.name and base[:1].isupper()


def keyword(call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
    """The value given for a parameter by keyword, or at a 0-based position."""
    for argument in call.keywords:
        if argument.arg == name:
            return argument.value
    if position is not None and len(call.args) > position:
        plain = call.args[: position + 1]
        if not any(isinstance(a, ast.Starred) for a in plain):
            return call.args[position]
    return None


def has_unpacking(call: ast.Call) -> bool:
    """Whether arguments come out of `*args` or `**kwargs`."""
    return any(isinstance(a, ast.Starred) for a in call.args) or any(
        k.arg is None for k in call.keywords
    )


def save_argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    """The value given for a parameter of `save()`, whose position is that in `order.save()`: in
    `Model.save(order)` the object comes before."""
    return keyword(call, name, position + names_class(call))


def with_article(noun: str) -> str:
    """A noun as a sentence has it: "an order line", "a user"."""
    words = noun.replace("_", " ")
    spoken = words[0] in "aeiou" and not words.startswith(("us", "uni", "eu", "one"))
    return f"{'an' if spoken else 'a'} {words}"


def is_literal(node: ast.expr | None, value: object) -> bool:
    """Whether the expression is this constant."""
    return isinstance(node, ast.Constant) and node.value is value


def instances(project: Project, answer: Answer) -> tuple[str, ...]:
    """Labels of the models that an answer's instances are of; those of a mixin are of the models
    that it is mixed into."""
    by_class, labels = project.models.by_class, []
    for kind in answer.types:
        if isinstance(kind, Instance):
            names = (kind.cls,) if kind.cls in by_class else project.classes.subclasses(kind.cls)
            models = [by_class[name] for name in names if name in by_class]
            labels += [m.label for model in models for m in project.models.concrete(model)]
            if project.models.is_unread(kind.cls):
                labels.append(kind.cls)
    return tuple(dict.fromkeys(labels))


def tier_of(project: Project, answer: Answer) -> Tier:
    """How sure it is that an answer's instances are of its models: a mixin may be mixed into
    something else, too."""
    by_class = project.models.by_class
    for kind in answer.types:
        if isinstance(kind, Instance) and kind.cls not in by_class:
            names = project.classes.subclasses(kind.cls)
            users = [n for n in names if not project.classes.subclasses(n)]
            if any(name in by_class for name in names) and any(n not in by_class for n in users):
                return Tier.POSSIBLE
    return answer.tier


def tier_among(answer: Answer, kinds: Collection[Type]) -> Tier:
    """How sure it is that an answer is of these of its kinds: an object of others may have the
    method, too."""
    objects = (Instance, Manager, QuerySet)
    others = any(isinstance(kind, objects) and kind not in kinds for kind in answer.types)
    return Tier.POSSIBLE if others else answer.tier


def is_mixed(project: Project, answer: Answer, models: tuple[str, ...]) -> bool:
    """Whether an answer also has objects, or rows, of something else than these models."""
    others = {*instances(project, answer), *queried(answer)} - {*models}
    return bool(others) or may_be_no_model(project, answer)


def may_be_no_model(project: Project, answer: Answer) -> bool:
    """Whether what has the method may also be an object of no model: a form, an image."""
    return any(
        (isinstance(kind, Instance) and not instances(project, replace(answer, types=(kind,))))
        or (isinstance(kind, Other) and _is_object(kind.what))
        for kind in answer.types
    )


def _is_object(what: str) -> bool:
    """Whether something that is no model's may have a method of a model's name."""
    return "." in what or what.startswith("result of ") or what == "FieldFile"


def queried(answer: Answer) -> tuple[str, ...]:
    """Labels of the models that an answer's managers and querysets are of."""
    labels = [t.model for t in answer.types if isinstance(t, (Manager, QuerySet))]
    return tuple(dict.fromkeys(labels))


def is_query(answer: Answer) -> bool:
    """Whether what holds objects is a manager or queryset, whose objects have rows: a parameter
    may be a queryset in one call, and a list of new objects in the next. (A single object, as in
    `order = orders.filter(); order = order[0]`, holds none.)"""
    holding = [kind for kind in answer.types if not isinstance(kind, Instance)]
    return bool(holding) and all(isinstance(kind, (Manager, QuerySet)) for kind in holding)


def managed(project: Project, call: CallSite, facts: FileFacts) -> Answer:
    """What `x` is in `x.create()`; for `super().create()` in a manager's own method, `self`."""
    assert isinstance(call.node.func, ast.Attribute)
    owner = call.node.func.value
    if is_super(owner):
        owner = ast.Name("self", ast.Load())
    return project.type_of(owner, call.scope, facts)


def through_managers(
    project: Project, *names: str
) -> Iterator[tuple[FileFacts, CallSite, Answer, tuple[str, ...]]]:
    """The calls of these methods on what is, or may be, a manager, with what it is and its models
    whose `save()` is Django's: in another the line within it fires."""
    for facts in project.read():
        for call in facts.named(*names):
            function = call.node.func
            if not isinstance(function, ast.Attribute):
                continue
            answer = managed(project, call, facts)
            models = queried(answer)
            if not models and (answer.known or is_super(function.value)):
                continue  # of no manager
            direct = tuple(m for m in models if not overrides(project, m, "save"))
            if direct or not models:
                yield facts, call, answer, direct


def rows(project: Project, facts: FileFacts, manager: ast.Attribute) -> str:
    """All rows of a relation as they are in the database, as code: `all()` of one that is fetched
    ahead is what was fetched then."""
    source = facts.lines.source(facts.lines.span(manager))
    return f'{source}.order_by("pk")' if is_fetched(project, manager.attr) else f"{source}.all()"


def is_fetched_ahead(project: Project, facts: FileFacts, scope: Scope, query: ast.expr) -> bool:
    """Whether a query is `x.relation.all()`, which gives what was fetched ahead if it was."""
    function = query.func if isinstance(query, ast.Call) else None
    if not isinstance(function, ast.Attribute) or function.attr != "all":
        return False
    manager = function.value
    if not isinstance(manager, ast.Attribute):
        return False
    kinds = project.type_of(manager, scope, facts).types
    related = any(isinstance(kind, Manager) and kind.related for kind in kinds)
    return related and is_fetched(project, manager.attr)


def is_fetched(project: Project, relation: str) -> bool:
    """Whether some query of the project fetches a relation of that name ahead."""
    return any(relation in text for text in project.once(_fetched_ahead))


def _fetched_ahead(project: Project) -> tuple[str, ...]:
    """The calls that fetch relations ahead, as source."""
    return tuple(
        ast.unparse(call.node)
        for facts in project.read()
        for call in facts.named("prefetch_related", "prefetch_related_objects", "Prefetch")
    )


def overrides(project: Project, label: str, method: str) -> bool:
    """Whether the model's class, or a base of it in the project, defines the method."""
    model = project.models.by_label.get(label)  # an automatic through model has no class
    return model is not None and project.classes.method(model.name, method) is not None


def may_repeat(project: Project, facts: FileFacts, scope: Scope, node: ast.expr) -> bool:
    """Whether an expression may be written twice: a name, or attributes of one, none of which a
    property works out anew each time it is read."""
    repeats = is_stable(node)
    while repeats and isinstance(node, ast.Attribute):
        owners = project.type_of(node.value, scope, facts).types
        classes = (k.cls for k in owners if isinstance(k, (Instance, ClassRef)))
        repeats = not any(_is_made_anew(project, cls, node.attr) for cls in classes)
        node = node.value
    return repeats


def _is_made_anew(project: Project, cls: str, attr: str) -> bool:
    """Whether an attribute is a plain property that returns more than attributes of `self`."""
    method = project.classes.method(cls, attr)
    if method is None:
        return False
    plain = any(getattr(d, "id", "") == "property" for d in method[1].node.decorator_list)
    return plain and not all(value is None or is_stable(value) for value in results(method[1])[0])


def snake(name: str) -> str:
    """`OrderLine` -> `order_line`, `HTTPHeader` -> `http_header`, `T2FTrip` -> `t2f_trip`."""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z]|[0-9](?=[A-Z][a-z]))([A-Z])", r"\1_\2", name).lower()


def noun(label: str) -> str:
    """A model's name in the names of functions, and in sentences: `order_line`."""
    return snake(label.rpartition(".")[2])


def variable(models: tuple[str, ...]) -> str:
    """What to call an object of these models: the model's name, else `instance`.

    A `transaction` would hide the module that a `with transaction.atomic():` needs.
    """
    called = noun(models[0]) if len(models) == 1 else "instance"
    return "txn" if called == "transaction" else called


_ODD = {
    "child": "children", "half": "halves", "leaf": "leaves", "man": "men", "person": "people",
    "shelf": "shelves", "wolf": "wolves", "woman": "women",
}  # fmt: skip


def plural(noun: str) -> str:
    """`document` -> `documents`, `entry` -> `entries`, `analysis` -> `analyses`."""
    head, gap, last = noun.rpartition("_")
    if last in _ODD:
        return f"{head}{gap}{_ODD[last]}"
    if re.search(r"[^siu]s$", noun):
        return f"{noun}_rows"  # `UserFollows` is a plural already
    if noun.endswith("sis"):
        return noun[:-2] + "es"
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    if re.search(r"(s|x|z|ch|sh)$", noun):
        return noun + "es"
    return noun + "s"


def other_database(call: CallSite) -> str | None:
    """The name of a database that a save gives as a literal, other than the default one."""
    using = save_argument(call.node, "using", 2)
    named = isinstance(using, ast.Constant) and using.value not in (None, "default")
    return ast.unparse(using) if using is not None and named else None


def models_of(
    project: Project, forms: Iterable[Instance], held: Callable[[str, str], Labels]
) -> tuple[Labels, bool, bool]:
    """(labels of the models that forms or serializers save and whose save is Django's, whether one
    is unknown, whether there are others). `held`: whose objects one of a model holds."""
    labels: list[str] = []
    unsaid = mixed = False
    for form in forms:
        label = form.model if isinstance(form, FormOf) else project.model_of(form.cls)
        if label is None:
            unsaid = True
            continue
        each_held = held(form.cls, label)
        plain = [each for each in each_held if not overrides(project, each, "save")]
        labels, mixed = [*labels, *plain], mixed or len(plain) < len(each_held)
    return tuple(dict.fromkeys(labels)), unsaid, mixed
