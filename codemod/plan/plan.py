"""The plan of a run: every receiver's fate and every edit, before a file is touched.

Read it top down: cases, screens, sites, the fixed point, aggregation, edits.
"""

from __future__ import annotations

from dataclasses import dataclass

from codemod.plan import screens
from codemod.plan.account import accounts
from codemod.plan.aggregate import Aggregator, aggregate
from codemod.plan.decide import Case, Decider, Placement, make_cases
from codemod.plan.desk import Moved, PlanDesk
from codemod.plan.edits import write_edits
from codemod.project.project import Project
from codemod.surfaces import SURFACES
from codemod.surfaces.site import Site
from codemod.values.account import Decision
from codemod.values.edits import FileEdits


@dataclass(frozen=True)
class Options:
    """What the user asked for."""

    only: tuple[str, ...] = ()  # receivers by name or end of name; empty for all
    apps: tuple[str, ...] = ()  # app labels; empty for all
    accept: frozenset[str] = frozenset()  # codes that need not block
    withheld: frozenset[tuple[str, str]] = frozenset()  # (receiver, what a check said of it)


@dataclass(frozen=True)
class Plan:
    """The outcome of planning."""

    decisions: tuple[Decision, ...]
    edits: tuple[FileEdits, ...]


def make_plan(project: Project, options: Options) -> Plan:
    """Decide over every receiver and work out all edits."""
    cases = make_cases(project)
    sites = find_sites(project)
    for case in cases.values():
        for name, message in sorted(options.withheld):
            if name == case.receiver.name:
                case.untouchable = True
                case.block("check-failed", message)
        screens.screen(project, case, sites, options.only, options.apps, options.accept)
    desk = make_desk(project, cases)
    decider = Decider(project, sites, cases, desk, options.accept)
    decider.settle()
    aggregators: tuple[Aggregator, ...] = aggregate(decider)
    placements: list[Placement] = decider.place()
    edits = write_edits(decider, placements, aggregators, desk)
    return Plan(accounts(decider), edits)


def find_sites(project: Project) -> tuple[Site, ...]:
    """Every site of every surface, in the order of the files."""
    sites = [site for surface in SURFACES for site in surface.find(project)]
    return tuple(sorted(sites, key=lambda s: (s.file, s.span)))


def make_desk(project: Project, cases: dict[str, Case]) -> PlanDesk:
    """The desk knows which bodies move where, and what their new modules will import."""
    moved = []
    planned: dict[str, set[str]] = {}
    for case in cases.values():
        service = case.service
        if service is None or case.untouchable:
            continue
        receiver = case.receiver
        moved.append(Moved(receiver.file, receiver.span, service.module, service.subject))
        imported = planned.setdefault(service.module, set())
        function = case.found.function
        assert function is not None
        home = project.module_of(receiver.file)
        for name in screens.names_read(service.handler):
            for binding in case.found.facts.scope.bindings.get(name, ())[:1]:
                module = project.module_defining(binding.target) if binding.target else home
                if module is not None and binding.kind in ("import", "class"):
                    imported.add(module)
    return PlanDesk(project, tuple(moved), planned)
