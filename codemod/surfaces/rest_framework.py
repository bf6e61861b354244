"""Django REST framework's views and serializers, which save without a line of the project's.

    class OrderViewSet(ModelViewSet):   ->   def perform_create(self, serializer):
        serializer_class = ...                   order = serializer.save()
                                                 create_invoice(order)

    serializer.save()                   ->   order = serializer.save()
                                             create_invoice(order)

Recognised: subclasses of the generic views and mixins that create, update and destroy, and
`x.save()` on a serializer of a model. A serializer that overrides `create` or `update` saves
there, which `model_save` and `manager_create` see where the override does so by hand.
Fires as `create()` or a full `save()` does (SEMANTICS 8.1 to 8.3); the call after
`serializer.save()` sees many-to-many data that is set in between.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import partial
from itertools import filterfalse

from codemod.facts.nodes import is_name
from codemod.facts.tables import CallSite, FileFacts
from codemod.project.answers import Instance, Tier
from codemod.project.classes import ClassInfo
from codemod.project.held import held_at
from codemod.project.project import Project
from codemod.project.types.kinds import FormOf
from codemod.project.views import has_no_objects, is_of_a_package
from codemod.surfaces.calls import found, many
from codemod.surfaces.objects import created as created_rules
from codemod.surfaces.objects import serializer_created
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
from codemod.surfaces.placing.statements import inserted, is_stable, is_statement, keep
from codemod.surfaces.removing.removal import around
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import DELETE_SIGNALS, SAVE_SIGNALS, Created
from codemod.values.edits import AddImport, Edit, Insert, Where

name = "rest-framework"

SERIALIZER = "rest_framework.serializers.ModelSerializer"
MIXINS = "rest_framework.mixins."
HOOKS: tuple[tuple[str, Hook, tuple[str, ...], Created | None], ...] = (
    (
        "CreateModelMixin",
        Hook("perform_create", "serializer", None, ("perform_update", "perform_destroy")),
        SAVE_SIGNALS,
        "true",
    ),
    (
        "UpdateModelMixin",
        Hook("perform_update", "serializer", None, ("perform_destroy",)),
        SAVE_SIGNALS,
        "false",
    ),
    ("DestroyModelMixin", Hook("perform_destroy", "instance", None), DELETE_SIGNALS, None),
)


def find(project: Project) -> Iterator[Site]:
    """The views that save by themselves, and every `serializer.save()`."""
    for cls in project.classes:
        for mixin, hook, signals, created in HOOKS:
            if project.classes.is_subclass(cls.name, MIXINS + mixin) and serves(project, cls, hook):
                yield from _view_sites(project, cls, mixin, hook, signals, created)
    for facts in project.read():
        for call in facts.named("save"):
            if isinstance(call.node.func, ast.Attribute):
                yield from _save_sites(project, facts, call, call.node.func.value)


def serves(project: Project, cls: ClassInfo, hook: Hook) -> bool:
    """Whether a request can come to a hook: not one whose method `http_method_names` leaves out,
    where the view doesn't go there by itself and no route maps another method to it; nor one that
    the view answers in its own way."""
    if _answers_itself(project, cls, hook):
        return False
    allowed = project.classes.attribute(cls.name, "http_method_names")
    if allowed is None or not isinstance(allowed[1], (ast.List, ast.Tuple)):
        return True
    methods, actions = REACHED[hook.method]
    if any(not isinstance(e, ast.Constant) or e.value in methods for e in allowed[1].elts):
        return True
    classes = (project.classes.get(name) for name in project.classes.mro(cls.name))
    called = any(
        (around := call.scope.class_()) is not None and around.node is info.definition.node
        for info in classes
        if info is not None
        for call in info.facts.named(*actions)
    )
    routes = (project.text(path) for path in project.paths if ".as_view({" in project.text(path))
    return called or any(re.search(rf"""["']{a}["']""", text) for text in routes for a in actions)


def _answers_itself(project: Project, cls: ClassInfo, hook: Hook) -> bool:
    """Whether a view of the project has a method of its own in place of each that would come to a
    hook (its `create()`; its `post()`, unless it is a viewset), and goes on to none of them."""
    mro = project.classes.mro(cls.name)
    if any(project.classes.get(c) is None and not c.startswith(DJANGO) for c in mro):
        return False  # a package's class may go on to the hook
    methods, actions = REACHED[hook.method]
    own = [m for m in (actions[0], *methods) if project.classes.method(cls.name, m) is not None]
    routed = VIEW_SET not in mro and all(method in own for method in methods)
    if actions[0] not in own and not routed:
        return False
    classes = [info for c in mro if (info := project.classes.get(c)) is not None]
    naming = [s for c in classes if hook.method in c.facts.text for s in c.scope.inside()]
    if any(a.attr == hook.method for scope in naming for a in scope.attributes):
        return False
    if any(_is_of_another(call.node) for _, call in project.calling(hook.method)):
        return False
    names = (actions[0],) if actions[0] in own else (*actions, *methods)
    return not any(
        _is_of_self(call.node, bare=call.name in actions and actions[0] not in own)
        for c in classes
        for call in c.facts.named(*names)
        if call.scope in c.scope.inside()
    )


def _is_of_another(call: ast.Call) -> bool:
    """Whether a call is that of a method of an object which is not the one around it."""
    value = call.func.value if isinstance(call.func, ast.Attribute) else None
    return not found.is_super(value or call) and not (
        isinstance(value, ast.Name) and value.id == "self"
    )


def _is_of_self(call: ast.Call, bare: bool) -> bool:
    """Whether a call is that of a base's method, `super().create()` or `Base.create(self)`; `bare`:
    or of the object's own, `self.create()`."""
    if not isinstance(call.func, ast.Attribute):
        return False
    own = is_name(call.func.value, "self")
    passed = bool(call.args) and is_name(call.args[0], "self")
    return (bare and own) or found.is_super(call.func.value) or (passed and not own)


DJANGO = ("rest_framework.", "django.", "builtins.")
VIEW_SET = "rest_framework.viewsets.ViewSetMixin"
# By hook: the methods of requests that come to it, and the actions on the way.
REACHED = {
    "perform_create": (("post",), ("create", "perform_create")),
    "perform_update": (("put", "patch"), ("update", "partial_update", "perform_update")),
    "perform_destroy": (("delete",), ("destroy", "perform_destroy")),
}


def _view_sites(
    project: Project,
    cls: ClassInfo,
    mixin: str,
    hook: Hook,
    signals: tuple[str, ...],
    created: Created | None,
) -> Iterator[Site]:
    saves = signals is SAVE_SIGNALS
    labels = written_by(project, cls.name, created)
    if not labels and project.classes.subclasses(cls.name):
        return  # a base without a model of its own
    if not labels and (is_of_a_package(project, cls.name) or has_no_objects(project, cls.name)):
        return
    own_method = "save" if saves else "delete"
    if labels and all(found.overrides(project, label, own_method) for label in labels):
        return
    code = None if labels else "view-without-model"
    code = "several-models" if len(labels) > 1 else code
    if saves:
        method = "create" if created == "true" else "update"
        own = _serializers_save_themselves(project, cls, method)
        if own == {True}:
            return
        if True in own:
            code = code or "serializer-overrides-half"
    place = place_of(project, cls, hook)
    if place is None:
        return
    code = code or place.code
    if saves:
        views = project.classes.heirs(cls.name)
        if any(many.view_may(project, view, hook.method) for view in views):
            code = code or "serializer-of-many"
        created = serializer_created.in_hook(project, cls, hook.method, labels)

    def acts(other: str) -> tuple[str, ...]:
        info = project.classes.get(other)
        acting = info is not None and project.classes.is_subclass(other, MIXINS + mixin)
        serving = acting and info is not None and serves(project, info, hook)
        return written_by(project, other, created) if serving else ()

    kin = kinship(project, cls, labels, acts)
    if kin == "covered":
        return
    if kin == "tangled":
        code = code or "shared-view"
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
        note=hook.method,
    )


