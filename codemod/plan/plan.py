"""The plan of a run: every receiver's fate and every edit, before a file is touched.

Read `make_plan` first: the cases, what can't go in any case, the fixed point, the edits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from codemod.plan.account import accounts
from codemod.plan.alternatives import told_unsure
from codemod.plan.callers import calls_within, is_told_more, rewrite_call
from codemod.plan.case import Case
from codemod.plan.decide import Decider, Mention, Placement
from codemod.plan.desk import Moved, PlanDesk
from codemod.plan.edits import write_edits
from codemod.plan.excused import excuse
from codemod.plan.model_methods import delete_hubs
from codemod.plan.model_methods.hubs import (
    fall_back,
    turn_from_bases,
    turn_invariants,
    turn_many,
    turn_trackers,
)
from codemod.plan.moving.carrying import helpers_of, imports_of_services, luggage_of, services_of
from codemod.plan.reading.features import is_thin
from codemod.plan.reasons import screens, unfired
from codemod.plan.retiring.hollow_tests import Hollow, hollow_tests
from codemod.plan.services.aggregate import Aggregator, aggregate
from codemod.plan.services.changers import changer_imports, turn_changers
from codemod.plan.services.collectors import collector
from codemod.plan.services.constants import say_constants
from codemod.plan.services.creators import turn_to_creators
from codemod.plan.services.deleters import deleter_imports, deleters
from codemod.plan.services.mixins import share
from codemod.plan.services.relation_services import design_all, hears_other_side
from codemod.plan.services.service import Service, Undesignable
from codemod.plan.strangers import deletes_one
from codemod.project import senders
from codemod.project.project import Project
from codemod.surfaces import SURFACES
from codemod.surfaces.calls.found import is_literal, keyword
from codemod.surfaces.site import Blocked, Site
from codemod.values.account import DELETE_SIGNALS, Decision
from codemod.values.edits import Edit, FileEdits


@dataclass(frozen=True)
class Options:
    """What the user asked for."""

    only: tuple[str, ...] = ()  # receivers by name or end of name; empty for all
    apps: tuple[str, ...] = ()  # app labels; empty for all
    accept: frozenset[str] = frozenset()  # codes that need not block
    tests: bool = True  # rewrite call sites in tests
    chosen: frozenset[str] | None = None  # receivers by their whole name; None for all
    mixins: bool = False  # one mixin for an override that several classes would get
    withheld: frozenset[tuple[str, str]] = frozenset()  # (receiver, what a check said of it)

    def withholding(self, more: Mapping[str, str]) -> Options:
        """The same, without the migration of these receivers."""
        return replace(self, withheld=self.withheld | set(more.items()))


@dataclass(frozen=True, eq=False)
class Ground:
    """What every plan of a project starts from: what fires, and what could become of receivers."""

    sites: tuple[Site, ...]
    cases: tuple[Case, ...]  # never changed: each plan takes copies


@dataclass(frozen=True)
class Plan:
    """The outcome of planning."""

    decisions: tuple[Decision, ...]
    ground: Ground
    write: Callable[[], tuple[FileEdits, ...]]

    @cached_property
    def edits(self) -> tuple[FileEdits, ...]:
        """Every edit, worked out when it is first asked for: an inventory needs none."""
        return self.write()

    @property
    def sites(self) -> tuple[Site, ...]:
        """Every site of the project."""
        return self.ground.sites


def make_plan(
    project: Project,
    options: Options,
    ground: Ground | None = None,
    told: Collection[str] | None = None,
) -> Plan:
    """Decide over every receiver.

    `ground`: of the project, if it is known. `told`: the receivers of which an account is wanted.
    """
    if ground is None:
        ground = lay_ground(project)
    sites = tuple(excuse(project, site, tests=options.tests) for site in ground.sites)
    cases = screened(project, options, ground, sites)
    desk = make_desk(project, cases)
    desk.deleters = deleters(project, sites)
    decider = Decider(project, sites, cases, desk, options.accept)
    desk.collecting = collector(decider)
    decide(decider)
    keep_as_they_are(project, cases, desk)
    take_over(decider)
    hollow = hollow_tests(decider.idle_calls())
    decider.sites = hollow.without(decider.sites)
    aggregators: tuple[Aggregator, ...] = aggregate(decider)
    placed, mentions = decider.place(), decider.mention_edits()
    rest = aggregators, hollow, options.mixins
    write = partial(write_plan, decider, placed, mentions, *rest)
    return Plan(accounts(decider, told), ground, write)


def write_plan(
    decider: Decider,
    placements: Sequence[Placement],
    mentions: Sequence[Mention],
    aggregators: tuple[Aggregator, ...],
    hollow: Hollow,
    mixins: bool,
) -> tuple[FileEdits, ...]:
    """The edits; anew where all calls of a service turn out to tell it the same."""

    def write(
        placements: Sequence[Placement],
        mentions: Sequence[Mention],
        aggregators: tuple[Aggregator, ...],
    ) -> tuple[FileEdits, ...]:
        shared: list[tuple[str, Edit]] = []
        if mixins:
            placements, shared = share(decider.project, decider.desk, placements)
        return write_edits(decider, placements, mentions, aggregators, shared, hollow)

    files = write(placements, mentions, aggregators)
    changed = {(p.site.file, p.site.span) for p in placements}
    changed |= {(path, place) for place, path, _ in mentions}
    if say_constants(decider, files, aggregators, changed):
        decider.roster.aggregated.clear()
        aggregators = aggregate(decider)
        files = write(decider.place(), decider.mention_edits(), aggregators)
    return files


def screened(
    project: Project, options: Options, ground: Ground, sites: tuple[Site, ...]
) -> dict[str, Case]:
    """The cases by receiver, without those that nobody asked for, or that can't go in any case."""
    cases = {case.receiver.name: case.copy() for case in ground.cases}
    for name, case in cases.items():
        if options.chosen is not None and name not in options.chosen:
            case.leave("not-selected")
        for withheld, message in sorted(options.withheld):
            if withheld == name:
                case.leave("check-failed", message)
        screens.screen(project, case, sites, options.only, options.apps, options.accept)
    return cases


