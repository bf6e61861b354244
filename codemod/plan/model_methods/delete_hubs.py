"""Work that goes into a model's own `delete()`, which every delete of a single object passes.

    with transaction.atomic():              def delete(self, *args, **kwargs):
        obj.delete()                            with transaction.atomic():
        remove_file(obj)            ->              result = super().delete(*args, **kwargs)
    with transaction.atomic():                      remove_file(self)
        other.delete()                          return result
        remove_file(other)

A call beside the delete comes first. Work goes into the model if some single delete, of an
object whose model nothing tells, in a view that several models share, keeps it from going
otherwise. Parents that take rows along get a `delete()` for the same reason. What deletes
querysets needs its own calls still (SEMANTICS 3.4).
"""

from __future__ import annotations

import ast

from codemod.plan.case import CONSEQUENCES, Case
from codemod.plan.decide import Decider
from codemod.plan.deletes.cascades import concrete
from codemod.plan.strangers import deletes_one, may_fire
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces import delete_method, unhandled
from codemod.surfaces.calls.upward import past
from codemod.surfaces.site import Blocked, Site
from codemod.surfaces.unbound import passing_by
from codemod.values.account import DELETE_SIGNALS, Reason

# What a site may say against a call beside it, and nothing against one in the model.
SITE_CODES = frozenset(
    "possible-site expression async-site name-taken several-models view-without-model routed-view "
    "several-super-calls custom-admin-site package-admin "
    "shared-registration admin-inline formset-save "
    "formset-with-pre-save formset-overrides-save shared-view shared-override "
    "view-overrides-delete super-outside-override collector".split()
)
NOTE = "in-model-delete"
MANY = 6  # kinds of rows, counted at each place, that are written out beside deletes


def fall_back(decider: Decider) -> bool:
    """Turn to the models' own `delete()` for what sites keep back. Returns whether it may help."""
    turned = _turn(decider)
    if not turned:
        return False
    decider.settle()
    # A model whose receivers stay all the same needs none.
    for name in turned:
        case = decider.cases[name]
        case.notes[:] = [n for n in case.notes if not case.reasons or n.code != NOTE]
    kept = {label for name, labels in turned.items() if not decider.cases[name].reasons
            for label in labels}  # fmt: skip
    _set(decider, kept)
    for name, labels in turned.items():
        notes = [note for note in decider.cases[name].notes if note.code == NOTE]
        for label in labels & kept:
            _note(decider, label, *notes)
    return True


def _turn(decider: Decider) -> dict[str, frozenset[str]]:
    """The models that get a `delete()`, by the receiver that needs them."""
    turned: dict[str, frozenset[str]] = {}
    blocked = [
        case
        for case in decider.cases.values()
        if case.service is not None
        and case.reasons
        and all(reason.code in SITE_CODES | CONSEQUENCES for reason in case.reasons)
        and (
            any(c.signal in DELETE_SIGNALS for c in case.receiver.connections)
            or all(reason.code in CONSEQUENCES for reason in case.reasons)
        )
    ]
    known = {case.receiver.name: [*case.reasons] for case in blocked}
    for case in blocked:
        case.reasons.clear()
    decider.fill(decider.retiring())
    for case in blocked:
        labels = _needed(decider, case)
        if labels and all(is_open(decider.project, label) for label in labels):
            turned[case.receiver.name] = labels
    for case in blocked:
        reason = known[case.receiver.name][0]
        if not turned:
            case.reasons += known[case.receiver.name]
        elif case.receiver.name in turned:
            text = f"because of {reason.code}"
            case.notes.append(Reason(NOTE, text, reason.file, reason.line))
        elif reason.code not in CONSEQUENCES:
            case.reasons.append(reason)
    _set(decider, {label for labels in turned.values() for label in labels})
    return turned


