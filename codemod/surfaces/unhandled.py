"""Ways of firing that are recognised and not rewritten yet: they block, each with its code.

order.items.set(items, bulk=False)  related-manager
order.save_base()                   save-base (skips the model's save())
QuerySet.delete(orders)             unbound-call
collector.delete()                  collector (Django's own, or a subclass)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef, Manager, Tier
from codemod.project.project import Project
from codemod.surfaces.calls import found, in_place
from codemod.surfaces.calls.upward import upward
from codemod.surfaces.placing.coroutine import method
from codemod.surfaces.related_add import by_name
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS
from codemod.values.inventory import is_test

name = "unhandled"

RELATED = ("set", "remove", "aset", "aremove")
COLLECTOR = "collector"
COLLECTORS = (
    "django.db.models.deletion.Collector", "django.contrib.admin.utils.NestedObjects",
)  # fmt: skip


def find(project: Project) -> Iterator[Site]:
    """Every site of these kinds."""
    for facts in project.read():
        for call in facts.named("save_base"):
            yield from _save_base(project, facts, call)
        for call in facts.named(*RELATED):
            yield from _related(project, facts, call)
        for call in facts.named("delete", "adelete"):
            yield from _deletes(project, facts, call)
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


def _save_base(project: Project, facts: FileFacts, call: CallSite) -> Iterator[Site]:
    """`order.save_base()`, past the model's own `save()`."""
    function = call.node.func
    if not isinstance(function, ast.Attribute):
        return
    if found.is_super(function.value) and call.scope.name == "save_base":
        return  # part of the save that runs it
    if loads(facts, call):
        return  # a difference that the account names, as with fixtures
    up = upward(project, facts, call, "save_base")
    value = ast.Name("self", ast.Load()) if up is not None else function.value
    answer = project.type_of(value, call.scope, facts)
    models = found.instances(project, answer)
    if (answer.known and not models) or in_place.is_in_place(project, facts, call):
        return
    known = tuple(m for m in models if m in project.models.by_label)
    yield Site(
        name, facts.path, facts.lines.span(call.node), known, SAVE_SIGNALS,
        Tier.PROVED if models else Tier.POSSIBLE, "dynamic", "save-base", code="save-base",
        bypass=True, call=call,
    )  # fmt: skip


def loads(facts: FileFacts, call: CallSite) -> bool:
    """Whether a test saves a row as fixtures are loaded: `order.save_base(raw=True)` (9.2)."""
    return is_test(facts.path) and found.is_literal(found.keyword(call.node, "raw", 0), True)


def _related(project: Project, facts: FileFacts, call: CallSite) -> Iterator[Site]:
    """`order.items.set(items, bulk=False)`: without `bulk` each object is saved (2.11, 2.12)."""
    function, bulk = call.node.func, found.keyword(call.node, "bulk")
    if not isinstance(function, ast.Attribute) or bulk is None or found.is_literal(bulk, True):
        return
    answer = project.type_of(function.value, call.scope, facts)
    kinds = ("fk",) if method(call) == "remove" else ("fk", "generic")
    managers = [t for t in answer.types if isinstance(t, Manager) and t.related in kinds]
    labels, tier = tuple(m.model for m in managers), Tier.PROVED
    if not answer.known and isinstance(function.value, ast.Attribute):
        labels, tier = by_name(project, function.value.attr), Tier.POSSIBLE
    models = tuple(m for m in labels if not found.overrides(project, m, "save"))
    if models:
        yield Site(
            name, facts.path, facts.lines.span(call.node), models, SAVE_SIGNALS, tier,
            "dynamic", "related-manager", code="related-manager", call=call,
        )  # fmt: skip


def _deletes(project: Project, facts: FileFacts, call: CallSite) -> Iterator[Site]:
    """`QuerySet.delete(orders)`."""
    if not isinstance(call.node.func, ast.Attribute) or not call.node.args:
        return
    answer = project.type_of(call.node.func.value, call.scope, facts)
    if not any(isinstance(kind, ClassRef) for kind in answer.types):
        return
    models = found.queried(project.type_of(call.node.args[0], call.scope, facts))
    if models:
        yield Site(
            name, facts.path, facts.lines.span(call.node), tuple(models), DELETE_SIGNALS,
            Tier.PROVED, None, "called on the class", code="unbound-call", bypass=True, call=call,
        )  # fmt: skip


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Never: the site's code says why."""
    return Blocked(site.code or "expression")
