"""Where the project names one of its functions or classes, other than to import it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.facts.tables import FileFacts, Scope
from codemod.project.answers import ClassRef, Instance
from codemod.project.project import Project


@dataclass(frozen=True, eq=False)
class Mention:
    """A name or an attribute that means it; not `sure`: that may mean it."""

    node: ast.Name | ast.Attribute
    scope: Scope
    facts: FileFacts
    sure: bool


def mentions(project: Project, home: FileFacts, scope: Scope) -> Iterator[Mention]:
    """Of the function or class of a scope, the files in order."""
    dotted = f"{project.module_of(home.path)}.{scope.qualname}"
    owner = scope.parent if scope.parent is not None and scope.parent.kind == "class" else None
    for path in project.paths:
        if scope.name not in project.text(path):
            continue
        facts = project.facts(path)
        for node, where in _names(facts, scope.name) if facts is not None else ():
            if facts is None or (where is scope and facts is home):
                continue
            if owner is not None and isinstance(node, ast.Attribute):
                sure = _is_method(project, node, where, facts, dotted, owner)
            else:
                sure = project.symbols.resolve(node, where, facts) == dotted or None
            if sure is not None:
                yield Mention(node, where, facts, sure)


def _is_method(
    project: Project, node: ast.Attribute, scope: Scope, facts: FileFacts, dotted: str, owner: Scope
) -> bool | None:
    """Whether an attribute is a class's method: None if not; False if it is another in some class
    below, or if nothing is told and the file names the class."""
    cls, _, name = dotted.rpartition(".")
    around = scope.class_()
    if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and around is not None:
        classes = [f"{project.module_of(facts.path)}.{around.qualname}"]
    else:
        types = project.type_of(node.value, scope, facts).types
        if not types:
            return False if owner.name in facts.text else None
        classes = [t.cls if isinstance(t, (Instance, ClassRef)) else "" for t in types]
    methods = [
        project.classes.method(c, name) for each in classes for c in project.classes.heirs(each)
    ]
    meant = [method is not None and method[0].name == cls for method in methods]
    return all(meant) if any(meant) else None


def _names(facts: FileFacts, name: str) -> Iterator[tuple[ast.Name | ast.Attribute, Scope]]:
    """The names and attributes of a file that read a name, or what it is imported as."""
    words = {name}
    for binding in facts.imports:
        if (binding.target or "").rpartition(".")[2] == name:
            words.add(binding.name)
    for node, scope in facts.nodes():
        if isinstance(node, (ast.Name, ast.Attribute)) and _reads(node, name, words):
            yield node, scope


def _reads(node: ast.Name | ast.Attribute, name: str, words: set[str]) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == name
    return node.id in words and isinstance(node.ctx, ast.Load)
