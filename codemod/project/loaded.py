"""Whether anything imports a module that connects receivers.

    shop/apps.py        class ShopConfig(AppConfig):     nothing here or anywhere else imports
                            name = "shop"                shop/signals.py: Django never sees it,
    shop/signals.py     @receiver(post_save, ...)        and its receivers never run

Django finds `models`, `admin`, `urls` and others by their names, and settings name modules in
strings; so only a module that is named for its signals, or is one of several in an app's package
`models`, of an app whose apps.py could import it, is called unloaded. An import by tests alone
doesn't count: the program runs without it.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator
from itertools import count, islice
from typing import TYPE_CHECKING

from codemod.facts.nodes import is_type_checking, nested
from codemod.project.imports import dotted_names
from codemod.project.late import Late, late
from codemod.project.started import NOTHING, Gone, Started
from codemod.values.inventory import is_test

if TYPE_CHECKING:
    from codemod.project.modules import ModuleInfo
    from codemod.project.project import Project

_FOR_SIGNALS = re.compile(r"signal|receiver|handler|listener|subscriber", re.I)
# Django imports `models` of an app, and no module inside (django/apps/config.py, import_models()).
_OF_MODELS = re.compile(r"/?models/(?!.*\b__init__\.py$).*")
# What Django, its admin, Celery and others import of an app because of its name.
_FOUND = frozenset("__init__ admin apps models tasks urls views".split())
# How a package imports all that is in its folder, and what tells a helper to do so.
_FOLDER = re.compile(r"iter_modules|walk_packages|\br?glob\b|listdir|iterdir|scandir|\bos\.walk\b")
_TOLD = re.compile(r"__path__|__file__|(?<!ogger\()__name__")


Import = ast.Import | ast.ImportFrom
_Condition = tuple[ast.expr, bool] | None  # the test of an `if`, and whether it has to hold


class Loaded:
    """Answers for the modules of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._importers: dict[str, tuple[list[str], Iterator[str]]] = {}  # and those to be found
        self._only: dict[str, bool] = {}
        self._imported: dict[str, dict[str, list[_Condition]] | None] = {}
        self._started = Started(project, self._importers_of)

    def is_loaded(self, path: str) -> bool:
        """Whether the module of a file may be imported when the program runs."""
        if not self._only_imported(path):
            return True
        seen, pending = {path}, [path]
        while pending:
            path = pending.pop()
            for other in self._importers_of(path):
                if not self._only_imported(other):
                    return True
                if other not in seen:
                    seen.add(other)
                    pending.append(other)
        return False

    def is_left_out(self, path: str, gone: Gone) -> bool:
        """Whether the module of a file is loaded later than when Django starts, or never, once some
        imports are gone."""
        if self._started.includes(path):
            return not self._started.includes(path, gone)
        return self._is_imported(path) and not self._is_imported(path, gone)

    def _is_imported(self, path: str, gone: Gone = NOTHING) -> bool:
        """Whether something imports the module of a file that isn't only there for it."""
        seen, pending = {path}, [path]
        while pending:
            current = pending.pop()
            stem = posixpath.basename(current).removesuffix(".py")
            importers = [*self._importers_of(current)]
            if stem in _FOUND or (current != path and not importers):
                return True
            left = [o for o in importers if o not in seen and not gone.has(o, current)]
            pending += left
            seen.update(left)
        return False

    def at_start(self, path: str) -> Iterator[str]:
        """The files that a file imports when it is itself imported: see `started`."""
        return (p for p in self._started.imported_by(path) if not self._started.is_root(p))

    def late(self, path: str) -> Late | None:
        """When the module of a file is loaded, if that is after the start."""
        return late(path, self._started, self._importers_of)

    def condition(self, path: str) -> str | None:
        """The `if` under which alone a module is imported; None if there is none."""
        if not self._only_imported(path):
            return None
        seen, pending, condition = {path}, [path], None
        while pending:
            path = pending.pop()
            for other in self._importers_of(path):
                asked = self._asked(other, path)
                if asked is None and not self._only_imported(other):
                    return None
                if asked is None and other not in seen:
                    seen.add(other)
                    pending.append(other)
                condition = condition or asked
        return condition

    def only_import(self, path: str) -> tuple[str, Import] | None:
        """The one statement that imports the module of a file, with its file; tests count. None if
        something else may load it too."""
        info = self._project.modules.by_path[path]
        files = [*islice(self._naming(info), 2)]
        facts = self._project.facts(files[0]) if len(files) == 1 else None
        if facts is None or self._mentions(facts.path, facts.text, info):
            return None
        modules = self._project.modules
        package = modules.by_path[files[0]].package
        found = {
            node
            for node, _ in _imports(facts.tree)
            if any(modules.find(name, files[0]) is info for name in dotted_names(node, package))
        }
        return (files[0], found.pop()) if len(found) == 1 else None

    def _asked(self, path: str, imported: str) -> str | None:
        """What a file asks before it imports another one; None if it does so anyway."""
        conditions = (self._files_imported_by(path) or {}).get(imported, [None])
        first = conditions[0]
        if first is None or None in conditions:
            return None
        test, holds = first
        return ast.unparse(test) if holds else f"not ({ast.unparse(test)})"

    def _only_imported(self, path: str) -> bool:
        """Whether a module is one that runs only if some other imports it."""
        if path not in self._only:
            self._only[path] = self._is_unknown_by_name(path)
        return self._only[path]

    def _is_unknown_by_name(self, path: str) -> bool:
        """Whether neither Django nor the module's package finds it by its name or folder."""
        app = self._project.app_of(path)
        by_path = self._project.modules.by_path
        if app is None or is_test(path) or posixpath.join(app.folder, "apps.py") not in by_path:
            return False
        package = by_path.get(f"{posixpath.dirname(path)}/__init__.py")
        if package is not None and self._is_walked(package, app.folder):
            return False
        inside = path.removeprefix(app.folder)
        return _FOR_SIGNALS.search(inside) is not None or _OF_MODELS.fullmatch(inside) is not None

    def _is_walked(self, package: ModuleInfo, app: str) -> bool:
        """Whether something may import all modules of a package, whatever they are called. That
        of the app itself is named, and names itself, for other reasons."""
        text = self._project.text(package.path)
        if _FOLDER.search(text):
            return True
        named = (f"{quote}{package.name}{quote}" for quote in ("'", '"'))
        return posixpath.dirname(package.path) != app and (
            _TOLD.search(text) is not None or any(map(self._project.has, named))
        )

    def _importers_of(self, path: str) -> Iterator[str]:
        """The files, tests aside, that import the module of a file or name it. They are looked for
        one by one, for the first may be enough, and once."""
        found, rest = self._importers.setdefault(path, ([], self._find_importers(path)))
        for index in count():
            if index == len(found):
                found += islice(rest, 1)
            if index == len(found):
                return
            yield found[index]

    def _find_importers(self, path: str) -> Iterator[str]:
        info = self._project.modules.by_path[path]
        return (other for other in self._naming(info) if not is_test(other))

    def _naming(self, info: ModuleInfo) -> Iterator[str]:
        """The files that import a module or name it."""
        stem = info.name.rpartition(".")[2]
        literal = re.escape(stem)  # first in the pattern, which is looked for much faster so
        word = re.compile(rf"{literal}(?<!\w{literal})(?!\w)")
        package = f"{posixpath.dirname(info.path)}/__init__.py"  # the likeliest
        first = [package] if package in self._project.paths else []
        for other in dict.fromkeys([*first, *self._project.paths]):
            text = self._project.text(other)
            if other != info.path and word.search(text):
                if self._names(other, text, info):
                    yield other

    def _names(self, path: str, text: str, info: ModuleInfo) -> bool:
        """Whether a file imports a module, or names it in a string that may import it."""
        if self._mentions(path, text, info):
            return True
        imported = self._files_imported_by(path)
        return imported is None or info.path in imported  # what can't be read may import it

    def _mentions(self, path: str, text: str, info: ModuleInfo) -> bool:
        """Whether a file names a module in a string that may import it."""
        if self._started.has_by_name(path):
            stem = re.escape(info.name.rpartition(".")[2])
            named = re.findall(rf"""["']((?:[\w.{{}}%]*\.)?{stem})["']""", text)
            if any(self._project.modules.find(name, path) in (None, info) for name in named):
                return True
        written = rf"""["'](?:\w+\.)*{re.escape(info.name)}["'.]"""
        return info.name in text and re.search(written, text) is not None

    def _files_imported_by(self, path: str) -> dict[str, list[_Condition]] | None:
        """The project's files that a file imports, each with what it asks before it does; None if
        it can't be read."""
        if path not in self._imported:
            modules, tree = self._project.modules, self._project.tree(path)
            found: dict[str, list[_Condition]] | None = None if tree is None else {}
            if tree is not None and found is not None:
                package = modules.by_path[path].package
                for node, condition in _imports(tree):
                    for dotted in dotted_names(node, package):
                        info = modules.find(dotted, path)
                        if info is not None:
                            found.setdefault(info.path, []).append(condition)
            self._imported[path] = found
        return self._imported[path]


def _imports(tree: ast.Module) -> Iterator[tuple[Import, _Condition]]:
    """Every import of a file, in functions too, and the test of the `if` around it, or of one above
    it that leaves `ready()`."""
    pending: list[tuple[ast.AST, _Condition]] = [(tree, None)]
    while pending:
        node, condition = pending.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, condition
        elif isinstance(node, ast.If):
            if is_type_checking(node.test):
                pending += [(n, condition) for n in node.orelse]
                continue
            pending += [(n, (node.test, True)) for n in node.body]
            pending += [(n, (node.test, False)) for n in node.orelse]
        elif isinstance(node, ast.FunctionDef) and node.name == "ready":
            for statement in node.body:
                pending.append((statement, condition))
                if isinstance(statement, ast.If) and isinstance(statement.body[-1], ast.Return):
                    condition = (statement.test, False)
        else:
            pending += [(n, condition) for n in nested(node)]