def _serializers_save_themselves(project: Project, cls: ClassInfo, method: str) -> set[bool]:
    """Whether the view's serializers, or only some of them, override what the view calls."""
    serializers = [c for c in project.serializers_of(cls.name) if project.classes.get(c)]
    return {
        project.classes.method(serializer, method) is not None
        or project.classes.method(serializer, "save") is not None
        for serializer in serializers
    }


def _save_sites(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.expr
) -> Iterator[Site]:
    if found.goes_up(call) or project.is_told(call, facts):
        return

    def saves_itself(kind: Instance) -> bool:
        own = [m for m in ("create", "update") if project.classes.method(kind.cls, m)]
        return len(own) == 2 or project.classes.method(kind.cls, "save") is not None

    answer = project.type_of(saved, call.scope, facts)
    kinds = [
        t
        for t in answer.types
        if isinstance(t, Instance) and project.classes.is_subclass(t.cls, SERIALIZER)
    ]
    serializers = [kind.cls for kind in kinds]
    serializers += [
        cls.name
        for kind in kinds
        if isinstance(kind, FormOf)  # of a view that does not say which serializer it has
        for cls in project.classes
        if project.classes.is_subclass(cls.name, SERIALIZER)
        and project.model_of(cls.name) == kind.model
    ]
    held = partial(held_at, project, form=saved, scope=call.scope, facts=facts)
    models, unsaid, mixed = found.models_of(project, filterfalse(saves_itself, kinds), held)
    if not models and not unsaid:
        return
    overriding = any(
        project.classes.method(s, m) is not None
        for s in serializers
        for m in ("create", "update", "save")
    )
    yield Site(
        name,
        facts.path,
        facts.lines.span(call.node),
        models,
        SAVE_SIGNALS,
        found.tier_among(answer, kinds),
        serializer_created.at_save(project, facts, call, saved, models),
        answer.reason,
        code=_trouble(project, facts, call, saved, overriding),
        mixed=mixed,
        call=call,
    )


