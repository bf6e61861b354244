"""Imports of handlers that go, in files that have no other use for them.

    from .signals import audit, create_invoice      ->      from .signals import audit

An import whose name is used goes with its last use, by the rewriter. One in a function goes as
well: what it is used for has the service from the top of the file, as a rule by the same name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from codemod.facts.tables import FileFacts
from codemod.facts.walk import absolute_name
from codemod.project.project import Project
from codemod.values.edits import Edit, Replace
from codemod.values.span import Span


@dataclass(frozen=True)
class IdleImport:
    """An import of handlers that go, without a use."""

    facts: FileFacts
    node: ast.ImportFrom
    left: list[ast.alias]  # what else it imports
    source: str  # the file of the module that it names


def idle_imports(project: Project, names: Set[str]) -> list[IdleImport]:
    """The imports of handlers that go, `names`, in other files that do nothing with them."""
    used = {(r.receiver, r.facts.path) for r in project.references if r.kind != "import"}
    homes = {found.receiver.name: found.receiver.file for found in project.receivers}
    gone: dict[ast.ImportFrom, tuple[FileFacts, set[str]]] = {}
    for reference in project.references:
        name, facts, node = reference.receiver, reference.facts, reference.node
        if reference.kind == "import" and name in names and isinstance(node, ast.ImportFrom):
            needed = (name, facts.path) in used and not _is_in_function(facts, node)
            if not needed and facts.path != homes[name]:
                gone.setdefault(node, (facts, set()))[1].add(name)
    found = []
    for node, (facts, handlers) in gone.items():
        package = project.modules.by_path[facts.path].package
        source = absolute_name(package, node.level, node.module)
        module = project.modules.find(source, facts.path)
        left = [
            alias
            for alias in node.names
            if project.symbols.canonical(f"{source}.{alias.name}", facts.path) not in handlers
        ]
        if len(left) < len(node.names):
            file = module.path if module is not None else ""
            found.append(IdleImport(facts, node, left, file))
    return found


def without_them(
    imports: Sequence[IdleImport], emptied: Set[str], staying: Sequence[ast.stmt]
) -> Iterator[tuple[str, Edit]]:
    """The edits, by file, that take the names out of the imports. `emptied`: the files that go, and
    what is imported from them; `staying`: imports that become another one."""
    for each in imports:
        if each.facts.path in emptied or each.source in emptied:
            continue
        if not any(each.node is node for node in staying):
            span = each.facts.lines.span(each.node)
            yield each.facts.path, Replace(span, _rest(each) if each.left else "")


def _rest(each: IdleImport) -> str:
    """The import of what is left: in its own lines, where each name that goes has one."""
    lines, whole = each.facts.lines, each.facts.lines.span(each.node)
    gone = [alias for alias in each.node.names if alias not in each.left]
    rows = (lines.line(alias.lineno).partition("#")[0].strip().rstrip(",") for alias in gone)
    if all(row == ast.unparse(alias) for row, alias in zip(rows, gone, strict=True)):
        return lines.changed(whole, [(Span(a.lineno, 0, a.lineno + 1, 0), "") for a in gone])
    return ast.unparse(ast.ImportFrom(each.node.module, each.left, each.node.level))


def _is_in_function(facts: FileFacts, statement: ast.ImportFrom) -> bool:
    """Whether an import binds names of a function."""
    bound = [alias.asname or alias.name for alias in statement.names]
    return any(
        scope.kind == "function"
        for name in bound
        for scope in facts.binders.get(name, ())
        if any(binding.node is statement for binding in scope.bindings[name])
    )
