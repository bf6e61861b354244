"""The admin's own add, change and delete pages.

    admin.site.register(Order)   ->   @admin.register(Order)
                                      class OrderAdmin(admin.ModelAdmin):
                                          def save_model(self, request, obj, form, change):
                                              super().save_model(request, obj, form, change)
                                              if not change:
                                                  create_invoice(obj)

                                          def save_related(self, request, form, formsets, change):
    (work that reads many-to-many data)       super().save_related(request, form, formsets, change)
                                              count_tags(form.instance)

Recognised: every admin class registered for a model, and every registration without a class.
Fires save signals in `save_model` (created is `not change`, see `told_by_admin`), delete signals
in `delete_model` and, for "delete selected", in `delete_queryset` (SEMANTICS 7.1 to 7.6). The add,
change and delete pages are atomic; `delete_queryset` is not. `save_model` also serves
`list_editable`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from codemod.project.admins import UNNAMED, forbids
from codemod.project.answers import Tier
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.project.roles import AdminEntry
from codemod.surfaces.calls import found
from codemod.surfaces.objects import created as created_rules
from codemod.surfaces.objects import told_by_admin
from codemod.surfaces.objects.flow import is_always_reached
from codemod.surfaces.objects.own_rows import CODE, of_admin
from codemod.surfaces.placing.atomic import in_transaction
from codemod.surfaces.placing.overrides import (
    Hook,
    Place,
    added,
    body_of,
    extended,
    has_mixin,
    is_called,
    kinship,
    named,
    place_of,
)
from codemod.surfaces.placing.statements import over
from codemod.surfaces.queryset_delete import alone
from codemod.surfaces.removing.cascade import by_key, collect
from codemod.surfaces.removing.conditions import looked_at
from codemod.surfaces.removing.removal import around
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS
from codemod.values.edits import AddImport, Edit, NewClass

name = "model-admin"

_ORDER = ("delete_model", "delete_queryset", "save_formset", "save_related")
SAVE_MODEL = Hook("save_model", "request, obj, form, change", None, _ORDER)
SAVE_RELATED = Hook("save_related", "request, form, formsets, change", None)
DELETE_MODEL = Hook("delete_model", "request, obj", None, _ORDER[1:])
DELETE_QUERYSET = Hook("delete_queryset", "request, queryset", None, _ORDER[2:])
HOOKS = (SAVE_MODEL, DELETE_MODEL, DELETE_QUERYSET, SAVE_RELATED)
SAVING = (SAVE_MODEL, SAVE_RELATED)
# By these a class may narrow its list down in its own way.
_LISTING = """
    get_queryset get_list_filter get_search_fields get_search_results get_changelist
""".split()


def find(project: Project) -> Iterator[Site]:
    """One site for each hook of each registered model's admin."""
    for entry in project.admin_entries():
        if entry.model not in project.models.by_label:
            continue
        for hook in HOOKS:
            if hook is SAVE_RELATED and not _goes_late(project, entry):
                continue
            saves = hook in SAVING
            if found.overrides(project, entry.model, "save" if saves else "delete"):
                if hook is not DELETE_QUERYSET:
                    continue
            own = hook is DELETE_QUERYSET and of_admin(project, entry.model, entry.cls)
            if own:
                continue  # the line within the queryset's own delete() fires
            placed = place_in(project, entry, hook)
            if placed is None:
                continue
            cls, place = placed
            yield Site(
                name,
                cls.file if cls is not None else entry.file,
                place.span,
                (entry.model,),
                SAVE_SIGNALS if saves else DELETE_SIGNALS,
                Tier.PROVED,
                "dynamic" if saves else None,
                "registered in the admin",
                code=place.code or (CODE if own is None else None),
                call=place.call,
                cls=cls,
                note=hook.method,
                registration=entry,
            )


def place_in(
    project: Project, entry: AdminEntry, hook: Hook
) -> tuple[ClassInfo | None, Place] | None:
    """The admin class of a registration, and where the calls of a hook go there.

    None where they need no place: a base has them, the class acts in its own way, or never.
    """
    cls = project.classes.get(entry.cls) if entry.cls else None
    if cls is None:
        span = project.known(entry.file).lines.span(entry.node)
        code = "shared-registration" if entry.cls == UNNAMED else "package-admin"
        return None, Place(span, code=code if entry.cls is not None else None)
    if _is_forbidden(project, cls.name, hook):
        return None
    registered = project.once(_registered)

    def acts(other: str) -> str | None:
        labels = set() if _is_forbidden(project, other, hook) else registered.get(other, set())
        return next(iter(labels)) if len(labels) == 1 else ("?" if labels else None)

    place = place_of(project, cls, hook)
    kin = kinship(project, cls, entry.model, acts)
    if place is None or kin == "covered":
        return None
    if kin == "tangled" or acts(cls.name) == "?":
        place = replace(place, code=place.code or "shared-view")
    return cls, place


