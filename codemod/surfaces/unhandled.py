"""Ways of firing that are recognised and not rewritten yet: they block, each with its code.

order.items.set(items, bulk=False)  related-manager
order.save_base()                   save-base (skips the model's save())
Order.delete(order)                 unbound-call
super(Order, order).save()          unbound-call (of an object that is not the method's own)
collector.delete()                  collector (Django's own, or a subclass)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef, Manager, Tier
from codemod.project.project import Project
from codemod.surfaces import found
from codemod.surfaces.coroutine import method
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.surfaces.upward import of_another
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS

name = "unhandled"

RELATED = ("set", "remove", "clear", "aset", "aremove", "aclear")
COLLECTOR = "collector"
COLLECTORS = (
    "django.db.models.deletion.Collector", "django.contrib.admin.utils.NestedObjects",
)  # fmt: skip
BOTH = (*SAVE_SIGNALS, *DELETE_SIGNALS)


def find(project: Project) -> Iterator[Site]:
    """Every site of these kinds."""
    for facts in project.read():
        for call in facts.named(*RELATED, "save_base"):
            yield from _call(project, facts, call)
        for call in facts.named("delete", "adelete"):
            yield from _deletes(project, facts, call)
        if "super(" in facts.text:
            for call in facts.named("save", "delete"):
                yield from _past_overrides(project, facts, call)
        if "ollector" in facts.text:
            for call in facts.named("delete"):
                yield from _collected(project, facts, call)


def _collected(project: Project, facts: FileFacts, call: CallSite) -> Iterator[Site]:
    """`collector.delete()` deletes whatever was collected; in a model's own `delete()`, itself."""
    if not is_collector(project, facts, call):
        return
    scope = call.scope.class_() if call.scope.name == "delete" else None
    owner = next((c for c in project.classes if c.scope is scope), None)
    inherits = [
        model.label
        for model in project.models.all()
        if owner is not None and not model.abstract
        if owner.name in project.classes.mro(model.name)
    ]
    yield Site(
        name,
        facts.path,
        facts.lines.span(call.node),
        tuple(inherits),
        DELETE_SIGNALS,
        Tier.PROVED if inherits else Tier.POSSIBLE,
        None,
        COLLECTOR,
        code=COLLECTOR,
        call=call,
    )


def is_collector(project: Project, facts: FileFacts, call: CallSite) -> bool:
    """Whether a method is called of Django's deletion collector, or of a local name for one."""
    if not isinstance(call.node.func, ast.Attribute):
        return False
    made: list[ast.expr | None] = [call.node.func.value]
    if isinstance(call.node.func.value, ast.Name):
        made = [b.value for b in call.scope.bindings.get(call.node.func.value.id, ())]
    classes = [
        project.symbols.resolve(value.func, call.scope, facts) or ""
        for value in made
        if isinstance(value, ast.Call)
    ]
    return any(
        cls in COLLECTORS or project.classes.is_subclass(cls, *COLLECTORS) for cls in classes
    )


def _call(project: Project, facts: FileFacts, call: CallSite) -> Iterator[Site]:
    function = call.node.func
    code: str | None
    models: tuple[str, ...] = ()
    signals: tuple[str, ...] = BOTH
    if not isinstance(function, ast.Attribute):
        return
    if call.name in RELATED:
        code, models, signals = _related(project, facts, call, function)
    else:
        code, signals = "save-base", SAVE_SIGNALS
        answer = project.type_of(function.value, call.scope, facts)
        models = found.instances(project, answer)
        if found.is_super(function.value) or (answer.known and not models):
            return
    if code is None:
        return
    if code == "related-manager" and models:
        models = tuple(m for m in models if not found.overrides(project, m, "save"))
        if not models:
            return
    yield Site(
        name,
        facts.path,
        facts.lines.span(call.node),
        tuple(m for m in models if m in project.models.by_label),
        signals,
        Tier.PROVED if models else Tier.POSSIBLE,
        "dynamic",
        code,
        code=code,
        bypass=code == "save-base",
        call=call,
    )


def _deletes(project: Project, facts: FileFacts, call: CallSite) -> Iterator[Site]:
    """`Order.delete(order)`, `QuerySet.delete(orders)`."""
    if not isinstance(call.node.func, ast.Attribute):
        return
    answer = project.type_of(call.node.func.value, call.scope, facts)
    classes = [kind.cls for kind in answer.types if isinstance(kind, ClassRef)]
    span = facts.lines.span(call.node)
    if not classes or not call.node.args:
        return
    given = project.type_of(call.node.args[0], call.scope, facts)
    models = [*found.instances(project, given), *found.queried(given)]
    if not models:
        owners = [m for c in classes if (m := project.models.by_class.get(c)) is not None]
        models = [m.label for owner in owners for m in project.models.concrete(owner)]
    if models or not given.known:
        yield Site(
            name, facts.path, span, tuple(dict.fromkeys(models)), DELETE_SIGNALS,
            Tier.PROVED if models else Tier.POSSIBLE, None, "called on the class",
            code="unbound-call", bypass=True, call=call,
        )  # fmt: skip


def _past_overrides(project: Project, facts: FileFacts, call: CallSite) -> Iterator[Site]:
    """`super(Order, order).save()` passes by the `save()` of `Order`."""
    subject = of_another(call)
    if subject is None:
        return
    answer = project.type_of(subject, call.scope, facts)
    models = found.instances(project, answer) or _of_class(project, facts, call)
    if models or not answer.known:
        saves = call.name == "save"
        yield Site(
            name, facts.path, facts.lines.span(call.node), models,
            SAVE_SIGNALS if saves else DELETE_SIGNALS,
            answer.tier if models else Tier.POSSIBLE, "dynamic" if saves else None, answer.reason,
            code="unbound-call", bypass=True, call=call,
        )  # fmt: skip


def _of_class(project: Project, facts: FileFacts, call: CallSite) -> tuple[str, ...]:
    """The models of which the object in `super(Order, order)` may be: of that class."""
    function = call.node.func
    assert isinstance(function, ast.Attribute) and isinstance(function.value, ast.Call)
    kinds = project.type_of(function.value.args[0], call.scope, facts).types
    owners = [project.models.by_class.get(k.cls) for k in kinds if isinstance(k, ClassRef)]
    models = [m for owner in owners if owner is not None for m in project.models.concrete(owner)]
    return tuple(dict.fromkeys(model.label for model in models))


def _related(
    project: Project, facts: FileFacts, call: CallSite, function: ast.Attribute
) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    """Without `bulk` each object is saved (2.11, 2.12)."""
    bulk = found.keyword(call.node, "bulk")
    if bulk is None:
        return None, (), SAVE_SIGNALS
    answer = project.type_of(function.value, call.scope, facts)
    managers = [t for t in answer.types if isinstance(t, Manager) and t.related]
    kinds = {"remove": ("fk",), "set": ("fk", "generic")}.get(method(call), ())
    foreign = tuple(m.model for m in managers if m.related in kinds)
    if foreign and not found.is_literal(bulk, True):
        return "related-manager", foreign, SAVE_SIGNALS
    return None, (), SAVE_SIGNALS


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Never: the site's code says why."""
    return Blocked(site.code or "expression")
