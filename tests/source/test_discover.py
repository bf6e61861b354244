"""Which files belong to the project."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from codemod.source.discover import discover, of_submodules, read
from codemod.source.files import LIMIT, SourceError
from codemod.values.files import Unreadable
from tests.source.trees import git, plant

PROJECT = {
    "manage.py": b"",
    "shop/models.py": b"",
    "shop/fixtures.json": b"",
    "shop/migrations/0001_initial.py": b"",
    "Zoë/a b.py": b"",
}
MINE = ("Zoë/a b.py", "manage.py", "shop/migrations/0001_initial.py", "shop/models.py")


def _mine() -> tuple[str, ...]:
    return tuple(sorted(MINE))


def test_walk_leaves_out_what_is_not_the_projects(tmp_path: Path) -> None:
    others = [
        "env/bin/activate_this.py",
        ".venv/lib/a.py",
        "node_modules/gyp/a.py",
        ".git/hooks/a.py",
        ".tox/py/a.py",
        "shop/__pycache__/a.py",
        "lib/site-packages/django/a.py",
        "build/lib/a.py",
        "dist/a.py",
        "shop.egg-info/a.py",
        ".eggs/a.py",
        "shop/_vendor/__init__.py",
        "vendor/six.py",
        "third_party/a.py",
    ]
    plant(tmp_path, {**PROJECT, "env/pyvenv.cfg": b"", **dict.fromkeys(others, b"")})

    assert discover(tmp_path) == _mine()


def test_a_package_named_vendor_or_build_is_the_projects(tmp_path: Path) -> None:
    files = {"vendor/__init__.py": b"", "vendor/models.py": b"", "build/__init__.py": b""}

    assert discover(plant(tmp_path, files)) == tuple(sorted(files))


def test_git_says_which_files_there_are(tmp_path: Path) -> None:
    plant(tmp_path, {**PROJECT, ".gitignore": b"ignored/\n", "ignored/a.py": b"", "gone.py": b""})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "gone.py", "shop")
    (tmp_path / "gone.py").unlink()

    assert discover(tmp_path) == _mine()


def test_environments_stay_out_even_if_git_lists_them(tmp_path: Path) -> None:
    files = {"env/pyvenv.cfg": b"", "env/lib/a.py": b"", "node_modules/x/a.py": b""}
    plant(tmp_path, {**PROJECT, **files})
    git(tmp_path, "init", "-q")

    assert discover(tmp_path) == _mine()


def test_the_root_may_be_a_folder_of_the_work_tree(tmp_path: Path) -> None:
    plant(tmp_path, {"other.py": b"", "backend/shop/a.py": b"", "backend/b.py": b""})
    git(tmp_path, "init", "-q")

    assert discover(tmp_path / "backend") == ("b.py", "shop/a.py")


def test_an_ignored_root_is_walked(tmp_path: Path) -> None:
    plant(tmp_path, {".gitignore": b"work/\n", "work/a.py": b"", "empty/README": b""})
    git(tmp_path, "init", "-q")

    assert discover(tmp_path / "work") == ("a.py",)
    assert discover(tmp_path / "empty") == ()


def test_files_of_submodules_that_know_django_are_named(tmp_path: Path) -> None:
    files = {"a b/models.py": b"from django.db import models\n", "a b/work.py": b"", "no.txt": b""}
    files["node_modules/a.py"] = b"from django.db import models\n"
    used, tools = plant(tmp_path / "used", files), plant(tmp_path / "tools", {"build.py": b""})
    here = plant(tmp_path / "here", {"shop/a.py": b"", ".gitignore": b"env/\n"})
    for root in (used, tools, here):
        git(root, "init", "-q")
        git(root, "add", ".")
        git(root, "commit", "-qm", "all")
    assert of_submodules(here) == ()
    for root in (used, tools):
        git(here, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(root))

    reason = "is in a git submodule, a repository of its own"
    names = ("used/a b/models.py", "used/a b/work.py")
    assert discover(here) == ("shop/a.py",)
    assert of_submodules(here) == tuple(Unreadable(name, reason) for name in names)
    assert of_submodules(here, exclude=("used",)) == ()
    assert of_submodules(here / "shop") == ()


def test_another_repository_in_the_environment_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = plant(tmp_path / "here", {"a.py": b""}), plant(tmp_path / "there", {"b.py": b""})
    for root in (here, there):
        git(root, "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(there / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(there))

    assert discover(here) == ("a.py",)


def test_without_git_the_folder_is_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, PROJECT)
    git(tmp_path, "init", "-q")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert discover(tmp_path) == _mine()


@pytest.mark.parametrize("with_git", [False, True])
def test_links_out_of_the_root_are_listed_and_not_followed(tmp_path: Path, with_git: bool) -> None:
    outside = plant(tmp_path / "outside", {"secret.py": b"", "more/a.py": b""})
    root = plant(tmp_path / "root", {"real.py": b"", "sub/b.py": b""})
    (root / "secret.py").symlink_to(outside / "secret.py")
    (root / "more").symlink_to(outside / "more")
    (root / "again").symlink_to(root / "sub")
    (root / "alias.py").symlink_to("real.py")
    (root / "loop.py").symlink_to("loop.py")
    (root / "dangling.py").symlink_to("nowhere.py")
    (root / "folder.py").mkdir()
    os.mkfifo(root / "pipe.py")
    if with_git:
        git(root, "init", "-q")

    assert discover(root) == ("alias.py", "real.py", "secret.py", "sub/b.py")
    _, unreadable = read(root, ["secret.py"])
    assert unreadable == (Unreadable("secret.py", "is outside of the project"),)


def test_a_tracked_folder_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    outside = plant(tmp_path / "outside", {"a.py": b""})
    root = plant(tmp_path / "root", {"app/a.py": b"", "b.py": b""})
    git(root, "init", "-q")
    git(root, "add", "-A")
    (root / "app" / "a.py").unlink()
    (root / "app").rmdir()
    (root / "app").symlink_to(outside)

    assert discover(root) == ("b.py",)


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("shop", ("Zoë/a b.py", "manage.py")),
        ("shop/", ("Zoë/a b.py", "manage.py")),
        ("migrations", ("Zoë/a b.py", "manage.py", "shop/models.py")),
        ("*/migrations/*", ("Zoë/a b.py", "manage.py", "shop/models.py")),
        ("**/migrations/**", ("Zoë/a b.py", "manage.py", "shop/models.py")),
        ("./shop/models.py", ("Zoë/a b.py", "manage.py", "shop/migrations/0001_initial.py")),
        ("models", MINE),
        ("*.py", ()),
    ],
)
@pytest.mark.parametrize("with_git", [False, True])
def test_excluded_files(
    tmp_path: Path, pattern: str, left: tuple[str, ...], with_git: bool
) -> None:
    plant(tmp_path, PROJECT)
    if with_git:
        git(tmp_path, "init", "-q")

    assert discover(tmp_path, [pattern]) == tuple(sorted(left))


def test_a_root_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nowhere: no such folder"):
        discover(tmp_path / "nowhere")


def test_reading_names_what_cannot_be_read(tmp_path: Path) -> None:
    large = b"#" * (LIMIT + 1)
    root = plant(tmp_path / "root", {"a.py": b"a = 1\r\n", "bad.py": b"\xff", "big.py": large})
    plant(tmp_path, {"outside.py": b""})
    (root / "folder.py").mkdir()
    (root / "loop.py").symlink_to("loop.py")
    (root / "link.py").symlink_to(tmp_path / "outside.py")
    os.mkfifo(root / "pipe.py")
    name = os.fsdecode(b"caf\xe9.py")
    paths = ["a.py", "bad.py", "big.py", "folder.py", "gone.py", "pipe.py"]
    paths += ["loop.py", "link.py", "../outside.py", str(tmp_path / "outside.py"), "nul\0.py", name]

    files, unreadable = read(root, paths)

    assert [(file.path, file.text) for file in files] == [("a.py", "a = 1\r\n")]
    assert unreadable == (
        Unreadable("bad.py", "line 1: byte 0xff is not valid utf-8"),
        Unreadable("big.py", "too large: 5000001 bytes, the limit is 5000000"),
        Unreadable("folder.py", "is not a regular file"),
        Unreadable("gone.py", "no such file or directory"),
        Unreadable("pipe.py", "is not a regular file"),
        Unreadable("loop.py", "too many levels of symbolic links"),
        Unreadable("link.py", "is outside of the project"),
        Unreadable("../outside.py", "is outside of the project"),
        Unreadable(str(tmp_path / "outside.py"), "is outside of the project"),
        Unreadable("nul\0.py", "is outside of the project"),
        Unreadable("caf\\udce9.py", "the file's name is not valid UTF-8"),
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    plant(tmp_path, {"a.py": b""})
    (tmp_path / "a.py").chmod(0)

    assert read(tmp_path, ["a.py"]) == ((), (Unreadable("a.py", "permission denied"),))


def test_many_files_are_found_and_read_quickly(tmp_path: Path) -> None:
    data = b"value = 1  # a line of source\n" * 200
    plant(tmp_path, {f"app{n % 40}/sub{n % 7}/m{n}.py": data for n in range(2000)})

    start = time.perf_counter()
    files, unreadable = read(tmp_path, discover(tmp_path))
    took = time.perf_counter() - start

    assert len(files) == 2000
    assert not unreadable
    assert took < 2, "far above what a slow computer needs"
