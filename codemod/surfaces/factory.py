"""factory_boy: where tests make their objects.

    class MemberFactory(DjangoModelFactory):   ->   @classmethod
        class Meta:                                 def _create(cls, model_class, *args, **kwargs):
            model = Member                              member = super()._create(...)
                                                        issue_card(member)
                                                        return member

    (post-generation hooks,                    ->   @classmethod
    service not only for new objects)               def _after_postgeneration(cls, instance, ...):
                                                        super()._after_postgeneration(instance, ...)
                                                        if create and results:
                                                            index_member(instance)

Recognised: subclasses of DjangoModelFactory with a model. The one edit covers `MemberFactory()`,
`create`, `create_batch`, SubFactory and RelatedFactory, so their call sites need nothing; `build`
stays silent. A factory that inherits from one of the same model gets nothing: the base has it.
Fires created=True in `_create`, and once more with created=False after post-generation hooks,
unless `skip_postgeneration_save` (SEMANTICS 9.10). A hit of `django_get_or_create` fires nothing.
A factory under `@mute_signals` fires nothing; for `with mute_signals` see `muted_factory`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from codemod.facts.tables import CallSite
from codemod.project.answers import Tier
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces.calls import factories, found, muted_factory
from codemod.surfaces.placing.overrides import Hook, calls_of_hook, extended
from codemod.surfaces.site import Blocked, Desk, Lines, Placed, Site, Work
from codemod.values.account import SAVE_SIGNALS, Created
from codemod.values.edits import AddImport, AddMethod, Edit, Insert, Where

name = "factory"

CREATE = Hook("_create", "model_class, *args, **kwargs", None)
POST = Hook("_after_postgeneration", "instance, create, results=None", None)


def find(project: Project) -> Iterator[Site]:
    """The factories that make a model's objects, and the places that silence them."""
    for cls in factories.all_of(project):
        label = project.model_of(cls.name)
        if label is None:
            if factories.option(project, cls.name, "model") is not None:
                yield _site(cls, "?", SAVE_SIGNALS, "dynamic", "", code="factory")
        elif label in project.models.by_label and not found.overrides(project, label, "save"):
            yield from _sites(project, cls, label)
    yield from muted_factory.find(project, name)


def _sites(project: Project, cls: ClassInfo, label: str) -> Iterator[Site]:
    muted = factories.muted(project, cls.name)
    signals = tuple(s for s in SAVE_SIGNALS if s not in muted)
    if factories.base_of(project, cls.name) is not None:
        silent = tuple(s for s in SAVE_SIGNALS if s in factories.muted_itself(project, cls))
        if silent:  # the call that it inherits can't be heard any more, but is made
            yield _site(cls, label, silent, "true", "", code="muted-factory")
        hooked = calls_of_hook(project, cls, CREATE)
        if signals and hooked is not None and hooked[0] is cls and not hooked[1]:
            yield _site(cls, label, signals, "true", "", code="factory-overrides-create")
        return
    if muted:
        silent = tuple(s for s in SAVE_SIGNALS if s in muted)
        site = _site(cls, label, silent, "dynamic", muted_factory.NOTE)
        yield replace(site, never=True)
    if not signals:
        return
    code, call = _create_code(project, cls, label)
    yield _site(cls, label, signals, "true", CREATE.method, code, call)
    if factories.saves_again(project, cls.name):
        hooked = calls_of_hook(project, cls, POST)
        call = None
        if hooked is not None:
            if not hooked[1]:
                return  # it saves in its own way, seen by the other surfaces
            call = hooked[1][0] if hooked[0] is cls else None
            code = "several-super-calls" if len(hooked[1]) > 1 else code
        yield _site(cls, label, signals, "false", POST.method, code, call)


def _create_code(
    project: Project, cls: ClassInfo, label: str
) -> tuple[str | None, CallSite | None]:
    """Why `_create` can't make the call, and its own `super()` call if it has one."""
    code: str | None = None
    call: CallSite | None = None
    others = (project.model_of(c) for c in project.classes.subclasses(cls.name))
    if any(other not in (label, None) for other in others):
        code = "shared-factory"
    if factories.keys(project, cls.name) is None:
        code = "factory-get-or-create"
    model = project.models.by_label[label]
    if any(
        m.cls is not None and project.classes.method(m.cls, "create")
        for m in model.managers.values()
    ):
        code = "factory"
    hooked = calls_of_hook(project, cls, CREATE)
    if hooked is not None:
        owner, calls = hooked
        if not calls:
            code = "factory-overrides-create"
        elif owner is cls:
            call = calls[0]
            code = "several-super-calls" if len(calls) > 1 else code
    return code, call


