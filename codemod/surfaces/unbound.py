"""Saving or deleting an object by naming a class, often past the object's own `save()`.

    super(Order, order).save()     ->   super(Order, order).save()
                                        create_invoice(order)

    Model.save(order)              ->   Model.save(order)
                                        create_invoice(order)

Recognised: `save()`, `delete()` and their coroutines, called on a class with the object as the only
positional argument, or on `super()` with an object that is not the method's own. What runs is the
next implementation in the object's resolution order: if it is Django's, this line fires, in the
way of `model_save` and `model_delete`; if it is the project's, the line in there does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef, Tier
from codemod.project.project import Project
from codemod.surfaces import model_delete, model_save
from codemod.surfaces.calls import found
from codemod.surfaces.calls.upward import of_another, upward
from codemod.surfaces.objects import created as created_rules
from codemod.surfaces.objects.update_fields import written_out
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS

name = "unbound"

METHODS = {"save": "save", "asave": "save", "delete": "delete", "adelete": "delete"}
MODEL = "django.db.models.Model"


@dataclass(frozen=True)
class _Unbound:
    """A call of a class's method for an object."""

    subject: ast.expr
    starts: tuple[str, ...]  # the classes where the search for the method may begin
    inclusive: bool  # with that class itself, or behind it

    def rest(self, chain: tuple[str, ...]) -> tuple[str, ...]:
        """The classes of a resolution order whose method may run, nearest first: of an object of
        `Rush`, `type(order)` is that and no base of it."""
        places = [chain.index(start) for start in self.starts if start in chain]
        return chain[min(places) + (0 if self.inclusive else 1) :] if places else ()


def find(project: Project) -> Iterator[Site]:
    """Every call of a model's method for an object that is not the method's own."""
    for facts, call, unbound in project.once(_of_other_objects):
        yield from _sites(project, facts, call, unbound)


def named_for(project: Project, method: str, chain: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The classes of a resolution order whose method may run by a call that names a class of it,
    nearest first, for each such call."""
    for _, call, unbound in project.once(_of_other_objects) if method in METHODS else ():
        if METHODS[call.name] == method and (rest := unbound.rest(chain)):
            yield rest


def passing_by(project: Project, label: str, method: str) -> tuple[Site, ...] | None:
    """The calls that name a class and run, for objects of a model, a base's method of the project
    past the model's own: the line in there fires then, and the model's sees nothing. None if the
    object of one may be another model's, too."""
    cls = project.models.by_label[label].name
    chain = project.classes.mro(cls)
    sites = []
    for facts, call, unbound in project.once(_of_other_objects):
        rest = unbound.rest(chain)
        if METHODS[call.name] != method or cls in rest:
            continue
        bases = [base for name in rest if (base := project.classes.get(name)) is not None]
        if not any(method in base.definition.methods for base in bases):
            continue
        given = project.type_of(unbound.subject, call.scope, facts)
        names = [project.models.by_label[m].name for m in found.instances(project, given)]
        if names and not any(project.classes.is_subclass(name, cls) for name in names):
            continue
        if names != [cls] or given.tier is Tier.POSSIBLE or (unbound.inclusive and _is_odd(call)):
            return None
        sites.append(_site(project, facts, call, unbound, (label,), bypass=True))
    return tuple(sites)


def _of_other_objects(project: Project) -> tuple[tuple[FileFacts, CallSite, _Unbound], ...]:
    return tuple(
        (facts, call, unbound)
        for facts in project.read()
        for call in facts.named(*METHODS)
        if (unbound := _unbound(project, facts, call)) is not None
    )


def _unbound(project: Project, facts: FileFacts, call: CallSite) -> _Unbound | None:
    function = call.node.func
    if not isinstance(function, ast.Attribute):
        return None
    given = call.node.args
    subject = given[0] if given else found.keyword(call.node, "self")
    named, inclusive = function.value, True
    if found.is_super(named):
        assert isinstance(named, ast.Call)
        subject, inclusive = of_another(call), False
        named = named.args[0] if named.args else named
    if subject is None or upward(project, facts, call, call.name) is not None:
        return None
    kinds = project.type_of(named, call.scope, facts).types
    starts = tuple(kind.cls for kind in kinds if isinstance(kind, ClassRef))
    return _Unbound(subject, starts, inclusive) if starts else None


def _sites(project: Project, facts: FileFacts, call: CallSite, unbound: _Unbound) -> Iterator[Site]:
    given = project.type_of(unbound.subject, call.scope, facts)
    owners = [m for start in unbound.starts if (m := project.models.by_class.get(start))]
    of_class = [m.label for owner in owners for m in project.models.concrete(owner)]
    labels = found.instances(project, given) or tuple(dict.fromkeys(of_class))
    if not labels and (given.known or MODEL not in unbound.starts):
        return
    method = METHODS[call.name]
    firing: dict[bool, list[str]] = {}
    for model in (project.models.by_label[label] for label in labels):
        rest = unbound.rest(project.classes.mro(model.name))
        if rest and not any(
            (c := project.classes.get(n)) is not None and method in c.definition.methods
            for n in rest
        ):
            firing.setdefault(model.name not in rest, []).append(model.label)
    for bypass, models in [*firing.items()] or [(True, [])] * (not labels):
        site = _site(project, facts, call, unbound, tuple(models), bypass=bypass)
        yield replace(site, mixed=len(models) < len(labels))


def _site(
    project: Project,
    facts: FileFacts,
    call: CallSite,
    unbound: _Unbound,
    models: tuple[str, ...],
    *,
    bypass: bool,
) -> Site:
    given = project.type_of(unbound.subject, call.scope, facts)
    saves = METHODS[call.name] == "save"
    fields = found.keyword(call.node, "update_fields") if saves else None
    return Site(
        name,
        facts.path,
        facts.lines.span(call.node),
        models,
        SAVE_SIGNALS if saves else DELETE_SIGNALS,
        Tier.POSSIBLE if not models else given.tier if given.known else Tier.PROVED,
        created_rules.at_save(project, facts, call, unbound.subject, models) if saves else None,
        given.reason if given.known else f"{' or '.join(unbound.starts)} is named",
        code="unbound-call" if unbound.inclusive and _is_odd(call) else None,
        never=isinstance(fields, (ast.List, ast.Tuple, ast.Set)) and not fields.elts,
        bypass=bypass,
        call=call,
        fields=written_out(fields),
    )


def _is_odd(call: CallSite) -> bool:
    """Whether more than the object is given by position."""
    return len(call.node.args) > 1 or any(isinstance(a, ast.Starred) for a in call.node.args)


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Put the calls around the statement."""
    assert site.call is not None
    facts = desk.project.known(site.file)
    unbound = _unbound(desk.project, facts, site.call)
    assert unbound is not None
    if METHODS[site.call.name] == "save":
        return model_save.place(site, work, desk, unbound.subject)
    return model_delete.place(site, work, desk, unbound.subject)
