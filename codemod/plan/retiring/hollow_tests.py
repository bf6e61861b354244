"""Tests of nothing but a guard that the service no longer has: they go with the guard.

def test_ignores_updates(self):
    member = MemberFactory()
    issue_card(Member, member, created=False)      does nothing, and can't be called any more
    self.assertEqual(member.card_set.count(), 0)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace

from codemod.facts.tables import CallSite, FileFacts
from codemod.plan.excused import is_test
from codemod.plan.reading.names import is_docstring
from codemod.surfaces.site import Site
from codemod.values.edits import Edit, Replace
from codemod.values.span import Span

REASON = "in a test that goes with a guard"
PLAIN = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Hollow:
    """What goes: tests, or whole classes of them, by file; and files that have no others."""

    statements: tuple[tuple[FileFacts, ast.stmt], ...] = ()
    files: frozenset[str] = frozenset()

    def holds(self, path: str, place: Span | None) -> bool:
        """Whether a place is in one of them."""
        return place is not None and any(
            facts.path == path and _decorated(facts, node).contains(place)
            for facts, node in self.statements
        )

    def covers(self, path: str, edit: Edit) -> bool:
        """Whether an edit is of something within one of them: what a test patches, say."""
        return isinstance(edit, Replace) and any(
            facts.lines.span(node) != edit.first and _decorated(facts, node).contains(edit.first)
            for facts, node in self.statements
            if facts.path == path
        )

    def edits(self) -> list[tuple[str, Edit]]:
        """The edits that take them out."""
        return [
            (facts.path, Replace(facts.lines.span(node), ""))
            for facts, node in self.statements
            if facts.path not in self.files
        ]

    def without(self, sites: Iterable[Site]) -> tuple[Site, ...]:
        """The sites, with nothing to call at those in such tests."""
        return tuple(
            replace(site, never=True, reason=REASON) if self.holds(site.file, site.span) else site
            for site in sites
        )


def _decorated(facts: FileFacts, node: ast.stmt) -> Span:
    """Where a test or a class is, with its decorators."""
    span, decorators = facts.lines.span(node), getattr(node, "decorator_list", ())
    first = facts.lines.span(decorators[0]) if decorators else span
    return Span(first.line, first.column, span.end_line, span.end_column)


def hollow_tests(idle: Iterable[tuple[FileFacts, CallSite]]) -> Hollow:
    """The tests that only see handlers do nothing. `idle`: the direct calls that do nothing."""
    calls = [(facts, call) for facts, call in idle if is_test(facts.path)]
    ids = {id(call.node) for _, call in calls}
    found: dict[str, tuple[FileFacts, list[ast.stmt]]] = {}
    for facts, call in calls:
        function = call.scope.function()
        node = function.node if function is not None else None
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_hollow(node, ids):
            nodes = found.setdefault(facts.path, (facts, []))[1]
            if node not in nodes:
                nodes.append(node)
    statements: list[tuple[FileFacts, ast.stmt]] = []
    files = set()
    for facts, tests in found.values():
        gone = [_whole(facts, node, tests) for node in tests]
        statements += [(facts, node) for node in dict.fromkeys(gone)]
        rest = [s for s in facts.tree.body if s not in gone]
        if all(isinstance(s, PLAIN) or is_docstring(s) for s in rest):
            files.add(facts.path)
    return Hollow(tuple(statements), frozenset(files))


def _is_hollow(test: ast.FunctionDef | ast.AsyncFunctionDef, idle: set[int]) -> bool:
    """Whether a test asserts nothing before such a call, and does nothing else after one."""
    if not test.name.startswith("test"):
        return False
    called = False
    for statement in test.body:
        if _is_idle(statement, idle):
            called = True
        elif (not called and _asserts(statement)) or (called and not _is_assertion(statement)):
            return False
    return called


def _is_idle(statement: ast.stmt, idle: set[int]) -> bool:
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        return all(_is_idle(inner, idle) for inner in statement.body)
    return isinstance(statement, ast.Expr) and id(statement.value) in idle


def _asserts(statement: ast.stmt) -> bool:
    return any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Attribute) and node.attr.startswith("assert"))
        for node in ast.walk(statement)
    )


def _is_assertion(statement: ast.stmt) -> bool:
    """Whether a statement looks at what came of it, and does no more."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        function = statement.value.func
        if isinstance(function, ast.Attribute) and function.attr == "refresh_from_db":
            return True
    return isinstance(statement, (ast.Assert, ast.Expr)) and _asserts(statement)


def _whole(facts: FileFacts, test: ast.stmt, gone: list[ast.stmt]) -> ast.stmt:
    """The test, or its class if nothing else is in it."""
    for node in facts.tree.body:
        if isinstance(node, ast.ClassDef) and test in node.body:
            if all(s in gone or is_docstring(s) for s in node.body):
                return node
    return test
