"""Loops over what a formset saved and deleted, shared by `formset` and `admin_inline`.

if formset.model is Line:
    changed = [line for line, _ in formset.changed_objects]
    for line in changed + formset.new_objects:
        update_total(line)
"""

from __future__ import annotations

from dataclasses import dataclass

from codemod.project.project import Project
from codemod.surfaces.placing.statements import over
from codemod.surfaces.removing.cascade import collect
from codemod.surfaces.site import Blocked, Desk, Lines, ServiceCall, Site, Work
from codemod.values.edits import Edit

COMMENT = "# delete() clears the pk"


@dataclass(frozen=True)
class Deletions:
    """Lines for what a formset deletes: to collect before it saves, and to call afterwards."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    imports: tuple[Edit, ...] = ()


def deletions(work: Work, lines: Lines, formset: str, item: str) -> Deletions | Blocked:
    """The deleted objects are copied first where they need their pk, their parents or children."""
    if not work.reads_pk and not work.cascades and not any(call.link for call in work.after):
        calls = lines.calls(work.after, item, {})
        return Deletions((), tuple(over(lines, item, f"{formset}.deleted_objects", calls)))
    site = lines.site
    if site.call is not None and lines.desk.free_name(site, "deleted") != "deleted":
        return Blocked("name-taken")
    children = collect(work, lines, "deleted", many=True)
    if children is None:
        return Blocked("name-taken")
    if children.before or children.first:
        return Blocked("formset-with-pre-save")
    # A new form that is marked deletes nothing: its object has no row.
    forms = f"for form in {formset}.deleted_forms if not form.instance._state.adding"
    after = over(lines, item, "deleted", lines.calls(work.after, item, {}))
    return Deletions(
        (COMMENT, f"deleted = [{lines.copied('form.instance')} {forms}]", *children.collect),
        (*children.after, *after),
    )


def changed_and_new(
    lines: Lines, calls: tuple[ServiceCall, ...], item: str
) -> tuple[list[str], list[str]]:
    """The calls for a changed object and for a new one; equal where `created` does not matter."""
    changed, new = (
        lines.calls(calls, item, {"created": created, "update_fields": "None"})
        for created in ("False", "True")
    )
    return changed, new


def guarded(formset: str, model: str, body: list[str]) -> list[str]:
    """The lines for the formsets of one model."""
    return [f"if {formset}.model is {model}:", *(f"    {line}" for line in body)] if body else []


def model_name(desk: Desk, site: Site, label: str) -> tuple[str, tuple[Edit, ...]] | None:
    """How the site's file names a model, and the imports for it. None: it can't."""
    project = desk.project
    model = project.models.by_label[label]
    known = _known_name(project, site.file, model.name)
    return (known, ()) if known is not None else desk.reference(site.file, model.name, site.place)


def _known_name(project: Project, path: str, cls: str) -> str | None:
    """The name that a file has for a class already: `Line`, `models.Line`."""
    facts = project.known(path)
    last = cls.rpartition(".")[2]
    for name, bindings in facts.scope.bindings.items():
        if len(bindings) != 1:
            continue
        if bindings[0].kind == "class" and f"{project.module_of(path)}.{name}" == cls:
            return name
        target = bindings[0].target if bindings[0].kind == "import" else None
        if target is None:
            continue
        if project.symbols.canonical(target, path) == cls:
            return name
        if project.symbols.canonical(f"{target}.{last}", path) == cls:
            return f"{name}.{last}"
    return None
