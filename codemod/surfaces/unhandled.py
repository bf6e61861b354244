"""Ways of firing that are recognised and not rewritten yet: they block, each with its code.

    order.items.add(item, bulk=False)  related-manager
    OrderFactory()                     factory
    post_save.send(sender=Order)       sent-by-hand
    baker.make("shop.Order")           factory
    User.objects.create_user(...)      manager-method (a manager's own method of a package)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Collection, Instance, Manager, Tier
from codemod.project.project import Project
from codemod.surfaces import found
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, SIGNALS

name = "unhandled"

BOTH = (*SAVE_SIGNALS, *DELETE_SIGNALS)
FACTORY = ("factory.django.DjangoModelFactory",)
BAKERS = ("model_bakery.baker.make", "mixer.backend.django.mixer.blend", "model_mommy.mommy.make")


def find(project: Project) -> Iterator[Site]:
    """Every site of these kinds."""
    for facts in project.read():
        for call in facts.calls:
            yield from _call(project, facts, call)


def _call(project: Project, facts: FileFacts, call: CallSite) -> Iterator[Site]:
    function = call.node.func
    code: str | None
    models: tuple[str, ...] = ()
    signals: tuple[str, ...] = BOTH
    if call.name in ("add", "set", "remove", "clear") and isinstance(function, ast.Attribute):
        code, models, signals = _related(project, facts, call, function)
    elif call.name == "send" and isinstance(function, ast.Attribute):
        signal = project.symbols.resolve(function.value, call.scope, facts) or ""
        last = signal.rpartition(".")[2]
        code = None
        if last in SIGNALS and signal.startswith("django.db.models"):
            sender = found.keyword(call.node, "sender", 0)
            label = project.models.label_of(sender, call.scope, facts) if sender else None
            code, signals = "sent-by-hand", (last,)
            models = (label,) if label else ()
    else:
        code, models, signals = _factory(project, facts, call)
    if code is None:
        return
    if signals == SAVE_SIGNALS and models:
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
        call=call,
    )


def _related(
    project: Project, facts: FileFacts, call: CallSite, function: ast.Attribute
) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    """`bulk=False` saves each object; a generic relation's removal deletes rows (2.10 to 2.14)."""
    answer = project.type_of(function.value, call.scope, facts)
    managers = [t for t in answer.types if isinstance(t, Manager) and t.related]
    generic = tuple(m.model for m in managers if m.related == "generic")
    if generic and call.name != "add":
        return "generic-relation", generic, DELETE_SIGNALS
    bulk = found.keyword(call.node, "bulk")
    foreign = tuple(m.model for m in managers if m.related in ("fk", "generic"))
    if foreign and bulk is not None and not found.is_literal(bulk, True):
        return "related-manager", foreign, SAVE_SIGNALS
    return None, (), SAVE_SIGNALS


def _factory(
    project: Project, facts: FileFacts, call: CallSite
) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    """A factory makes its model's objects, and those of its sub-factories."""
    function = call.node.func
    made = function
    if isinstance(function, ast.Attribute) and call.name in ("create", "create_batch"):
        made = function.value
    elif isinstance(function, ast.Attribute) and call.name in ("build", "build_batch"):
        return None, (), SAVE_SIGNALS
    resolved = project.symbols.resolve(made, call.scope, facts)
    if resolved is None:
        return None, (), SAVE_SIGNALS
    if project.classes.is_subclass(resolved, *FACTORY):
        label = project.model_of(resolved)
        return "factory", (label,) if label else (), SAVE_SIGNALS
    if resolved in BAKERS:
        answer = project.type_of(call.node, call.scope, facts)
        models = list(found.instances(project, answer))
        for kind in answer.types:
            if isinstance(kind, Collection):
                models += [
                    project.models.by_class[t.cls].label
                    for t in kind.of
                    if isinstance(t, Instance) and t.cls in project.models.by_class
                ]
        return "factory", tuple(models), SAVE_SIGNALS
    return None, (), SAVE_SIGNALS


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Never: the site's code says why."""
    return Blocked(site.code or "expression")