def _is_forbidden(project: Project, cls: str, hook: Hook) -> bool:
    """Whether an admin class never comes to a hook: it lets nobody save, or delete, and nothing
    else calls it."""
    actions = ("add", "change") if hook in SAVING else ("delete",)
    if not forbids(project.classes, cls, *actions):
        return False
    return not is_called(project, cls, hook.method)


def _goes_late(project: Project, entry: AdminEntry) -> bool:
    """Whether work that reads many-to-many data goes to the `save_related` of a registration: it
    is Django's, and so is the `save_model` before it, in which an object is always saved, and the
    `save_formset` between them, which may not save the object again.

    Else the work stays beside the save, wherever that is (ModelAdmin._changeform_view() calls
    both hooks, whatever the first has done).
    """
    if any(place_in(project, entry, hook) is None for hook in SAVING):
        return False
    if entry.cls and project.classes.method(entry.cls, "save_formset") is not None:
        return False
    chain = project.classes.before_framework(entry.cls, "save_model") if entry.cls else ()
    methods = [(info, info.definition.methods.get("save_model")) for info in chain]
    return all(
        any(is_always_reached(call) for call in found.super_calls(info.facts, method, "save_model"))
        for info, method in methods
        if method is not None
    )


def _registered(project: Project) -> dict[str, set[str]]:
    """The models that each admin class is registered for."""
    registered: dict[str, set[str]] = {}
    for entry in project.admin_entries():
        if entry.cls is not None:
            registered.setdefault(entry.cls, set()).add(entry.model)
    return registered


