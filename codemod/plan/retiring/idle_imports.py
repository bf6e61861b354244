"""Imports of handlers that go, in files that have no other use for them.

    from .signals import audit, create_invoice      ->      from .signals import audit

An import whose name is used goes with its last use, by the rewriter. One in a function goes as
well: what it is used for has the service from the top of the file, as a rule by the same name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence, Set

from codemod.facts.tables import FileFacts
from codemod.project.project import Project
from codemod.values.edits import Edit, Replace


def idle_imports(
    project: Project, names: Set[str], emptied: Set[str], loading: Sequence[ast.stmt]
) -> Iterator[tuple[str, Edit]]:
    """The edits, by file, that take such names out of imports from modules that stay.

    `names`: of the handlers; `emptied`: the files that go; `loading`: imports that stay.
    """
    idle: dict[ast.ImportFrom, tuple[FileFacts, set[str]]] = {}
    files = {found.receiver.name: found.receiver.file for found in project.receivers}
    used = {(r.receiver, r.facts.path) for r in project.references if r.kind != "import"}
    for reference in project.references:
        name, facts, node = reference.receiver, reference.facts, reference.node
        if reference.kind != "import" or name not in names or not isinstance(node, ast.ImportFrom):
            continue
        needed = (name, facts.path) in used and not _is_in_function(facts, node)
        stays = needed or any(node is load for load in loading)
        if not stays and facts.path not in emptied and files[name] not in (facts.path, *emptied):
            idle.setdefault(node, (facts, set()))[1].add(name.rpartition(".")[2])
    for node, (facts, gone) in idle.items():
        kept = [alias for alias in node.names if alias.name not in gone]
        text = ast.unparse(ast.ImportFrom(node.module, kept, node.level)) if kept else ""
        yield facts.path, Replace(facts.lines.span(node), text)


def _is_in_function(facts: FileFacts, statement: ast.ImportFrom) -> bool:
    """Whether an import binds names of a function."""
    bound = [alias.asname or alias.name for alias in statement.names]
    return any(
        scope.kind == "function"
        for name in bound
        for scope in facts.binders.get(name, ())
        if any(binding.node is statement for binding in scope.bindings[name])
    )
