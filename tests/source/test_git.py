"""What we ask git."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.source.git import GitError, commit, is_dirty, worktree
from tests.source.trees import git, plant


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Return a work tree with one commit."""
    plant(tmp_path, {"a.py": b"a\n", "app/b.py": b"b\n", "app/c d.py": b"c\n", "README": b"r\n"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def _committed(repo: Path) -> set[str]:
    shown = git(repo, "show", "-z", "--no-renames", "--format=", "--name-status", "HEAD")
    parts = shown.decode().split("\0")
    return {f"{kind} {path}" for kind, path in zip(parts[::2], parts[1::2], strict=False)}


def test_the_work_tree_is_its_top_folder(repo: Path) -> None:
    assert worktree(repo / "app") == repo.resolve()


def test_there_may_be_no_work_tree(tmp_path: Path) -> None:
    assert worktree(tmp_path) is None
    git(tmp_path, "init", "-q", "--bare", "bare")
    assert worktree(tmp_path / "bare") is None


def test_without_git_there_is_no_work_tree(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repo))

    assert worktree(repo) is None
    with pytest.raises(GitError, match="git is not installed"):
        is_dirty(repo)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="nowhere"):
        worktree(tmp_path / "nowhere")


def test_a_clean_tree_is_not_dirty(repo: Path) -> None:
    plant(repo, {"notes.txt": b"", ".gitignore": b"ignored.py\n", "ignored.py": b""})
    assert is_dirty(repo) == ()


def test_dirty_are_changed_staged_deleted_and_new_files(repo: Path) -> None:
    plant(repo, {"a.py": b"x", "app/new é.py": b"", "README": b"x", "app/c d.py": b"x"})
    git(repo, "add", "a.py")
    (repo / "app" / "b.py").unlink()

    assert is_dirty(repo) == ("README", "a.py", "app/b.py", "app/c d.py", "app/new é.py")
    assert is_dirty(repo / "app") == ("b.py", "c d.py", "new é.py")


def test_a_moved_file_is_two_dirty_paths(repo: Path) -> None:
    git(repo, "mv", "a.py", "z.py")
    assert is_dirty(repo) == ("a.py", "z.py")


def test_asking_runs_nothing_of_the_repository(repo: Path) -> None:
    ran = repo / "ran"
    plant(repo, {"hooks/post-index-change": f"#!/bin/sh\ntouch {ran}\n".encode()})
    (repo / "hooks" / "post-index-change").chmod(0o755)
    git(repo, "config", "core.fsmonitor", str(repo / "hooks" / "post-index-change"))
    git(repo, "config", "core.hooksPath", str(repo / "hooks"))
    plant(repo, {"a.py": b"x"})

    assert is_dirty(repo) == ("a.py",)
    assert not ran.exists()


def test_a_commit_holds_these_paths_alone(repo: Path) -> None:
    plant(repo, {"a.py": b"x", "app/b.py": b"x", "README": b"x", "app/*.py": b"x", "app/n.py": b""})
    git(repo, "add", "README")
    (repo / "app" / "c d.py").unlink()

    made = commit(repo / "app", ["b.py", "c d.py", "*.py"], "Move it\n\n# kept\n")

    assert made == git(repo, "rev-parse", "HEAD").decode().strip()
    assert _committed(repo) == {"M app/b.py", "D app/c d.py", "A app/*.py"}
    assert git(repo, "log", "-1", "--format=%B").decode().strip() == "Move it\n\n# kept"
    assert is_dirty(repo) == ("README", "a.py", "app/n.py")
    assert git(repo, "diff", "--cached", "--name-only").decode().split() == ["README"]


def test_nothing_to_commit_is_an_error(repo: Path) -> None:
    with pytest.raises(GitError, match="no files to commit"):
        commit(repo, [], "m")
    with pytest.raises(GitError, match="nothing to commit"):
        commit(repo, ["a.py"], "m")
    with pytest.raises(GitError, match="did not match any files"):
        commit(repo, ["nowhere.py"], "m")


def test_the_users_hook_may_refuse_a_commit(repo: Path) -> None:
    plant(repo, {".git/hooks/pre-commit": b"#!/bin/sh\necho no tabs please >&2\nexit 1\n"})
    (repo / ".git" / "hooks" / "pre-commit").chmod(0o755)
    plant(repo, {"a.py": b"x"})

    with pytest.raises(GitError, match="no tabs please"):
        commit(repo, ["a.py"], "m")
