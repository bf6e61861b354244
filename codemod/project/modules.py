"""Which module a file is, and which file a dotted name means, from the layout of the folders."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_ADDED_TO_PATH = re.compile(r"sys\.path\.(?:insert|append|extend)\((?=(.{0,200}))", re.DOTALL)
_SETTING = re.compile(r"\b[A-Z][A-Z_]+\b")
_STRING = re.compile(r"""["']([\w./-]+)["']""")
_IMPORT = re.compile(r"\n[ \t]*(?:from|import) (\w[\w.]*)")


@dataclass(frozen=True)
class ModuleInfo:
    """A file as a module."""

    name: str  # dotted and unique in the project
    path: str
    is_package: bool
    root: str  # the folder that the name starts from, "" for the top

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


class Modules:
    """The modules of a repository, by path and by every name they are imported under."""

    def __init__(self, files: Sequence[tuple[str, str]]) -> None:
        self.by_path: dict[str, ModuleInfo] = {}
        self._named: dict[str, ModuleInfo] = {}
        self._index: dict[str, list[ModuleInfo]] = {}
        self._texts = [text for _, text in files]
        self._imports = [
            (path, dotted) for path, text in files for dotted in _IMPORT.findall(f"\n{text}")
        ]
        self._mentioned: dict[str, bool] = {}
        paths = sorted((path for path, _ in files), key=lambda path: (path.count("/"), path))
        self._packages = {posixpath.dirname(p) for p in paths if _is_package(p)}
        self._folders = {folder for path in paths for folder in _ancestors(path)}
        self._roots = {
            folder
            for p in paths
            for folder, name in [posixpath.split(p)]
            if name == "manage.py" and self._ways(folder) <= 0
        }
        self._roots |= {
            posixpath.dirname(p)
            for p in paths
            if posixpath.basename(p) == "setup.py" and posixpath.dirname(p) not in self._packages
        }
        self._roots |= {
            folder
            for folder in self._folders
            if posixpath.basename(folder) == "src"
            and (folder not in self._packages or self._is_passed_over(folder))
        }
        self._added = self._added_to_path()
        self._roots |= {f for f in self._added & self._packages if self._ways(f) < 0}
        self._root_of_folder: dict[str, str] = {}
        later: list[tuple[str, ModuleInfo]] = []
        for path in paths:
            root = self._root_of(posixpath.dirname(path))
            name = _dotted(path, root)
            full = _dotted(path, "")
            if name not in self._index:
                unique = name
            elif full not in self._index:
                unique = full
            else:
                unique = f"{full}__{len(self._index)}"
            info = ModuleInfo(unique, path, _is_package(path), root)
            self.by_path[path] = self._named[unique] = info
            self._index.setdefault(name, []).append(info)
            if unique != name:
                self._index.setdefault(unique, []).append(info)
            later.append((full, info))
            for added in self._added:
                if path.startswith(f"{added}/") and added != root:
                    later.append((_dotted(path, added), info))
        meant = {*self._meant()}
        for path, info in self.by_path.items():
            above = [*_ancestors(path)]
            later += (
                (_dotted(path, folder), info) for inner, folder in pairwise(above) if inner in meant
            )
        for name, info in later:  # names that only count where no module has them of right
            known = self._index.setdefault(name, [])
            if not known:
                known.append(info)
        self.tops = {name.partition(".")[0] for name in self._index}
        self._texts, self._imports = [], []

    def module_name(self, path: str) -> str:
        """The unique dotted name of a file."""
        return self.by_path[path].name

    def name_for(self, path: str) -> str:
        """The same for a file that need not exist yet."""
        if path in self.by_path:
            return self.by_path[path].name
        folder, name = posixpath.split(path)
        stem = name.removesuffix(".py")
        for sibling, info in self.by_path.items():
            if posixpath.dirname(sibling) == folder:
                package = info.name if info.is_package else info.name.rpartition(".")[0]
                return f"{package}.{stem}".lstrip(".")
        return path.removesuffix(".py").replace("/", ".")

    def import_name(self, dotted: str) -> str:
        """What code calls a module. Of several that go by one name, each is imported by it."""
        parts = dotted.split(".")
        for depth in range(len(parts), 0, -1):
            info = self._named.get(".".join(parts[:depth]))
            if info is not None:
                return ".".join([_dotted(info.path, info.root), *parts[depth:]])
        return dotted

    def planned(self, path: str, name: str) -> ModuleInfo:
        """The module of a file; of one that is yet to be written, under the name it will have."""
        return self.by_path.get(path) or ModuleInfo(name, path, _is_package(path), "")

    def find(self, dotted: str, near: str = "") -> ModuleInfo | None:
        """The module that `import dotted` means, seen from the file `near`."""
        found = self._index.get(dotted)
        if found is None:
            return self._beside(dotted, near) if near else None
        if len(found) == 1 or not near:
            return found[0]
        return max(found, key=lambda info: len(posixpath.commonpath([info.path, near])))

    def package_around(self, info: ModuleInfo) -> ModuleInfo | None:
        """The package that a module is in, which Python imports before it. By the folder: what
        one of two packages of one name is imported as may be the name of the other."""
        folder = posixpath.dirname(info.path)
        folder = posixpath.dirname(folder) if info.is_package else folder
        inside = len(folder) > len(info.root)
        return self.by_path.get(posixpath.join(folder, "__init__.py")) if inside else None

    def knows(self, dotted: str, near: str = "") -> bool:
        """Whether a name's first part can be a module of the project."""
        top = dotted.partition(".")[0]
        return top in self.tops or (bool(near) and self._beside(top, near) is not None)

    def root_of(self, path: str) -> str:
        """The folder that a file's name starts from."""
        info = self.by_path.get(path)
        return info.root if info is not None else ""

    @property
    def roots(self) -> tuple[str, ...]:
        """The folders that modules' names start from, "" for the top."""
        return tuple(sorted({info.root for info in self.by_path.values()}))

    def _beside(self, dotted: str, near: str) -> ModuleInfo | None:
        """A script's neighbour: the script's own folder is on sys.path when it is run."""
        folder = near.rpartition("/")[0]
        if folder in self._packages:
            return None
        path = posixpath.join(folder, dotted.replace(".", "/"))
        return self.by_path.get(f"{path}.py") or self.by_path.get(f"{path}/__init__.py")

    def _root_of(self, folder: str) -> str:
        known = self._root_of_folder.get(folder)
        if known is None:
            known = self._root_of_folder[folder] = self._find_root(folder)
        return known

    def _find_root(self, folder: str) -> str:
        """The folder that the modules in `folder` are named from."""
        above = [*_ancestors(f"{folder}/x" if folder else "x")]  # nearest first, "" last
        root = next((f for f in above if f in self._roots), "")
        for outer in above[: above.index(root)]:
            if not posixpath.basename(outer).isidentifier():
                root = outer
                break
        rest = _parts(folder[len(root) :].strip("/"))
        # A folder without __init__.py between the root and the first package is a namespace
        # package if some import names it, else it only groups packages and is on sys.path.
        here = root
        for index, part in enumerate(rest):
            below = posixpath.join(here, part)
            if below in self._packages:
                return here
            inner = [posixpath.join(root, *rest[: depth + 1]) for depth in range(index, len(rest))]
            if not any(f in self._packages for f in inner) or self._is_imported(part):
                return root
            here = below
        return root

    def _is_passed_over(self, folder: str) -> bool:
        """Whether imports name what is in a package, and never the package itself."""
        inside = {f for f in self._packages if posixpath.dirname(f) == folder}
        beside = {posixpath.basename(f) for f in self._folders - inside}
        tops = {posixpath.basename(f) for f in inside} - beside
        return not self._is_imported(posixpath.basename(folder)) and any(
            map(self._is_imported, sorted(tops))
        )

    def _ways(self, folder: str) -> int:
        """How many more imports name what is in a package by it (`from pulpcore.app.models`)
        than leave it out; 0 for a folder that is no package."""
        if folder not in self._packages or not folder:
            return 0
        above, name = posixpath.split(folder)
        inside = {posixpath.basename(f) for f in self._packages if posixpath.dirname(f) == folder}
        nested = above in self._packages
        by_it = f".{posixpath.basename(above)}.{name}." if nested else f"{name}."
        ways = 0
        for _, dotted in self._imports:
            ways += by_it in f".{dotted}." if nested else f"{dotted}.".startswith(by_it)
            ways -= dotted.partition(".")[0] in inside
        return ways

    def _is_imported(self, top: str) -> bool:
        known = self._mentioned.get(top)
        if known is None:
            needles = (f"from {top}.", f"import {top}.", f"from {top} ", f'"{top}.', f"'{top}.")
            known = any(needle in text for text in self._texts for needle in needles)
            self._mentioned[top] = known
        return known

    def _added_to_path(self) -> set[str]:
        """The folders that code puts on sys.path by a literal name, or by that of a setting:
        `sys.path.append(settings.APPS_DIR)`."""
        calls = [
            match[1]
            for text in self._texts
            if "sys.path" in text
            for match in _ADDED_TO_PATH.finditer(text)
        ]
        told = [call.partition("\n\n")[0] for call in calls]
        given = {name for call in calls for name in _SETTING.findall(call.partition("\n")[0])}
        if given:
            setting = re.compile(rf"^(?:{'|'.join(sorted(given))}) *=(.*)", re.MULTILINE)
            told += [line for text in self._texts for line in setting.findall(text)]
        names = {literal.strip("./") for code in told for literal in _STRING.findall(code)}
        ends = tuple(f"/{name}" for name in names if name)
        return {folder for folder in self._folders if ends and f"/{folder}".endswith(ends)}

    def _meant(self) -> Iterator[str]:
        """The packages that imports go by although the folder above is no known root: pytest puts
        the folder of its files there, above their packages; a setting may name any other.

        All imports of the name have to fit what is in the package. One that says no more than the
        name may mean something that is installed, but where pytest puts it.
        """
        packages = {
            folder: posixpath.split(folder)
            for folder in self._packages
            if posixpath.dirname(folder) not in self._packages
            and posixpath.basename(folder) not in self._index
        }
        if not packages:
            return
        inside = {path.removesuffix(".py") for path in self.by_path} | self._folders
        tests = {posixpath.dirname(path) for path in self.by_path if _is_test(path)}
        tested = {
            next((f for f in (t, *_ancestors(t)) if f not in self._packages), "") for t in tests
        }
        imports: dict[str, list[tuple[str, str]]] = {top: [] for _, top in packages.values()}
        for path, dotted in self._imports:
            top, _, rest = dotted.partition(".")
            if top in imports:
                imports[top].append((rest.partition(".")[0], path))
        for package, (above, top) in packages.items():
            if imports[top] and all(
                f"{package}/{inner}" in inside if inner
                else above in tested and path.startswith(f"{above}/")
                for inner, path in imports[top]
            ):  # fmt: skip
                yield package


def _is_package(path: str) -> bool:
    return posixpath.basename(path) == "__init__.py"


def _is_test(path: str) -> bool:
    """Whether pytest imports a file itself."""
    name = posixpath.basename(path)
    return name == "conftest.py" or name.startswith("test_") or name.endswith("_test.py")


def _parts(folder: str) -> list[str]:
    return folder.split("/") if folder else []


def _ancestors(path: str) -> Iterable[str]:
    """The folders that hold a path, nearest first, the top ("") last."""
    while path:
        path = posixpath.dirname(path)
        yield path


def _dotted(path: str, root: str) -> str:
    """The dotted name of a file below a root."""
    inner = path[len(root) + 1 :] if root else path
    inner = inner.removesuffix(".py")
    if inner.endswith("/__init__"):
        inner = inner.removesuffix("/__init__")
    return inner.replace(".", "_").replace("/", ".")
