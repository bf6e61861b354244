"""Methods of a base that save past the model's own `save()`: the model wraps them, too.

    class Form(models.Model):
        def update(self, *args, **kwargs):
            super().save(*args, **kwargs)

    class MergedForm(Form):              ->      class MergedForm(Form):
        ...                                          def update(self, *args, **kwargs):
                                                         super().update(*args, **kwargs)
                                                         plan_merge(self)

Only those that do nothing but hand on what they got: what runs around them runs around the save.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.nodes import is_text
from codemod.facts.tables import CallSite
from codemod.project.project import Project
from codemod.surfaces.calls.upward import upward
from codemod.surfaces.site import Site

_SIGNATURE = "self, *args, **kwargs"
_HANDED_ON = ("super().save(*args, **kwargs)", "return super().save(*args, **kwargs)")


def methods(project: Project, label: str) -> tuple[str, ...]:
    """The methods that a model wraps where its own `save()` makes its calls."""
    return tuple(dict.fromkeys(name for name, _ in _past(project, label)))


def is_wrapped(project: Project, site: Site, label: str) -> bool:
    """Whether a line of a base stands in such a method."""
    return any(site.call is call for _, call in _past(project, label))


def _past(project: Project, label: str) -> Iterator[tuple[str, CallSite]]:
    """The methods of a model's bases that hand on to Django's `save()`, and the lines."""
    model = project.models.by_label[label].name
    chain = project.classes.mro(model)
    for info in (base for name in chain[1:] if (base := project.classes.get(name)) is not None):
        for call in info.facts.named("save"):
            name, node = call.scope.name, call.scope.node
            if name == "save" or not isinstance(node, ast.FunctionDef):
                continue
            up = upward(project, info.facts, call, "save")
            if up is None or up.owner is not info or not _hands_on(node):
                continue
            rest = (c for n in up.rest(chain) if (c := project.classes.get(n)) is not None)
            found = project.classes.method(model, name)
            inherited = found is not None and found[1].node is node
            if inherited and not any("save" in c.definition.methods for c in rest):
                yield name, call


def _hands_on(method: ast.FunctionDef) -> bool:
    """Whether a method is `super().save(*args, **kwargs)` by another name."""
    if method.decorator_list or ast.unparse(method.args) != _SIGNATURE:
        return False
    body = [s for s in method.body if not is_text(s)]
    return len(body) == 1 and ast.unparse(body[0]) in _HANDED_ON
