"""Sites whose objects are of several models that want different things: the object is asked.

    for thing in [order, invoice]:         for thing in [order, invoice]:
        thing.save()                 ->        thing.save()
                                               if isinstance(thing, Order):
                                                   notify(thing)

A connection is for one class alone: where a sender has children, or proxies, their objects fire
nothing for it (SEMANTICS 1.16, 1.17), and the question is `type(thing) is Order`.
Asked is only where the file has to do with the model anyway. What is written for a base that others
share, or for a parent, says nothing of one model: its own `save()` makes the call
(`plan.model_methods.hubs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from codemod.plan.desk import imported_as
from codemod.plan.services.service import app_folder
from codemod.project.project import Project
from codemod.surfaces import (
    delete_method,
    file_field,
    get_or_create,
    manager_create,
    model_delete,
    model_form,
    model_save,
    related_add,
    rest_framework,
    save_override,
    sent_by_hand,
    unbound,
)
from codemod.surfaces.calls.upward import upward
from codemod.surfaces.site import Only, ServiceCall, Site, Work

ASKING = frozenset(
    surface.name
    for surface in (
        delete_method, file_field, get_or_create, manager_create, model_delete, model_form,
        model_save, related_add, rest_framework, save_override, sent_by_hand, unbound,
    )
)  # fmt: skip
MOST = 3  # models in one question


def told_apart(project: Project, site: Site, wanted: Mapping[str, Work]) -> Work | None:
    """The work of a site with each call for the objects that it is meant for.

    `wanted`: what there is to do for the objects of each model. None if what goes along with them
    differs too, or if the calls can't be put in one order.
    """
    first = next(iter(wanted.values()))
    if any(work.cascades != first.cascades for work in wanted.values()):
        return None
    before = _merged(project, site, {m: work.before for m, work in wanted.items()})
    after = _merged(project, site, {m: work.after for m, work in wanted.items()})
    if before is None or after is None:
        return None
    reads_pk = any(work.reads_pk for work in wanted.values())
    return replace(first, before=before, after=after, reads_pk=reads_pk)


def _merged(
    project: Project, site: Site, wanted: Mapping[str, tuple[ServiceCall, ...]]
) -> tuple[ServiceCall, ...] | None:
    """One order of calls that has those of each model in theirs."""
    left = {model: list(calls) for model, calls in wanted.items() if calls}
    merged: list[ServiceCall] = []
    meant: list[str] = []
    while left:
        heads = [calls[0] for calls in left.values()]
        free = [h for h in heads if not any(h in calls[1:] for calls in left.values())]
        if not free:
            return None
        asked = {call: [m for m in left if left[m][0] == call] for call in free}
        call = next((call for call in free if asked[call] == meant), free[0])
        meant = asked[call]
        everybody = len(meant) == len(wanted) and not site.mixed
        if not everybody and (call.link or call.relation is not None or len(meant) > MOST):
            return None
        exact = any(project.models.subclasses(model) for model in meant)
        merged.append(call if everybody else replace(call, only=Only(tuple(meant), exact)))
        for model in meant:
            left[model].pop(0)
        left = {model: calls for model, calls in left.items() if calls}
    return tuple(merged)


def asks(work: Work) -> set[str]:
    """The services of some work that are for some of the objects only."""
    return {call.service for call in work.calls if call.only is not None}


def may_ask(project: Project, site: Site, work: Work) -> bool:
    """Whether a site may ask its object of which model it is."""
    questions = {call.only for call in work.calls if call.only is not None}
    meant = {label for question in questions for label in question.models}
    sent = site.surface == sent_by_hand.name  # there is no other place
    if site.surface not in ASKING or (len(questions) > 1 and not sent):
        return False
    if site.surface == save_override.name:
        return all(_is_its_own(project, site, label) for label in meant)
    if site.surface == delete_method.name:
        return meant == {site.models[0]}
    if any(question.exact for question in questions):
        # The type of what stands for an object, `request.user`, is not that of the object.
        if project.models.user_label in meant:
            return False
        if sent and not (site.call is not None and sent_by_hand.names_its_class(site.call)):
            return False
    children = {child for label in site.models for child in project.models.subclasses(label)}
    return children.isdisjoint(meant) and all(_knows(project, site, m) for m in meant)


def _is_its_own(project: Project, site: Site, label: str) -> bool:
    """Whether a line of a `save()` stands in the class of the model itself."""
    assert site.call is not None
    up = upward(project, project.known(site.file), site.call, site.call.name)
    return up is not None and up.owner.name == project.models.by_label[label].name


def _knows(project: Project, site: Site, label: str) -> bool:
    """Whether a site's file names the model, or is of its app."""
    model = project.models.by_label[label]
    if imported_as(project, project.known(site.file), model.name, site.span) is not None:
        return True
    if model.external:
        return False
    return app_folder(project, site.file)[0] == app_folder(project, model.file)[0]
