"""Which names the files of a project import from each other, or reach through a module.

from shop.signals import notify
from shop import signals ... signals.notify(order)
import shop.signals ... shop.signals.notify(order)
import_string("shop.signals.notify")
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from codemod.facts.walk import absolute_name, statements

if TYPE_CHECKING:
    from codemod.facts.tables import FileFacts
    from codemod.project.project import Project

_WORD = re.compile(r"\w+")
#: A name of a module in quotes, and what may stand before it where a test replaces it.
_QUOTED = re.compile(r"""["']([\w.]+)\.(\w+)["']""")
_REPLACED = re.compile(r"(?:patch[.\w]*|setattr)\(\s*$")

_Pairs = Sequence[tuple[str, str]]


class Importers:
    """Answers for the files of a project, those that were not read at once included."""

    def __init__(self, project: Project, aside: Sequence[str]) -> None:
        self._project = project
        self._aside = aside  # the files that were not read at once: migrations and others
        self._of_aside: dict[str, tuple[_Pairs, Sequence[str], _Pairs]] = {}
        self._exported: dict[str, frozenset[str]] = {}

    def exported(self, path: str) -> frozenset[str]:
        """The names that other files import from a file."""
        known = self._exported.get(path)
        if known is None:
            self._exported[path] = frozenset()  # of two that have all names of each other
            names: set[str] = set()
            stem = _stem(path)
            is_package = path.endswith("__init__.py")
            for facts in self._project.read():
                # `from . import notify` has no name of the package.
                if stem in facts.text or (is_package and "from ." in facts.text):
                    imports = [*_imports(facts)], facts.stars, [*_bound(facts)]
                    names |= self._taken(facts.path, path, *imports)
            for other in self._aside:
                if stem in self._project.text(other):
                    names |= self._taken(other, path, *self._glance(other))
            known = self._exported[path] = frozenset(names | {*self._quoted(path)})
        return known

    def _quoted(self, source: str) -> Iterator[str]:
        """The names of a file that texts of the project may import it by, by their whole paths; no
        test's `patch("shop.signals.notify")`, which goes along with the name."""
        stem = f"{_stem(source)}."
        for path in self._project.paths:
            text = self._project.text(path)
            for match in _QUOTED.finditer(text) if stem in text else ():
                info = self._project.modules.find(match[1], path)
                start = match.start()
                if info is not None and info.path == source:
                    if not _REPLACED.search(text, max(0, start - 40), start):
                        yield match[2]

    def _taken(
        self, path: str, source: str, named: _Pairs, stars: Iterable[str], bound: _Pairs
    ) -> set[str]:
        """The names that a file takes from another, `source`.

        `named`: (module, name) of its imports; `bound`: (target, what the file calls it).
        """
        stem = _stem(source)

        def meant(dotted: str) -> bool:
            if dotted.rpartition(".")[2] != stem or path == source:
                return False
            info = self._project.modules.find(dotted, path)
            return info is not None and info.path == source

        found = {name for module, name in named if meant(module)}
        if any(map(meant, stars)):
            found |= self.starred(path, source)
        modules = [name for target, name in bound if meant(target)]
        if modules:
            names = "|".join(map(re.escape, modules))
            # Not in "shop.signals.notify", which is a name to patch.
            code = rf"(?<![\w.'\"])(?:{names})\s*\.\s*(\w+)"
            found.update(re.findall(code, self._project.text(path)))
        return found

    def starred(self, path: str, source: str) -> set[str]:
        """The names that a file with `from source import *` may need of it, for itself or for
        others that import all names from it; those that it has without are none."""
        facts = self._project.facts(source)
        if facts is None:
            return set()
        words: set[str] = set()
        for other in self.sharing(path):
            words.update(_WORD.findall(self._project.text(other)), self.exported(other))
        offered = facts.exported  # `__all__`
        found = words & (facts.scope.bindings.keys() if offered is None else offered)
        return {name for name in found if not self._has(path, source, name)}

    def _has(self, path: str, source: str, name: str) -> bool:
        """Whether a file binds a name itself, to what another one calls by it."""
        facts = self._project.facts(path)
        if facts is None or name not in facts.scope.bindings:
            return False
        here, there = (
            self._project.symbols.canonical(f"{self._project.module_of(each)}.{name}", path)
            for each in (path, source)
        )
        return here is not None and here == there

    def _glance(self, path: str) -> tuple[_Pairs, Sequence[str], _Pairs]:
        """What a file imports that is not of interest otherwise, as `_taken` takes it."""
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
            self._of_aside[path] = named, stars, bound
        return self._of_aside[path]

    def sharing(self, path: str) -> frozenset[str]:
        """A file, and those that have all its names by `from x import *`."""
        found, pending = {path}, [path]
        while pending:
            others = self._star_importers.get(pending.pop(), ())
            pending += [other for other in others if other not in found]
            found.update(others)
        return frozenset(found)

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


def _stem(path: str) -> str:
    """The last part of a module's name."""
    package, name = posixpath.split(path)
    return posixpath.basename(package) if name == "__init__.py" else name.removesuffix(".py")


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
