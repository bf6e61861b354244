"""Which modules Django imports when it starts, before anyone asks it for anything.

    shop/apps.py     ready() imports shop/signals.py, and that shop/search.py: they are there
    shop/forms.py    views alone import it: it comes with the URLs, and to no task

Django imports the package and the `apps` of every app, then every `models`, then calls each
`ready()` (django/apps/registry.py, `populate()`); that of the admin imports every `admin`
(django/contrib/admin/apps.py). What these import on the way is there as well, and so are the
settings with the packages around them.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from codemod.facts.nodes import last_name, nested
from codemod.project.imports import dotted_names, on_import

if TYPE_CHECKING:
    from codemod.project.project import Project

_OF_APP = frozenset(("__init__.py", "models.py", "models/__init__.py"))
_ADMIN = frozenset(("admin.py", "admin/__init__.py"))
_SETTINGS = re.compile(r"^INSTALLED_APPS\b", re.MULTILINE)
# How code imports a module by its name in a string.
_BY_NAME = ("import_module", "__import__", "autodiscover", "import_string", "run_module(")


_Way = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Gone:
    """Imports that are no longer there: all of some files, and (file, imported file) of others."""

    files: Set[str] = frozenset()
    imports: Set[tuple[str, str]] = frozenset()

    def has(self, path: str, imported: str) -> bool:
        """Whether a file no longer imports another."""
        return path in self.files or (path, imported) in self.imports


NOTHING = Gone()


class Started:
    """Answers for the modules of a project."""

    def __init__(self, project: Project, importers_of: Callable[[str], Iterable[str]]) -> None:
        self._project = project
        self._importers_of = importers_of
        self._imported: dict[str, frozenset[str]] = {}
        self._ways: dict[str, _Way | None] = {}  # without anything gone
        self._by_name: dict[str, bool] = {}

    def includes(self, path: str, gone: Gone = NOTHING) -> bool:
        """Whether Django imports the module of a file when it starts, without the imports that are
        gone."""
        if path not in self._ways:
            self._ways[path] = self._way(path)
        way = self._ways[path]
        if way is None or not any(gone.has(*step) for step in way):
            return way is not None
        return self._way(path, gone) is not None

    def _way(self, path: str, gone: Gone = NOTHING) -> _Way | None:
        """The imports, each of (file, imported file), by which Django comes from a module that it
        imports by itself to one; the first way that is found, None if there is none."""
        ways: dict[str, _Way] = {path: ()}
        pending = deque([path])
        while pending:
            current = pending.popleft()
            if self.is_root(current):
                return ways[current]
            for other in self._importers_of(current):
                known = self._ways.get(other, ())
                if other in ways or known is None or gone.has(other, current):
                    continue
                if not self.imports(other, current):
                    continue
                ways[other] = ((other, current), *ways[current])
                if known and not any(gone.has(*step) for step in known):
                    return (*known, *ways[other])
                if self.is_root(other):
                    return ways[other]
                pending.append(other)
        if gone is NOTHING:
            self._ways.update(dict.fromkeys(ways))  # nor does it come to any of these
        return None

    def is_root(self, path: str) -> bool:
        """Whether Django imports the module of a file by itself."""
        if path in self._project.apps.config_files or path in self._settings:
            return True
        app = self._project.app_of(path)
        if app is None:
            return False
        inside = posixpath.relpath(path, app.folder or ".")
        return inside in _OF_APP or (inside in _ADMIN and self._finds_admins)

    def is_settings(self, path: str) -> bool:
        """Whether a file has settings, in which strings name modules."""
        return path in self._settings

    def imports(self, path: str, other: str) -> bool:
        """Whether a module that is imported at the start imports another then."""
        if other in self.imported_by(path):
            return True
        # By its name, which `importers_of` has found.
        return self.has_by_name(path) and not self.is_settings(path)

    def has_by_name(self, path: str) -> bool:
        """Whether a file imports anything by its name in a string."""
        if path not in self._by_name:
            text = self._project.text(path)
            self._by_name[path] = any(way in text for way in _BY_NAME)
        return self._by_name[path]

    @cached_property
    def _settings(self) -> frozenset[str]:
        """The files with settings, and the packages that they are in."""
        found: set[str] = set()
        for path in self._project.paths:
            if "INSTALLED_APPS" in (text := self._project.text(path)) and _SETTINGS.search(text):
                found.add(path)
                folder = posixpath.dirname(path)
                while folder and (init := f"{folder}/__init__.py") in self._project.paths:
                    found.add(init)
                    folder = posixpath.dirname(folder)
        return frozenset(found)

    @cached_property
    def _finds_admins(self) -> bool:
        """Whether the admin looks for the modules of the apps: `SimpleAdminConfig` doesn't."""
        named = self._project.apps.named
        return named is None or "django.contrib.admin" in named

    def imported_by(self, path: str) -> frozenset[str]:
        """The files that a file imports when it is itself imported at the start."""
        if path not in self._imported:
            tree = self._project.tree(path)
            modules = self._project.modules
            package = modules.by_path[path].package
            nodes = self._run(path, tree) if tree is not None else ()
            found = (modules.find(d, path) for node in nodes for d in dotted_names(node, package))
            self._imported[path] = frozenset(info.path for info in found if info is not None)
        return self._imported[path]

    def _run(self, path: str, tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
        """The imports of a file that run at the start: those in functions that an AppConfig, or the
        file itself at its top, calls are among them."""
        yield from on_import(tree.body)
        everywhere = path in self._project.apps.config_files
        called = self._called | _called_at_top(tree)
        for function in _functions(tree):
            if everywhere or function.name in called:
                inner = ast.walk(function)
                yield from (n for n in inner if isinstance(n, (ast.Import, ast.ImportFrom)))

    @cached_property
    def _called(self) -> frozenset[str]:
        """The names of what the AppConfigs call."""
        trees = map(self._project.tree, sorted(self._project.apps.config_files))
        return frozenset(
            last_name(node.func)
            for tree in trees if tree is not None
            for node in ast.walk(tree) if isinstance(node, ast.Call)
        )  # fmt: skip


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """The functions and methods of a file, but for those within functions."""
    pending: list[ast.AST] = [*tree.body]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef):
            yield node
        else:
            pending += nested(node)


def _called_at_top(tree: ast.Module) -> frozenset[str]:
    """The names of what a module calls when it is imported, in statements of their own."""
    return frozenset(
        last_name(statement.value.func)
        for statement in tree.body
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    )
