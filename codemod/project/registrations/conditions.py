"""Whether a registration always runs when the project starts."""

from __future__ import annotations

import ast

from codemod.facts.tables import CallSite, FileFacts, Scope
from codemod.project.registrations.uses import Uses

_DEPTH = 5


class Conditions:
    """Says what a registration depends on."""

    def __init__(self, uses: Uses) -> None:
        self.uses = uses
        self.project = uses.reader.project

    def of(self, site: CallSite, facts: FileFacts, depth: int = 0) -> str | None:
        """What a call's running depends on, None where it always runs."""
        found = self.of_compounds(site)
        return found or self.of_scope(site.scope, facts, site.node.lineno, depth)

    def of_compounds(self, site: CallSite) -> str | None:
        """The condition that a call stands under in its own function."""
        for node in site.compounds:
            found = _condition(node, site)
            if found is not None:
                return found
        return None

    def of_scope(self, scope: Scope, facts: FileFacts, line: int, depth: int = 0) -> str | None:
        """What the running of a line of a scope depends on."""
        owner = scope.function()
        if owner is None:
            return None
        leaves = _early_exit(owner.node, line)
        if leaves is not None:
            return leaves
        if self.is_ready(owner, facts):
            return None
        function = self.uses.reader.function_at(owner.node, facts)
        if function is None or depth >= _DEPTH:
            return f"{owner.name}()"
        for use in self.uses.of(function, facts):
            if use.site is not None:
                if self.of(use.site, use.facts, depth + 1) is None:
                    return None
            elif use.decorated is not None:
                decorated = use.decorated
                if self.of_scope(decorated.outer, use.facts, decorated.node.lineno, depth + 1):
                    continue
                return None
        if function.outer.kind == "function":  # an inner decorator runs when the outer one is used
            return self.of_scope(function.outer, facts, line, depth + 1)
        return f"{owner.qualname}()"

    def is_ready(self, scope: Scope, facts: FileFacts) -> bool:
        """Whether a function is the `ready()` of an AppConfig."""
        owner = scope.class_()
        if scope.name != "ready" or owner is None:
            return False
        name = f"{self.project.module_of(facts.path)}.{owner.qualname}"
        return self.project.classes.is_subclass(name, "django.apps.AppConfig")


def _condition(node: ast.stmt, site: CallSite) -> str | None:
    if isinstance(node, (ast.If, ast.While)):
        if isinstance(node.test, ast.Constant):
            return None
        return ast.unparse(node.test)
    if isinstance(node, ast.Try):
        return None if _within(site, node.finalbody) else "try"
    if isinstance(node, ast.Match):
        return ast.unparse(node.subject)
    return "try" if type(node).__name__ == "TryStar" else None


def _within(site: CallSite, block: list[ast.stmt]) -> bool:
    return any(site.block is block or site.statement is node for node in block)


def _early_exit(function: ast.AST, line: int) -> str | None:
    """The condition under which a function is left before a line."""
    for node in getattr(function, "body", ()) if not isinstance(function, ast.Lambda) else ():
        if node.lineno >= line:
            break
        if isinstance(node, ast.If) and any(isinstance(n, ast.Return) for n in ast.walk(node)):
            return f"not ({ast.unparse(node.test)})"
    return None
