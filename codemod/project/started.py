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

from codemod.facts.nodes import is_type_checking, last_name
from codemod.project.imports import dotted_names

if TYPE_CHECKING:
    from codemod.project.project import Project

_OF_APP = frozenset(("__init__.py", "models.py", "models/__init__.py"))
_ADMIN = frozenset(("admin.py", "admin/__init__.py"))
_SETTINGS = re.compile(r"^INSTALLED_APPS\b", re.MULTILINE)
# How code imports a module by its name in a string.
_BY_NAME = ("import_module", "__import__", "autodiscover", "import_string", "run_module(")
# The methods of an AppConfig that Django calls (django/apps/registry.py, `populate()`).
_OF_CONFIG = frozenset(("__init__", "create", "import_models", "ready"))

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
        self._strings: dict[str, frozenset[str]] = {}

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
        if not self.has_by_name(path) or self.is_settings(path):
            return False
        name = self._project.modules.by_path[other].name
        stem = name.rpartition(".")[2]
        texts = self._texts(path)
        return any(t.rpartition(".")[2] == stem or f"{t}.".startswith(f"{name}.") for t in texts)

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
            modules = self._project.modules
            package = modules.by_path[path].package
            nodes = [n for n in self._run(path) if isinstance(n, (ast.Import, ast.ImportFrom))]
            found = (modules.find(d, path) for node in nodes for d in dotted_names(node, package))
            self._imported[path] = frozenset(info.path for info in found if info is not None)
        return self._imported[path]

    def _texts(self, path: str) -> frozenset[str]:
        """The strings in what a file runs at the start, those put together in parts."""
        if path not in self._strings:
            nodes = self._run(path)
            texts = (node.value for node in nodes if isinstance(node, ast.Constant))
            self._strings[path] = frozenset(text for text in texts if isinstance(text, str))
        return self._strings[path]

    def _run(self, path: str) -> Iterator[ast.AST]:
        """The nodes of a file that run at the start: those of functions that are called then, by
        their names, among them. Of an AppConfig these are what Django calls."""
        called = set(self._called)
        if path in self._project.apps.config_files:
            called |= _OF_CONFIG
        idle: dict[str, list[ast.AST]] = {}  # functions that nothing has called yet
        tree = self._project.tree(path)
        pending: list[ast.AST] = [tree] if tree is not None else []
        while pending:
            node = pending.pop()
            if isinstance(node, ast.Lambda):
                continue
            if (
                isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
                and node.name not in called
            ):
                idle.setdefault(node.name, []).append(node)
                continue
            yield node
            if isinstance(node, ast.If) and is_type_checking(node.test):
                pending += node.orelse
                continue
            if isinstance(node, ast.Call):
                called.add(name := last_name(node.func))
                pending += idle.pop(name, ())
            pending += ast.iter_child_nodes(node)

    @cached_property
    def _called(self) -> frozenset[str]:
        """The names of what the AppConfigs call of the project."""
        symbols, modules = self._project.symbols, self._project.modules
        found = set()
        for path in self._project.apps.config_files:
            facts = self._project.known(path)
            for call in facts.calls:
                dotted = symbols.resolve(call.node.func, call.scope, facts)
                if dotted is None or modules.knows(dotted):
                    found.add(call.name)
        return frozenset(found)
