"""Setting a many-to-many relation with a model form.

    class TeamForm(forms.ModelForm):  ->  class TeamForm(forms.ModelForm):
        class Meta:                           class Meta:
            model = Team                          model = Team
            fields = ["name", "players"]          fields = ["name", "players"]

                                              def _save_m2m(self):
                                                  with transaction.atomic():
                                                      old_players = set(...)
                                                      super()._save_m2m()
                                                      new_players = set(...)
                                                      ...

Recognised: every model form of the project with a field for the relation. Django calls
`_save_m2m()` in `save()` and as `save_m2m()`, for views, formsets and the admin alike, so one
override covers every caller of the form, at the moment of the signal (SEMANTICS 5.1 to 5.3). Where
the form sets other relations too, the one transaction holds them all, which is named.
A field that the request leaves out empties the relation (5.9).
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.project.answers import Tier
from codemod.project.classes import ClassInfo
from codemod.project.many_to_many import Relation
from codemod.project.project import Project
from codemod.surfaces.many_to_many.owner import field_of
from codemod.surfaces.many_to_many.relations import M2M, Change, heard
from codemod.surfaces.objects.shown_fields import shows
from codemod.surfaces.placing.overrides import Hook, added, body_of, calls_of_hook, kinship
from codemod.surfaces.relation_set import Names, compare
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.edits import AddImport

name = "relation-form"

FORM = "django.forms.ModelForm"
ATOMIC = "relation-atomic"
HOOK = Hook("_save_m2m", "", None)


def find(project: Project) -> Iterator[Site]:
    """Every model form that sets a relation which a receiver listens to."""
    relations = heard(project).values()
    forms = [c for c in project.classes if project.classes.is_subclass(c.name, FORM)]
    for relation in relations:

        def acts(other: str, relation: Relation = relation) -> str | None:
            label = project.model_of(other)
            return label if label is not None and sets(project, other, label, relation) else None

        for cls in forms:
            label = acts(cls.name)
            if label is None or kinship(project, cls, label, acts) == "covered":
                continue
            yield from _sites(project, cls, relation)


def _sites(project: Project, cls: ClassInfo, relation: Relation) -> Iterator[Site]:
    hooked = calls_of_hook(project, cls, HOOK)
    if hooked is not None and not hooked[1]:
        return  # it sets the relation in its own way
    yield Site(
        name, cls.file, cls.facts.lines.span(cls.definition.node), (relation.through,), M2M,
        Tier.PROVED, None, f"{cls.definition.node.name} is a form of the model",
        code=None if hooked is None else "relation-in-form", cls=cls,
    )  # fmt: skip


def sets(project: Project, form: str, label: str, relation: Relation) -> bool:
    """Whether a form of a model, or a view that makes its own, has a field for the relation."""
    field = field_of(project, label, relation)
    return field is not None and shows(project, form, field.name)


def covered(project: Project, form: str, relation: Relation) -> bool:
    """Whether a form of the project is one of those that `find` has. Not so without a model of
    its own, or without the field: the admin and factories of forms name both by themselves."""
    label = project.model_of(form) if project.classes.get(form) is not None else None
    return label is not None and sets(project, form, label, relation)


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Add `_save_m2m`."""
    cls = site.cls
    assert cls is not None
    change = Change(
        Lines(desk, site), work, desk.project.relations[site.models[0]], False, "self.instance"
    )
    field = change.relation.field.name
    compared = compare(desk.project, change, f"self.instance.{field}", names_of(field), shared=True)
    if isinstance(compared, Blocked):
        return compared
    if not compared.before and not compared.after:
        return Placed()
    body = body_of(HOOK, [*compared.before], [*compared.after], atomic=True)
    edits = [added(cls, HOOK, body), AddImport("django.db", "transaction")]
    model = desk.project.models.by_label[change.relation.owner]
    others = {f.name for f in model.fields.values() if f.kind == "ManyToManyField"} - {field}
    together = any(shows(desk.project, cls.name, name) for name in others)
    return change.lines.placed(edits, (*compared.notes, *((ATOMIC,) if together else ())))


def names_of(field: str) -> Names:
    """What the sets of ids are called where a method may have those of several fields."""
    return Names(f"old_{field}", f"new_{field}", f"removed_{field}", f"added_{field}")
