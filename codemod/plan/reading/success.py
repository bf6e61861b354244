"""Where a view goes, and what it says, when its form is saved: chosen before the call.

class OrderCreate(CreateView):                      def form_valid(self, form):
    def get_success_url(self):                          response = super().form_valid(form)
        return self.object.invoice.get_absolute_url()   create_invoice(self.object)
                                                        return response

ModelFormMixin.form_valid() saves and then asks for the URL (django/views/generic/edit.py), so that
the receiver ran in between; SuccessMessageMixin asks for its message there too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codemod.plan.reading.features import touched, walk
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.run_by import run_by
from codemod.plan.work import Roster
from codemod.project.project import Project
from codemod.surfaces import generic_view
from codemod.surfaces.objects.flow import key_names
from codemod.surfaces.site import Site, Work
from codemod.values.account import SAVE_SIGNALS

_URL, _SUCCESS, _OF_MODEL = "get_success_url", "success_url", "get_absolute_url"
_ASKED = (_URL, _SUCCESS, "get_success_message")


def is_chosen_before(roster: Roster, site: Site, work: Work) -> bool:
    """Whether a view, or one that comes from it, looks at more than the key of what it has saved
    for its answer, and work that may change something runs after that."""
    if site.surface != generic_view.name or site.signals != SAVE_SIGNALS or site.cls is None:
        return False
    project = roster.project
    keys = frozenset(key_names(project, site.models)) | {"_meta"}
    beyond = any(
        _looks_beyond(project, label, _read_by(project, view, label), keys)
        for view in project.classes.heirs(site.cls.name)
        for label in site.models
    )
    return beyond and _changes(roster, work)


def _changes(roster: Roster, work: Work) -> bool:
    """Whether work after a save may change rows, or its object."""
    called = {call.service for call in work.after}
    called |= roster.members(called)
    services = (s for found in roster.services.values() for s in found if s.dotted in called)
    return any(call.writes() for call in work.after) or any(_sets(s.handler) for s in services)


def _sets(handler: Handler) -> bool:
    """Whether work sets an attribute of an object, or hands its own on whole."""
    return touched(handler) is None or any(
        isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
        for node in walk(handler)
    )


def _read_by(project: Project, view: str, label: str) -> Iterator[str]:
    """The attributes that a view reads of its object for its answer, as `_read` has them."""
    own = [node for name in _ASKED for node in _run(project, view, name)]
    yield from _read(own, "self.object")
    named = {node.attr for node in own if isinstance(node, ast.Attribute)}
    if project.classes.method(view, _URL) is not None and _URL not in named:  # not super()'s
        return
    told = project.classes.attribute(view, _SUCCESS)
    if told is not None:  # `success_url = "/orders/{slug}/"`
        texts = [n.value for n in ast.walk(told[1]) if isinstance(n, ast.Constant)]
        parts = (part for text in texts for part in str(text).split("{")[1:])
        yield from (part.partition("}")[0] for part in parts)
    elif project.classes.method(view, _SUCCESS) is None:
        if project.classes.method(project.models.by_label[label].name, _OF_MODEL) is not None:
            yield _OF_MODEL


def _looks_beyond(project: Project, label: str, read: Iterable[str], keys: frozenset[str]) -> bool:
    """Whether some attributes of a model's object tell more than its key: fields, or methods that
    look at such."""
    model = project.models.by_label[label].name
    pending, seen = [*read], set(keys)
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        nodes = [*_run(project, model, name)]
        if not nodes:
            return True
        pending += _read(nodes, "self")
    return False


def _run(project: Project, cls: str, name: str) -> Iterator[ast.AST]:
    """What a method of the project runs; nothing where a class has none of the name."""
    method = project.classes.method(cls, name)
    if method is not None:
        facts, node = method[0].facts, method[1].node
        yield from run_by(project, cls, [node], facts.scopes[node], facts)


def _read(nodes: Iterable[ast.AST], owner: str) -> Iterator[str]:
    """The attributes that code reads of an object; an empty one where it is used whole, or where
    rows are asked for, which may be found by its key."""
    nodes = [*nodes]
    owners = {
        id(n) for n in nodes
        if isinstance(n, (ast.Name, ast.Attribute)) and ast.unparse(n) == owner
    }  # fmt: skip
    within = {id(n.value): n.attr for n in nodes if isinstance(n, ast.Attribute)}
    if "objects" in within.values():
        yield ""
    yield from (within.get(each, "") for each in owners)
