"""All edits of a plan: services written, receivers retired or thinned, sites rewritten."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from codemod.plan.aggregate import Aggregator
from codemod.plan.book import Book
from codemod.plan.callers import is_unheard, replaced_calls
from codemod.plan.case import Case
from codemod.plan.collectors import collector_edits
from codemod.plan.creators import creator_edits
from codemod.plan.decide import Decider, Placement
from codemod.plan.deleters import deleter_edits
from codemod.plan.desk import PlanDesk
from codemod.plan.hollow_tests import Hollow
from codemod.plan.moving import Luggage, names_in, pack, read_by
from codemod.plan.names_left import unbind
from codemod.plan.package_admins import package_admins
from codemod.plan.patched import repatched, taken
from codemod.plan.relocated import relocated, spliced
from codemod.plan.retire import delegate_edits, retire_modules
from codemod.plan.services import Service
from codemod.plan.untie import untie
from codemod.plan.usual import usual_module
from codemod.project.imports import needed_from, package_of, reaches
from codemod.project.project import Project
from codemod.surfaces.guards import under_guards
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

# Edits within bodies that move, by receiver, with where they are.
Inside = dict[str, list[tuple[Span, Edit]]]


def write_edits(
    decider: Decider,
    placements: Sequence[Placement],
    mentions: Iterable[tuple[Span, str, Edit]],
    aggregators: tuple[Aggregator, ...],
    mixins: Iterable[tuple[str, Edit]],
    desk: PlanDesk,
    hollow: Hollow,
) -> tuple[FileEdits, ...]:
    """Every edit of the plan; nothing is decided any more.

    `mentions`: of direct calls and muted blocks, with their places. `hollow`: the tests that go.
    """
    project, cases = decider.project, decider.cases
    book = Book()
    going = [c for c in cases.values() if c.service is not None and not c.reasons]
    thinned = [
        c for c in cases.values() if c.service is not None and c.reasons and not c.untouchable
    ]
    moving = [*going, *thinned]
    inside: Inside = defaultdict(list)
    for placement in placements:
        for path, edit in placement.placed.edits:
            _note(book, inside, moving, path, edit, placement.site.span)
    for place, path, edit in mentions:
        if not hollow.holds(path, place):
            _note(book, inside, moving, path, edit, place)
    for facts, call in decider.idle_calls():
        if not hollow.holds(facts.path, facts.lines.span(call.node)):
            unbind(book, facts, call)
    for path, edit in hollow.edits():
        book.add(path, edit)
    book.deleted |= hollow.files
    for path, edit in decider.hubs.edits():
        book.add(path, edit)
    deleting = deleter_edits(decider, desk)
    helpers = (*creator_edits(decider), *collector_edits(decider, placements, deleting), *deleting)
    for path, edit in (*helpers, *package_admins(decider, desk), *mixins):
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
    return book.files(project)


def _note(
    book: Book,
    inside: Inside,
    moving: list[Case],
    path: str,
    edit: Edit,
    place: Span | None,
) -> None:
    """Note an edit; one within a body that moves goes along with it."""
    for case in moving:
        receiver = case.receiver
        if place is None or receiver.file != path or not receiver.span.contains(place):
            continue
        assert case.service is not None
        if isinstance(edit, AddImport):
            book.add(case.service.path, edit)
        else:
            inside[receiver.name].append((place, edit))
        return
    book.add(path, edit)


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
            book.add(entry.path, *_aggregator_edits(project, entry, desk))
            continue
        for service in entry.services:
            _write_service(project, book, entry, service, inside, going=entry in going)
    return _luggage(project, book, going, thinned)


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
        for place, edit in inside[case.receiver.name]
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
    book.add(
        service.path,
        Move(
            case.receiver.file,
            lines.span(function.node),
            (*service.handler.merged(lines, own), *within),
            service.name,
            service.parameters,
            tuple((name, service.subject) for name in instances),
            comments=going,  # a delegate keeps what stands above it
            decorators=tuple(
                lines.source(lines.span(decorator))
                for decorator in (service.decorators.moving if going else ())
            ),
            unheard=not service.decorators.moving and is_unheard(project, case.receiver.name),
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


def _aggregator_edits(project: Project, aggregator: Aggregator, desk: PlanDesk) -> list[Edit]:
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


def _groups(going: list[Case], thinned: list[Case]) -> dict[tuple[str, str], list[Case]]:
    """The cases that move, by (old file, new file)."""
    groups: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in [*going, *thinned]:
        assert case.service is not None
        groups[(case.receiver.file, case.service.path)].append(case)
    return groups


def luggage_of(
    project: Project,
    source: str,
    members: list[Case],
    thinned: list[Case],
    written: Mapping[str, Service],
) -> Luggage:
    """What the bodies of receivers of one file need in the module that they move to.

    `written`: the services of all receivers whose bodies move, by receiver.
    """
    replaced, without = replaced_calls(project, [case.found for case in members], written)
    leaving: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
    wanted: set[str] = set()
    for case in members:
        assert case.found.function is not None
        node = case.found.function.node
        arguments = (a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg))
        names = [*arguments]
        for service in case.services:
            gone = (*without, *service.handler.gone)
            wanted |= read_by(list(service.handler.body), names, gone)
            wanted |= names_in(service.annotations.values())
            if case not in thinned:
                wanted |= names_in(service.decorators.moving)
        leaving.append(node)
    # What says the name of a receiver that goes says the service's then.
    wanted -= {node.name for node, case in zip(leaving, members) if case not in thinned}
    wanted -= replaced
    facts, exported = project.known(source), project.exported(source)
    handlers = [
        found.function.node.name
        for found in project.receivers
        if found.facts.path == source and found.function is not None
    ]
    kept = frozenset(names_in(d for case in thinned for d in case.found.decorators))
    apart = pack(facts, wanted, leaving, exported, False, handlers, kept)
    # A models.py imports the services inside its delegates only: nothing can come back to it.
    models = any(model.file == source for model in project.models.all())
    if models or not any(case in thinned for case in members):
        return apart
    together = pack(facts, wanted, leaving, exported, True, handlers, kept)
    home = project.module_of(source)
    needed = _needed(project, members[0], together)
    if together.returned and any(reaches(project.imports_of, module, home) for module in needed):
        return apart
    return together


def services_of(cases: Iterable[Case]) -> dict[str, Service]:
    """The services of some receivers, by receiver."""
    return {case.receiver.name: case.service for case in cases if case.service is not None}


def _needed(project: Project, case: Case, luggage: Luggage) -> set[str]:
    """The project modules that a services module needs for what moves there."""
    service = case.service
    assert service is not None
    home = project.modules.planned(service.path, service.module)
    imports = [*luggage.imports, *(each for copied in luggage.copied for each in copied.imports)]
    wanted = [(edit.module, edit.name) for edit in imports]
    wanted += [(project.module_of(case.receiver.file), name) for name in luggage.fetched]
    found: set[str] = set()
    for module, name in wanted:
        found.update(needed_from(module, [name] if name else [], home, project.modules))
        found |= project.startup.of_import(module)
    found |= project.startup.of_code([*luggage.moved, *(c.statement for c in luggage.copied)])
    return found - {service.module}


def imports_of_services(
    project: Project, going: list[Case], thinned: list[Case]
) -> dict[str, set[str]]:
    """The project modules that each services module will import at its top."""
    planned: dict[str, set[str]] = {}
    for (source, _), members in _groups(going, thinned).items():
        luggage = luggage_of(project, source, members, thinned, services_of([*going, *thinned]))
        service = members[0].service
        assert service is not None
        imported = planned.setdefault(service.module, set())
        imported |= _needed(project, members[0], luggage)
        home = project.modules.planned(service.path, service.module)
        for module, name in (
            pair for case in members for each in case.services for pair in each.imports
        ):
            imported.update(needed_from(module, [name], home, project.modules))
        imported |= package_of(project, service.path, service.module)
        imported.discard(service.module)
    return planned


def _luggage(
    project: Project, book: Book, going: list[Case], thinned: list[Case]
) -> dict[str, list[ast.stmt]]:
    """Bring along what the moved bodies need; return the statements that move, by file."""
    moved: dict[str, list[ast.stmt]] = defaultdict(list)
    patched: dict[str, frozenset[str]] = defaultdict(frozenset)
    widened = {
        (widening.facts.path, widening.statement): widening
        for case in going
        for service in case.services
        for widening in service.decorators.widenings
    }
    for (source, target), members in _groups(going, thinned).items():
        facts = project.known(source)
        luggage = luggage_of(project, source, members, thinned, services_of([*going, *thinned]))
        book.add(target, *luggage.imports)
        home = project.module_of(source)
        for name in luggage.fetched:
            book.add(target, AddImport(usual_module(project, home, name), name))
        assert members[0].service is not None
        for name in luggage.returned:
            book.add(source, AddImport(members[0].service.module, name))
        for copied in luggage.copied:
            text = facts.lines.source(facts.lines.span(copied.statement))
            if not _has(project, book, target, copied.statement):
                book.add(target, *copied.imports, Append(text, after_imports=True))
        decorators = [d for case in going for s in case.services for d in s.decorators.moving]
        first_needed = names_in(decorators)
        for statement in luggage.moved:
            function = (
                isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
                and statement.name not in first_needed
            )
            span = _with_decorators(facts.lines.span(statement), statement)
            # Whole lines, so that a comment behind comes along, and those above.
            first = span.line
            while first > 1 and facts.lines.line(first - 1).startswith("#"):
                first -= 1
            widening = widened.pop((source, statement), None)
            rows = facts.lines.between(first, span.end_line)
            changes = relocated(project, facts, statement, members[0].service.module)
            changes += [Replace(*piece) for piece in widening.pieces] if widening else []
            code = "\n".join(spliced(rows, changes, first))
            book.add(target, Append(code, after_imports=not function))
            book.add(source, Replace(facts.lines.span(statement), ""))
            moved[source].append(statement)
        gone = [c.found.function.node for c in members if c not in thinned and c.found.function]
        heads = [c.found.function.node for c in members if c in thinned and c.found.function]
        names = taken(facts, luggage, gone, heads) - patched[source]
        patched[source] |= names
        for path, edit in repatched(project, home, members[0].service.module, names):
            book.add(path, edit)
    for widening in widened.values():
        book.add(widening.facts.path, widening.edit)
    return moved


def _with_decorators(span: Span, statement: ast.stmt) -> Span:
    lines = [d.lineno for d in getattr(statement, "decorator_list", [])]
    return Span(min(lines), 0, span.end_line, span.end_column) if lines else span


def _has(project: Project, book: Book, path: str, statement: ast.stmt) -> bool:
    """Whether a file binds the name that an assignment binds, or is going to import it."""
    if not isinstance(statement, ast.Assign):
        return False
    bound = set(project.known(path).scope.bindings) if path in project.paths else set()
    bound |= {e.alias or e.name or "" for e in book.edits[path] if isinstance(e, AddImport)}
    return all(isinstance(t, ast.Name) and t.id in bound for t in statement.targets)
