"""What comes along when bodies move: imports, helpers with the edits inside them, constants.

# shop/signals.py                          # shop/services.py
def start(order):                          def start(order):
    Line.objects.create(order=order)  ->       line = Line.objects.create(order=order)
                                               count_line(line)

@receiver(post_save, sender=Order)         def open_order(order):
def open_order(sender, instance, ...):         start(order)
    start(instance)
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from codemod.facts.tables import FileFacts
from codemod.plan.book import Book
from codemod.plan.callers import dropped, replaced_calls
from codemod.plan.case import Case
from codemod.plan.desk import Moved
from codemod.plan.moving.along import Calls, Luggage, bound_by, names_in, pack, read_by
from codemod.plan.moving.clashes import clashing, evaluates, is_lazy
from codemod.plan.moving.patched import patches, repatched, taken
from codemod.plan.moving.relocated import relocated, spliced
from codemod.plan.moving.untie import local_name, mentions
from codemod.plan.moving.usual import usual_module
from codemod.plan.reading.names import quoted_types
from codemod.plan.services.service import Service
from codemod.project.imports import needed_from, package_of, reaches
from codemod.project.project import Project
from codemod.values.edits import AddImport, Append, Edit, Move, Replace
from codemod.values.span import Span

LAZY = AddImport("__future__", "annotations")

# Edits within functions that move, by the file and place of those, with where they are.
Inside = dict[tuple[str, Span], list[tuple[Span, Edit]]]


def groups(going: list[Case], thinned: list[Case]) -> dict[tuple[str, str], list[Case]]:
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
    going = written.keys() - {case.receiver.name for case in thinned}
    muting = [c for m in project.mutes if m.receiver in going for c in (m.disconnect, m.reconnect)]
    without = [*without, *(call.node for call in muting if call is not None)]
    leaving: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
    wanted: set[str] = set()
    for case in members:
        assert case.found.function is not None
        node, scope = case.found.function.node, case.found.function.scope
        names = [*(scope.bindings.keys() - scope.outer)]  # a name that is bound once is local
        for service in case.services:
            gone = (*without, *service.handler.gone)
            wanted |= read_by(list(service.handler.body), names, gone)
            for annotation in service.annotations.values():
                wanted |= names_in([annotation, *quoted_types(annotation)])
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
    staying = {case.receiver.name for case in thinned}
    recalled = {  # what calls them calls their services then
        name: service
        for name, service in written.items()
        if name not in staying and service.source.facts.path == source
    }
    calls = Calls(
        frozenset(name.rpartition(".")[2] for name in recalled),
        tuple(
            argument
            for reference in project.references
            if reference.facts.path == source and reference.receiver in recalled
            for argument in dropped(reference, recalled[reference.receiver])
        ),
    )

    def starred(name: str) -> str | None:
        return project.symbols.starred(name, facts)

    assert members[0].service is not None
    target = members[0].service.path
    coming = [(s.source.facts.path, s.name) for s in written.values() if s.path == target]
    clashes = clashing(project, source, target, coming)

    def packed(*, delegates: bool) -> Luggage:
        packed = pack(
            facts, wanted, leaving, exported, delegates, handlers, kept, calls, starred, clashes
        )
        return replace(packed, imports=_for_types(project, facts, target, packed.imports))

    apart = packed(delegates=False)
    # A models.py imports the services inside its delegates only: nothing can come back to it.
    models = any(model.file == source for model in project.models.all())
    # Nor may the services import what the settings load.
    early = any(made.asks_to_load for case in members for made in case.found.made)
    if models or not (early or any(case in thinned for case in members)):
        return apart
    together = packed(delegates=True)
    home = project.module_of(source)
    needed = _needed(project, members[0], together)
    if together.returned and any(reaches(project.imports_of, module, home) for module in needed):
        return apart
    return together


def _for_types(
    project: Project, facts: FileFacts, target: str, imports: tuple[AddImport, ...]
) -> tuple[AddImport, ...]:
    """The imports of a moved body: those for type checkers stay so, where annotations in the new
    module are no more evaluated than they were in the old one, and else become real ones."""
    if not any(each.for_types for each in imports) or not is_lazy(facts):
        return imports  # what is not evaluated stands in quotes
    if evaluates(project, facts, target):
        return tuple(replace(each, for_types=False) for each in imports)
    return imports if target in project.paths else (*imports, LAZY)


def services_of(cases: Iterable[Case]) -> dict[str, Service]:
    """The services of some receivers, by receiver."""
    return {case.receiver.name: case.service for case in cases if case.service is not None}


def _needed(project: Project, case: Case, luggage: Luggage) -> set[str]:
    """The project modules that a services module needs for what moves there."""
    service = case.service
    assert service is not None
    home = project.modules.planned(service.path, service.module)
    imports = [*luggage.imports, *(each for copied in luggage.copied for each in copied.imports)]
    imports += _fetching(project, case.receiver.file, luggage)
    wanted = [
        (each.module, each.name)
        for each in imports
        if local_name(each) not in luggage.clashing and not each.for_types
    ]
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
    for (source, _), members in groups(going, thinned).items():
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


def helpers_of(project: Project, going: list[Case], thinned: list[Case]) -> tuple[Moved, ...]:
    """The functions that come along with the bodies of receivers."""
    found: list[Moved] = []
    for (source, target), members in groups(going, thinned).items():
        luggage = luggage_of(project, source, members, thinned, services_of([*going, *thinned]))
        assert members[0].service is not None
        module, lines = members[0].service.module, project.known(source).lines
        found += [
            Moved(source, lines.span(statement), target, module)
            for statement in luggage.moved
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
        ]
    return tuple(found)


def bring_along(
    project: Project, book: Book, going: list[Case], thinned: list[Case], inside: Inside
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
    for (source, target), members in groups(going, thinned).items():
        facts = project.known(source)
        luggage = luggage_of(project, source, members, thinned, services_of([*going, *thinned]))
        imports = [*luggage.imports, *_fetching(project, source, luggage)]
        apart = [each for each in imports if local_name(each) in luggage.clashing]
        book.add(target, *(each for each in imports if each not in apart))
        appended: list[Append] = []
        home = project.module_of(source)
        assert members[0].service is not None
        for name in luggage.returned:
            book.add(source, AddImport(members[0].service.module, name))
        for copied in luggage.copied:
            span = facts.lines.span(copied.statement)
            changes = relocated(project, facts, copied.statement, members[0].service.module)
            rows = facts.lines.between(span.line, span.end_line)
            text = "\n".join(spliced(rows, changes, span.line))
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
            within = [edit for _, edit in inside.get((source, facts.lines.span(statement)), ())]
            if within:
                book.add(target, _carried(facts, statement, (*changes, *within), not function))
            else:
                code = "\n".join(spliced(rows, changes, first))
                appended.append(Append(code, after_imports=not function))
                book.add(target, appended[-1])
            book.add(source, Replace(facts.lines.span(statement), ""))
            moved[source].append(statement)
        _import_inside(project, book, target, apart, source, appended)
        names = _taken(facts, luggage, members, thinned) - patched[source]
        patched[source] |= names
        shown, module = project.exported(source), members[0].service.module
        for path, edit in repatched(project, home, module, names, shown):
            book.add(path, edit)
    for widening in widened.values():
        book.add(widening.facts.path, widening.edit)
    return moved


def patches_left(
    project: Project, going: list[Case], thinned: list[Case], case: Case
) -> Iterator[tuple[str, str, int]]:
    """The patches, with their places, of a name that a body reads in its new module from now on;
    what stays in the old one reads it there, so they stay as they are."""
    source, function = case.receiver.file, case.found.function
    if function is None or case.service is None:
        return
    read = names_in(function.node.body)
    found = [p for p in patches(project, project.module_of(source)) if p[0] in read]
    target = case.service.path
    if found and target != source:
        members = groups(going, thinned)[source, target]
        written = services_of([*going, *thinned])
        luggage = luggage_of(project, source, members, thinned, written)
        follow = _taken(project.known(source), luggage, members, thinned)
        yield from (patch for patch in found if patch[0] not in follow)


def _taken(
    facts: FileFacts, luggage: Luggage, members: list[Case], thinned: list[Case]
) -> frozenset[str]:
    gone = [c.found.function.node for c in members if c not in thinned and c.found.function]
    heads = [c.found.function.node for c in members if c in thinned and c.found.function]
    return taken(facts, luggage, gone, heads)


def _import_inside(
    project: Project,
    book: Book,
    path: str,
    imports: Sequence[AddImport],
    source: str,
    appended: Sequence[Append],
) -> None:
    """Give imports to the functions that come from `source` and need them."""

    def needing(edit: Edit) -> Edit:
        came = edit.source == source if isinstance(edit, Move) else edit in appended
        if not (came and isinstance(edit, (Append, Move))):
            return edit
        own = (each for each in imports if mentions(project, edit, local_name(each)))
        return replace(edit, imports=(*edit.imports, *own))

    if imports:
        book.edits[path] = [*map(needing, book.edits[path])]


def _fetching(project: Project, source: str, luggage: Luggage) -> list[AddImport]:
    """The imports of what stays in the old module."""
    home = project.module_of(source)
    return [AddImport(usual_module(project, home, name), name) for name in luggage.fetched]


def _carried(facts: FileFacts, statement: ast.stmt, edits: tuple[Edit, ...], early: bool) -> Move:
    """A helper that comes along, with edits inside it."""
    assert isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
    lines = facts.lines
    decorators = tuple(lines.source(lines.span(d)) for d in statement.decorator_list)
    return Move(
        facts.path, lines.span(statement), edits, statement.name, None,
        decorators=decorators, after_imports=early,
    )  # fmt: skip


def _with_decorators(span: Span, statement: ast.stmt) -> Span:
    lines = [d.lineno for d in getattr(statement, "decorator_list", [])]
    return Span(min(lines), 0, span.end_line, span.end_column) if lines else span


def _has(project: Project, book: Book, path: str, statement: ast.stmt) -> bool:
    """Whether a file binds the names that a statement binds, or is going to import them."""
    bound = set(project.known(path).scope.bindings) if path in project.paths else set()
    bound |= {e.alias or e.name or "" for e in book.edits[path] if isinstance(e, AddImport)}
    return bound_by(statement) <= bound