def _site(
    cls: ClassInfo,
    label: str,
    signals: tuple[str, ...],
    created: Created,
    note: str,
    code: str | None = None,
    call: CallSite | None = None,
) -> Site:
    return Site(
        name,
        cls.file,
        cls.facts.lines.span(call.node if call is not None else cls.definition.node),
        (label,) if label != "?" else (),
        signals,
        Tier.PROVED if label != "?" else Tier.POSSIBLE,
        created,
        f"{cls.definition.node.name} makes objects of the model",
        code=code,
        call=call,
        cls=cls,
        note=note,
    )


def rewrite(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """Add or extend the factory's hook; silence a call that was muted."""
    if site.note == muted_factory.NOTE:
        return muted_factory.rewrite(site, work, desk)
    if site.note == POST.method:
        return _after_hooks(site, work, desk)
    cls = site.cls
    assert cls is not None
    if work.before:
        return Blocked("create-with-pre-save")
    item: str | None = found.variable(site.models)
    if site.call is not None:
        item = desk.free_name(site, found.variable(site.models))
    if item is None:
        return Blocked("name-taken")
    lines = Lines(desk, site)
    calls = lines.calls(work.after, item, {"created": "True", "update_fields": "None"})
    if not calls:
        return Placed()
    keys = factories.keys(desk.project, cls.name) or ()
    switch = ""
    if muted_factory.silenced(desk.project, cls.name):
        switch = muted_factory.switch(work)
    conditions = [*(["created"] if keys else []), *([switch] if switch else [])]
    if conditions:
        calls = [f"if {' and '.join(conditions)}:", *(f"    {line}" for line in calls)]
    if site.call is not None:
        return _extended(site, lines, item, calls, switch, bool(keys))
    edits: list[Edit] = []
    parameters = f"model_class, *args, {switch}=True, **kwargs" if switch else CREATE.parameters
    body = [f"{item} = super()._create({CREATE.parameters})", *calls]
    if keys:
        query = ", ".join(f'{key}=kwargs["{key}"]' for key in keys)
        exists = f"cls._get_manager(model_class).filter({query}).exists()"
        body = [
            f"created = not {exists}",
            "with transaction.atomic():",
            *(f"    {b}" for b in body),
        ]
        edits.append(AddImport("django.db", "transaction"))
    edits.append(_method(cls, f"_create(cls, {parameters})", [*body, f"return {item}"]))
    return lines.placed(edits)


def _method(cls: ClassInfo, signature: str, body: list[str]) -> Edit:
    text = ["@classmethod", f"def {signature}:", *(f"    {line}" for line in body)]
    return AddMethod(cls.facts.lines.span(cls.definition.node), "\n".join(text))


def _extended(
    site: Site, lines: Lines, item: str, calls: list[str], switch: str, keyed: bool
) -> Placed | Blocked:
    """Calls at the `super()._create()` of the factory's own `_create`."""
    assert site.call is not None and site.cls is not None
    if keyed:
        return Blocked("factory-get-or-create")
    facts = site.cls.facts
    edits: list[Edit] = []
    if switch:
        function = site.call.scope.node
        assert isinstance(function, ast.FunctionDef)
        if function.args.kwarg is None:
            return Blocked("muted-factory")
        text = f'{switch} = {function.args.kwarg.arg}.pop("{switch}", True)'
        edits.append(Insert(facts.lines.span(site.call.statement), text, Where.BEFORE))
    own = Hook(CREATE.method, CREATE.parameters, item)
    extension = extended(site.call, facts, own, [], calls)
    return Blocked("expression") if extension is None else lines.placed([*edits, *extension])


def _after_hooks(site: Site, work: Work, desk: Desk) -> Placed | Blocked:
    """The save that follows post-generation hooks."""
    cls = site.cls
    assert cls is not None
    instance, create, results = _names(site.call)
    lines = Lines(desk, site)
    values = {"created": "False", "update_fields": "None"}
    condition = f"if {create} and {results}"
    if factories.skips(desk.project, cls.name):
        condition += " and not cls._meta.skip_postgeneration_save"
    before, after = (
        [f"{condition}:", *(f"    {line}" for line in text)] if text else []
        for text in (lines.calls(c, instance, values) for c in (work.before, work.after))
    )
    if not before and not after:
        return Placed()
    if site.call is not None:
        extension = extended(site.call, cls.facts, POST, before, after)
        return Blocked("expression") if extension is None else lines.placed(extension)
    operation = "super()._after_postgeneration(instance, create, results)"
    signature = f"{POST.method}(cls, {POST.parameters})"
    return lines.placed([_method(cls, signature, [*before, operation, *after])])


def _names(call: CallSite | None) -> tuple[str, str, str]:
    """What an existing `_after_postgeneration` calls its parameters."""
    function = call.scope.node if call is not None else None
    if isinstance(function, ast.FunctionDef) and len(function.args.args) == 4:
        _, instance, create, results = (a.arg for a in function.args.args)
        return instance, create, results
    return "instance", "create", "results"
