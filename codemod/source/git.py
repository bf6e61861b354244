"""What we ask git, without letting the repository run anything.

Hooks run for `commit` only: there they are the user's own policy.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

# Set by git for its hooks: they would answer for another repository or index.
_FOREIGN = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_EXTERNAL_DIFF",
)
_UNFINISHED = {
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
}
_NO_MONITOR = ("-c", "core.fsmonitor=false")
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")
_FROM_STDIN = ("--pathspec-from-file=-", "--pathspec-file-nul")


class GitError(Exception):
    """git is missing, or refused; the message is one line for the user."""


class GitMissing(GitError):
    """There is no git on this computer."""


def worktree(root: Path) -> Path | None:
    """Return the top folder of the work tree that holds `root`.

    `None` where there is no work tree, or no git to ask. Raises GitError where
    git refuses, for example because the repository belongs to another user.
    """
    try:
        answer = _ask(root, "rev-parse", "--show-toplevel")
    except GitMissing:
        return None
    except GitError as error:
        reason = str(error)
        if "not a git repository" in reason or "must be run in a work tree" in reason:
            return None
        raise
    return Path(os.fsdecode(answer.removesuffix(b"\n")))


def files(root: Path) -> tuple[str, ...]:
    """Return the .py files under `root` that git tracks or doesn't ignore.

    The paths are POSIX, relative to `root` and sorted; a tracked file may be
    missing on disk. Raises GitError.
    """
    answer = _ask(
        root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.py"
    )
    return tuple(sorted(set(_paths(answer))))


def in_submodules(root: Path) -> tuple[str, ...]:
    """Return the .py files under `root` that its submodules track. Raises GitError."""
    top = worktree(root)
    if top is None or not (top / ".gitmodules").is_file():
        return ()
    own, every = (
        set(_paths(_ask(root, "ls-files", "-z", "--cached", *option, "--", "*.py")))
        for option in ((), ("--recurse-submodules",))
    )
    return tuple(sorted(every - own))


def untracked(root: Path, name: str) -> tuple[str, ...]:
    """Return the files of a name under `root` that git doesn't track, relative to it.

    Ignored files are among them. Raises GitError.
    """
    answer = _ask(root, "ls-files", "-z", "--others", "--", f":(glob)**/{name}")
    return tuple(sorted(_paths(answer)))


def is_ignored(root: Path) -> bool:
    """Return whether the folder `root` itself is ignored by git. Raises GitError."""
    try:
        _ask(root, "check-ignore", "-q", ".")
    except GitError:
        return False
    return True


def is_dirty(root: Path) -> tuple[str, ...]:
    """Return the paths under `root` with changes that aren't committed.

    These are tracked files of any kind and untracked .py files, relative to
    `root` and sorted; submodules aren't looked into. Raises GitError.
    """
    prefix = os.fsdecode(_ask(root, "rev-parse", "--show-prefix").removesuffix(b"\n"))
    entries = _paths(
        _ask(
            root,
            *("status", "--porcelain=v1", "-z", "--no-renames"),
            *("--untracked-files=all", "--ignore-submodules=all", "--", "."),
        )
    )
    dirty = (entry for entry in entries if entry[:2] != "??" or entry.endswith(".py"))
    return tuple(sorted(entry[3:].removeprefix(prefix) for entry in dirty))


def unfinished(root: Path) -> str | None:
    """Return what git is in the middle of, such as "a merge". Raises GitError."""
    marks = [option for mark in _UNFINISHED for option in ("--git-path", mark)]
    places = os.fsdecode(_ask(root, "rev-parse", *marks)).splitlines()
    for name, place in zip(_UNFINISHED.values(), places, strict=True):
        if (root / place).exists():
            return name
    return None


def commit(root: Path, paths: Sequence[str], message: str) -> str:
    """Commit these paths (relative to `root`) alone and return the commit's id.

    What else is staged stays staged and out of the commit; deleted files may
    be named. The user's hooks run. Raises GitError, also for nothing to do.
    """
    if not paths:
        raise GitError("no files to commit")
    # Where a part of the index is committed, what a hook adds gets lost to the index.
    staged = _ask(root, "diff", "--cached", "--name-only", "--ignore-submodules=all")
    only = ("--only", *_FROM_STDIN) if staged else ()
    stage(root, paths)
    try:
        _run(
            root,
            *_NO_MONITOR,
            *("--literal-pathspecs", "commit", "--quiet", "--cleanup=whitespace"),
            *("--message", message, *only),
            stdin=_listed(paths) if only else b"",
            environment=_environment(),
        )
    except GitError as error:
        raise GitError(f"git commit: {error}") from error
    return _ask(root, "rev-parse", "HEAD").decode("ascii").strip()


def stage(root: Path, paths: Sequence[str]) -> None:
    """Take these paths (relative to `root`), present or not, into the index. Raises GitError.

    A new file is taken although git ignores its name: what else changes needs it.
    """
    options = ("--literal-pathspecs", "add", "--all", "--force", *_FROM_STDIN)
    _ask(root, *options, stdin=_listed(paths))


def _listed(paths: Sequence[str]) -> bytes:
    return b"\0".join(os.fsencode(path) for path in paths)


def _ask(root: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    environment = _environment()
    # English messages to recognise, no refreshed index, no fetch on demand.
    environment |= {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}
    options = (*_NO_MONITOR, *_NO_HOOKS)
    return _run(root, *options, *arguments, stdin=stdin, environment=environment)


def _run(root: Path, *arguments: str, stdin: bytes, environment: dict[str, str]) -> bytes:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, input=stdin, env=environment, capture_output=True
        )
    except OSError as error:
        if isinstance(error, FileNotFoundError) and root.is_dir():
            raise GitMissing("git is not installed") from error
        raise GitError(f"git can't be run in {root}: {error.strerror}") from error
    if done.returncode:
        raise GitError(_reason(done))
    return done.stdout


def _reason(done: subprocess.CompletedProcess[bytes]) -> str:
    said = (done.stderr.strip() or done.stdout.strip()).decode("utf-8", "replace")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return "; ".join(lines) or f"git ended with exit code {done.returncode}"


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    return kept | {"GIT_TERMINAL_PROMPT": "0"}


def _paths(answer: bytes) -> list[str]:
    return [os.fsdecode(path) for path in answer.split(b"\0") if path]
