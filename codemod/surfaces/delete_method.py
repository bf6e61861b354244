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

Recognised: by the plan (`plan.delete_hubs`), where some single delete can't be followed by a call.
Querysets, the admin's "delete selected" and cascades don't pass it (SEMANTICS 3.4, 3.6): their
calls stand beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from codemod.facts.tables import CallSite
from codemod.project.answers import Tier
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces import found, save_override
from codemod.surfaces.cascade import collect
from codemod.surfaces.kept import keep
from codemod.surfaces.overrides import added_last
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS
from codemod.values.edits import AddImport, Edit
from codemod.values.span import Span

name = "delete-method"

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
    return Site(
        name,
        cls.file,
        cls.facts.lines.span(cls.definition.node if call is None else call.node),
        project.models.with_parents((label,)),
        DELETE_SIGNALS,
        Tier.PROVED,
        None,
        "the model's own delete()",
        call=call,
        cls=cls,
    )


def own_call(cls: ClassInfo) -> CallSite | None:
    """The only `super().delete()` in the `delete()` that a model has already."""
    method = cls.definition.methods.get("delete")
    calls = found.super_calls(cls.facts, method, "delete") if method is not None else []
    return calls[0] if len(calls) == 1 else None


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Write the method, with the imports in it that its module can't have at the top."""
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
    inner = _InMethod(desk, desk.project)
    lines = Lines(inner, site)
    kept = keep(site, work, inner, lines, "self")
    children = collect(site, work, inner, lines, "self", many=False)
    if kept is None or children is None:
        return Blocked("name-taken")
    edits: list[Edit] = [AddImport("django.db", "transaction")]
    above, late = ([], kept.copies) if work.before else (kept.copies, [])
    own = [*kept.parents, *lines.calls(work.before, "self", {}, kept.before)]
    before = [*children.collect, *children.before, *own, *late, *children.first]
    after = [*children.after, *lines.calls(work.after, kept.subject, {}, kept.after)]
    if after:
        inside = [*before, f"result = {OPERATION}", *after]
        end = ["return result"]
    else:
        inside, end = [*before, f"return {OPERATION}"], []
    imports = inner.statements(cls.file)
    body = [*imports, *([""] if imports else []), *above]
    body += ["with transaction.atomic():", *(f"    {line}" for line in inside), *end]
    edits.append(added_last(cls, "delete", "*args, **kwargs", body))
    return lines.placed(edits, notes)


@dataclass
class _InMethod:
    """A desk for a method that is yet to be written: what would be a circle is imported in it."""

    desk: Desk
    project: Project
    inside: dict[str, set[str]] = field(default_factory=dict)

    def reference(self, file: str, service: str, site: Span) -> tuple[str, tuple[Edit, ...]] | None:
        module, _, last = service.rpartition(".")
        if module == self.project.module_of(file):
            return last, ()
        named = self.desk.reference_in_new(file, service)
        if named is None:
            return None
        text, needed, edits = named
        if needed is not None:
            self.inside.setdefault(needed, set()).add(text)
        return text, edits

    def model(self, file: str, label: str, site: Span) -> tuple[str, tuple[Edit, ...]] | None:
        model = self.project.models.by_label[label]
        if self.project.classes.get(model.name) is None:
            return None
        return self.reference(file, model.name, site)

    def creator(self, label: str) -> str | None:
        return self.desk.creator(label)

    def deleter(self, label: str) -> str | None:
        return self.desk.deleter(label)

    def deletes_alone(self, label: str) -> bool:
        return self.desk.deletes_alone(label)

    def free_name(self, site: Site, wanted: str, *otherwise: str) -> str | None:
        return self.desk.free_name(site, wanted, *otherwise)

    def reference_in_new(
        self, file: str, service: str
    ) -> tuple[str, str | None, tuple[Edit, ...]] | None:
        return self.desk.reference_in_new(file, service)

    def local_imports(self, file: str, modules: Mapping[str, set[str]]) -> list[str]:
        return self.desk.local_imports(file, modules)

    def statements(self, file: str) -> list[str]:
        """The lines of the imports that the method begins with."""
        return self.local_imports(file, self.inside)
