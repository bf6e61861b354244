"""Django's generic editing views, which save and delete without a line of their own.

    class OrderCreate(CreateView):   ->   def form_valid(self, form):
        model = Order                         response = super().form_valid(form)
                                              create_invoice(self.object)
                                              return response

    class FolderDelete(DeleteView):  ->   def form_valid(self, form):
        model = Folder                        with transaction.atomic():
                                                  check_folder(self.object)
                                                  return super().form_valid(form)

Recognised: subclasses of CreateView, UpdateView and DeleteView, and of the mixins behind them.
An override that calls `super().form_valid(form)` is extended there; one that saves the form
itself has no firing of the view's own (`model_form` sees its `form.save()`).
Fires as `form.save()` does, created by the kind of view (SEMANTICS section 6); a DeleteView
deletes in `form_valid`, or in `delete` if the HTTP verb is DELETE (named).
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.facts.tables import CallSite
from codemod.project.answers import Tier
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.project.views import CREATE, UPDATE, has_no_objects, is_of_a_package
from codemod.surfaces.calls import found
from codemod.surfaces.calls.upward import upward
from codemod.surfaces.objects import created as created_rules
from codemod.surfaces.objects.chosen import is_chosen, saves_first
from codemod.surfaces.objects.held_keys import given, typed
from codemod.surfaces.placing.overrides import (
    Hook,
    added,
    body_of,
    extended,
    has_mixin,
    kinship,
    named,
    place_of,
    written_by,
)
from codemod.surfaces.removing.removal import around
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, Created
from codemod.values.edits import AddImport, Edit

name = "generic-view"

BY_VERB = "delete-verb"
# What saves in both, and in a view that a project puts together itself.
FORM = "django.views.generic.edit.ModelFormMixin"
DELETE = ("django.views.generic.DeleteView", "django.views.generic.edit.BaseDeleteView")
DELETION = "django.views.generic.edit.DeletionMixin"

HOOK = Hook(
    "form_valid", "form", "response", ("form_invalid", "get_success_url", "get_context_data")
)


def find(project: Project) -> Iterator[Site]:
    """Every generic editing view of the project."""
    for cls in project.classes:
        if project.classes.is_subclass(cls.name, FORM):
            creates, updates = (
                project.classes.is_subclass(cls.name, *kind) for kind in (CREATE, UPDATE)
            )
            created: Created = "dynamic"
            if creates is not updates:
                created = "true" if creates else "false"
            yield from _sites(project, cls, FORM, SAVE_SIGNALS, created)
        if project.classes.is_subclass(cls.name, DELETION):
            yield from _sites(project, cls, DELETION, DELETE_SIGNALS, None)


def _sites(
    project: Project,
    cls: ClassInfo,
    ancestor: str,
    signals: tuple[str, ...],
    created: Created | None,
) -> Iterator[Site]:
    saves = signals is SAVE_SIGNALS
    labels = written_by(project, cls.name, created)
    if not labels:
        if project.classes.subclasses(cls.name):
            return  # a base without a model of its own; its subclasses are the views
        if is_of_a_package(project, cls.name) or has_no_objects(project, cls.name):
            return
        code: str | None = "view-without-model"
    else:
        code = "several-models" if len(labels) > 1 else None
        method = "save" if saves else "delete"
        if all(found.overrides(project, label, method) for label in labels):
            return
        own_saves = _forms_save_themselves(project, cls) if saves else set()
        if own_saves == {True}:
            return
        if True in own_saves:
            code = code or "serializer-overrides-half"
    if saves and not _comes_to_hook(project, cls.name):
        return
    saver, chain = FORM if saves else DELETE[1], project.classes.mro(cls.name)

    def reaches(owner: ClassInfo, call: CallSite) -> bool:
        up = upward(project, owner.facts, call, HOOK.method)
        return up is not None and saver in up.rest(chain)

    place = place_of(project, cls, HOOK, reaches)
    own = project.classes.method(cls.name, "delete") is not None
    if place is None:
        if labels and not saves and not own:
            yield _by_verb(cls, labels)
        return
    code = code or place.code

    def acts(other: str) -> tuple[str, ...]:
        is_one = project.classes.is_subclass(other, ancestor)
        is_one = is_one and (not saves or _comes_to_hook(project, other))
        return written_by(project, other, created) if is_one else ()

    kin = kinship(project, cls, labels, acts)
    if kin == "covered":
        return
    if kin == "tangled":
        code = code or "shared-view"
    if not saves and (own or not project.classes.is_subclass(cls.name, *DELETE)):
        code = code or "view-overrides-delete"
    if created is not None:
        if any(saves_first(project, base, HOOK.method, labels) for base in chain[1:]):
            code = code or "shared-view"
        own_or_below = project.classes.heirs(cls.name)
        again = any(saves_first(project, c, HOOK.method, labels) for c in own_or_below)
        if again or is_chosen(project, cls.name, created, labels):
            created = "dynamic"
        if created == "false" and any(
            typed(project, labels, *_makers(project, v)) for v in own_or_below
        ):
            created = "dynamic"
    yield Site(
        name,
        cls.file,
        place.span,
        labels,
        signals,
        Tier.PROVED if labels else Tier.POSSIBLE,
        created,
        f"{cls.definition.node.name} is a view of the model",
        code=code,
        call=place.call,
        cls=cls,
    )


def _by_verb(cls: ClassInfo, labels: tuple[str, ...]) -> Site:
    """A DeleteView whose own `form_valid()` does something else, which the verb DELETE does not."""
    span, named = cls.facts.lines.span(cls.definition.node), cls.definition.node.name
    return Site(
        name, cls.file, span, labels, DELETE_SIGNALS, Tier.PROVED, None,
        f"{named} is a view of the model", cls=cls, note=BY_VERB,
    )  # fmt: skip


def _makers(project: Project, view: str) -> tuple[str, ...]:
    """What says which fields the form of a view has: its form classes, or the view itself."""
    return project.forms_of(view) or (view,)


def _comes_to_hook(project: Project, view: str) -> bool:
    """Whether a request may come to `form_valid()`: not where a view of the project has a `post()`
    of its own, and names neither it nor the `post()` of a base."""
    if project.classes.method(view, "post") is None:
        return True
    chain = project.classes.mro(view)
    classes = [project.classes.get(name) for name in chain]
    used = {
        a.attr for c in classes if c is not None for s in c.scope.inside() for a in s.attributes
    }
    strange = any(
        c is None and not name.startswith(("django.", "builtins."))
        for name, c in zip(chain, classes, strict=True)
    )
    return strange or not used.isdisjoint((HOOK.method, "post"))


def _forms_save_themselves(project: Project, cls: ClassInfo) -> set[bool]:
    """Whether the view's form classes, or only some of them, override `save()`: then the line
    inside it fires."""
    forms = project.forms_of(cls.name)
    return {project.classes.method(form, "save") is not None for form in forms}


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Add `form_valid`, or extend it."""
    cls = site.cls
    assert cls is not None
    if site.note == BY_VERB:
        return Placed(notes=(BY_VERB,))
    facts = desk.project.known(site.file)
    deletes = site.signals is DELETE_SIGNALS
    if work.before and has_mixin(desk.project, cls, HOOK):
        return Blocked("shared-view")
    lines = Lines(desk, site)
    values = site.values
    edits: list[Edit] = []
    above: list[str] = []
    parameter = "form"
    if site.call is not None and not deletes:
        names = named(site.call, 1 if work.before or site.reads_created(work) else 0)
        if names is None:
            return Blocked("unnamed-parameter")
        parameter = next(iter(names), parameter)
    if site.reads_created(work):
        variable = desk.free_name(site, "created") if site.call is not None else "created"
        if variable is None:
            return Blocked("name-taken")
        views = desk.project.classes.heirs(cls.name)
        parts = (part for view in views for part in (view, *desk.project.forms_of(view)))
        key = given(desk.project, site.models, *parts)
        rule = created_rules.expression(desk.project, site.models, f"{parameter}.instance", key)
        above.append(f"{variable} = {rule}")
        values["created"] = variable
    if deletes:
        removal = around(work, lines, "self.object")
        if removal is None:
            return Blocked("name-taken")
        above, before, after = removal.above, removal.before, removal.after
    else:
        before = lines.calls(work.before, f"{parameter}.instance", values)
        after = lines.calls(work.after, "self.object", values)
    if not before and not after:
        return Placed()
    if deletes:
        edits.append(AddImport("django.db", "transaction"))
    if site.call is None:
        body = [*above, *body_of(HOOK, before, after, atomic=deletes)]
        edits.append(added(cls, HOOK, body))
        return lines.placed(edits, (BY_VERB,) if deletes else ())
    if deletes:
        return Blocked("view-overrides-delete")
    response = desk.free_name(site, "response")
    if response is None:
        return Blocked("name-taken")
    hook = Hook(HOOK.method, parameter, response)
    extension = extended(site.call, facts, hook, [*above, *before], after)
    if extension is None:
        return Blocked("expression")
    return lines.placed([*edits, *extension])
