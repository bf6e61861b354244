"""Generic views of a package that are used where they are routed, without a class of the project.

    path("add/", CreateView.as_view(model=Order, fields=["name"]))

Recognised: Django's editing views and Django REST framework's views, also where `type()` makes a
class of one; what they write is told by their `model`, `queryset`, `form_class` or
`serializer_class`. There is no class to put a call in: the work goes into the model's own `save()`
or `delete()`, or the receiver stays (`routed-view`). A class of the project that is given another
model there counts as a view of that one, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.project import views
from codemod.project.answers import Tier
from codemod.project.project import Project
from codemod.project.views import PARTS, ROWS, Routing, is_told, labels_in, routings
from codemod.surfaces import generic_view, rest_framework
from codemod.surfaces.calls import found
from codemod.surfaces.site import Blocked, Desk, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, Created

name = "routed-view"

MIXINS = rest_framework.MIXINS
CREATE = (*views.CREATE, f"{MIXINS}CreateModelMixin")
UPDATE = (*views.UPDATE, f"{MIXINS}UpdateModelMixin")
DELETE = (generic_view.DELETION, f"{MIXINS}DestroyModelMixin")


def find(project: Project) -> Iterator[Site]:
    """Every such view, once for its saves and once for its deletes; those of classes of the project
    where what they are given can't be told."""
    for routing in project.once(routings):
        told = is_told(project, routing)
        if told and project.classes.get(routing.view) is not None:
            continue  # it is one of the models of the class
        creates, updates, deletes = (
            project.classes.is_subclass(routing.view, *kind) for kind in (CREATE, UPDATE, DELETE)
        )
        rows = labels_in(project, routing, *ROWS) if told else ()
        parts = labels_in(project, routing, *PARTS) if told else ()
        made, old = parts or rows, rows or parts
        if creates or updates:
            created: Created = "dynamic" if updates else "true"
            created = created if creates else "false"
            models = (*(made if creates else ()), *(old if updates else ()))
            yield from _site(project, routing, models, SAVE_SIGNALS, created)
        if deletes:
            yield from _site(project, routing, old, DELETE_SIGNALS, None)


def _site(
    project: Project,
    routing: Routing,
    models: tuple[str, ...],
    signals: tuple[str, ...],
    created: Created | None,
) -> Iterator[Site]:
    method = "save" if signals is SAVE_SIGNALS else "delete"
    models = tuple(dict.fromkeys(models))
    if models and all(found.overrides(project, label, method) for label in models):
        return
    if not models and is_told(project, routing):
        return  # of no model of the project
    facts, call = routing.facts, routing.call
    yield Site(
        name, facts.path, facts.lines.span(call.node), models, signals,
        Tier.PROVED if models else Tier.POSSIBLE, created,
        f"{routing.view.rpartition('.')[2]} is routed without a class", code=name, call=call,
    )  # fmt: skip


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """There is nowhere to put a call."""
    return Blocked(name)
