"""Which save receivers go into their model's own `save()`, instead of the call sites.

The rule, for the saves of one model:

1. A model that has a `save()` of its own: the line that fires is its `super().save()`, and the
   calls hug it (`surfaces.save_override`). Its callers need nothing.
2. pre_save work that only touches its own instance is an invariant of the model: a `save()` is
   added for it.
3. All sites are known, can be rewritten, and stand in few files (at most `MANY` outside of
   tests): there.
4. A `save()` that the model inherits from another app gets no calls, if the model can have one.
5. Otherwise, and if one method sees exactly the saves of this model (`model_saves.home`): all
   save receivers of the model go into its `save()`, so that their order stays. Whatever is saved
   passes there, known or not: forms, serializers, create(), factories, packages.

What does not pass there needs its own call still, or blocks: `post_save.send()`, `save_base()`,
`Model.save(order)`, `super().save()` outside of `save()` (`Site.bypass`), and raw loads.
"""

from __future__ import annotations

from codemod.plan.case import CONSEQUENCES, Case
from codemod.plan.decide import Decider
from codemod.plan.excused import is_test
from codemod.plan.model_methods.families import family
from codemod.plan.model_methods.model_saves import home
from codemod.plan.reading.invariants import only_touches_itself
from codemod.plan.services.service import app_folder
from codemod.plan.work import Slot
from codemod.surfaces import save_override
from codemod.surfaces.calls import muted_factory
from codemod.surfaces.calls.upward import upward
from codemod.surfaces.site import Site
from codemod.values.account import SAVE_SIGNALS, Reason

MANY = 6

# What a site may say against a call beside it, and nothing against one in the model.
SITE_CODES = frozenset(
    "possible-site expression async-site name-taken several-models create-with-pre-save "
    "get-or-create-with-pre-save serializer-with-pre-save update-fields undecided-commit "
    "view-without-model routed-view several-super-calls serializer-overrides-half package-admin "
    "shared-registration "
    "custom-admin-site admin-inline formset-save related-manager factory "
    "formset-with-pre-save formset-overrides-save factory-get-or-create "
    "factory-overrides-create shared-factory file-with-pre-save package-saves "
    "serializer-of-many unbound-call unread-file shared-view update-without-defaults own-queryset "
    "shared-override super-outside-override never-fired".split()
)


def turn_invariants(decider: Decider) -> None:
    """Give models their invariants: rule 2."""
    going = [case for case in decider.cases.values() if not case.reasons]
    for slot in {s for case in going for s in _saves(case) if s.signal == "pre_save"}:
        place = home(decider.project, slot.model)
        if place is None or place.calls or place.passages:
            continue
        if decider.project.models.subclasses(slot.model):
            continue  # which inherit it
        if all(_is_invariant(decider, case, slot) for case in going if slot in _saves(case)):
            decider.hubs.turn({slot}, None)


def _is_invariant(decider: Decider, case: Case, slot: Slot) -> bool:
    """Whether a receiver only touches its own instance."""
    service, function, facts = case.service, case.found.function, case.found.facts
    assert service is not None and function is not None
    return not (service.flags or service.decorators.moving) and only_touches_itself(
        service.handler, facts.scopes[function.node], facts, decider.project, slot.model
    )


def turn_trackers(decider: Decider) -> None:
    """Turn to the models' own `save()` for work that asks a tracker, which is reset behind it."""
    for case in [c for c in decider.cases.values() if not c.reasons and c.inside]:
        for label, attribute in case.inside.items():
            text = f"{label}: {attribute}"
            place = home(decider.project, label)
            # What a base does behind Django's save may save once more, which resets it.
            clear = place is not None and not any(p.trailing for p in place.passages)
            if clear and _can_go(decider, label):
                note = Reason("in-model-save", f"it asks {text}")
                decider.hubs.turn(_of(label), note)
            else:
                case.block("forgets-changes", text, case.receiver.file, case.receiver.line)


def turn_many(decider: Decider) -> bool:
    """Turn to the models' own `save()` where call sites are many: rule 3. Returns whether any."""
    files: dict[str, set[str]] = {}
    for site in decider.sites:
        if site.never or site.signals is not SAVE_SIGNALS or is_test(site.file):
            continue
        if site.models and decider.roster.work(site):
            for label in site.models:
                files.setdefault(label, set()).add(site.file)
    turned = False
    for label in sorted(label for label in files if len(files[label]) > MANY):
        if decider.project.models.subclasses(label):
            continue  # which would be asked for in there
        if not _of(label) <= decider.roster.hubs and _can_go(decider, label):
            text = f"instead of sites in {len(files[label])} files"
            decider.hubs.turn(_of(label), Reason("in-model-save", text))
            turned = True
    return turned