def _trouble(
    project: Project, facts: FileFacts, call: CallSite, saved: ast.expr, overriding: bool
) -> str | None:
    """Why a `serializer.save()` can't be followed by a call."""
    if overriding:
        return "serializer-overrides-half"
    return "serializer-of-many" if many.may(project, facts, call, saved) else None


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Add or extend the view's hook, or put the calls around `serializer.save()`."""
    if site.cls is not None:
        return _rewrite_view(site, work, desk)
    call = site.call
    assert call is not None and isinstance(call.node.func, ast.Attribute)
    facts = desk.project.known(site.file)
    if work.before:
        return Blocked("serializer-with-pre-save")
    serializer = call.node.func.value
    lines = Lines(desk, site)
    statement = facts.lines.span(call.statement)
    source = facts.lines.source(facts.lines.span(serializer))
    values = site.values
    edits: list[Edit] = []
    if site.reads_created(work):
        variable = desk.free_name(site, "created")
        if not is_stable(serializer):
            return Blocked("expression")
        if variable is None:
            return Blocked("name-taken")
        rule = serializer_created.expression(desk.project, site, source)
        edits.append(Insert(statement, f"{variable} = {rule}", Where.BEFORE))
        values["created"] = variable
    if not lines.calls(work.after, "_", values):
        return Placed()
    own = created_rules.given_to(call.scope, serializer, 0) if site.created == "false" else None
    if own is not None and is_statement(call):
        # What the serializer saves has a name already.
        return lines.placed([*edits, *inserted(statement, lines.calls(work.after, own, values))])
    kept = keep(call, facts, desk.free_name(site, found.variable(site.models)))
    if kept is None:
        return Blocked("expression")
    edits += kept.edits
    after = lines.calls(work.after, kept.target, values)
    edits += inserted(kept.anchor, after, kept.where)
    return lines.placed(edits)


def has_others(project: Project, cls: ClassInfo, hook: Hook) -> bool:
    """Whether a base that is not Django REST framework's has the hook, or may have it: then the
    added one has to hand on to it."""
    return has_mixin(project, cls, hook) or any(
        project.classes.get(name) is None and not name.startswith(("rest_framework.", "django."))
        for name in project.classes.mro(cls.name)[1:]
    )


def _rewrite_view(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    cls = site.cls
    assert cls is not None
    hook = next(h for _, h, _, _ in HOOKS if h.method == site.note)
    facts = desk.project.known(site.file)
    if work.before and has_mixin(desk.project, cls, hook):
        return Blocked("shared-view")
    lines = Lines(desk, site)
    values = site.values
    parameter = hook.parameters
    if site.call is not None:
        names = named(site.call, 1)
        if names is None:
            return Blocked("unnamed-parameter")
        parameter = names[0]
    if site.signals is DELETE_SIGNALS:
        if site.call is not None:
            return Blocked("view-overrides-delete")
        removal = around(work, lines, parameter)
        if removal is None:
            return Blocked("name-taken")
        others = has_others(desk.project, cls, hook)
        operation = f"super().{hook.method}({parameter})" if others else f"{parameter}.delete()"
        inside = [*removal.before, operation, *removal.after]
        body = [*removal.above, "with transaction.atomic():", *(f"    {line}" for line in inside)]
        edits = [AddImport("django.db", "transaction"), added(cls, hook, body)]
        return lines.placed(edits)
    if work.before:
        return Blocked("serializer-with-pre-save")
    above: list[str] = []
    if site.reads_created(work):
        variable = desk.free_name(site, "created") if site.call is not None else "created"
        if variable is None:
            return Blocked("name-taken")
        above.append(f"{variable} = {serializer_created.expression(desk.project, site, parameter)}")
        values["created"] = variable
    if site.call is not None:
        after = lines.calls(work.after, f"{parameter}.instance", values)
        extension = extended(site.call, facts, hook, above, after)
        return Blocked("expression") if extension is None else lines.placed(extension)
    if has_others(desk.project, cls, hook):
        after = lines.calls(work.after, f"{parameter}.instance", values)
        body = [*above, *body_of(hook, [], after)]
        return lines.placed([added(cls, hook, body)] if after else [])
    item = found.variable(site.models)
    after = lines.calls(work.after, item, values)
    if not after:
        return Placed()
    body = [*above, f"{item} = {parameter}.save()", *after]
    return lines.placed([added(cls, hook, body)])
