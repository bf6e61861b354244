"""Signals that are silenced as a whole, past `disconnect()`.

kept, post_save.receivers = post_save.receivers, []      for signal in (pre_save, post_save):
Order.objects.create()                                       signal.receivers.clear()

with patch.object(post_save, "send"):
    Order.objects.create()

What is saved meanwhile runs no receiver; a call beside the save does.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.facts.nodes import children, last_name
from codemod.facts.tables import FileFacts, Scope
from codemod.project.project import Project
from codemod.project.registrations.readings import signal_of
from codemod.project.registrations.terms import Reader, Term
from codemod.values.account import SIGNALS

_SILENCING = ("receivers", "send", "send_robust")
_REPLACING = ("object", "setattr")
_EMPTYING = ("clear", "remove", "pop")
_PATCHED = re.compile(
    rf"django\.(?:db\.models\.signals|dispatch)\.(\w+)\.(?:{'|'.join(_SILENCING)})"
)
_WORDS = re.compile(r"""\breceivers\b|\bsend(?:_robust)?["']|\.send(?:_robust)?\s*=""")


@dataclass(frozen=True)
class Emptied:
    """A place that takes all receivers of a signal away."""

    signal: str
    file: str
    line: int
    region: tuple[ast.stmt, ...] = ()  # what runs meanwhile; () when it can't be told


def emptied(project: Project) -> tuple[Emptied, ...]:
    """Every such place, in the order of the files."""
    return project.once(_find)


def _find(project: Project) -> tuple[Emptied, ...]:
    reader = Reader(project)
    found: list[Emptied] = []
    for path in sorted(project.paths):
        text = project.text(path)
        facts = project.facts(path) if "signal" in text and _WORDS.search(text) else None
        if facts is None:
            continue
        places: dict[tuple[str, Scope | None], list[int]] = {}
        for node, scope in _expressions(facts):
            for signal in _silences(reader, node, scope, facts):
                places.setdefault((signal, scope.function()), []).append(node.lineno)
        for (signal, function), lines in places.items():
            region = _region(facts, function, again=len(lines) > 1)
            found.append(Emptied(signal, path, min(lines), region))
    return tuple(found)


def _region(facts: FileFacts, function: Scope | None, *, again: bool) -> tuple[ast.stmt, ...]:
    """What runs while a function has taken the receivers away. `again`: it puts them back.

    A command that doesn't runs in a process of its own.
    """
    node = function.node if function is not None else None
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return ()
    inner = [*ast.walk(node)]
    given = any(isinstance(n, ast.arg) and "signal" in n.arg for n in inner)
    if given or any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in inner):
        return ()
    if again:
        return tuple(node.body)
    is_command = node.name == "handle" and "/management/commands/" in facts.path
    return tuple(facts.tree.body) if is_command else ()


def _expressions(facts: FileFacts) -> Iterator[tuple[ast.expr, Scope]]:
    """The expressions of a file, each with the scope that it is in."""
    pending: list[tuple[ast.AST, Scope]] = [(facts.tree, facts.scope)]
    while pending:
        node, scope = pending.pop()
        if isinstance(node, ast.expr):
            yield node, scope
        inner = facts.scopes.get(node, scope)
        pending += ((child, inner) for child in children(node))


def _silences(reader: Reader, node: ast.expr, scope: Scope, facts: FileFacts) -> tuple[str, ...]:
    """The signals that an expression silences."""
    owner = _silenced(node)
    if owner is not None:
        return _signals(reader, Term(owner, scope, facts))
    value = node.value if isinstance(node, ast.Constant) else None
    patched = _PATCHED.fullmatch(value) if isinstance(value, str) else None
    if patched is None:
        return ()
    return (patched[1],) if patched[1] in SIGNALS else SIGNALS


def _silenced(node: ast.expr) -> ast.expr | None:
    """The signal in `signal.receivers = []`, `del signal.receivers[:]`,
    `signal.receivers.clear()`, `patch.object(signal, "send")`."""
    if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
        return node.value if node.attr in _SILENCING else None
    if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return _owner(node.value)
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute) and node.func.attr in _EMPTYING:
        return _owner(node.func.value)
    if last_name(node.func) in _REPLACING and len(node.args) > 1:
        name = node.args[1]
        silences = isinstance(name, ast.Constant) and name.value in _SILENCING
        return node.args[0] if silences else None
    return None


def _owner(node: ast.expr) -> ast.expr | None:
    """`signal` of `signal.receivers`."""
    is_list = isinstance(node, ast.Attribute) and node.attr == "receivers"
    return node.value if isinstance(node, ast.Attribute) and is_list else None


def _signals(reader: Reader, term: Term) -> tuple[str, ...]:
    """The signals that an expression may be; all, for one that its name alone tells to be one."""
    known = signal_of(reader, term)
    if known is not None:
        return (known,) if known else ()
    if not isinstance(term.expr, ast.Name):
        return ()
    found = reader.project.symbols.bindings(term.expr.id, term.scope)
    for binding in found[1] if found is not None else ():
        if isinstance(binding.node, (ast.For, ast.AsyncFor)) and not binding.path:
            items = reader.elements(Term(binding.node.iter, term.scope, term.facts))
            if items is not None:
                return tuple(signal for item in items if (signal := signal_of(reader, item)))
    return SIGNALS if "signal" in term.expr.id else ()
