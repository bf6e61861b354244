"""One function of the sender's app that calls all services of a moment.

    def order_saved(order, *, created):
        post_total(order)
        if created:
            welcome(order)

Written where two or more services are called from two or more sites; otherwise the sites call
the services themselves.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from codemod.plan.decide import Decider
from codemod.plan.services.service import Service, app_folder
from codemod.plan.work import Slot, group_name
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.site import ServiceCall
from codemod.values.account import M2M


@dataclass(frozen=True)
class Aggregator:
    """The function for one slot."""

    slot: Slot
    name: str
    module: str
    path: str
    subject: str
    members: tuple[Service, ...]
    call: ServiceCall


def aggregate(decider: Decider) -> tuple[Aggregator, ...]:
    """Find the slots that deserve a function and enter it in the roster."""
    decider.fill(decider.retiring())
    roster = decider.roster
    sites: Counter[Slot] = Counter()
    for site in decider.sites:
        if site.never:
            continue
        work = roster.work(site) if site.models else None
        if not work:
            continue
        called = work.services
        for model in site.models:
            for signal in site.signals:
                slot = Slot(model, signal)
                if called & {s.dotted for s in roster.slots.get(slot, ())}:
                    sites[slot] += 1
    for slot in roster.hubs:
        sites[slot] += decider.hubs.places(slot.model)
    aggregators = []
    for slot, services in roster.slots.items():
        if slot.signal == M2M:
            continue  # each change of a relation has its own services
        late = roster.late(slot)
        members = [s for s in services if s.dotted not in late]
        if len(members) < 2 or sites[slot] < 2 or slot.model in decider.hubs.heads:
            continue  # in a family, each model would have its own
        aggregator = _design(decider.project, slot, tuple(members), decider)
        roster.aggregated[slot] = aggregator.call
        aggregators.append(aggregator)
    return tuple(aggregators)


def _design(
    project: Project, slot: Slot, members: tuple[Service, ...], decider: Decider
) -> Aggregator:
    guards = {m.handler.only_created for m in members}
    only_created = guards.pop() if len(guards) == 1 else None
    flags = {flag for m in members for flag in m.flags}
    if only_created is None and any(m.handler.only_created is not None for m in members):
        flags.add("created")
    model = project.models.by_label[slot.model]
    module, path = _home(project, model.file, members)
    name = group_name(slot, only_created)
    taken = {m.name for m in members}
    taken |= {
        service.name
        for case in decider.cases.values()
        for service in case.services
        if service.module == module
    }
    if path in project.paths:
        taken |= set(project.known(path).scope.bindings)
    if name in taken:
        name = f"after_{name}" if slot.signal.startswith("post") else f"all_{name}"
    calls = [member.call for member in members]
    call = ServiceCall(
        f"{module}.{name}",
        only_created,
        tuple(sorted(flags)),
        frozen=any(c.frozen for c in calls),
        idle=all(c.idle for c in calls),
        bare=all(c.bare for c in calls),
        writes=lambda: frozenset().union(*(c.writes() for c in calls)),
    )
    return Aggregator(slot, name, module, path, found.variable((slot.model,)), members, call)


def _home(project: Project, model_file: str, members: tuple[Service, ...]) -> tuple[str, str]:
    """(module, file) of the services of the sender's app, or of the first member for a package."""
    if model_file not in project.paths:
        return members[0].module, members[0].path
    folder, package = app_folder(project, model_file)
    for member in members:
        if app_folder(project, member.source.receiver.file)[0] == folder:
            return member.module, member.path
    prefix = f"{folder}/" if folder not in ("", ".") else ""
    return f"{package}.services".lstrip("."), f"{prefix}services.py"
