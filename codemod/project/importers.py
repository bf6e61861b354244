"""Which names the files of a project import from each other, or reach through a module.

from shop.signals import notify
from shop import signals ... signals.notify(order)
import shop.signals ... shop.signals.notify(order)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from codemod.facts.walk import absolute_name, statements

if TYPE_CHECKING:
    from codemod.facts.tables import FileFacts
    from codemod.project.project import Project

_WORD = re.compile(r"\w+")


class Importers:
    """Answers for the files of a project, those that were not read at once included."""

    def __init__(self, project: Project, aside: Sequence[str]) -> None:
        self._project = project
        self._aside = aside  # the files that were not read at once: migrations and others
        self._of_aside: dict[str, list[tuple[str, set[str]]]] = {}
        self._exported: dict[str, frozenset[str]] = {}
        self._words: dict[str, frozenset[str]] = {}

    def exported(self, path: str) -> frozenset[str]:
        """The names that other files import from a file."""
        known = self._exported.get(path)
        if known is None:
            names = set(self._read.get(path, ()))
            stem = self._project.module_for(path).rpartition(".")[2]
            for other in self._aside:
                if stem in self._project.text(other):
                    pairs = self._glance(other)
                    names.update(*(found for target, found in pairs if target == path))
            known = self._exported[path] = frozenset(names)
        return known

    @cached_property
    def _read(self) -> dict[str, set[str]]:
        """For each file the names that others import from it, as far as those were read."""
        found: dict[str, set[str]] = {}
        for facts in self._project.read():
            for path, names in self._imported(facts.path, _imports(facts), facts.stars):
                found.setdefault(path, set()).update(names)
            for path, names in self._reached(facts.path, _bound(facts)):
                found.setdefault(path, set()).update(names)
        return found

    def _glance(self, path: str) -> list[tuple[str, set[str]]]:
        """The same for what a file imports that is not of interest otherwise."""
        if path not in self._of_aside:
            package = self._project.modules.by_path[path].package
            tree = self._project.tree(path) or ast.Module([], [])
            pairs = [
                (absolute_name(package, node.level, node.module), alias.name)
                for node in statements(tree)
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            ]
            named = [(module, name) for module, name in pairs if name != "*"]
            stars = [module for module, name in pairs if name == "*"]
            local = [
                (f"{absolute_name(package, node.level, node.module)}.{alias.name}", alias)
                if isinstance(node, ast.ImportFrom)
                else (alias.name, alias)
                for node in statements(tree)
                if isinstance(node, (ast.Import, ast.ImportFrom))
                for alias in node.names
            ]
            bound = [(target, alias.asname or alias.name) for target, alias in local]
            self._of_aside[path] = [
                *self._imported(path, named, stars),
                *self._reached(path, bound),
            ]
        return self._of_aside[path]

    def _imported(
        self, path: str, named: Iterable[tuple[str, str]], stars: Iterable[str]
    ) -> Iterator[tuple[str, set[str]]]:
        """(file, names imported from it) for the project's files that a file imports from."""
        find = self._project.modules.find
        for module, name in named:
            info = find(module, path)
            if info is not None and info.path != path:
                yield info.path, {name}
        for module in stars:
            info = find(module, path)
            facts = self._project.facts(info.path) if info is not None else None
            if info is not None and facts is not None:
                words = (self._words_of(other) for other in self._sharing(path))
                yield info.path, set(facts.scope.bindings).intersection(frozenset().union(*words))

    def _reached(
        self, path: str, bound: Iterable[tuple[str, str]]
    ) -> Iterator[tuple[str, set[str]]]:
        """The same for attributes of the modules that a file imports. `bound`: (target, what the
        file calls it)."""
        modules = {
            name: info.path
            for target, name in bound
            if (info := self._project.modules.find(target, path)) is not None and info.path != path
        }
        if modules:
            names = "|".join(map(re.escape, modules))
            # Not in "shop.signals.notify", which is a name to patch.
            code = rf"(?<![\w.'\"])({names})\s*\.\s*(\w+)"
            read = re.findall(code, self._project.text(path))
            for name, attribute in read:
                yield modules[name], {attribute}

    def _sharing(self, path: str) -> set[str]:
        """A file, and those that have all its names by `from x import *`."""
        found, pending = {path}, [path]
        while pending:
            others = self._star_importers.get(pending.pop(), ())
            pending += [other for other in others if other not in found]
            found.update(others)
        return found

    def _words_of(self, path: str) -> frozenset[str]:
        known = self._words.get(path)
        if known is None:
            known = frozenset(_WORD.findall(self._project.text(path)))
            self._words[path] = known
        return known

    @cached_property
    def _star_importers(self) -> Mapping[str, Sequence[str]]:
        """For each file those that import all names from it."""
        found: dict[str, list[str]] = {}
        for facts in self._project.read():
            for module in facts.stars:
                info = self._project.modules.find(module, facts.path)
                if info is not None:
                    found.setdefault(info.path, []).append(facts.path)
        return found


def _imports(facts: FileFacts) -> Iterator[tuple[str, str]]:
    """(module, name) for the names that a file imports from modules."""
    for binding in facts.imports:
        if binding.target is not None and isinstance(binding.node, ast.ImportFrom):
            module, _, name = binding.target.rpartition(".")
            yield module, name


def _bound(facts: FileFacts) -> Iterator[tuple[str, str]]:
    """(target, name) for all that a file imports; `import a.b` is read as `a.b`."""
    for binding in facts.imports:
        node = binding.node
        if isinstance(node, ast.Import):
            yield from ((alias.name, alias.asname or alias.name) for alias in node.names)
        elif binding.target is not None:
            yield binding.target, binding.name
