"""The fate of every receiver: a fixed point over all sites.

Every receiver that could go is assumed to go; each site is then tried with all that it would
have to call, and what can't be done there sends the receivers concerned back. Receivers that
stay may send others back (order, shared state), so this repeats until nothing changes.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from codemod.facts.tables import CallSite, FileFacts
from codemod.plan import apart
from codemod.plan.callers import calls_within, is_idle_call, rewrite_call
from codemod.plan.case import Case
from codemod.plan.desk import PlanDesk
from codemod.plan.excused import is_test
from codemod.plan.fitting import unfit
from codemod.plan.model_methods.model_saves import Hubs
from codemod.plan.reasons import differences, staying
from codemod.plan.reasons.loading import loading_others
from codemod.plan.reasons.unread import hindrance
from codemod.plan.silences.finder import silences
from codemod.plan.silences.meanwhile import Meanwhile
from codemod.plan.silences.mutes import leaves_the_block, silent, unmute, would_fire
from codemod.plan.strangers import may_fire
from codemod.plan.third_party.package_admins import hindrances
from codemod.plan.work import AFTER, BEFORE, NONE, Roster, Slot, acts
from codemod.project.answers import Tier
from codemod.project.project import Project
from codemod.surfaces import SURFACES
from codemod.surfaces.site import Blocked, Placed, Site, Surface, Work
from codemod.values.account import DELETE_SIGNALS, M2M, Connection
from codemod.values.edits import Edit
from codemod.values.span import Span

BY_NAME: Mapping[str, Surface] = {surface.name: surface for surface in SURFACES}


@dataclass(frozen=True)
class Placement:
    """A site with the edits that make its calls."""

    site: Site
    work: Work
    placed: Placed


Mention = tuple[Span, str, Edit]  # an edit of a direct call or a muted block: its place, file


class Decider:
    """Finds the receivers that can go."""

    def __init__(
        self,
        project: Project,
        sites: tuple[Site, ...],
        cases: Mapping[str, Case],
        desk: PlanDesk,
        accepted: frozenset[str],
    ) -> None:
        self.project = project
        self.sites = sites
        self.cases = cases
        self.desk = desk
        self.accepted = accepted
        services = {name: c.services for name, c in cases.items()}
        self.roster = Roster(project, services)
        self.hubs = Hubs(project, self.roster, desk)
        self.meanwhile = Meanwhile(project, sites)

    def settle(self) -> None:
        """Send receivers back until the rest can go together."""
        while True:
            before = self.retiring()
            self.desk.asked.clear()
            self.fill(before)
            self.try_sites()
            self.try_hubs()
            self.try_pages()
            self.check_unread()
            self.check_order()
            self.check_commits()
            self.check_state()
            self.check_mentions()
            self.check_silences()
            self.check_loading()
            if self.retiring() == before:
                return

    def retiring(self) -> tuple[str, ...]:
        """Names of the receivers that still can go."""
        return tuple(name for name, case in self.cases.items() if not case.reasons)

    def fill(self, names: tuple[str, ...]) -> None:
        """Fill the roster with what is called where these receivers go."""
        self.roster.fill(names)
        self.roster.muted = silent(self.project, self.cases, names, self.meanwhile)

    def check_mentions(self) -> None:
        """Direct calls and muted blocks must be rewritable, other mentions keep a handler."""
        going = set(self.retiring())
        for mute in self.project.mutes:
            case = self.cases.get(mute.receiver)
            if case is None or mute.receiver not in going:
                continue
            line = mute.disconnect.node.lineno
            if not mute.region or mute.reconnect is None:
                self.block(case, "disconnected", "", mute.facts.path, line)
            elif self.in_hub(case) or leaves_the_block(mute, case, self.roster, self.meanwhile):
                self.block(case, "muted-calls", "", mute.facts.path, line)
        muted = {
            id(node)
            for mute in self.project.mutes
            for site in (mute.disconnect, mute.reconnect)
            if site is not None
            for node in ast.walk(site.node)
        }
        for reference in self.project.references:
            case = self.cases.get(reference.receiver)
            if case is None or case.service is None or reference.receiver not in going:
                continue
            file, line = reference.facts.path, getattr(reference.node, "lineno", 0)
            if reference.kind == "call" and len(case.services) > 1:
                self.block(case, "direct-call", "it is split by the action", file, line)
            elif reference.kind == "call":
                result = rewrite_call(reference, case.service, self.desk)
                if isinstance(result, Blocked):
                    self.block(case, result.code, result.note, file, line)
            elif reference.kind in ("connect", "disconnect"):
                if id(reference.node) not in muted:
                    self.block(case, "disconnected", "", file, line)
            elif reference.kind != "import":
                self.block(case, "handler-referenced", "", file, line)

    def check_silences(self) -> None:
        """What is done while all receivers of a signal are away fires none."""
        going = set(self.retiring())
        for silence in (each for each in silences(self.project) if each.region):
            for case in (self.cases[name] for name in going):
                for made in case.receiver.connections:
                    if made.signal in silence.signals:
                        fires = would_fire(
                            silence, case.receiver.name, made, self.roster, self.meanwhile
                        )
                        case.silence(silence, made.signal, fires, self.accepted)

    def in_hub(self, case: Case) -> bool:
        """Whether a receiver goes into a model's own `save()`."""
        return any(
            Slot(c.sender or "", c.signal) in self.roster.hubs for c in case.receiver.connections
        )

    def mention_edits(self) -> list[Mention]:
        """Edits of direct calls and muted blocks, with the places that they are for."""
        going = set(self.retiring())
        edits: list[Mention] = []
        for mute in self.project.mutes:
            if mute.receiver in going:
                span = mute.facts.lines.span(mute.disconnect.statement)
                edits += [(span, path, edit) for path, edit in unmute(mute)]
        moving = [case for case in self.cases.values() if case.moves]
        inner = {id(r) for case in moving for r in calls_within(self.project, case.found)}
        written = {case.receiver.name for case in moving}
        for reference in self.project.references:
            name = reference.receiver
            if reference.kind == "call" and (
                name in going or (name in written and id(reference) in inner)
            ):
                service = self.cases[name].service
                assert service is not None
                result = rewrite_call(reference, service, self.desk)
                if isinstance(result, Placed) and reference.call is not None:
                    span = reference.facts.lines.span(reference.call.node)
                    edits += [(span, path, edit) for path, edit in result.edits]
                    for code in result.notes:
                        line = getattr(reference.node, "lineno", 0)
                        self.cases[name].note(code, "", reference.facts.path, line)
        return edits

    def idle_calls(self) -> list[tuple[FileFacts, CallSite]]:
        """The direct calls that go without a call of a service in their place."""
        going = set(self.retiring())
        return [
            (reference.facts, reference.call)
            for reference in self.project.references
            if reference.kind == "call" and reference.receiver in going
            if reference.call is not None
            and (service := self.cases[reference.receiver].service) is not None
            and is_idle_call(reference, service, self.project)
        ]

    def block(self, case: Case, code: str, text: str, file: str, line: int) -> None:
        """Send a receiver back, unless the user accepted the code."""
        case.hold(code, text, file, line, accepted=self.accepted)

    def cases_of(self, services: set[str]) -> list[Case]:
        """The cases whose services these are, or are called by these."""
        meant = services | self.roster.members(services)
        return [c for c in self.cases.values() if any(s.dotted in meant for s in c.services)]

    def try_sites(self) -> None:
        """Try every site with all that it has to call."""
        for site in self.sites:
            if site.never:
                continue
            if not site.models:
                self.try_unknown(site)
                continue
            result, services = self.attempt(site)
            if isinstance(result, Blocked):
                for case in self.cases_of(services):
                    self.block(case, result.code, result.note, site.file, site.span.line)

    def try_hubs(self) -> None:
        """Try the models' own `save()` with all that they have to call."""
        for label in self.hubs.labels():
            result, services = self.hubs.write(label), self.hubs.services(label)
            early, strange = self.hubs.too_early(label), self.hubs.of_children(label)
            if early:
                result, services = Blocked("shared-override"), early
            elif strange:
                result, services = Blocked("several-models"), strange
            if isinstance(result, Blocked):
                model = self.project.models.by_label[label]
                for case in self.cases_of(services):
                    self.block(case, result.code, label, model.file, model.line)

    def try_pages(self) -> None:
        """Try the pages of packages that are written anew."""
        for place, blocked, services in hindrances(self.project, self.roster, self.desk):
            for case in self.cases_of(services):
                self.block(case, blocked.code, f"{place.admin} of a package", place.path, 0)

    def check_unread(self) -> None:
        """What can't be read may fire anything that it names."""
        for name in self.retiring():
            case = self.cases[name]
            for connection in case.receiver.connections:
                slot = Slot(connection.sender or "", connection.signal)
                handler = name.rpartition(".")[2]
                passing = self.roster.passes(slot)
                file = hindrance(self.project, slot.model, slot.signal, handler, passing)
                if file is not None:
                    self.block(case, "unread-file", slot.model, file, 1)

    def attempt(self, site: Site) -> tuple[Placed | Blocked, set[str]]:
        """Write a site's calls. Returns the result and the services it is about."""
        work = self.roster.work(site)
        if work is None:
            slots = [Slot(m, s) for m in site.models for s in site.signals]
            slots = [slot for slot in slots if not self.roster.covered(site, slot)]
            concerned = {s.dotted for slot in slots for s in self.roster.slots.get(slot, ())}
            if site.signals is DELETE_SIGNALS:
                cascades = tuple(c for m in site.models for c in self.roster.cascades(m))
                concerned |= Work(cascades=cascades).services
            return Blocked(site.code or "several-models"), concerned
        asking = apart.asks(work)
        if asking and not apart.may_ask(self.project, site, work):
            return Blocked(site.code or "several-models"), asking
        services = work.services
        if not work:
            return Placed(), services
        if site.tier is Tier.POSSIBLE:
            return Blocked("possible-site", site.reason), services
        if site.code is not None:
            return Blocked(site.code, site.reason), services
        surface = BY_NAME[site.surface]
        result = surface.rewrite(site, work, self.desk)
        if isinstance(result, Blocked) and len(services) > 1:
            services = unfit(surface, site, work, self.desk)
        return result, services

    def try_unknown(self, site: Site) -> None:
        """A site of unknown model blocks the receivers of every model that it could be of."""
        hubs = self.roster.delete_hubs
        for slot, members in self.roster.slots.items():
            if slot.signal not in site.signals:
                continue
            labels: tuple[str, ...] = (slot.model,)
            if slot.signal in DELETE_SIGNALS:
                labels = self.roster.firing(slot.model)
            muted = self.roster.muted.get(site, NONE)
            heard = {s.dotted for s in members if (slot.signal, s.dotted) not in muted}
            if not heard or self.roster.covered(site, slot):
                continue
            if any(may_fire(self.project, site, label, hubs) for label in labels):
                for case in self.cases_of(heard):
                    code = site.code or "possible-site"
                    self.block(case, code, site.reason, site.file, site.span.line)

    def check_order(self) -> None:
        """A service runs after the receivers that stay, or before them for a pre_ signal."""
        going = set(self.retiring())
        for slot in {Slot(c.sender, c.signal) for c in self.connections() if c.sender}:
            members = sorted(
                (c.order, name)
                for name, case in self.cases.items()
                for c in case.receiver.connections
                if c.sender == slot.model and c.signal == slot.signal and not case.never_runs
            )
            names = [name for _, name in members]
            for position, name in enumerate(names):
                if name not in going:
                    continue
                others: list[str] = []
                if self.runs(name, slot, after=True):
                    others += [n for n in names[position + 1 :] if n not in going]
                if self.runs(name, slot, after=False):
                    others += [n for n in names[:position] if n not in going]
                for other in others:
                    case, receiver = self.cases[name], self.cases[other].receiver
                    if not staying.meet(case, self.cases[other]):
                        continue
                    file, line = receiver.file, receiver.line
                    if not is_test(file) or is_test(case.receiver.file):
                        self.block(case, staying.ORDER, other, file, line)
                    else:  # one that a test connects for itself
                        case.note(staying.ORDER, other, file, line)

    def check_loading(self) -> None:
        """No service may load receivers that stay where the settings alone load them."""
        for case, other in loading_others(self.project, self.cases, set(self.retiring())):
            receiver = other.receiver
            self.block(case, "conditional-connection", receiver.name, receiver.file, receiver.line)

    def check_commits(self) -> None:
        """No delete may get a transaction that upsets a receiver that stays."""
        for case, other in staying.upset_commits(self.cases, set(self.retiring()), self.roster):
            receiver = other.receiver
            self.block(case, staying.COMMIT, receiver.name, receiver.file, receiver.line)

    def runs(self, name: str, slot: Slot, *, after: bool) -> bool:
        """Whether a receiver's services run after, or before, the operation of a slot."""
        if slot.signal == M2M:
            return any(acts(s.call, after=after) for s in self.cases[name].services)
        return slot.signal in (AFTER if after else BEFORE)

    def connections(self) -> list[Connection]:
        """All connections of all receivers."""
        return [c for case in self.cases.values() for c in case.receiver.connections]

    def check_state(self) -> None:
        """Receivers that pass state on the instance go together or not at all."""
        going = set(self.retiring())
        upset = staying.upset_states(self.cases, going)
        for case, stays in (*upset, *staying.linked(self.project, self.cases, going)):
            receiver = stays.receiver
            self.block(case, staying.STATE, receiver.name, receiver.file, receiver.line)

    def name_differences(self, site: Site, work: Work, placed: Placed) -> None:
        """Note the differences that a surface names at a site."""
        going = set(self.retiring())
        left = [c for n, case in self.cases.items() if n not in going
                for c in case.receiver.connections]  # fmt: skip
        for code in (*placed.notes, *differences.codes(self.roster, site, work, placed, left)):
            for case in self.cases_of(work.services):
                case.note(code, "", site.file, site.span.line)

    def place(self) -> list[Placement]:
        """The edits of all sites, for the receivers that go."""
        self.fill(self.retiring())
        staying.name_order(self.cases, set(self.retiring()), self.project)
        placements = []
        for site in self.sites:
            if site.models and not site.never:
                work = self.roster.work(site)
                if work is None or work:
                    result, _ = self.attempt(site)
                    work = work or Work()
                    if isinstance(result, Placed):
                        self.name_differences(site, work, result)
                    if isinstance(result, Placed) and result.edits:
                        placements.append(Placement(site, work, result))
        return placements