def decide(decider: Decider) -> None:
    """Send receivers back until the rest can go together, and turn to other ways where sites can't
    make the calls: the models' own methods, functions for all, the object itself."""
    turn_trackers(decider)
    turn_invariants(decider)
    decider.settle()
    for turn in (turn_to_creators, unfired.hold):
        if turn(decider):
            decider.settle()
    while fall_back(decider) or turn_many(decider):
        decider.settle()
    for turn in (turn_from_bases, delete_hubs.fall_back, delete_hubs.turn_many):
        if turn(decider):
            decider.settle()


def take_over(decider: Decider) -> None:
    """Tell the desk what is settled: which bodies move, and what their new modules import."""
    project, cases = decider.project, decider.cases.values()
    going = [case for case in cases if case.goes]
    thinned = [case for case in cases if case.delegates]
    planned = imports_of_services(project, going, thinned)
    turn_changers(decider)
    for module, imported in (
        *deleter_imports(decider).items(),
        *changer_imports(decider).items(),
    ):
        planned.setdefault(module, set()).update(imported)
    decider.desk.plan(
        {(c.receiver.file, c.receiver.span) for c in (*going, *thinned)},
        planned,
        frozenset((c.receiver.file, c.service.module) for c in thinned if c.service is not None),
        helpers_of(project, going, thinned),
    )


def lay_ground(project: Project) -> Ground:
    """The sites, and a case for each receiver with its service where one is possible."""
    taken: dict[str, set[str]] = {}
    cases: list[Case] = []
    for found in project.receivers:
        heard = senders.connections(project, found)
        receiver = replace(found, receiver=replace(found.receiver, connections=heard))
        designed = design_all(project, receiver, taken)
        if isinstance(designed, Undesignable):
            case = Case(receiver, (), True)
            case.block(designed.code)
        else:
            case = Case(receiver, designed, False)
        cases.append(case)
    return Ground(find_sites(project), tuple(cases))


