"""The project's apps and the settings that name models."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from codemod.project.classes import Classes, ClassInfo
from codemod.project.modules import Modules
from codemod.syntax.older import tree_of

_MODEL_SETTING = re.compile(
    r"""^[ \t]*([A-Z][A-Z0-9_]*)[ \t]*(?::[^=\n]+)?=[ \t]*\(?["'](\w+\.\w+)["']""", re.MULTILINE
)
_UNREAD_SETTING = re.compile(
    r"^[ \t]*(?!AUTH_USER_MODEL)([A-Z][A-Z0-9_]*_MODEL)[ \t]*(?::[^=\n]+)?=(?!=)", re.MULTILINE
)


@dataclass(frozen=True)
class App:
    """An app as a folder."""

    label: str
    package: str  # canonical dotted name
    folder: str  # path of the folder, "" for the top


def model_settings(files: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The settings that name a model (`AUTH_USER_MODEL = "shop.User"`), by setting; an empty text
    for one whose value is no text."""
    found: dict[str, str] = {}
    holders = [
        (path, text)
        for path, text in files
        if "_MODEL" in text and ("settings" in path or "INSTALLED_APPS" in text)
    ]
    # The project's own settings come before those of its tests and examples.
    holders.sort(key=lambda item: ("test" in item[0], item[0].count("/"), item[0]))
    for _, text in holders:
        for name, label in _MODEL_SETTING.findall(text):
            if name.endswith("_MODEL"):
                found.setdefault(name, label)
    for _, text in holders:
        for name in _UNREAD_SETTING.findall(text):
            found.setdefault(name, "")
    return found


def _installs(node: ast.AST) -> bool:
    """Whether this sets INSTALLED_APPS, or adds to it."""
    if isinstance(node, ast.keyword):
        return node.arg == "INSTALLED_APPS"
    if isinstance(node, ast.Constant):
        return node.value == "INSTALLED_APPS"
    if isinstance(node, ast.Attribute):  # INSTALLED_APPS.append()
        node = node.value
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
        return False
    return isinstance(node, ast.Name) and node.id == "INSTALLED_APPS"


def _is_list_of_apps(node: ast.AST) -> bool:
    """Whether this gives apps to `LOCAL_APPS`: an assignment, `append()`, a keyword."""
    names: list[ast.expr | str | None] = []
    if isinstance(node, ast.Assign):
        names = [*node.targets]
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        names = [node.target]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        names = [node.func.value]
    elif isinstance(node, ast.keyword):
        names = [node.arg]
    return any((n.id if isinstance(n, ast.Name) else str(n)).endswith("APPS") for n in names)


def _names(node: ast.AST) -> Iterator[str]:
    """What a string may name: an app, or its AppConfig."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
        yield node.value.rpartition(".apps.")[0]


class Apps:
    """App labels by module and app folders by path."""

    def __init__(
        self, files: Sequence[tuple[str, str]], modules: Modules, classes: Classes
    ) -> None:
        self._modules = modules
        self._classes = classes
        self._installed = [
            text
            for path, text in files
            if "INSTALLED_APPS" in text and not posixpath.basename(path).startswith("test_")
        ]
        self._folders = {
            folder
            for path, _ in files
            for folder, name in [posixpath.split(path)]
            if name in ("apps.py", "models.py")
        }
        self._folders |= {
            posixpath.dirname(folder)
            for path, _ in files
            for folder in [posixpath.dirname(path)]
            if posixpath.basename(folder) == "models"
        }
        self._folders = {folder for folder in self._folders if not self._is_part(folder)}
        self._labels: dict[str, str] = {}  # package -> label
        self._configs: dict[str, ClassInfo] = {}  # package -> its AppConfig
        self._read_configs()
        self._known: dict[str, str] = {}

    @cached_property
    def named(self) -> frozenset[str] | None:
        """The apps that the settings may name, all their strings; None where there are none.

        Who asks `"rosetta" in settings.INSTALLED_APPS` names none, and is no settings.
        """
        return frozenset(name for _, name in self._named) or None

    @cached_property
    def conditional(self) -> frozenset[str]:
        """The apps that the settings name below an `if` or a `try` alone."""
        always = {name for surely, name in self._named if surely}
        return frozenset(name for _, name in self._named) - always

    @cached_property
    def _named(self) -> frozenset[tuple[bool, str]]:
        """The strings of the settings, and whether they are there under no condition."""
        found: set[tuple[bool, str]] = set()
        for nodes in self._settings:
            below = {
                n for node in nodes if isinstance(node, (ast.If, ast.Try)) for n in ast.walk(node)
            }
            asked = {n.left for n in nodes if isinstance(n, ast.Compare)}
            found |= {
                (node not in below, name)
                for node in nodes if node not in asked for name in _names(node)
            }  # fmt: skip
        return frozenset(found)

    @cached_property
    def listed(self) -> frozenset[str]:
        """The apps that settings have in a list of apps: strings in what `..._APPS` is made of."""
        lists = (node for nodes in self._settings for node in nodes if _is_list_of_apps(node))
        return frozenset(
            name for found in lists for node in ast.walk(found) for name in _names(node)
        )

    @cached_property
    def _settings(self) -> list[list[ast.AST]]:
        """The nodes of each file that sets INSTALLED_APPS."""
        found = []
        for text in self._installed:
            with suppress(SyntaxError, ValueError, RecursionError):
                nodes = list(ast.walk(tree_of(text)))
                if any(map(_installs, nodes)):
                    found.append(nodes)
        return found

    def label_of(self, module: str, path: str) -> str:
        """The label of the app whose models a module defines."""
        known = self._known.get(module)
        if known is None:
            known = self._known[module] = self._find_label(module, path)
        return known

    def app_of(self, path: str) -> App | None:
        """The app that a file is in: the nearest folder with apps.py, models.py or models/."""
        folder = posixpath.dirname(path)
        while folder not in self._folders:
            if not folder:
                return None
            folder = posixpath.dirname(folder)
        package = self._package_of(folder, path)
        label = self.label_of(f"{package}.models" if package else "models", path)
        return App(label, package, folder)

    def config(self, package: str) -> ClassInfo | None:
        """The AppConfig of an app's package."""
        return self._configs.get(package)

    @property
    def configured(self) -> list[str]:
        """The packages of the apps that have an AppConfig, in the order of their files."""
        return sorted(self._configs, key=lambda package: self._configs[package].file)

    @property
    def config_files(self) -> frozenset[str]:
        """The files with an AppConfig, which Django imports before all models."""
        return frozenset(info.file for info in self._configs.values())

    def is_config(self, cls: str) -> bool:
        """Whether a class is an AppConfig; also one made of a package's, which its name tells."""
        ancestors = self._classes.mro(cls)
        if "django.apps.AppConfig" in ancestors:
            return True
        info = self._classes.get(cls)
        unknown = (a for a in ancestors if self._classes.get(a) is None)
        return (
            info is not None
            and posixpath.basename(info.file) in ("apps.py", "__init__.py")
            and any(ancestor.endswith(("AppConfig", ".Config")) for ancestor in unknown)
        )

    def _read_configs(self) -> None:
        for info in self._classes:
            if not self.is_config(info.name):
                continue
            values = {
                key: value.value
                for key, value in info.definition.attributes.items()
                if isinstance(value, ast.Constant)
            }
            module = self._modules.by_path[info.file]
            package = module.package
            name = values.get("name")
            if isinstance(name, str):
                target = self._modules.find(name, info.file)
                if target is not None:
                    package = target.name
                elif self._modules.find(name.rpartition(".")[0], info.file) is None:
                    # A folder without __init__.py has no module: the file's own folder stands.
                    name = name if "." in name else package.rpartition(".")[2]
            label = values.get("label")
            if not isinstance(label, str):
                label = str(name or package).rpartition(".")[2]
            if package not in self._labels or values.get("default") is True:
                self._labels[package] = label
                self._configs[package] = info

    def _find_label(self, module: str, path: str) -> str:
        parts = module.split(".")
        config = ""
        for depth in range(len(parts), 0, -1):
            prefix = ".".join(parts[:depth])
            if prefix in self._labels:
                config = prefix
                break
        holder = self._models_holder(parts)
        if config and (
            len(config) >= len(holder) or not self._is_installed(holder)
        ):  # a models package inside an app, or an app of its own?
            return self._labels[config]
        if holder:
            return holder.rpartition(".")[2]
        folder = posixpath.dirname(path)
        while folder and folder not in self._folders:
            folder = posixpath.dirname(folder)
        return posixpath.basename(folder) or parts[-2 if len(parts) > 1 else -1]

    def _is_part(self, folder: str) -> bool:
        """Whether a folder is the models package of the app around it, with a `models.py` of its
        own."""
        around, name = posixpath.split(folder)
        if name != "models" or around not in self._folders:
            return False
        info = self._modules.by_path.get(posixpath.join(folder, "__init__.py"))
        return info is not None and not self._is_installed(info.name)

    def _models_holder(self, parts: list[str]) -> str:
        """The package that holds `models` in a dotted name, "" for none.

        Of `shop.models.models` it is `shop`, where no settings install `shop.models`.
        """
        for index in range(len(parts) - 1, 0, -1):
            holder = ".".join(parts[:index])
            inner = parts[index - 1] == "models" and index > 1
            if parts[index] == "models" and (not inner or self._is_installed(holder)):
                return holder
        return ""

    def _is_installed(self, package: str) -> bool:
        if not package:
            return False
        needles = (f'"{package}"', f"'{package}'", f'"{package}.apps.', f"'{package}.apps.")
        return any(needle in text for text in self._installed for needle in needles)

    def _package_of(self, folder: str, path: str) -> str:
        init = self._modules.by_path.get(posixpath.join(folder, "__init__.py"))
        if init is not None:
            return init.name if init.name != "__init__" else ""  # a root, package or not
        root = self._modules.root_of(path)
        inner = folder[len(root) :].strip("/") if folder.startswith(root) else folder
        return inner.replace("/", ".")
