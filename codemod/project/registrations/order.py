"""The order in which Django would make the connections.

Django imports the apps in the order of INSTALLED_APPS (first every package and its `apps`, then
every `models`), then calls each `ready()`; what is left is imported when something needs it.
Imports are followed in the order of their lines. Where no settings name an app of the project, as
in a package of apps for others, the apps come in the order of their files. This is a best effort:
settings that are put together at run time, and imports inside functions other than `ready()`, are
not followed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemod.facts.tables import FileFacts, Scope
from codemod.facts.walk import absolute_name
from codemod.project.modules import ModuleInfo
from codemod.project.registrations.handlers import handler_of
from codemod.project.registrations.installed import installed_apps
from codemod.project.registrations.terms import Reader, Term

_SHORT = 4000
BY_NAME = "importlib.import_module"
OF_ALL = "django.utils.module_loading.autodiscover_modules"

Mark = tuple[str, int]  # a file and a line of it where a connection is made


class Order:
    """Ranks places by when they run."""

    def __init__(self, reader: Reader, marks: Sequence[Mark]) -> None:
        self.reader, self.project = reader, reader.project
        self._lines: dict[str, set[int]] = {}
        for path, line in marks:
            self._lines.setdefault(path, set()).add(line)
        self._read = {facts.path: facts for facts in reader.project.read()}
        self._seen: set[str] = set()
        self._scopes: dict[str, dict[int, Scope]] = {}
        self._entered: set[ast.AST] = set()
        self.ranks: dict[Mark, int] = {}
        self._apps = [*dict.fromkeys(self._packages())] or self.project.apps.configured
        self._run()
        for path in sorted(self._lines):  # of no app, or imported later
            self._import(self.project.module_of(path))
        for path, line in sorted(marks):  # in functions that nothing here calls
            self._mark(path, line)

    def _run(self) -> None:
        for package in self._apps:
            for module in (package, f"{package}.apps"):
                self._import(module)
        for package in self._apps:
            self._import(f"{package}.models")
        for package in self._apps:
            config = self.project.apps.config(package)
            ready = config.definition.methods.get("ready") if config is not None else None
            if ready is not None and config is not None:
                self._body(ready.body, config.facts)

    def _packages(self) -> Iterator[str]:
        """The packages of the project's apps in the order of INSTALLED_APPS, and of those that it
        doesn't name, as in a project without settings."""
        for name in installed_apps(self.reader):
            config = self.project.classes.get(self.project.symbols.canonical(name) or name)
            if config is not None:
                own = self.project.modules.by_path[config.file].package
                named = config.definition.attributes.get("name")
                if isinstance(named, ast.Constant) and isinstance(named.value, str):
                    module = self.project.modules.find(named.value, config.file)
                    own = module.name if module is not None else own
                yield own
            else:
                module = self.project.modules.find(name)
                if module is not None:
                    yield module.name
        for path in sorted(self._lines):
            app = self.project.app_of(path)
            if app is not None and app.package:
                yield app.package

    def _import(self, dotted: str, near: str = "") -> None:
        info = self.project.modules.find(dotted, near)
        if info is None or info.path in self._seen:
            return
        package = self.project.modules.package_around(info)
        if package is not None:
            self._import(package.name, package.path)
        if info.path in self._seen:
            return
        self._seen.add(info.path)
        # Only what was read anyway can connect; a short file may lead to it.
        short = len(self.project.text(info.path)) < _SHORT
        facts = self.project.facts(info.path) if short else self._read.get(info.path)
        if facts is not None and ("import" in facts.text or info.path in self._lines):
            self._body(facts.tree.body, facts)

    def _body(self, body: Sequence[ast.stmt], facts: FileFacts) -> None:
        info = self.project.modules.by_path[facts.path]
        for node in body:
            for module in _imported(node, info):
                self._import(module, facts.path)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                # Decorators are applied from the bottom up.
                for decorator in reversed(node.decorator_list):
                    self._mark(facts.path, decorator.lineno)
                continue
            blocks = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
            inner = [block for block in blocks if isinstance(block, list) and block]
            handlers = [handler.body for handler in getattr(node, "handlers", [])]
            if inner:
                for block in (inner[0], *handlers, *inner[1:]):
                    self._body(block, facts)
                continue
            last = node.end_lineno or node.lineno
            for line in sorted(self._lines.get(facts.path, ())):
                if node.lineno <= line <= last:
                    self._mark(facts.path, line)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                self._call(node.value, facts)

    def _call(self, call: ast.Call, facts: FileFacts) -> None:
        """Go into a function of the project that is called while everything is set up."""
        scopes = self._scopes.get(facts.path)
        if scopes is None:
            scopes = {id(site.node): site.scope for site in facts.calls}
            self._scopes[facts.path] = scopes
        term = Term(call.func, scopes.get(id(call), facts.scope), facts)
        dotted = self.reader.dotted(term)
        if dotted in (BY_NAME, OF_ALL):
            named = (self.reader.constant(term.at(argument)) for argument in call.args)
            names = [name for name in named if isinstance(name, str)]
            if dotted == BY_NAME:
                names = names[:1]  # the second is what a name is relative to
            else:
                names = [f"{package}.{name}" for package in self._apps for name in names]
            for name in names:
                self._import(name, facts.path)
            return
        called = handler_of(self.reader, term)
        if called.function is not None and called.node not in self._entered:
            self._entered.add(called.node)
            self._body(called.function.node.body, called.facts)

    def _mark(self, path: str, line: int) -> None:
        if line in self._lines.get(path, ()):
            self.ranks.setdefault((path, line), len(self.ranks))


def _imported(node: ast.stmt, info: ModuleInfo) -> Iterator[str]:
    """The modules that an import statement may import, in order."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name
    elif isinstance(node, ast.ImportFrom):
        source = absolute_name(info.package, node.level, node.module)
        if source:
            yield source
        for alias in node.names:
            yield f"{source}.{alias.name}" if source else alias.name
