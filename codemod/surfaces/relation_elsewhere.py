"""Code of packages that sets a many-to-many relation where no class of the project can be asked.

class TeamCreate(CreateView):              relation-in-form (a form that Django makes)
    model = Team
    fields = ["name", "players"]
modelform_factory(Team, fields="__all__")  relation-in-form
baker.make(Team, players=[player])         relation-in-factory
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import ClassRef, Tier
from codemod.project.classes import ClassInfo
from codemod.project.many_to_many import Relation
from codemod.project.project import Project
from codemod.project.views import CREATE, UPDATE
from codemod.surfaces.baker import MAKERS
from codemod.surfaces.calls import found
from codemod.surfaces.many_to_many.owner import field_of
from codemod.surfaces.many_to_many.relations import M2M, Change, heard
from codemod.surfaces.objects.shown_fields import shows
from codemod.surfaces.relation_form import covered
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work

name = "relation-elsewhere"
FORM = "relation-in-form"
FACTORY = "relation-in-factory"

MAKERS_OF_FORMS = (
    "modelform_factory", "modelformset_factory", "inlineformset_factory",
    "generic_inlineformset_factory",
)  # fmt: skip


def find(project: Project) -> Iterator[Site]:
    """Every such place for a relation that a receiver listens to."""
    relations = heard(project)
    if not relations:
        return
    views = [c for c in project.classes if project.classes.is_subclass(c.name, *CREATE, *UPDATE)]
    calls = list(_calls(project, {r.field.name for r in relations.values()}))
    for relation in relations.values():
        for cls in views:
            yield from _view(project, cls, relation)
        for facts, call in calls:
            code = _code(project, facts, call, relation)
            if code is not None:
                yield Site(
                    name, facts.path, facts.lines.span(call.node), (relation.through,), M2M,
                    Tier.PROVED, None, "sets the relation", note=code, call=call,
                )  # fmt: skip
        for entry in project.inline_entries():
            info = project.classes.get(entry.cls)
            own = project.classes.attribute(entry.cls, "form")
            if info is None or not _has(project, entry.model, relation):
                continue
            if own is not None:
                form = project.symbols.resolve(own[1], own[0].scope, own[0].facts)
                if form is not None and covered(project, form, relation):
                    continue
            if relation.field.auto_through:
                yield _class_site(info, relation)


def _calls(project: Project, fields: set[str]) -> Iterator[tuple[FileFacts, CallSite]]:
    """The calls that may set one of some relations, by their names and their keywords."""
    keys = {*fields, "make_m2m"}
    for facts in project.read():
        if any(word in facts.text for word in (*keys, *MAKERS_OF_FORMS)):
            for call in facts.calls:
                keywords = call.node.keywords
                if call.name in MAKERS_OF_FORMS or (
                    keywords and not keys.isdisjoint([k.arg for k in keywords])
                ):
                    yield facts, call


def _view(project: Project, cls: ClassInfo, relation: Relation) -> Iterator[Site]:
    """A generic view whose form Django makes."""
    fields = project.classes.attribute(cls.name, "fields")
    label = project.model_of(cls.name)
    if fields is None or label is None or not _has(project, label, relation):
        return
    if _mentions(fields[1], relation.field.name):
        yield _class_site(cls, relation)


def _class_site(cls: ClassInfo, relation: Relation) -> Site:
    return Site(
        name, cls.file, cls.facts.lines.span(cls.definition.node), (relation.through,), M2M,
        Tier.PROVED, None, "its form sets the relation", note=FORM, cls=cls,
    )  # fmt: skip


def _code(project: Project, facts: FileFacts, call: CallSite, relation: Relation) -> str | None:
    if call.name in MAKERS_OF_FORMS:
        model = found.keyword(call.node, "model", 1 if call.name == "inlineformset_factory" else 0)
        form = found.keyword(call.node, "form")
        label = project.models.label_of(model, call.scope, facts) if model is not None else None
        if label is None or not _has(project, label, relation):
            return None
        fields = found.keyword(call.node, "fields")
        if form is not None and _is_covered(project, form, call, facts, relation, fields is None):
            return None
        if fields is None or _mentions(fields, relation.field.name):
            return FORM
        return None
    keys = {k.arg for k in call.node.keywords}
    if relation.field.name in keys or "make_m2m" in keys:
        if project.symbols.resolve(call.node.func, call.scope, facts) in MAKERS:
            model = call.node.args[0] if call.node.args else None
            label = project.models.label_of(model, call.scope, facts) if model else None
            if label is None or _has(project, label, relation):
                return FACTORY
    return None


def _is_covered(
    project: Project,
    form: ast.expr,
    call: CallSite,
    facts: FileFacts,
    relation: Relation,
    as_it_is: bool,
) -> bool:
    """Whether a form is one of the project's own that sets the relation itself, or (`as_it_is`)
    has no field for it."""
    kinds = project.type_of(form, call.scope, facts).types
    forms = [kind.cls for kind in kinds if isinstance(kind, ClassRef)]
    return bool(forms) and all(
        covered(project, cls, relation)
        or (as_it_is and project.classes.get(cls) and not shows(project, cls, relation.field.name))
        for cls in forms
    )


def _has(project: Project, label: str, relation: Relation) -> bool:
    return field_of(project, label, relation) is not None


def _mentions(fields: ast.expr, name: str) -> bool:
    """Whether a list of fields has the relation, or can't be read."""
    if not isinstance(fields, (ast.List, ast.Tuple)):
        return True
    return any(not isinstance(e, ast.Constant) or e.value == name for e in fields.elts)


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Blocked, unless no service acts on what happens here: a new object only gets objects."""
    relation = desk.project.relations[site.models[0]]
    change = Change(Lines(desk, site), work, relation, False, "")
    acts = change.speaks("pre_add", "post_add")
    if change.clears:
        acts = acts or change.speaks("pre_clear", "post_clear")
    elif site.note == FORM:
        acts = acts or change.speaks("pre_remove", "post_remove")
    return Blocked(site.note) if acts else Placed()
