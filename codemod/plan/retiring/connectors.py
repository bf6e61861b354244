"""Functions that only connected receivers, and are left without work.

def register_signals():                            (gone, and so is `register_signals()`
    post_save.connect(on_reply, sender=Reply)       in the app's `ready()`)
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from codemod.facts.tables import FileFacts
from codemod.project.project import Project

Hollow = Callable[[ast.FunctionDef | ast.AsyncFunctionDef, list[ast.stmt]], bool]


def connectors(
    project: Project, removed: Mapping[str, list[ast.stmt]], is_hollow: Hollow
) -> dict[str, list[ast.stmt]]:
    """By file, what goes too: such functions, and the statements that call them.

    A function stays if it is used in any other way than `function()` as a statement.
    """
    going: dict[str, list[ast.stmt]] = {}
    for path, statements in removed.items():
        facts = project.known(path)
        for node in facts.tree.body:
            if not isinstance(node, ast.FunctionDef) or node.decorator_list:
                continue
            inside = [s for s in statements if s is not node and _holds(node, s)]
            calls = _calls(project, facts, node) if inside and is_hollow(node, inside) else None
            if calls is not None:
                going.setdefault(path, []).append(node)
                for file, statement in calls:
                    going.setdefault(file, []).append(statement)
    return going


def _holds(node: ast.AST, statement: ast.stmt) -> bool:
    return any(statement is inner for inner in ast.walk(node))


def _calls(
    project: Project, home: FileFacts, function: ast.FunctionDef
) -> list[tuple[str, ast.stmt]] | None:
    """The statements that call a function; None if it may be reached in another way too."""
    dotted = f"{project.module_of(home.path)}.{function.name}"
    found: list[tuple[str, ast.stmt]] = []
    for path in sorted(project.paths):
        if function.name not in project.text(path):
            continue
        facts = project.facts(path)
        if facts is None:
            return None
        calls = {
            call.node.func: call.statement
            for call in facts.calls
            if call.name == function.name and _is_bare(call.statement, call.node)
        }
        for node in ast.walk(facts.tree):
            if isinstance(node, ast.Constant) and node.value == function.name:
                return None
            if getattr(node, "attr", getattr(node, "id", "")) != function.name:
                continue
            assert isinstance(node, (ast.Attribute, ast.Name))
            statement = calls.get(node)
            scope = next((c.scope for c in facts.calls if c.node.func is node), facts.scope)
            meant = project.symbols.resolve(node, scope, facts)
            if meant != dotted:
                if meant is not None or (isinstance(node, ast.Name) and path != home.path):
                    continue  # another of that name
                return None
            if statement is None:
                return None
            found.append((path, statement))
    return found


def _is_bare(statement: ast.stmt, call: ast.Call) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and statement.value is call
        and not call.args
        and not call.keywords
    )