def _keeps_parents(site: Site) -> bool:
    """Whether a delete is told to leave the rows of the parents alone."""
    call = site.call.node if site.call is not None else None
    return call is not None and is_literal(keyword(call, "keep_parents", 1), True)


def find_sites(project: Project) -> tuple[Site, ...]:
    """Every site of every surface, in the order of the files.

    A site that deletes a multi-table child fires its parents' receivers too, unless it keeps them
    (SEMANTICS 3.11, 3.12), and one that deletes a query of proxies those of the model behind it,
    for rows of its children.
    """
    sites = [
        replace(site, models=project.models.with_parents(site.models), direct=site.models)
        if site.signals is DELETE_SIGNALS and not _keeps_parents(site)
        else site
        for surface in SURFACES
        for site in surface.find(project)
    ]
    sites += [
        replace(
            site, models=(label,), direct=(label,), code="cascade", reason="rows of its children"
        )
        for site in sites
        if site.signals is DELETE_SIGNALS and not deletes_one(site)
        for label in project.models.behind_with_children(site.models)
    ]
    return tuple(sorted(told_unsure(sites), key=lambda s: (s.file, s.span)))


def make_desk(project: Project, cases: dict[str, Case]) -> PlanDesk:
    """The desk knows which bodies move where, and what their new modules may import."""
    moving = [case for case in cases.values() if case.moves]
    moved = tuple(
        Moved(c.receiver.file, c.receiver.span, c.service.path, c.service.module, c.service.subject)
        for c in moving
        if c.service is not None
    )
    name = project.modules.import_name  # side by side, two projects have modules of one name
    found = {(name(each.module), each.name) for case in moving for each in case.services}
    counted = Counter(name for _, name in found)
    names = frozenset(counted)
    shared = frozenset(name for name, count in counted.items() if count > 1)
    return PlanDesk(
        project,
        moved,
        imports_of_services(project, moving, []),
        services=frozenset(found),
        service_names=names,
        shared_names=shared,
    )


def keep_as_they_are(project: Project, cases: dict[str, Case], desk: PlanDesk) -> None:
    """Of the receivers that stay, leave alone the delegates, and those that can't be one.

    A body that needs what its module must keep would import the module that imports it.
    In models.py a local import unties that; elsewhere such a receiver is left alone.
    """
    while True:
        moving = [case for case in cases.values() if case.moves]
        written = services_of(moving)
        for case in moving:
            if case.reasons and not can_delegate(project, case, written):
                case.untouchable = True
            for reference in calls_within(project, case.found):
                callee = cases[reference.receiver]
                service = written.get(reference.receiver)
                if service is not None and callee.reasons:
                    # The decorators of a delegate stay with it, and the call passes them.
                    if callee.found.decorators or isinstance(
                        rewrite_call(reference, service, desk), Blocked
                    ):
                        callee.untouchable = True
        if all(not case.untouchable for case in moving):
            return


def can_delegate(project: Project, case: Case, written: Mapping[str, Service]) -> bool:
    """Whether the body of a receiver that stays can move away, and is worth it."""
    function, service = case.found.function, case.service
    assert function is not None and service is not None
    facts = case.found.facts
    scope = facts.scopes[function.node]
    if all(is_thin(s.handler, scope, facts, project) for s in case.services):
        return False
    if any(hears_other_side(s) for s in case.services):
        return False
    calls = (r for r in project.references if r.receiver == case.receiver.name)
    if any(is_told_more(call, service, project) for call in calls):
        return False  # a delegate would forget it
    luggage = luggage_of(project, case.receiver.file, [case], [case], written)
    models = any(m.file == case.receiver.file for m in project.models.all())
    given = {a.arg for a in (*function.node.args.args, *function.node.args.kwonlyargs)}
    given |= {u.argument for s in case.services for u in s.handler.uses if not u.by_name}
    given |= {argument for s in case.services for argument, _ in s.handler.sources}
    # Its own name would mean the service there.
    speaks_of_itself = function.node.name in luggage.fetched
    return not ((luggage.fetched and not models) or speaks_of_itself) and "instance" in given