def turn_many(decider: Decider) -> bool:
    """Turn to the models' own `delete()` where the rows that go with an object are of several
    kinds, and the same lines would stand in several places. Returns whether any."""
    decider.fill(decider.retiring())
    lines: dict[str, list[Site]] = {}
    for site in filter(deletes_one, decider.sites):
        work = decider.roster.work(site) if site.models and not site.never else None
        direct = decider.project.models.without_parents(site.models)
        if work and len(direct) == 1 and direct[0] not in decider.roster.delete_hubs:
            lines.setdefault(direct[0], []).extend([site] * len(work.cascades))
    labels = {
        label
        for label, sites in lines.items()
        if len(sites) > MANY and len(set(sites)) > 1 and is_open(decider.project, label)
    }
    known = {name: [*case.reasons] for name, case in decider.cases.items()}
    hubs = set(decider.roster.delete_hubs)
    for label in sorted(labels):
        _set(decider, hubs | {label})
        decider.settle()
        if all(case.reasons == known[name] for name, case in decider.cases.items()):
            hubs.add(label)
            text = f"of {label.rpartition('.')[2]}, instead of {len(set(lines[label]))} places"
            _note(decider, label, Reason(NOTE, text))
        for name, case in decider.cases.items():
            case.reasons[:] = known[name]
    _set(decider, hubs)
    decider.fill(decider.retiring())
    return bool(labels)


def _note(decider: Decider, label: str, *notes: Reason) -> None:
    """Tell the receivers of a model, and of those that go with it, where the calls are."""
    for case in (c for c in decider.cases.values() if not c.reasons):
        senders = {c.sender for c in case.receiver.connections if c.signal in DELETE_SIGNALS}
        told = any(note.code == NOTE for note in case.notes)
        if not told and any(s and label in decider.roster.firing(s) for s in senders):
            case.notes += notes


def _set(decider: Decider, labels: set[str]) -> None:
    """Let these models have a `delete()`, which their proxies inherit, and no others."""
    proxies = {p for label in labels for p in decider.project.models.subclasses(label)}
    labels = labels - proxies
    decider.desk.delete_hubs = decider.roster.delete_hubs = frozenset(labels | proxies)
    before = [site for site in decider.sites if site.surface != delete_method.name]
    added = [delete_method.site_of(decider.project, label) for label in sorted(labels)]
    decider.sites = (*before, *added)


def _needed(decider: Decider, case: Case) -> frozenset[str]:
    """The models whose single deletes keep a receiver back."""
    senders = {c.sender for c in case.receiver.connections if c.signal in DELETE_SIGNALS}
    labels = {label for sender in senders if sender for label in decider.roster.firing(sender)}
    assert case.service is not None
    needed: set[str] = set()
    for site in filter(deletes_one, decider.sites):
        if site.never:
            continue
        if not site.models:
            needed |= {label for label in labels if may_fire(decider.project, site, label)}
        elif labels & set(site.models):
            result, services = decider.attempt(site)
            if isinstance(result, Blocked) and case.service.dotted in services:
                # The `delete()` that runs is not that of a parent.
                needed |= labels & set(decider.project.models.without_parents(site.models))
    return frozenset(concrete(decider.project, label) for label in needed)


def is_open(project: Project, label: str) -> bool:
    """Whether a model can be given a `delete()` of its own."""
    model = project.models.by_label.get(label)
    return (
        model is not None
        and not (model.external or model.proxy or model.abstract)
        and all(project.models.by_label[c].proxy for c in project.models.subclasses(label))
        and (info := project.classes.get(model.name)) is not None
        and ("delete" not in info.definition.methods or delete_method.own_call(info) is not None)
        and not past(project, info.name, "delete")
        and passing_by(project, label, "delete") == ()
        and all(
            _always_deletes(project, inherited)
            for name in project.classes.mro(model.name)[1:]
            if (inherited := project.classes.get(name)) is not None
            and "delete" in inherited.definition.methods
        )
    )


def _always_deletes(project: Project, base: ClassInfo) -> bool:
    """Whether a base's `delete()` comes to `super().delete()`, or to what a collector has."""
    collected = [
        call.node
        for call in base.facts.named("delete")
        if unhandled.is_collector(project, base.facts, call)
    ]
    for statement in base.definition.methods["delete"].body:
        value = getattr(statement, "value", None)
        if isinstance(statement, (ast.Expr, ast.Return, ast.Assign)) and isinstance(
            value, ast.Call
        ):
            if ast.unparse(value.func) == "super().delete" or value in collected:
                return True
        if any(isinstance(node, ast.Return) for node in ast.walk(statement)):
            return False
    return False
