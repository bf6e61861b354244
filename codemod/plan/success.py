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
from collections.abc import Iterator

from codemod.facts.nodes import descend
from codemod.project.project import Project
from codemod.surfaces import generic_view
from codemod.surfaces.flow import key_names
from codemod.surfaces.site import Site, Work
from codemod.values.account import SAVE_SIGNALS

_ASKED = ("get_success_url", "get_success_message")


def is_chosen_before(project: Project, site: Site, work: Work) -> bool:
    """Whether a view looks at more than the key of what it has saved for its answer, and the work
    runs after that."""
    if site.surface != generic_view.name or site.signals != SAVE_SIGNALS or not work.after:
        return False
    if site.cls is None:
        return False
    keys = frozenset(key_names(project, site.models))
    return any(
        _looks_beyond(function, owner, keys) for function, owner in _answers(project, site)
    ) or _is_filled_in(project, site.cls.name, keys)


def _answers(project: Project, site: Site) -> Iterator[tuple[ast.AST, str]]:
    """The methods that answer for a view, each with what it calls the object."""
    assert site.cls is not None
    told = project.classes.attribute(site.cls.name, "success_url") is not None
    for name in _ASKED:
        method = project.classes.method(site.cls.name, name)
        if method is not None:
            told = told or name == "get_success_url"
            yield method[1].node, "self.object"
    for label in () if told else site.models:
        model = project.models.by_label[label].name
        method = project.classes.method(model, "get_absolute_url")
        if method is not None:
            yield method[1].node, "self"


def _looks_beyond(function: ast.AST, owner: str, keys: frozenset[str]) -> bool:
    """Whether code uses an object for anything but its key."""
    nodes = [*descend(function)]
    by_key = {id(n.value) for n in nodes if isinstance(n, ast.Attribute) and n.attr in keys}
    return any(
        isinstance(node, (ast.Name, ast.Attribute))
        and ast.unparse(node) == owner
        and id(node) not in by_key
        for node in nodes
    )


def _is_filled_in(project: Project, view: str, keys: frozenset[str]) -> bool:
    """Whether fields of the object are put into the URL: `success_url = "/orders/{slug}/"`."""
    found = project.classes.attribute(view, "success_url")
    url = getattr(found[1], "value", None) if found is not None else None
    names = [part.partition("}")[0] for part in url.split("{")[1:]] if isinstance(url, str) else []
    return any(name not in keys for name in names)
