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

from codemod.facts.nodes import descend, is_name
from codemod.project.answers import Tier
from codemod.project.classes import ClassInfo
from codemod.project.many_to_many import Relation
from codemod.project.project import Project
from codemod.project.roles import AdminEntry
from codemod.surfaces.calls import found
from codemod.surfaces.many_to_many.owner import field_of
from codemod.surfaces.many_to_many.relations import M2M, Change, heard
from codemod.surfaces.model_admin import SAVE_RELATED, new_class, place_in
from codemod.surfaces.objects.shown_fields import form_of, on_page
from codemod.surfaces.placing.overrides import added, body_of, extended, named
from codemod.surfaces.relation_form import covered, names_of
from codemod.surfaces.relation_set import compare
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
            early = cls is not None and _sets_early(project, cls)
            yield Site(
                name, cls.file if cls is not None else entry.file, place.span, (relation.through,),
                M2M, Tier.PROVED, None, "registered in the admin",
                code=place.code or ("relation-in-form" if early else None),
                call=place.call, cls=cls, registration=entry,
            )  # fmt: skip


def _sets_early(project: Project, cls: ClassInfo) -> bool:
    """Whether an admin saves the whole form before `save_related()`, which finds nothing new then:
    `form.save()` in `save_form(request, form, change)` or `save_model(request, obj, form, change)`.
    """
    return any(
        _saves(node, function.args.args[position].arg)
        for method, position in (("save_form", 2), ("save_model", 3))
        for info in project.classes.before_framework(cls.name, method)
        if (function := info.definition.methods.get(method)) is not None
        and len(function.args.args) > position
        for node in descend(function)
    )


def _saves(node: ast.AST, form: str) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    whole = not found.is_literal(found.keyword(node, "commit", 0), False)
    saves = node.func.attr == "save_m2m" or (node.func.attr == "save" and whole)
    return saves and is_name(node.func.value, form)


def _shows(project: Project, entry: AdminEntry, relation: Relation) -> bool:
    """Whether the page has a form of Django's own making with a field for the relation."""
    field = field_of(project, entry.model, relation)
    if field is None or not field.auto_through:
        return False  # the admin leaves out relations with a model of their own between
    if entry.cls is None:
        return True
    own = form_of(project, entry.cls)
    if own is not None and covered(project, own, relation):
        return False
    return on_page(project, entry.cls, field.name)


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
