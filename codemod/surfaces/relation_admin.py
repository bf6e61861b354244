"""Setting a many-to-many relation on the admin's own pages.

    admin.site.register(Team)   ->   @admin.register(Team)
                                     class TeamAdmin(admin.ModelAdmin):
                                         def save_related(self, request, form, formsets, change):
                                             old_players = set(...)
                                             super().save_related(request, form, formsets, change)
                                             new_players = set(...)
                                             ...

Recognised: every registration of a model with the relation, unless the page's form is one that
sets it already (then see `relation_form`) or its `fields` and `exclude` leave the relation out.
The pages are atomic, and `save_related` follows the save of the object (SEMANTICS 7.1, 7.2).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.project.answers import Tier
from codemod.project.many_to_many import Relation
from codemod.project.project import Project
from codemod.project.roles import AdminEntry
from codemod.surfaces.model_admin import SAVE_RELATED, new_class, place_in
from codemod.surfaces.overrides import added, body_of, extended, named
from codemod.surfaces.relation_form import FORM, covered, listed, names_of
from codemod.surfaces.relation_owner import field_of
from codemod.surfaces.relation_set import compare
from codemod.surfaces.relations import M2M, Change, heard
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work

name = "relation-admin"


def find(project: Project) -> Iterator[Site]:
    """Every admin page that sets a relation which a receiver listens to."""
    listened = heard(project)
    if not listened:
        return
    for entry in project.admin_entries():
        for relation in listened.values():
            placed = place_in(project, entry, SAVE_RELATED)
            if placed is None or not _shows(project, entry, relation):
                continue
            cls, place = placed
            yield Site(
                name, cls.file if cls is not None else entry.file, place.span, (relation.through,),
                M2M, Tier.PROVED, None, "registered in the admin", code=place.code,
                call=place.call, cls=cls, registration=entry,
            )  # fmt: skip


def _shows(project: Project, entry: AdminEntry, relation: Relation) -> bool:
    """Whether the page has a form of Django's own making with a field for the relation."""
    field = field_of(project, entry.model, relation)
    if field is None or not field.auto_through:
        return False  # the admin leaves out relations with a model of their own between
    if entry.cls is None:
        return True
    form = project.classes.attribute(entry.cls, "form")
    own = project.symbols.resolve(form[1], form[0].scope, form[0].facts) if form else None
    if own is not None and project.classes.is_subclass(own, FORM):
        if covered(project, own, relation):
            return False
        if project.model_of(own) is not None and not _names_fields(project, entry.cls):
            return False
    for option in ("exclude", "readonly_fields"):
        value = project.classes.attribute(entry.cls, option)
        if value is not None and field.name in _texts(value[1]):
            return False
    for option in ("fields", "fieldsets"):
        value = project.classes.attribute(entry.cls, option)
        if value is None or project.classes.method(entry.cls, f"get_{option}") is not None:
            continue
        texts = listed(project, *value) or (_texts(value[1]) if _is_literal(value[1]) else ())
        if texts and field.name not in texts:
            return False
    return True


def _names_fields(project: Project, cls: str) -> bool:
    """Whether an admin says which fields its pages have, whatever its form says."""
    options = ("fields", "fieldsets", "exclude")
    return any(
        project.classes.attribute(cls, option) is not None
        or project.classes.method(cls, f"get_{option}") is not None
        for option in options
    )


def _texts(value: ast.expr) -> set[str]:
    constants = (n.value for n in ast.walk(value) if isinstance(n, ast.Constant))
    return {text for text in constants if isinstance(text, str)}


def _is_literal(value: ast.expr) -> bool:
    names = (ast.Starred, ast.BinOp, ast.Attribute, ast.ListComp)
    return not any(isinstance(n, names) for n in ast.walk(value))


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Add `save_related`, extend it, or give the model an admin class with it."""
    facts = desk.project.known(site.file)
    names = SAVE_RELATED.parameters.split(", ")
    if site.call is not None:
        taken = named(site.call, 2)
        if taken is None:
            return Blocked("unnamed-parameter")
        names = taken
    target = f"{names[1]}.instance"
    change = Change(Lines(desk, site), work, desk.project.relations[site.models[0]], False, target)
    field = change.relation.field.name
    compared = compare(desk.project, change, f"{target}.{field}", names_of(field), shared=True)
    if isinstance(compared, Blocked):
        return compared
    if not compared.before and not compared.after:
        return Placed()
    before, after = [*compared.before], [*compared.after]
    if site.call is not None:
        extension = extended(site.call, facts, SAVE_RELATED, before, after)
        if extension is None:
            return Blocked("expression")
        return change.lines.placed(extension, compared.notes)
    body = body_of(SAVE_RELATED, before, after)
    if site.cls is not None:
        edit = added(site.cls, SAVE_RELATED, body)
        return change.lines.placed([edit], compared.notes)
    made = new_class(site, desk, SAVE_RELATED, body)
    if isinstance(made, Blocked):
        return made
    return change.lines.placed([made], compared.notes)
