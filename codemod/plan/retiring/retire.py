"""What becomes of the old places: receivers removed or thinned, connections, empty modules.

@receiver(post_save, sender=User)              @receiver(post_save, sender=User)
def create_profile(sender, instance, ...):     def create_profile(sender, instance, ...):
    if created:                            ->      if created:
        Profile.objects.create(...)                    services.create_profile(instance)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from textwrap import indent

from codemod.facts.nodes import descend
from codemod.facts.tables import FileFacts
from codemod.plan.book import fetched_from
from codemod.plan.callers import is_unheard
from codemod.plan.case import Case
from codemod.plan.desk import PlanDesk
from codemod.plan.moving.along import is_alternatives, names_in, sets_more
from codemod.plan.moving.own_lines import is_inert, is_lookup, own_names
from codemod.plan.reading.names import says_result
from codemod.plan.retiring.connectors import connectors
from codemod.plan.retiring.decorators_left import decorators_left
from codemod.plan.retiring.gathering import gathers, packages, stars
from codemod.plan.retiring.hollow import is_hollow, mentions, widened, with_empty_classes
from codemod.plan.retiring.idle_imports import idle_imports, without_them
from codemod.plan.retiring.loaders import Import, Loading, fading
from codemod.project.project import Project
from codemod.project.references import (
    is_put_together,
    mentions_module,
    module_imports,
    named_imports,
    star_imports,
)
from codemod.surfaces.calls.found import is_literal
from codemod.values.edits import AddImport, Edit, Replace
from codemod.values.span import Span


@dataclass
class Retirement:
    """Edits of the old places, and the files that go."""

    edits: list[tuple[str, Edit]] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)


def delegate_edits(project: Project, case: Case, desk: PlanDesk) -> list[tuple[str, Edit]]:
    """Leave the receiver as it is but for its work, which becomes a call of the service."""
    function = case.found.function
    assert function is not None
    file = case.receiver.file
    facts = case.found.facts
    edits: list[tuple[str, Edit]] = []
    home = project.module_of(file)
    documented = ast.get_docstring(function.node) is not None
    docstring = facts.lines.span(function.node.body[0])
    for service in case.services:
        package, _, module = service.module.rpartition(".")
        uses = sorted(service.handler.uses, key=lambda use: use.by_name)  # the name, if it has one
        given = {use.argument: facts.lines.source(use.span) for use in uses}
        given |= service.handler.sources
        arguments = [] if service.bare else [given.get("instance", "instance")]
        if service.ids is not None:
            arguments.append(given["pk_set"])
        extras = (name for name, _ in service.handler.extras)
        arguments += [f"{flag}={given[flag]}" for flag in (*service.flags, *extras)]
        call = f"{service.name}({', '.join(arguments)})"
        if service.module != home:  # else the receiver lives among the services
            call = f"{module}.{call}"
            # The service's module imports a models.py, which is why that imports it in functions.
            local = facts.lines.span(function.node) if desk.reaches(service.module, home) else None
            edits.append((file, AddImport(package, module, local_to=local)))
        if _is_asked(project, case):
            call = f"return {call}"
        if service.handler.conditions:
            guard = " and ".join(service.handler.conditions)
            call = f"if {guard}:\n{indent(call, '    ')}"
        first, last = service.handler.guarded
        if documented and not service.handler.edits:
            first = docstring  # it describes the work, and moves with it
        elif documented:
            edits.append((file, Replace(docstring, "")))
        region = Span(first.line, first.column, last.end_line, last.end_column)
        named = (span for span in service.handler.dropped if not region.contains(span))
        edits += [(file, Replace(span, "")) for span in named]
        edits.append((file, Replace(first, call, last, comments=False)))
    return list(dict.fromkeys(edits))


def _is_asked(project: Project, case: Case) -> bool:
    """Whether something may call the handler for what it returns, or its annotation says that
    it returns something."""
    assert case.found.function is not None
    nodes = (n for s in case.found.function.node.body for n in descend(s))
    returned = [node.value for node in nodes if isinstance(node, ast.Return)]
    says = any(value is not None and not is_literal(value, None) for value in returned)
    annotated = says_result(case.found.function.node)
    return says and (annotated or not is_unheard(project, case.receiver.name))


def retire_modules(
    project: Project,
    going: list[Case],
    thinned: list[Case],
    moved: Mapping[str, list[ast.stmt]],
    written: Mapping[str, Sequence[Edit]],
) -> Retirement:
    """Remove receivers, their connections, and modules left without content.

    `thinned`: the receivers that lose their body only; `moved`: by file, the helpers and
    constants that go along with the bodies; `written`: the other edits by file.
    """
    removed = with_empty_classes(project, _receivers_and_connections(going))
    hollow = connectors(project, removed, is_hollow)
    for path, statements in hollow.items():
        inside = {s for function in statements for s in ast.walk(function)}
        kept = [s for s in removed.get(path, ()) if s not in inside]
        removed[path] = [*kept, *statements]
    fetched = fetched_from(written)
    _add_orphans(project, removed, thinned, moved, fetched)
    left = decorators_left(project, going)
    for path, definition in left.values():
        removed.setdefault(path, []).append(definition)
    names = {case.receiver.name for case in going} | left.keys()
    names |= {
        f"{project.module_of(path)}.{node.name}"
        for path, statements in hollow.items()
        for node in statements
        if isinstance(node, ast.FunctionDef)
    }
    homes = {case.receiver.file for case in going} | {path for path, _ in left.values()}
    emptied = {
        path
        for path, statements in removed.items()
        if path in homes
        and is_empty_without(project.known(path), [*statements, *moved.get(path, ())])
        and not _wanted_elsewhere(project, path, names, written)
        and project.module_of(path) not in fetched
    }
    leaving = {path: [*statements, *moved.get(path, ())] for path, statements in removed.items()}
    loading = Loading(project, leaving)
    idle = idle_imports(project, names)
    emptied -= loading.kept_for(emptied, fading(project, removed, idle, emptied))
    emptied |= packages(project, emptied, names)
    pinned = [*loading.pinned(emptied, fading(project, removed, idle, emptied))]
    result = Retirement([], emptied)
    result.edits += [(f.path, Replace(f.lines.span(node), text)) for f, node, text in pinned]
    staying = [node for _, node, _ in pinned]
    for path, statements in removed.items():
        if path not in emptied:
            _remove(result, project.known(path), statements, staying)
            _unlist(result, project.known(path), statements)
    _remove_imports(project, result, emptied)
    result.edits += without_them(idle, emptied, staying)
    result.edits = _outside(result.edits)
    return result


def _receivers_and_connections(going: Sequence[Case]) -> dict[str, list[ast.stmt]]:
    """By file, the functions that go, and the calls that connect them."""
    removed: dict[str, list[ast.stmt]] = {}
    for case in going:
        assert case.found.function is not None
        removed.setdefault(case.receiver.file, []).append(case.found.function.node)
        for made in case.found.made:
            if made.call is not None:
                removed.setdefault(made.facts.path, []).append(made.call.statement)
    return removed


def _add_orphans(
    project: Project,
    removed: dict[str, list[ast.stmt]],
    thinned: Sequence[Case],
    moved: Mapping[str, list[ast.stmt]],
    fetched: Mapping[str, Set[str]],
) -> None:
    """Let what only the removed, or the bodies of the thinned, use go as well."""
    bodies: dict[str, list[ast.stmt]] = {}
    for case in thinned:
        if case.service is not None:
            bodies.setdefault(case.receiver.file, []).extend(case.service.handler.body)
    for path in dict.fromkeys([*removed, *bodies]):
        gone = [*removed.get(path, ()), *moved.get(path, ())]
        taken = fetched.get(project.module_of(path), set())
        orphans = _orphans(project, path, gone, bodies.get(path, []), taken)
        if orphans:
            removed.setdefault(path, []).extend(orphans)


def _outside(edits: list[tuple[str, Edit]]) -> list[tuple[str, Edit]]:
    """The edits that are not of code which another one removes: of a `ready()` that goes."""
    gone = [(path, e.first) for path, e in edits if isinstance(e, Replace) and not e.code]
    return [
        (path, edit)
        for path, edit in edits
        if not isinstance(edit, Replace)
        or not any(p == path and s != edit.first and s.contains(edit.first) for p, s in gone)
    ]


def _orphans(
    project: Project,
    path: str,
    gone: list[ast.stmt],
    bodies: list[ast.stmt],
    fetched: Set[str],
) -> list[ast.stmt]:
    """`User = get_user_model()`, `log = getLogger()` and the like, which only what goes uses.

    Decorators too, of which the services have the guards.
    """
    facts, exported = project.known(path), project.exported(path) | fetched
    used = names_in([*gone, *bodies])
    rest = [s for s in facts.tree.body if not any(s is g for g in gone)]
    marks = names_in(d for s in gone for d in getattr(s, "decorator_list", ()))
    found: list[ast.stmt] = []
    for statement in rest:
        if isinstance(statement, ast.FunctionDef) and statement.name in marks - exported:
            if statement.name not in names_in(s for s in rest if s is not statement):
                found.append(statement)
    found += _idle_lookups(rest, used - exported, bodies)
    for function in facts.functions:
        inner = [s for s in ast.walk(function.node) if any(s is g for g in gone)]
        if inner and not any(function.node is g for g in gone):
            block = [s for s in function.node.body if not any(s is g for g in gone)]
            found += _idle_lookups(block, names_in(inner), inner)
    return found


def _idle_lookups(
    block: list[ast.stmt], used: Set[str], without: Sequence[ast.AST]
) -> Iterator[ast.stmt]:
    """The lookups of a block whose names only what goes uses: `Order = self.get_model("Order")`,
    `User = settings.AUTH_USER_MODEL`."""
    for statement in block:
        if not isinstance(statement, ast.Assign):
            continue
        target = statement.targets[0]
        if is_lookup(statement.value) and isinstance(target, ast.Name):
            others = names_in((s for s in block if s is not statement), without)
            if target.id in used and target.id not in others:
                yield statement


def is_empty_without(facts: FileFacts, statements: list[ast.stmt]) -> bool:
    """Whether a module has nothing but imports, a docstring, loggers and names of constants and
    models beside `statements`."""
    for statement in facts.tree.body:
        if any(statement is s for s in statements):
            continue
        if is_alternatives(statement) and not sets_more(statement):
            continue
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        if isinstance(statement, ast.Assign) and all(
            not isinstance(t, (ast.Attribute, ast.Subscript))
            and (is_inert(statement.value) or (isinstance(t, ast.Name) and t.id == "__all__"))
            for t in statement.targets
        ):
            continue
        return False
    return True


def _wanted_elsewhere(
    project: Project, path: str, going: Set[str], written: Mapping[str, Sequence[Edit]]
) -> bool:
    """Whether other files name what is in a module and not among what goes, or need it to load."""
    module = project.module_of(path)
    for facts, binding in module_imports(project, module):
        if isinstance(binding.node, ast.Import):
            if f"{module}." in facts.text:
                return True
            continue
        target = project.symbols.canonical(binding.target or "", facts.path)
        if module in (target, binding.target):
            if any(f".{name}" in facts.text for name in own_names(project.known(path).tree)):
                return True
        elif target not in going:
            return True
    names = {dotted.rpartition(".")[2] for dotted in going}
    if any(
        not gathers(project, facts, path, going) and project.starred(facts.path, path) - names
        for facts in star_imports(project, module)
    ):
        return True
    if is_put_together(project, module):
        return True
    loading = [line for _, line in named_imports(project, module)]
    return any(
        not any(
            isinstance(edit, Replace) and edit.first.contains(facts.lines.span(mention))
            for edit in written.get(facts.path, ())
        )
        for facts, mention in mentions_module(project, module)
        if not any(mention in ast.walk(line) for line in loading)
    )


def _remove(
    result: Retirement,
    facts: FileFacts,
    statements: list[ast.stmt],
    loading: Sequence[ast.stmt] = (),
) -> None:
    """Remove statements; a `ready()`, loop or condition left empty goes with them.

    `loading`: the imports that stay for what they load.
    """
    pending = widened(facts, statements, loading)
    for function in facts.functions:
        node = function.node
        inner = [s for s in pending if any(s is b for b in ast.walk(node))]
        loads = any(s is load for s in ast.walk(node) for load in loading)
        if inner and node.name == "ready" and not loads and is_hollow(node, pending):
            pending = [s for s in pending if not any(s is i for i in inner)]
            pending.append(node)
    for statement in pending:
        result.edits.append((facts.path, Replace(facts.lines.span(statement), "")))


def _unlist(result: Retirement, facts: FileFacts, statements: list[ast.stmt]) -> None:
    """Take the functions that go out of a literal `__all__`."""
    gone = {s.name for s in statements if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))}
    for binding in facts.scope.bindings.get("__all__", ()):
        value = binding.value
        if not isinstance(value, (ast.List, ast.Tuple)):
            continue
        listed = facts.lines.source(facts.lines.span(value))
        for element in value.elts:
            if isinstance(element, ast.Constant) and element.value in gone:
                name = re.escape(facts.lines.source(facts.lines.span(element)))
                if re.search(rf"(?m)^[ \t]*{name},?[ \t]*$", listed):
                    listed = re.sub(rf"(?m)^[ \t]*{name},?[ \t]*\n", "", listed)
                else:
                    listed = re.sub(rf", {name}|{name},? ?", "", listed, count=1)
        if listed != facts.lines.source(facts.lines.span(value)):
            result.edits.append((facts.path, Replace(facts.lines.span(value), listed)))


def _remove_imports(project: Project, result: Retirement, emptied: Set[str]) -> None:
    """Remove every import of the modules that go."""
    modules = [project.module_of(path) for path in sorted(emptied)]
    by_file: dict[str, tuple[FileFacts, dict[Import, set[str]]]] = {}
    for module in modules:
        for facts, binding in module_imports(project, module):
            if facts.path not in emptied:
                assert isinstance(binding.node, (ast.Import, ast.ImportFrom))
                _, gone = by_file.setdefault(facts.path, (facts, {}))
                gone.setdefault(binding.node, set()).add(binding.name)
    for facts, gone in by_file.values():
        statements: list[ast.stmt] = []
        for node, names in gone.items():
            if len(names) == len(node.names):
                statements += [node, *mentions(facts, node)]
            else:
                kept = [a for a in node.names if (a.asname or a.name.split(".")[0]) not in names]
                node_text = ast.unparse(
                    ast.ImportFrom(node.module, kept, node.level)
                    if isinstance(node, ast.ImportFrom)
                    else ast.Import(kept)
                )
                result.edits.append((facts.path, Replace(facts.lines.span(node), node_text)))
        if statements:
            _remove(result, facts, statements)
    for module in modules:
        for facts in star_imports(project, module):
            if facts.path not in emptied:
                _remove(result, facts, [*stars(project, facts, module)])
        for facts, line in named_imports(project, module):
            if facts.path not in emptied:
                _remove(result, facts, [line])
