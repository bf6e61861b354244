"""No undefined or unused name, and no redefinition, that was not there before.

    create_invoice(order)      ->   shop/views.py:9: undefined name 'create_invoice'

The names are pyflakes'. What it said of the file before, it may say again; and so it may of
another file, for a body takes its flaws along when it moves. That nothing needs an `import *` any
more is no flaw: where it could have gone without harm, it has (see `rewrite.unused`). Nor is it one
that nothing uses a name any more between two places that bound it before.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from pyflakes.checker import Checker

from codemod.checks.comments import comments
from codemod.checks.syntax import parse
from codemod.values.failures import Failure
from codemod.values.latest import Latest

_NOQA = re.compile(r"#\s*noqa\b(?P<codes>\s*:\s*[A-Z])?", re.IGNORECASE)
_ALIKE = re.compile(r"\b(\w+)\s+as\s+\1\b")
_NOQA_FLAKES = re.compile(r"#\s*noqa\s*:.*\bF[0-9]*\b", re.IGNORECASE)
_STAR_USAGE = "ImportStarUsage"
_UNUSED_IMPORT = "UnusedImport"
_REDEFINITION = "RedefinedWhileUnused"

_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class _Flaw:
    """What pyflakes says; line numbers are no part of `key`, for they change."""

    kind: str
    arguments: tuple[str, ...]
    line: int
    column: int
    message: str

    @property
    def key(self) -> tuple[str, ...]:
        return (self.kind, *self.arguments)

    @property
    def travels(self) -> bool:
        """Whether it can move along with a function's body."""
        return self.kind != _UNUSED_IMPORT or self.column > 0


def check_names(
    before: Mapping[str, str],
    after: Mapping[str, str],
    exported: Mapping[str, Collection[str]] | None = None,
    latest: Latest | None = None,
) -> tuple[Failure, ...]:
    """Return what pyflakes says of the files after and didn't say before.

    `exported`: by path, the names that other files import from there, used by definition.
    """
    names = exported or {}
    latest = Latest() if latest is None else latest
    earlier = {
        path: latest.ask(("flaws before", path), (path, text, frozenset()), _flaws)
        for path, text in before.items()
    }
    later = {
        path: latest.ask(("flaws", path), (path, text, frozenset(names.get(path, ()))), _flaws)
        for path, text in after.items()
    }
    moved = Counter(
        flaw.key
        for path, flaws in earlier.items()
        for flaw in _without(flaws, later.get(path, ()))
        if flaw.travels
    )
    failures: list[Failure] = []
    for path, flaws in later.items():
        for flaw in _without(flaws, earlier.get(path, ())):
            if flaw.travels and moved[flaw.key]:
                moved[flaw.key] -= 1
            elif not _bound_before(flaw, before.get(path, ""), after[path]):
                failures.append(Failure("names", path, flaw.line, flaw.message))
    return tuple(failures)


def _bound_before(flaw: _Flaw, before: str, after: str) -> bool:
    """Whether a name that is said to be bound twice was bound as often before."""
    if flaw.kind != _REDEFINITION:
        return False
    (name,) = flaw.arguments
    return _times_bound(after, name) <= _times_bound(before, name)


def _times_bound(text: str, name: str) -> int:
    """How many imports, functions and classes of a text have a name."""
    nodes = [*ast.walk(parse(text) or ast.Module([], []))]
    aliases = [alias for node in nodes if isinstance(node, _IMPORTS) for alias in node.names]
    imported = [alias.asname or alias.name.partition(".")[0] for alias in aliases]
    return [*imported, *(node.name for node in nodes if isinstance(node, _DEFINITIONS))].count(name)


def _without(flaws: Iterable[_Flaw], others: Iterable[_Flaw]) -> Iterator[_Flaw]:
    """Yield the flaws that aren't among the others, or not as often."""
    known = Counter(flaw.key for flaw in others)
    for flaw in flaws:
        if not known[flaw.key]:
            yield flaw
        elif flaw.kind != _STAR_USAGE:  # one more use of a name is no new doubt
            known[flaw.key] -= 1


def _flaws(path: str, text: str, exported: Collection[str]) -> list[_Flaw]:
    """What pyflakes says of a file, but for what it is told not to say."""
    tree = parse(text)
    if tree is None:
        return []
    found: list[_Flaw] = []
    silenced, silenced_imports = _silenced(text)
    if "try:" in text:
        silenced_imports |= _tried(tree)
    reexported = {*exported, *(_reexported(tree) if _ALIKE.search(text) else ())}
    package = PurePosixPath(path).name == "__init__.py"
    local = _within_functions(tree) if package else set()
    for said in Checker(tree, filename=path, withDoctest=False).messages:
        flaw = _Flaw(
            type(said).__name__,
            tuple(argument for argument in said.message_args if isinstance(argument, str)),
            said.lineno,
            said.col,
            said.message % said.message_args,
        )
        if flaw.line in silenced:
            continue
        if flaw.kind == _UNUSED_IMPORT and (
            (package and flaw.line not in local)
            or flaw.line in silenced_imports
            or _name(flaw.arguments[0]) in {*reexported, "*"}
        ):
            continue
        found.append(flaw)
    return found


def _silenced(text: str) -> tuple[set[int], set[int]]:
    """The lines on which `# noqa` speaks to pyflakes, and those with a `# noqa` of any kind."""
    flakes: set[int] = set()
    every: set[int] = set()
    for comment in comments(text) if _NOQA.search(text) else ():
        found = _NOQA.search(comment.text)
        if found is None:
            continue
        every.update(comment.statement)
        if found["codes"] is None or _NOQA_FLAKES.search(comment.text):
            flakes.update(comment.statement)
    return flakes, every


def _tried(tree: ast.Module) -> set[int]:
    """The lines of imports under `try`: whether they work is what it is about."""
    return {
        node.lineno
        for block in ast.walk(tree)
        if isinstance(block, ast.Try)
        for node in ast.walk(block)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }


def _within_functions(tree: ast.Module) -> set[int]:
    """The lines of imports in functions: others can't import their names from a package."""
    functions = (
        n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    nodes = (node for function in functions for node in ast.walk(function))
    return {node.lineno for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))}


def _reexported(tree: ast.Module) -> Iterator[str]:
    """The names in `import x as x`, which says that they are for others."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.name for alias in node.names if alias.name == alias.asname)


def _name(imported: str) -> str:
    """The local name in what pyflakes calls an import: `shop.models.Order as Shop`."""
    path, _, alias = imported.partition(" as ")
    return alias or path.rpartition(".")[2]
