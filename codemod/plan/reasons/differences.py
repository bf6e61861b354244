"""What differs at a site because of where its calls stand, whatever surface it is."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codemod.plan.model_methods.saving_on import goes_on, surrounds
from codemod.plan.reading.success import is_chosen_before
from codemod.plan.work import Roster
from codemod.project.answers import Instance
from codemod.project.project import Project
from codemod.surfaces import (
    baker,
    generic_view,
    manager_create,
    model_admin,
    model_form,
    rest_framework,
    serializer_override,
    unhandled,
)
from codemod.surfaces.calls import found
from codemod.surfaces.relation_form import sets
from codemod.surfaces.removing.failing import result_kept
from codemod.surfaces.site import Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, Connection
from codemod.values.edits import Insert

HOOKED = (generic_view.name, model_admin.name, rest_framework.name)
SETTING = (generic_view.name, model_form.name, rest_framework.name, serializer_override.name)


def codes(
    roster: Roster, site: Site, work: Work, placed: Placed, left: Iterable[Connection]
) -> tuple[str, ...]:
    """The codes of these differences. `left`: the connections of the receivers that stay."""
    project = roster.project
    together = deletes_together(project, site, work) or overtakes(roster, site, work, left)
    together = together or outlived(project, site, work, left)
    told = {
        "delete-order": together,
        "fetched-to-delete": any(cascade.deep for cascade in work.cascades),
        "after-m2m": follows_relations(project, site, work),
        "after-shared-save": saves_on(project, site, work),
        "around-mixin": passes_mixins(project, site, work),
        "success-chosen": is_chosen_before(roster, site, work),
        "result-kept": _is_kept(site, work, placed),
    }
    return tuple(code for code, differs in told.items() if differs)


def _is_kept(site: Site, work: Work, placed: Placed) -> bool:
    """Whether a name has its object when something fails that ran before it had: the work below
    the call, and where there is work above the save of a `create()`, which is opened for it, that
    and the save. What calls a function that does all gets its object as before."""
    follows = work.after or (work.before and site.surface == manager_create.name)
    split = any(isinstance(edit, Insert) for _, edit in placed.edits)
    return bool(follows) and split and site.call is not None and result_kept(site.call)


def saves_on(project: Project, site: Site, work: Work) -> bool:
    """Whether work after a save sees what the model's bases do after Django's."""
    if site.signals != SAVE_SIGNALS or not work.after:
        return False
    return any(goes_on(project, project.models.by_label[label].name) for label in site.models)


def passes_mixins(project: Project, site: Site, work: Work) -> bool:
    """Whether calls in the method of a view or admin stand around what a mixin does there."""
    method = "form_valid" if site.surface == generic_view.name else site.note
    if site.cls is None or site.surface not in HOOKED:
        return False
    before = bool(work.before or work.cascades) and site.signals is DELETE_SIGNALS
    after = bool(work.after or (work.cascades and site.signals is DELETE_SIGNALS))
    name = site.cls.name
    return bool(method) and surrounds(project, name, method, before=before, after=after)


def overtakes(roster: Roster, site: Site, work: Work, left: Iterable[Connection]) -> bool:
    """Whether work before a delete runs before the pre_delete receivers that stay of rows that
    go along: Django fires those of children first (3.6)."""
    if site.signals is not DELETE_SIGNALS or not work.before:
        return False
    return any(
        way.ancestor in site.models
        for connection in left
        if connection.signal == "pre_delete" and connection.sender
        for way in roster.ways(connection.sender)
    )


def outlived(project: Project, site: Site, work: Work, left: Iterable[Connection]) -> bool:
    """Whether work after a delete saw rows behind a GenericRelation, which Django may delete after
    the object itself if a receiver wants to hear of them (else they go first: 3.7)."""
    if site.signals is not DELETE_SIGNALS or not work.after:
        return False
    heard = {c.sender for c in left if c.signal in DELETE_SIGNALS}
    return any(
        field.kind == "GenericRelation" and field.target in heard
        for label in site.models
        for field in project.models.by_label[label].fields.values()
    )


def loading(project: Project) -> Iterator[tuple[str, str, int]]:
    """(text, file, line) of the calls that load rows as fixtures are loaded: with `raw=True`
    (9.2)."""
    for facts in project.read():
        for call in facts.named("deserialize"):
            dotted = project.symbols.resolve(call.node.func, call.scope, facts) or ""
            if dotted.startswith("django.core.serializers."):
                yield "what deserialize() loads", facts.path, call.node.lineno
        for call in facts.named("save_base"):
            if unhandled.loads(facts, call):
                yield "what save_base(raw=True) saves", facts.path, call.node.lineno


# Surfaces that delete several rows in one query.
MANY_AT_ONCE = ("queryset-delete", "generic-relation", "through-rows")


def deletes_together(project: Project, site: Site, work: Work) -> bool:
    """Whether several rows with work of their own go at a site (SEMANTICS 3.4, 3.6, 3.11)."""
    if site.signals is not DELETE_SIGNALS:
        return False
    many = site.surface in MANY_AT_ONCE or site.note == "delete_queryset"
    return many or bool(work.cascades or project.models.parents(site.models[0]))


def follows_relations(project: Project, site: Site, work: Work) -> bool:
    """Whether work after a save runs when the form, the serializer or the maker of test objects
    that saves has set many-to-many data already (SEMANTICS 5.1, 8.1, 8.2)."""
    if site.surface == baker.name and site.call is not None and work.after:
        given = {keyword.arg for keyword in site.call.node.keywords}
        return any(not given.isdisjoint(_collections(project, label)) for label in site.models)
    if site.surface not in SETTING or site.signals is DELETE_SIGNALS or not work.after:
        return False
    return any(
        sets(project, setter, label, relation)
        for label in site.models
        for relation in project.relations.values()
        for setter in setters(project, site)
        if project.classes.meta(setter, "fields")
        or project.classes.meta(setter, "exclude")
        or project.classes.attribute(setter, "fields")
    )


def _collections(project: Project, label: str) -> Iterator[str]:
    """The attributes by which an object reaches many others."""
    for field in project.models.by_label[label].fields.values():
        if field.kind == "ManyToManyField":
            yield field.name
    yield from project.models.relations(label)


def setters(project: Project, site: Site) -> Iterator[str]:
    """The classes that say which fields are set: forms, serializers, or the view itself."""
    if site.cls is not None:
        named = (*project.forms_of(site.cls.name), *project.serializers_of(site.cls.name))
        yield from named or (site.cls.name,)
        return
    assert site.call is not None and isinstance(site.call.node.func, ast.Attribute)
    saved, facts = site.call.node.func.value, project.known(site.file)
    scope = site.call.scope.class_()
    if found.is_super(saved) and scope is not None:
        owner = project.class_of(facts, scope)
        yield from project.classes.heirs(owner.name) if owner else ()
        return
    for kind in project.type_of(saved, site.call.scope, facts).types:
        if isinstance(kind, Instance):
            yield kind.cls
