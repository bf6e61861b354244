"""A `delete()` of the model's own, the one place that every delete of a single object passes.

    class Upload(models.Model):   ->   class Upload(models.Model):
        path = ...                         path = ...

                                           def delete(self, *args, **kwargs):
                                               with transaction.atomic():
                                                   result = super().delete(*args, **kwargs)
                                                   remove_file(self)
                                               return result

    def delete(self, *args, **kwargs):   ->   the call hugs `super().delete()`, although a base
        super().delete(*args, **kwargs)       class overrides it further (`AROUND`)

Recognised: by the plan (`plan.model_methods.delete_hubs`), where some single delete can't be
followed by a call. Querysets, the admin's "delete selected" and cascades don't pass it (SEMANTICS
3.4, 3.6): their calls stand beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from codemod.facts.tables import CallSite
from codemod.project.answers import Tier
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces import save_override
from codemod.surfaces.calls import found
from codemod.surfaces.placing.overrides import below
from codemod.surfaces.removing.removal import around
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS
from codemod.values.edits import AddImport, AddMethod, Edit

name = "delete-method"

HEADER = "def delete(self, *args, **kwargs):"
OPERATION = "super().delete(*args, **kwargs)"
AROUND = "around-override"


def find(project: Project) -> Iterator[Site]:
    """None by itself: the plan asks for `site_of`."""
    return iter(())


def site_of(project: Project, label: str) -> Site:
    """The site that a `delete()` of a model would be."""
    cls = project.classes.get(project.models.by_label[label].name)
    assert cls is not None
    call = own_call(cls)
    direct = (label, *project.models.subclasses(label))  # proxies, which inherit it
    return Site(
        name,
        cls.file,
        cls.facts.lines.span(cls.definition.node if call is None else call.node),
        project.models.with_parents(direct),
        DELETE_SIGNALS,
        Tier.PROVED,
        None,
        "the model's own delete()",
        direct=direct,
        call=call,
        cls=cls,
    )


def own_call(cls: ClassInfo) -> CallSite | None:
    """The only `super().delete()` in the `delete()` that a model has already."""
    method = cls.definition.methods.get("delete")
    calls = found.super_calls(cls.facts, method, "delete") if method is not None else []
    return calls[0] if len(calls) == 1 else None


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Write the method."""
    cls = site.cls
    assert cls is not None
    inherited = any(
        (base := desk.project.classes.get(other)) is not None
        and "delete" in base.definition.methods
        for other in desk.project.classes.mro(cls.name)[1:]
    )
    notes = (AROUND,) if inherited else ()
    if site.call is not None:
        placed = save_override.rewrite(replace(site, models=site.models[:1]), work, desk)
        return replace(placed, notes=notes) if isinstance(placed, Placed) else placed
    lines = Lines(desk, site)
    removal = around(work, lines, "self")
    if removal is None:
        return Blocked("name-taken")
    edits: list[Edit] = [AddImport("django.db", "transaction")]
    if removal.after:
        inside = [*removal.before, f"result = {OPERATION}", *removal.after]
        end = ["return result"]
    else:
        inside, end = [*removal.before, f"return {OPERATION}"], []
    body = [*removal.above]
    body += ["with transaction.atomic():", *(f"    {line}" for line in inside), *end]
    code = "\n".join([HEADER, *(f"    {line}" for line in body)])
    span = cls.facts.lines.span(cls.definition.node)
    edits.append(AddMethod(span, code, below(cls, "delete")))
    return lines.placed(edits, notes)
