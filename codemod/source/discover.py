"""Which Python files belong to the project, and their text.

paths = discover(root, exclude=("legacy", "*/migrations/*"))
files, unreadable = read(root, paths)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from codemod.source import git
from codemod.source.bounded import glimpse, read_bytes
from codemod.source.files import SourceError, SourceFile, decode
from codemod.source.root import Root
from codemod.values.files import Unreadable

_FOREIGN = frozenset({"node_modules", "site-packages", "__pycache__", ".tox", ".nox", ".git"})
"""Never the project's own code, not even where git lists it."""

_VENDORED = frozenset({"_vendor", "vendored", "third_party", "bower_components", "eggs"})
_PERHAPS = frozenset({"vendor", "build", "dist"})
"""Skipped, unless it is a package: shops have an app named `vendor`."""


def discover(root: Path, exclude: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the project's .py files: sorted POSIX paths relative to `root`.

    Git says which there are; without git, a walk leaves out environments,
    hidden, built and vendored folders. A pattern of `exclude` without a slash
    names a file or folder anywhere, others are matched from the root; both
    take all that is below. Links to folders outside of the root aren't followed,
    those to files are listed: `read` says of them that they are outside.
    Raises SourceError if `root` is no folder.
    """
    if not root.is_dir():
        raise SourceError(str(root), "no such folder")
    place = Root(root)
    foreign = _foreign(place.real)
    excluded = _excluder(exclude)
    listed = _from_git(root)
    return tuple(
        path
        for path in sorted(_walk(place.real) if listed is None else listed)
        if not foreign(_parent(path)) and not excluded(path) and _is_file(place, path)
    )


def of_submodules(root: Path, exclude: Sequence[str] = ()) -> tuple[Unreadable, ...]:
    """Return the files of git submodules that know Django: named, for they can't be edited here.

    A folder at the top in which no file has the word, such as one of build scripts, is left out.
    """
    try:
        listed = git.in_submodules(root)
    except git.GitError:
        return ()
    foreign, excluded = _foreign(Root(root).real), _excluder(exclude)
    paths = [path for path in listed if not foreign(_parent(path)) and not excluded(path)]
    knowing = {path.partition("/")[0] for path in paths if "django" in glimpse(root, path)}
    reason = "is in a git submodule, a repository of its own"
    return tuple(Unreadable(path, reason) for path in paths if path.partition("/")[0] in knowing)


def read(root: Path, paths: Iterable[str]) -> tuple[tuple[SourceFile, ...], tuple[Unreadable, ...]]:
    """Return the files that could be read and, with reasons, those that couldn't.

    Raises nothing: whatever is wrong with a file is a reason.
    """
    place = Root(root)
    readable: list[SourceFile] = []
    unreadable: list[Unreadable] = []
    for path in paths:
        try:
            readable.append(decode(path, read_bytes(place, path)))
        except SourceError as error:
            unreadable.append(error.unreadable)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            unreadable.append(Unreadable(path, reason.lower()))
    return tuple(readable), tuple(unreadable)


def _from_git(root: Path) -> tuple[str, ...] | None:
    """Return git's list, or `None` where git has no say about this folder."""
    try:
        if git.worktree(root) is None:
            return None
        listed = git.files(root)
        return None if not listed and git.is_ignored(root) else listed
    except git.GitError:
        return None


def _walk(root: str) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not _skipped(folder, name)]
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if relative == "." else relative + "/"
        yield from (prefix + name for name in names if name.endswith(".py"))


def _skipped(folder: str, name: str) -> bool:
    if name.startswith(".") or name in _VENDORED or name.endswith((".egg", ".egg-info")):
        return True
    package = os.path.join(folder, name, "__init__.py")
    return name in _PERHAPS and not os.path.exists(package)


def _foreign(root: str) -> Callable[[str], bool]:
    """Return a test for folders that hold installed code."""

    @cache
    def foreign(folder: str) -> bool:
        if not folder:
            return False
        if folder.rpartition("/")[2] in _FOREIGN:
            return True
        if os.path.exists(os.path.join(root, folder, "pyvenv.cfg")):
            return True
        return foreign(_parent(folder))

    return foreign


def _excluder(patterns: Sequence[str]) -> Callable[[str], bool]:
    plain = [pattern.removeprefix("./").removesuffix("/**").strip("/") for pattern in patterns]
    anywhere = [pattern for pattern in plain if "/" not in pattern]
    rooted = [pattern for pattern in plain if "/" in pattern]
    rooted += [pattern[3:] for pattern in rooted if pattern.startswith("**/")]

    @cache
    def excluded(path: str) -> bool:
        if not path:
            return False
        name = path.rpartition("/")[2]
        return (
            any(fnmatchcase(name, pattern) for pattern in anywhere)
            or any(fnmatchcase(path, pattern) for pattern in rooted)
            or excluded(_parent(path))
        )

    return excluded


def _is_file(place: Root, path: str) -> bool:
    real = place.resolve(path)
    if real is not None:
        return os.path.isfile(real)
    # A link to a file outside is listed: whoever reads it says where it leads.
    link, folder = os.path.join(place.real, path), _parent(path)
    inside = not folder or place.resolve(folder) is not None
    return inside and os.path.islink(link) and os.path.isfile(link)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
