"""INSTALLED_APPS as each settings file of the project has it.

CORE_APPS = ["shop"]
INSTALLED_APPS = DJANGO_APPS + CORE_APPS            whole: nothing but what stands here
from .base import *                                 not whole: the rest is elsewhere
INSTALLED_APPS += ["shop.debug"]
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.project.registrations.terms import Reader, Term

_NAME = "INSTALLED_APPS"
_DEPTH = 10


@dataclass(frozen=True)
class Installed:
    """What one settings file installs."""

    path: str
    apps: tuple[str, ...]  # in their order
    whole: bool  # all of the list was read


def installed_apps(reader: Reader) -> list[str]:
    """The names in INSTALLED_APPS, of the settings that name the most."""
    best: tuple[str, ...] = ()
    for found in installed_lists(reader):
        best = max(best, found.apps, key=len)
    return [*best]


def installed_lists(reader: Reader) -> Iterator[Installed]:
    """INSTALLED_APPS of each module and class that sets it."""
    for path in reader.project.paths:
        facts = reader.project.facts(path) if _NAME in reader.project.text(path) else None
        if facts is None:
            continue
        for scope in facts.scopes.values():
            bindings = scope.bindings.get(_NAME, ()) if scope.kind in ("module", "class") else ()
            if not bindings:
                continue
            anew = isinstance(bindings[0].node, (ast.Assign, ast.AnnAssign))
            names: list[str | None] = [] if anew else [None]
            for binding in bindings:
                own = binding is not bindings[0]
                value = binding.value
                term = Term(value, scope, facts) if value is not None else None
                names += _texts(reader, term, own=own) if term is not None else [None]
            for site in facts.calls:  # append(), extend()
                if isinstance(site.node.func, ast.Attribute) and _is_name(site.node.func.value):
                    for value in site.node.args[-1:]:
                        names += _texts(reader, Term(value, site.scope, facts), own=True)
            apps = tuple(name for name in names if name is not None)
            yield Installed(path, apps, None not in names)


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == _NAME


def _texts(reader: Reader, term: Term, depth: int = 0, *, own: bool) -> Iterator[str | None]:
    """The strings of a list that may be put together from others; None for what is not known.

    `own`: INSTALLED_APPS itself adds nothing, its value before was read.
    """
    expr = term.expr
    parts: list[Term] = []
    if depth > _DEPTH:
        yield None
    elif isinstance(expr, ast.Constant):
        yield expr.value if isinstance(expr.value, str) else None
    elif _is_name(expr):
        yield from () if own else (None,)
    else:
        parts = [*_parts(reader, term)]
        if not parts and not isinstance(expr, (ast.List, ast.Tuple, ast.Set)):
            yield None
    for part in parts:
        yield from _texts(reader, part, depth + 1, own=own)


def _parts(reader: Reader, term: Term) -> Iterator[Term]:
    """What a list is made of."""
    expr = term.expr
    if isinstance(expr, (ast.List, ast.Tuple, ast.Set)):
        yield from map(term.at, expr.elts)
    elif isinstance(expr, ast.Starred):
        yield term.at(expr.value)
    elif isinstance(expr, ast.BinOp):
        yield from (term.at(expr.left), term.at(expr.right))
    elif isinstance(expr, ast.IfExp):
        yield term.at(expr.body)
    elif isinstance(expr, ast.Call):
        yield from map(term.at, expr.args)
    else:
        found = None
        if isinstance(expr, ast.Name):
            found = reader.project.symbols.bindings(expr.id, term.scope)
        values = [b.value for b in found[1] if b.value is not None] if found is not None else []
        if found is not None and values:
            yield from (Term(value, found[0], term.facts) for value in values)
            return
        after = reader.step(term) if isinstance(expr, (ast.Name, ast.Attribute)) else None
        if after is not None:
            yield after
