"""INSTALLED_APPS as each settings file of the project has it.

CORE_APPS = ["shop"]
INSTALLED_APPS = DJANGO_APPS + CORE_APPS            whole: every part of it was read
from .base import *                                 what the base has, and one more
INSTALLED_APPS += ["shop.debug"]
INSTALLED_APPS += find_plugins()                    not whole: the rest comes when it runs
settings.configure(INSTALLED_APPS=[...])            settings within a script for tests
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemod.facts.tables import FileFacts, Scope
from codemod.project.registrations.terms import Reader, Term

_NAME = "INSTALLED_APPS"
_TAKING = ("configure", "dict")
_DEPTH = 10


@dataclass(frozen=True)
class Installed:
    """What one settings file installs."""

    path: str
    apps: tuple[str, ...]  # in their order
    whole: bool  # all of the list was read
    bases: frozenset[str] = frozenset()  # the files whose lists it goes on with


def installed_apps(reader: Reader) -> list[str]:
    """The names in INSTALLED_APPS, of the settings that name the most."""
    best: tuple[str, ...] = ()
    for found in installed_lists(reader):
        best = max(best, found.apps, key=len)
    return [*best]


def installed_lists(reader: Reader) -> Iterator[Installed]:
    """INSTALLED_APPS of each module and class that sets it, and of each call that is given it."""
    for path in reader.project.paths:
        facts = reader.project.facts(path) if _NAME in reader.project.text(path) else None
        for scope in facts.scopes.values() if facts is not None else ():
            if facts is not None and scope.kind in ("module", "class"):
                found = _installed(reader, facts, scope)
                if found is not None:
                    yield found
        yield from _handed_over(reader, facts) if facts is not None else ()


def _handed_over(reader: Reader, facts: FileFacts) -> Iterator[Installed]:
    """The lists that calls are given: `configure(INSTALLED_APPS=...)`, `dict(INSTALLED_APPS=...)`,
    `configure(**{"INSTALLED_APPS": ...})`.

    Django's `modify_settings()` and the like are given what they change, and no list.
    """
    for site in facts.calls:
        values = [word.value for word in site.node.keywords if word.arg == _NAME]
        for word in site.node.keywords:
            if word.arg is None and isinstance(word.value, ast.Dict):
                values += [
                    v for k, v in zip(word.value.keys, word.value.values, strict=True) if _is_key(k)
                ]
        for value in values if site.name in _TAKING else ():
            names = [*_texts(reader, Term(value, site.scope, facts), ())]
            apps = tuple(name for name in names if name is not None)
            yield Installed(facts.path, apps, None not in names)


def _is_key(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value == _NAME


def _installed(
    reader: Reader, facts: FileFacts, scope: Scope, seen: frozenset[str] = frozenset()
) -> Installed | None:
    """INSTALLED_APPS of a module or a class; None where it isn't set. `seen`: the files that go on
    with the list of this one."""
    bindings = scope.bindings.get(_NAME, ())
    if not bindings:
        return None
    seen |= {facts.path}
    symbols = reader.project.symbols
    starred = symbols.starred(_NAME, facts) if scope.kind == "module" else None
    names, bases = _named(reader, starred, seen)
    for binding in bindings:
        term = Term(binding.value, scope, facts) if binding.value is not None else None
        if binding.target is not None:  # from .base import INSTALLED_APPS
            names, bases = _named(reader, binding.target, seen)
        elif term is None:
            names.append(None)
        elif binding is bindings[0] and isinstance(binding.node, (ast.Assign, ast.AnnAssign)):
            bases = bases if any(map(_is_name, ast.walk(term.expr))) else frozenset()
            names = [*_texts(reader, term, names)]
        else:
            names += _texts(reader, term, ())
    for site in facts.calls:  # append(), extend()
        if isinstance(site.node.func, ast.Attribute) and _is_name(site.node.func.value):
            for value in site.node.args[-1:]:
                names += _texts(reader, Term(value, site.scope, facts), ())
    apps = tuple(name for name in names if name is not None)
    return Installed(facts.path, apps, None not in names, bases)


def _named(
    reader: Reader, dotted: str | None, seen: frozenset[str]
) -> tuple[list[str | None], frozenset[str]]:
    """The list that other settings go on with, None among it for what is not known of it, and the
    files that it comes from."""
    place = reader.project.symbols.definition(dotted) if dotted is not None else None
    if place is None or place.facts.path in seen:
        return [None], frozenset()
    found = _installed(reader, place.facts, place.scope, seen)
    if found is None:
        return [None], frozenset()
    rest = () if found.whole else (None,)
    return [*found.apps, *rest], found.bases | {found.path}


def _is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == _NAME


def _texts(
    reader: Reader, term: Term, before: Sequence[str | None], depth: int = 0
) -> Iterator[str | None]:
    """The strings of a list that may be put together from others; None for what is not known.

    `before`: what INSTALLED_APPS itself adds, its value before.
    """
    expr = term.expr
    parts: list[Term] = []
    if depth > _DEPTH:
        yield None
    elif isinstance(expr, ast.Constant):
        yield expr.value if isinstance(expr.value, str) else None
    elif _is_name(expr):
        yield from before
    else:
        parts = [*_parts(reader, term)]
        if not parts and not isinstance(expr, (ast.List, ast.Tuple, ast.Set)):
            yield None
    for part in parts:
        yield from _texts(reader, part, before, depth + 1)


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