@dataclass(frozen=True)
class Written:
    """The lines around a hook's operation."""

    above: list[str]
    before: list[str]
    after: list[str]


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Add the hook, extend it, or give the model an admin class with it."""
    hook = _hook(site)
    lines = Lines(desk, site)
    edits: list[Edit] = []
    text = _alone(site, work, lines, edits) if site.call is None else None
    written = _written(site, work, lines, edits) if text is None else Written([], [], [])
    if written is None:
        return Placed()
    if isinstance(written, Blocked):
        return written
    facts = desk.project.known(site.file)
    if site.call is not None:
        if hook is DELETE_QUERYSET:
            return Blocked("admin-overrides-delete-queryset")
        extension = extended(
            site.call, facts, hook, [*written.above, *written.before], written.after
        )
        if extension is None:
            return Blocked("expression")
        if _is_atomic(site, desk.project):
            extension += in_transaction(site.call, facts, desk.project)
        return lines.placed([*edits, *extension])
    text = text or _text(site, written, desk.project, edits)
    if site.cls is not None:
        return lines.placed([*edits, added(site.cls, hook, text)])
    made = new_class(site, desk, hook, text)
    return made if isinstance(made, Blocked) else lines.placed([*edits, made])


def body(site: Site, work: Work, desk: Desk) -> tuple[list[str], list[Edit]] | Blocked | None:
    """The lines of a hook in a class that is yet to be written, and the imports for them.

    None where there is nothing to call.
    """
    lines = Lines(desk, site)
    edits: list[Edit] = []
    text = _alone(site, work, lines, edits)
    written = _written(site, work, lines, edits) if text is None else Written([], [], [])
    if written is None or isinstance(written, Blocked):
        return written
    if lines.unreachable:
        return Blocked("name-taken")
    return text or _text(site, written, desk.project, edits), [*edits, *lines.imports]


def _hook(site: Site) -> Hook:
    return next(h for h in HOOKS if h.method == site.note)


def _alone(site: Site, work: Work, lines: Lines, edits: list[Edit]) -> list[str] | None:
    """The lines of a hook that deletes its objects one by one, by what does all for each."""
    hook, project = _hook(site), lines.desk.project
    chain = project.classes.mro(site.cls.name)[1:] if site.cls is not None else ()
    if hook in SAVING or any(not name.startswith(("django.", "builtins.")) for name in chain):
        return None  # what is between would be left out
    item = "obj" if hook is DELETE_MODEL else found.variable(site.models[:1])
    delete = alone(site.models[0], item, work, lines)
    if delete is None or hook is DELETE_MODEL:
        return [delete] if delete is not None else None
    if work.asks_origin:
        return None  # it would be another one
    edits.append(AddImport("django.db", "transaction"))
    return ["with transaction.atomic():", f"    for {item} in queryset:", f"        {delete}"]


def _text(site: Site, written: Written, project: Project, edits: list[Edit]) -> list[str]:
    """The lines of a hook that is added; imports go to `edits`."""
    atomic = _is_atomic(site, project)
    if atomic:
        edits.append(AddImport("django.db", "transaction"))
    return [*written.above, *body_of(_hook(site), written.before, written.after, atomic=atomic)]


def _is_atomic(site: Site, project: Project) -> bool:
    """Whether a hook needs a transaction of its own: the page that deletes one object opens one,
    an action that calls the hook does not (django/contrib/admin/options.py, delete_view())."""
    hook = _hook(site)
    cls = site.cls.name if site.cls is not None else None
    return hook is DELETE_QUERYSET or (
        hook is DELETE_MODEL and is_called(project, cls, hook.method)
    )


def _written(site: Site, work: Work, lines: Lines, edits: list[Edit]) -> Written | Blocked | None:
    """What goes around the operation; imports go to `edits`. None: nothing."""
    hook = _hook(site)
    late = hook is SAVE_RELATED
    told = told_by_admin.told(lines.desk.project, site.registration) if hook in SAVING else ""
    by_change = told == "change"
    if hook in SAVING:
        # A package's page that is written anew has no registration, and all of Django's hooks.
        page = site.registration
        goes_late = page is None or _goes_late(lines.desk.project, page)
        after_calls = tuple(
            c
            for c in work.after
            if (c.late and goes_late and (by_change or not Work((c,)).asks_created)) is late
        )
        work = replace(work, before=() if late else work.before, after=after_calls)
        if not work.calls:
            return None
    if work.before and site.cls is not None and has_mixin(lines.desk.project, site.cls, hook):
        return Blocked("shared-view")
    names = hook.parameters.split(", ")
    if site.call is not None:
        taken = named(site.call, len(names) if by_change and work.asks_created else 2)
        if taken is None:
            return Blocked("unnamed-parameter")
        names = [*taken, *names[len(taken) :]]
    _, subject, *rest = names
    change = rest[1] if hook in SAVING else ""
    values = {"update_fields": "None", "created": f"not {change}"}
    above: list[str] = []
    if hook is SAVE_MODEL and not by_change and work.asks_created:
        variable = lines.desk.free_name(site, "created") if site.call is not None else "created"
        if variable is None:
            return Blocked("name-taken")
        project, rows = lines.desk.project, told == "rows"
        rule = created_rules.expression(project, site.models, subject, given_key=rows)
        above.append(f"{variable} = {rule}")
        values["created"] = variable
    if hook is DELETE_QUERYSET:
        item = found.variable(site.models[:1])
        values["origin"] = subject
        before = over(lines, item, "deleted", lines.calls(work.before, item, values))
        after = over(lines, item, "deleted", lines.calls(work.after, item, values))
        children = collect(work, lines, subject, many=True)
        if children is None:
            return Blocked("name-taken")
        moving = work.writes_first(*_asked(site, lines.desk.project))
        listed = [f"deleted = list({subject})"] if before or after or moving else []
        before = [*listed, *children.collect, *children.before, *before, *children.first]
        if moving:
            before.append(f"{subject} = {by_key(lines, site.models[0], item, 'deleted')}")
        after = [*children.after, *after]
    elif hook is DELETE_MODEL:
        removal = around(work, lines, subject)
        if removal is None:
            return Blocked("name-taken")
        above, before, after = removal.above, removal.before, removal.after
    else:
        before = lines.calls(work.before, subject, values)
        after = lines.calls(work.after, f"{subject}.instance" if late else subject, values)
    return Written(above, before, after) if before or after else None


def _asked(site: Site, project: Project) -> frozenset[str]:
    """The models whose rows decide which ones the list of a page shows, by its own filters, its
    search and its dates; none where that can't be told (django/contrib/admin/views/main.py,
    get_queryset())."""
    found = frozenset(site.models)
    if site.cls is None:
        return found
    if any(project.classes.method(site.cls.name, own) is not None for own in _LISTING):
        return frozenset()
    for name in ("list_filter", "search_fields", "date_hierarchy"):
        given = project.classes.attribute(site.cls.name, name)
        if given is None:
            continue
        fields = [given[1]] if name == "date_hierarchy" else getattr(given[1], "elts", [None])
        for element in fields:
            lookup = element.value if isinstance(element, ast.Constant) else None
            asked = looked_at(project, site.models[0], str(lookup or "?").lstrip("^=@"))
            if asked is None:
                return frozenset()
            found |= asked
    return found


def new_class(site: Site, desk: Desk, hook: Hook, body: list[str]) -> NewClass | Blocked:
    """The admin class that a bare registration lacks."""
    entry = site.registration
    assert entry is not None
    facts = desk.project.known(site.file)
    cls = f"{entry.model.rpartition('.')[2]}Admin"
    if cls in facts.scope.bindings:
        return Blocked("name-taken")
    assert isinstance(entry.node, ast.Call)
    register = facts.lines.source(facts.lines.span(entry.node.func))
    model = facts.lines.source(facts.lines.span(entry.element))
    if not register.endswith("admin.site.register"):
        return Blocked("custom-admin-site")
    module = register[: -len(".site.register")]
    method = "\n".join(
        [f"def {hook.method}(self, {hook.parameters}):", *("    " + x for x in body)]
    )
    header = f"@{module}.register({model})\nclass {cls}({module}.ModelAdmin):"
    elements = tuple(facts.lines.source(facts.lines.span(e)) for e in entry.elements)
    return NewClass(site.span, header, method, register, model, elements)
