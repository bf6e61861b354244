"""What a module needs of Django while it is imported, besides the modules that it names.

    User = get_user_model()               imports the models of the app that has the user model
    Order = apps.get_model("shop.Order")  works once all models are there
    from djstripe.models import Customer  the same, for all that can be told: an installed app
    class Order(models.Model): ...        comes after every AppConfig

A models.py that imports such a module at its top breaks the start, although no import in sight
leads back to it. So these are edges of the import graph, too: to the user model's module, and to
`REGISTRY`, which stands for "after all models" and leads to every module with models. Packages
that models import today, at their tops or through others, have shown that they can be.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from codemod.facts.nodes import is_type_checking
from codemod.project.imports import imported_modules, on_import
from codemod.project.registrations.installed import installed_apps
from codemod.project.registrations.terms import Reader

if TYPE_CHECKING:
    from codemod.project.project import Project

REGISTRY = "(all models)"

# Modules of Django and of REST packages that ask for the user model when they are imported.
_ASK_FOR_THE_USER = tuple(
    f"django.contrib.auth.{name}" for name in ("admin", "backends", "forms", "views")
)
_PACKAGES = ("django_", "rest_framework", "dj_rest_auth", "allauth", "guardian")


class Startup:
    """Answers for the code of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project

    @cached_property
    def models(self) -> frozenset[str]:
        """The modules that define models."""
        files = {model.file for model in self._project.models.all() if model.file}
        return frozenset(self._project.module_of(file) for file in files)

    @cached_property
    def _configs(self) -> frozenset[str]:
        """The modules that have to be imported before any with models: `apps.py`."""
        project = self._project
        return frozenset(project.module_of(file) for file in project.apps.config_files)

    @cached_property
    def _user_module(self) -> str | None:
        models = self._project.models
        model = models.by_label.get(models.user_label)
        return self._project.module_of(model.file) if model is not None and model.file else None

    @cached_property
    def _installed(self) -> frozenset[str]:
        names = installed_apps(Reader(self._project))
        return frozenset(name.partition(".")[0] for name in names) - {"django"}

    @cached_property
    def _proven(self) -> frozenset[str]:
        """The packages that are imported while the models are."""
        found: set[str] = set()
        seen: set[str] = set()
        pending = list(self.models)
        modules = self._project.modules
        while pending:
            info = modules.find(pending.pop())
            if info is None or info.name in seen or "import" not in self._project.text(info.path):
                continue
            seen.add(info.name)
            tree = self._project.tree(info.path)
            if tree is None:
                continue
            found.update(name.partition(".")[0] for name in _packages(tree.body))
            pending += imported_modules(info, tree, modules)
        return frozenset(found)

    def of_file(self, path: str, text: str, tree: ast.Module) -> frozenset[str]:
        """What a file needs."""
        found = {module for name in _packages(tree.body) for module in self.of_import(name)}
        if self._project.module_for(path) in self.models:
            found |= self._configs
        if "get_user_model(" in text or "get_model(" in text:
            found |= self.of_code(tree.body)
        return frozenset(found - {self._project.module_for(path)})

    def of_import(self, module: str) -> frozenset[str]:
        """What importing a module of a package needs."""
        if module in _ASK_FOR_THE_USER:
            return frozenset({self._user_module} if self._user_module else ())
        top = module.partition(".")[0]
        late = top in self._installed or top.startswith(_PACKAGES)
        if not late or top in self._project.first_party or top in self._proven:
            return frozenset()
        return frozenset({REGISTRY})

    def of_code(self, statements: Iterable[ast.AST]) -> frozenset[str]:
        """What statements at the top of a module need."""
        found: set[str] = set()
        for node in _on_import(statements):
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
                if called == "get_user_model" and self._user_module:
                    found.add(self._user_module)
                elif called == "get_model":
                    found.add(REGISTRY)
        return frozenset(found)


def _packages(body: Iterable[ast.AST]) -> Iterator[str]:
    """The absolute names of the modules that are imported from when a module is imported."""
    for node in on_import(body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif not node.level and node.module:
            yield node.module


def _on_import(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of code that runs when its module is imported."""
    pending = list(body)
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            defaults = (d for d in node.args.kw_defaults if d is not None)
            pending += [*node.decorator_list, *node.args.defaults, *defaults]
        elif isinstance(node, ast.If) and is_type_checking(node.test):
            pending += node.orelse
        elif not isinstance(node, ast.Lambda):
            pending += ast.iter_child_nodes(node)
