"""All edits of a plan: services written, receivers retired or thinned, sites rewritten."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from codemod.plan.book import Book
from codemod.plan.callers import is_unheard
from codemod.plan.case import Case
from codemod.plan.decide import Decider, Placement
from codemod.plan.desk import PlanDesk
from codemod.plan.moving.carrying import Inside, bring_along
from codemod.plan.moving.names_left import unbind
from codemod.plan.moving.sections import take_sections_along
from codemod.plan.moving.untie import untie
from codemod.plan.moving.usual import usual_module
from codemod.plan.reading.docstrings import redocumented
from codemod.plan.reading.names import says_result
from codemod.plan.retiring.hollow_tests import Hollow
from codemod.plan.retiring.retire import delegate_edits, retire_modules
from codemod.plan.services.aggregate import Aggregator
from codemod.plan.services.changers import changer_edits
from codemod.plan.services.collectors import collector_edits
from codemod.plan.services.creators import creator_edits
from codemod.plan.services.deleters import deleter_edits
from codemod.plan.services.service import Service
from codemod.plan.third_party.package_admins import package_admins
from codemod.project.project import Project
from codemod.surfaces.placing.guards import under_guards
from codemod.values.edits import (
    AddImport,
    Append,
    Edit,
    FileEdits,
    Insert,
    Move,
    Replace,
    Where,
)
from codemod.values.span import Span


def write_edits(
    decider: Decider,
    placements: Sequence[Placement],
    mentions: Iterable[tuple[Span, str, Edit]],
    aggregators: tuple[Aggregator, ...],
    mixins: Iterable[tuple[str, Edit]],
    hollow: Hollow,
) -> tuple[FileEdits, ...]:
    """Every edit of the plan; nothing is decided any more.

    `mentions`: of direct calls and muted blocks, with their places. `hollow`: the tests that go.
    """
    project, cases, desk = decider.project, decider.cases, decider.desk
    book = Book()
    going = [case for case in cases.values() if case.goes]
    thinned = [case for case in cases.values() if case.delegates]
    inside: Inside = defaultdict(list)
    for placement in placements:
        for path, edit in placement.placed.edits:
            _note(book, inside, desk, path, edit, placement.site.span)
    for place, path, edit in mentions:
        if not hollow.holds(path, place):
            _note(book, inside, desk, path, edit, place)
    for facts, call in decider.idle_calls():
        if not hollow.holds(facts.path, facts.lines.span(call.node)):
            unbind(book, facts, call)
    for path, edit in hollow.edits():
        book.add(path, edit)
    book.deleted |= hollow.files
    for path, edit in decider.hubs.edits():
        book.add(path, edit)
    deleting = deleter_edits(decider)
    helpers = (
        *creator_edits(decider),
        *changer_edits(decider),
        *collector_edits(decider, placements, deleting),
        *deleting,
    )
    for path, edit in (*helpers, *package_admins(project, decider.roster, desk), *mixins):
        book.add(path, edit)
    moved = _service_edits(project, book, going, thinned, aggregators, inside, desk)
    for case in thinned:
        for path, edit in delegate_edits(project, case, desk):
            book.add(path, edit)
    retired = retire_modules(project, going, thinned, moved, book.edits)
    for path, edit in retired.edits:
        book.add(path, edit)
    book.deleted |= retired.deleted
    for path, edits in book.edits.items():
        book.edits[path] = [edit for edit in edits if not hollow.covers(path, edit)]
    untie(project, book)
    take_sections_along(project, book)
    return book.files(project)


def _note(
    book: Book, inside: Inside, desk: PlanDesk, path: str, edit: Edit, place: Span | None
) -> None:
    """Note an edit; one within a function that moves goes along with it."""
    moved = desk.moved_at(path, place) if place is not None else None
    if moved is None or place is None:
        book.add(path, edit)
    elif isinstance(edit, AddImport):
        book.add(moved.path, replace(edit, local_to=None))  # `untie` knows the new place
    else:
        inside[moved.file, moved.span].append((place, edit))


def _service_edits(
    project: Project,
    book: Book,
    going: list[Case],
    thinned: list[Case],
    aggregators: tuple[Aggregator, ...],
    inside: Inside,
    desk: PlanDesk,
) -> dict[str, list[ast.stmt]]:
    """Write the service functions with all they need; return what moved along, by file."""
    order = _order(going, thinned, aggregators)
    for entry in order:
        if isinstance(entry, Aggregator):
            book.add(entry.path, *_aggregator_edits(entry, desk))
            continue
        for service in entry.services:
            _write_service(project, book, entry, service, inside, going=entry in going)
    return bring_along(project, book, going, thinned, inside)


def _write_service(
    project: Project, book: Book, case: Case, service: Service, inside: Inside, *, going: bool
) -> None:
    """The function, without the decorators of the signal; those of a delegate stay with it."""
    function = case.found.function
    assert function is not None
    lines = case.found.facts.lines
    first, last = service.handler.guarded
    body = Span(first.line, first.column, last.end_line, last.end_column)
    within = [
        edit
        for place, edit in inside[case.receiver.file, case.receiver.span]
        if len(case.services) == 1 or body.contains(place)
    ]
    calls = [e.first for e in within if isinstance(e, Replace)]
    own = [
        edit
        for edit in service.edits
        if not (isinstance(edit, Replace) and any(c.contains(edit.first) for c in calls))
    ]
    guards = [guard.code for guard in service.handler.guards]
    if guards and going:
        own.append(Insert(first, "\n".join(guards), Where.BEFORE))
        needed = [one for guard in service.handler.guards for one in guard.imports]
        book.add(service.path, *(AddImport(module, name) for module, name in needed))
    instances = sorted(service.handler.instances - {service.subject})
    for module, name in service.imports:
        if any(isinstance(e, Replace) and re.search(rf"\b{name}\b", e.code) for e in own):
            book.add(service.path, AddImport(usual_module(project, module, name), name))
    documented = redocumented(function, lines, service.given)
    book.add(
        service.path,
        Move(
            case.receiver.file,
            lines.span(function.node),
            (*service.handler.merged(lines, [*own, *documented]), *within),
            service.name,
            service.parameters,
            tuple((name, service.subject) for name in instances),
            comments=going,  # a delegate keeps what stands above it
            decorators=tuple(
                lines.source(lines.span(decorator))
                for decorator in (service.decorators.moving if going else ())
            ),
            unheard=not service.decorators.moving
            and not says_result(function.node)
            and is_unheard(project, case.receiver.name),
        ),
    )


def _order(
    going: list[Case], thinned: list[Case], aggregators: tuple[Aggregator, ...]
) -> list[Case | Aggregator]:
    """Aggregators with their members in connection order, then the rest as they stood."""
    by_name = {service.dotted: case for case in going for service in case.services}
    order: list[Case | Aggregator] = []
    for aggregator in aggregators:
        order.append(aggregator)
        for member in aggregator.members:
            case = by_name[member.dotted]
            if case not in order:
                order.append(case)
    rest = sorted([*going, *thinned], key=lambda c: (c.receiver.file, c.receiver.line))
    return [*order, *(c for c in rest if c not in order)]


def _aggregator_edits(aggregator: Aggregator, desk: PlanDesk) -> list[Edit]:
    """The function, and the imports of members that live elsewhere."""
    edits: list[Edit] = []
    calls: list[tuple[str, str]] = []
    for member in aggregator.members:  # those of one name are told apart
        desk.local_name(member.dotted, aggregator.module)
    for member in aggregator.members:
        called = desk.local_name(member.dotted, aggregator.module)
        alias = called if called != member.name else None
        if member.module != aggregator.module:
            edits.append(AddImport(member.module, member.name, alias))
        wanted = ""
        if member.handler.only_created is not None and aggregator.call.only_created is None:
            wanted = "created" if member.handler.only_created else "not created"
        flags = {flag: flag for flag in member.flags}
        calls.append((wanted, f"{called}({member.call.arguments(aggregator.subject, flags)})"))
    parameters = "" if aggregator.call.bare else aggregator.subject
    if aggregator.call.flags:
        parameters = ", ".join([*filter(None, [parameters]), "*", *aggregator.call.flags])
    text = [f"def {aggregator.name}({parameters}):", *(f"    {x}" for x in under_guards(calls))]
    return [*edits, Append("\n".join(text))]