def fall_back(decider: Decider) -> bool:
    """Turn to the models' own `save()` for what sites keep back: rule 5. Returns whether any."""
    blocked = [c for c in decider.cases.values() if c.reasons and _may_go(c)]
    turned = False
    for case in blocked:
        first = next((r for r in case.reasons if r.code in SITE_CODES), None)
        if first is None:
            continue
        note = Reason("in-model-save", f"because of {first.code}", first.file, first.line)
        labels = sorted({slot.model for slot in _saves(case)})
        for label in labels:
            members = family(decider.project, label, labels)
            if members and not decider.hubs.heads.keys() & {*members}:
                if all(_can_go(decider, label, member) for member in members):
                    decider.hubs.heads |= dict.fromkeys(members, label)
                    decider.hubs.turn({s for m in members for s in _of(m)}, note)
                    turned = True
        for label in labels:
            if not _of(label) <= decider.roster.hubs and _can_go(decider, label):
                decider.hubs.turn(_of(label), note)
                turned = True
    if turned:
        for case in blocked:
            if all(r.code in CONSEQUENCES for r in case.reasons) or decider.in_hub(case):
                case.reasons.clear()
    return turned


def turn_from_bases(decider: Decider) -> bool:
    """Turn to the models' own `save()` where the calls would stand in a base of another app, which
    knows nothing of them: rule 4. Returns whether any."""
    decider.fill(decider.retiring())
    labels = {
        label
        for site in decider.sites
        if _is_foreign_base(decider, site)
        for label in site.models
        if _of(label).isdisjoint(decider.roster.hubs) and _can_go(decider, label)
    }
    known = {name: [*case.reasons] for name, case in decider.cases.items()}
    for label in sorted(labels):
        decider.hubs.turn(_of(label), None)
        decider.settle()
        if any(case.reasons != known[name] for name, case in decider.cases.items()):
            decider.roster.hubs -= _of(label)
            for name, case in decider.cases.items():
                case.reasons[:] = known[name]
    decider.fill(decider.retiring())
    return bool(labels)


def _is_foreign_base(decider: Decider, site: Site) -> bool:
    """Whether a site is a line of a `save()` that models inherit, and has calls of other apps."""
    project = decider.project
    if site.surface != save_override.name or site.signals is not SAVE_SIGNALS or site.bypass:
        return False
    assert site.call is not None
    up = upward(project, project.known(site.file), site.call, "save")
    names = {project.models.by_label[label].name for label in site.models}
    work = decider.roster.work(site)
    if up is None or up.owner.name in names or not work:
        return False
    folder = app_folder(project, site.file)[0]
    called = (s for case in decider.cases_of(work.services) for s in case.services)
    return any(app_folder(project, service.path)[0] != folder for service in called)


def _saves(case: Case) -> list[Slot]:
    """The moments of saves that a receiver listens to."""
    return [
        Slot(c.sender or "", c.signal)
        for c in case.receiver.connections
        if c.signal in SAVE_SIGNALS
    ]


def _of(label: str) -> set[Slot]:
    return {Slot(label, signal) for signal in SAVE_SIGNALS}


def _may_go(case: Case) -> bool:
    """Whether nothing but sites, and what follows from them, holds a receiver back."""
    return case.service is not None and all(
        reason.code in SITE_CODES | CONSEQUENCES for reason in case.reasons
    )


def _can_go(decider: Decider, head: str, label: str | None = None) -> bool:
    """Whether a model's own `save()` can call its receivers, or those of a child."""
    place, label = home(decider.project, head), label or head
    if place is None:
        return False
    muted = any(
        label in site.models
        and (site.note == muted_factory.NOTE or site.code == muted_factory.CODE)
        for site in decider.sites
    )
    members = [
        case
        for case in decider.cases.values()
        if _may_go(case) and any(slot.model == label for slot in _saves(case))
    ]
    return not muted and all(  # a save() can't be muted
        case.service is not None
        and decider.desk.reference(place.cls.file, case.service.dotted, None) is not None
        for case in members
    )
