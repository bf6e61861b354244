"""`migrate --commit` and `--write` in repositories that are not plain: hooks, merges, links."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from codemod.source.write import apply
from codemod.values.files import Change
from tests.cli.test_migrate import tree
from tests.cli.test_step_by_step import _author, _migrate, _project, _subjects
from tests.source.trees import git, plant

__all__ = ["_author"]  # a fixture

REFORMAT = """#!/bin/sh
for file in $(git diff --cached --name-only --diff-filter=AM); do
    echo "# formatted" >> $file
done
"""


def _hook(root: Path, text: str) -> None:
    plant(root, {".git/hooks/pre-commit": text.encode()})
    (root / ".git" / "hooks" / "pre-commit").chmod(0o755)


def _status(root: Path) -> str:
    return git(root, "status", "--porcelain").decode()


def test_a_hook_that_formats_and_refuses_leaves_nothing_behind(tmp_path: Path) -> None:
    root = _project(tmp_path / "a")
    before = tree(root)
    _hook(root, f"{REFORMAT}echo formatted it >&2\nexit 1\n")

    done = _migrate(root, "--commit")

    assert done.exit_code == 2
    assert "a commit hook refused, and changed shop/services.py" in done.stderr
    assert "formatted it" in done.stderr
    assert tree(root) == before
    assert _status(root) == ""


def test_a_hook_that_formats_and_commits_stops_the_run_with_a_clean_tree(tmp_path: Path) -> None:
    root = _project(tmp_path / "a")
    _hook(root, f"{REFORMAT}git add -u\n")

    done = _migrate(root, "--commit")

    assert done.exit_code == 2
    assert "a commit hook changed shop/services.py" in done.stderr
    assert "run again to go on from there" in done.stderr
    assert len(_subjects(root)) == 1
    assert _status(root) == ""

    (root / ".git" / "hooks" / "pre-commit").unlink()
    assert _migrate(root, "--commit").exit_code == 0
    assert len(_subjects(root)) == 2


@pytest.mark.parametrize("command", ["merge", "rebase"])
def test_no_commit_in_the_middle_of_another_thing(tmp_path: Path, command: str) -> None:
    root = _project(tmp_path / "a")
    git(root, "checkout", "-qb", "side")
    git(root, "commit", "-qm", "side", "--allow-empty")
    if command == "merge":
        git(root, "checkout", "-q", "-")
        git(root, "merge", "-q", "--no-ff", "--no-commit", "side")
    else:
        (root / ".git" / "rebase-merge").mkdir()
    before = tree(root)

    done = _migrate(root, "--commit")

    assert done.exit_code == 2
    assert f"is in the middle of a {command} (finish it first)" in done.stderr
    assert tree(root) == before


def test_a_file_behind_a_link_is_what_the_diff_and_the_commits_hold(tmp_path: Path) -> None:
    root = _project(tmp_path / "a")
    (root / "lib").mkdir()
    (root / "shop" / "views.py").rename(root / "lib" / "views.py")
    (root / "shop" / "views.py").symlink_to("../lib/views.py")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "link")

    diff = _migrate(root).stdout_bytes
    subprocess.run(["git", "apply", "--check", "-"], cwd=root, input=diff, check=True)
    assert _migrate(root, "--commit").exit_code == 0

    assert _status(root) == ""
    assert b"lib/views.py" in git(root, "show", "--stat", "HEAD")
    assert (root / "shop" / "views.py").is_symlink()


@pytest.mark.parametrize("wrote, runs", [("", "shop"), ("shop", "")])
def test_a_write_that_died_above_or_below_is_undone(tmp_path: Path, wrote: str, runs: str) -> None:
    root = _project(tmp_path / "a")
    before = tree(root)
    paths = [path.relative_to(root / wrote).as_posix() for path in (root / "shop").glob("*s.py")]
    changes = [Change(p, (root / wrote / p).read_bytes(), b"# new\n") for p in sorted(paths)]
    _die_while_writing(root / wrote, changes)
    assert tree(root) != before

    done = _migrate(root / runs)

    assert "unsignal: undid an interrupted write" in done.stderr
    assert tree(root) == before


def _die_while_writing(root: Path, changes: list[Change]) -> None:
    """Leave what a process leaves that is killed between two renames."""

    def step(name: str) -> None:
        if name.startswith("rename") and name.endswith("views.py"):
            os._exit(1)

    child = os.fork()
    if child == 0:
        apply(root, changes, step)
        os._exit(0)
    assert os.waitpid(child, 0)[1] != 0


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = _project(tmp_path / "a")
    monkeypatch.setenv("PATH", str(tmp_path))
    done = _migrate(root, "--commit")
    assert done.exit_code == 2
    assert "git is not installed" in done.stderr


def test_a_new_file_is_committed_although_its_name_is_ignored(tmp_path: Path) -> None:
    root = _project(tmp_path / "a")
    plant(root, {".gitignore": b"services.py\n"})
    git(root, "add", ".gitignore")
    git(root, "commit", "-qm", "ignore")

    assert _migrate(root, "--commit").exit_code == 0
    assert _status(root) == ""
    assert b"shop/services.py" in git(root, "ls-files")


def test_a_refused_commit_of_a_file_with_an_ignored_name_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    root = _project(tmp_path / "a")
    plant(root, {".gitignore": b"services.py\n"})
    git(root, "add", ".gitignore")
    git(root, "commit", "-qm", "ignore")
    before = tree(root)
    _hook(root, "exit 1\n")

    assert _migrate(root, "--commit").exit_code == 2
    assert tree(root) == before
    assert _status(root) == ""


def test_a_new_file_has_the_line_ends_of_the_one_that_it_comes_from(tmp_path: Path) -> None:
    root = _project(tmp_path / "a")
    for path in root.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert _migrate(root, "--write", "--allow-dirty").exit_code == 0
    written = (root / "shop" / "services.py").read_bytes()
    assert written.count(b"\n") == written.count(b"\r\n") > 3
