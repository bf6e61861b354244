"""`unsignal migrate` as a user runs it: streams, exit codes, options, and input that is broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FILES = {
    "shop/__init__.py": "",
    "shop/models.py": (
        "from django.db import models\n\n\n"
        "class Order(models.Model):\n"
        "    total = models.IntegerField()\n\n\n"
        "class Ticket(models.Model):\n"
        "    title = models.TextField()\n"
    ),
    "shop/signals.py": (
        "from django.db.models.signals import post_save\n"
        "from django.dispatch import receiver\n\n"
        "from .models import Order, Ticket\n\n\n"
        "@receiver(post_save, sender=Order)\n"
        "def announce(sender, instance, **kwargs):\n"
        "    print(instance.total)\n\n\n"
        "@receiver(post_save, sender=Ticket)\n"
        "def assign(sender, instance, **kwargs):\n"
        "    print(instance.title)\n"
    ),
    "shop/views.py": (
        "from .models import Order, Ticket\n\n\n"
        "def place(request):\n"
        "    Order.objects.create(total=3)\n\n\n"
        "def ask(request):\n"
        '    Ticket.objects.create(title="x")\n'
    ),
    "notes.txt": "not Python\n",
}

Done = subprocess.CompletedProcess[bytes]


def unsignal(*arguments: object, cwd: Path = ROOT, path: str | None = None) -> Done:
    """Run `unsignal migrate` and insist that no traceback is shown."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    if path is not None:
        environment["PATH"] = path
    command = [sys.executable, "-m", "codemod", "migrate", *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def git(project: Path, *arguments: str) -> bytes:
    """Run git as somebody."""
    somebody = ("-c", "user.name=Ann", "-c", "user.email=ann@example.com")
    command = ["git", *somebody, *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, check=True).stdout


def tree(project: Path) -> dict[str, bytes]:
    """All files of a project but git's own."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in sorted(project.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(project).parts
    }


def refused(done: Done, *words: str) -> None:
    """The run ended with 2, nothing on stdout, and one line that has these words."""
    assert done.returncode == 2
    assert done.stdout == b""
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("unsignal: ")
    for word in words:
        assert word in lines[0]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for path, text in FILES.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    return root


@pytest.fixture
def repository(project: Path) -> Path:
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "start")
    return project


# What is printed where, and the exit code


def test_dry_run_prints_a_diff_and_nothing_else(project: Path) -> None:
    before = tree(project)
    done = unsignal(project)
    assert done.returncode == 0
    assert done.stdout.startswith(b"diff --git a/shop/services.py b/shop/services.py\n")
    said = done.stderr.decode()
    assert "shop.signals.announce  post_save shop.Order  retired" in said
    assert said.splitlines()[-1] == "2 receivers: 2 retired, 0 delegating, 0 kept"
    assert b"receivers" not in done.stdout
    assert tree(project) == before


def test_python_says_nothing_of_the_code_that_is_read(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("signals", "views"):
        with (project / f"shop/{name}.py").open("a") as stream:
            stream.write('\n\nDIGIT = "\\d"\n')
    monkeypatch.setenv("PYTHONWARNINGS", "always")
    done = unsignal(project)
    assert b"Warning" not in done.stderr
    assert done.stderr.endswith(b"2 receivers: 2 retired, 0 delegating, 0 kept\n")


def test_path_is_the_current_folder_by_default(project: Path) -> None:
    assert unsignal(cwd=project).stdout == unsignal(project).stdout


def test_git_apply_of_the_diff_equals_write(project: Path, tmp_path: Path) -> None:
    patched = Path(shutil.copytree(project, tmp_path / "patched"))
    diff = unsignal(project).stdout
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(tmp_path)}
    subprocess.run(["git", "apply"], cwd=patched, input=diff, env=environment, check=True)
    before = tree(project)
    done = unsignal(project, "--write")
    assert (done.returncode, done.stdout) == (0, b"")
    assert tree(project) == tree(patched) != before


def test_second_run_prints_nothing(project: Path) -> None:
    unsignal(project, "--write")
    done = unsignal(project, "--check")
    assert (done.returncode, done.stdout) == (0, b"")


def test_check_tells_whether_something_would_change(project: Path) -> None:
    before = tree(project)
    done = unsignal(project, "--check")
    assert done.returncode == 1
    assert tree(project) == before


def test_patch_takes_the_diff(project: Path, tmp_path: Path) -> None:
    patch = tmp_path / "out.patch"
    done = unsignal(project, "--patch", patch)
    assert (done.returncode, done.stdout) == (0, b"")
    assert patch.read_bytes() == unsignal(project).stdout


# Options


@pytest.mark.parametrize("name", ["announce", "signals.announce", "shop.signals.announce"])
def test_only_takes_a_receiver(project: Path, name: str) -> None:
    unsignal(project, "--only", name, "--write")
    text = (project / "shop/signals.py").read_text("utf-8")
    assert "announce" not in text
    assert "def assign(sender, instance, **kwargs):\n    print(instance.title)\n" in text


def test_only_of_a_name_that_no_receiver_has(project: Path) -> None:
    refused(unsignal(project, "--only", "nobody"), "nobody")


def test_app_takes_the_receivers_of_its_models(project: Path) -> None:
    assert unsignal(project, "--app", "shop").stdout == unsignal(project).stdout


def test_app_that_is_not_there(project: Path) -> None:
    refused(unsignal(project, "--app", "blog"), "blog")


def test_accept_migrates_in_spite_of_a_code(project: Path) -> None:
    path = project / "shop/signals.py"
    model = "from django.contrib.auth.models import User\n"
    path.write_text(model + path.read_text("utf-8").replace("sender=Order", "sender=User"), "utf-8")
    assert b"third-party-sender:" in unsignal(project).stderr
    done = unsignal(project, "--accept", "third-party-sender")
    assert b"2 retired" in done.stderr
    settings = '[tool.unsignal]\naccept = ["third-party-sender"]\n'
    (project / "pyproject.toml").write_text(settings, "utf-8")
    assert unsignal(project).stdout == done.stdout


def test_accept_of_an_unknown_code(project: Path) -> None:
    done = unsignal(project, "--accept", "typo")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"no such code: typo" in done.stderr


@pytest.mark.parametrize("code", ["any-sender", "reads-raw", "raw", "recursion"])
def test_accept_of_what_leaves_no_choice(project: Path, code: str) -> None:
    done = unsignal(project, "--accept", code)
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"can't be accepted: {code}".encode() in done.stderr


def test_unknown_option(project: Path) -> None:
    done = unsignal(project, "--nonsense")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--nonsense" in done.stderr


def test_excluded_files_are_not_read(project: Path) -> None:
    (project / "legacy").mkdir()
    (project / "legacy/old.py").write_text("print 'Python 2'\n", "utf-8")
    assert unsignal(project).returncode == 2
    (project / "pyproject.toml").write_text('[tool.unsignal]\nexclude = ["legacy"]\n', "utf-8")
    assert unsignal(project).returncode == 0


# Paths


def test_path_that_does_not_exist(tmp_path: Path) -> None:
    refused(unsignal(tmp_path / "nowhere"), str(tmp_path / "nowhere"), "no such directory")


def test_file_in_place_of_a_folder(project: Path) -> None:
    path = project / "shop/models.py"
    refused(unsignal(path), str(path), "not a directory")


def test_folder_without_django(tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text("print(1)\n", "utf-8")
    refused(unsignal(tmp_path), str(tmp_path), "imports Django")


def test_empty_folder(tmp_path: Path) -> None:
    refused(unsignal(tmp_path), str(tmp_path), "imports Django")


def test_patch_into_a_folder_that_is_not_there(project: Path, tmp_path: Path) -> None:
    done = unsignal(project, "--patch", tmp_path / "nowhere" / "out.patch")
    assert done.returncode == 2
    assert str(tmp_path / "nowhere" / "out.patch") in done.stderr.decode().splitlines()[-1]


# Files that can't be read: named, left alone, exit code 2; the rest is migrated


def _syntax(path: Path) -> None:
    path.write_text("def broken(:\n", "utf-8")


def _undecodable(path: Path) -> None:
    path.write_bytes(b'name = "caf\xe9"\n')


def _wrong_cookie(path: Path) -> None:
    path.write_bytes(b"# -*- coding: klingon -*-\nname = 1\n")


def _bom_with_other_cookie(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbf# -*- coding: latin-1 -*-\nname = 1\n")


def _null_byte(path: Path) -> None:
    path.write_bytes(b"name = 1\x00\n")


BROKEN = [_syntax, _undecodable, _wrong_cookie, _bom_with_other_cookie, _null_byte]


@pytest.mark.parametrize("spoil", BROKEN, ids=lambda f: f.__name__.strip("_"))
def test_file_that_cannot_be_read(project: Path, spoil: Callable[[Path], None]) -> None:
    bad = project / "shop/bad.py"
    spoil(bad)
    before = bad.read_bytes()
    done = unsignal(project, "--write")
    assert done.returncode == 2
    named = [line for line in done.stderr.decode().splitlines() if "shop/bad.py" in line]
    assert len(named) == 1
    assert named[0].startswith("not read: shop/bad.py:")
    assert bad.read_bytes() == before
    left = tree(project)
    assert sorted(left) == sorted([*FILES.keys() - {"shop/signals.py"}, "shop/bad.py", SERVICES])


SERVICES = "shop/services.py"


def test_folder_and_dangling_link_named_like_modules(project: Path) -> None:
    (project / "shop/folder.py").mkdir()
    (project / "shop/link.py").symlink_to("nowhere.py")
    done = unsignal(project)
    assert done.returncode == 0
    assert b"folder.py" not in done.stdout and b"link.py" not in done.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_file_without_permission(project: Path) -> None:
    path = project / "shop/views.py"
    path.chmod(0)
    done = unsignal(project)
    assert done.returncode == 2
    assert b"not read: shop/views.py: permission denied" in done.stderr


# Encodings and newlines are kept


@pytest.mark.parametrize(
    "start, encoding",
    [("# -*- coding: latin-1 -*-\n", "latin-1"), ("\ufeff", "utf-8"), ("", "utf-8")],
    ids=["cookie", "bom", "plain"],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_edited_files_keep_their_bytes(
    project: Path, tmp_path: Path, start: str, encoding: str, newline: str
) -> None:
    path = project / "shop/views.py"
    text = (start + FILES["shop/views.py"] + '\n\nNAME = "café"\n').replace("\n", newline)
    path.write_bytes(text.encode(encoding))
    patched = Path(shutil.copytree(project, tmp_path / "patched"))
    diff = unsignal(project).stdout
    done = unsignal(project, "--write")
    assert done.returncode == 0
    after = path.read_bytes().decode(encoding)
    assert after.startswith(start.rstrip())
    assert after.endswith(f'NAME = "café"{newline}')
    assert "    announce(order)" + newline in after
    assert after.count("\n") == after.count(newline)
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(tmp_path)}
    subprocess.run(["git", "apply"], cwd=patched, input=diff, env=environment, check=True)
    assert tree(patched) == tree(project)


def test_file_without_a_last_newline(project: Path) -> None:
    path = project / "shop/views.py"
    path.write_text(FILES["shop/views.py"].rstrip("\n"), "utf-8")
    unsignal(project, "--write")
    assert path.read_text("utf-8").endswith("    assign(ticket)")


def test_executable_stays_executable(project: Path) -> None:
    path = project / "shop/views.py"
    path.chmod(0o755)
    unsignal(project, "--write")
    assert path.stat().st_mode & 0o777 == 0o755


# Git


def test_write_into_a_clean_tree(repository: Path) -> None:
    assert unsignal(repository, "--write").returncode == 0
    assert git(repository, "status", "--short") == (
        b" D shop/signals.py\n M shop/views.py\n?? shop/services.py\n"
    )


@pytest.mark.parametrize("path", ["shop/views.py", "shop/new.py"])
def test_write_into_a_dirty_tree_is_refused(repository: Path, path: str) -> None:
    place = repository / path
    place.write_text(FILES.get(path, "") + "# mine\n", "utf-8")
    before = tree(repository)
    refused(unsignal(repository, "--write"), path, "uncommitted changes", "--allow-dirty")
    assert tree(repository) == before
    assert unsignal(repository).returncode == 0, "a dry run doesn't mind"
    assert unsignal(repository, "--write", "--allow-dirty").returncode == 0
    assert "# mine\n" in place.read_text("utf-8")


def test_untracked_files_that_are_not_python_do_not_matter(repository: Path) -> None:
    (repository / "todo.txt").write_text("later\n", "utf-8")
    assert unsignal(repository, "--write").returncode == 0


def test_ignored_files_are_left_out(repository: Path) -> None:
    (repository / ".gitignore").write_text("scratch/\n", "utf-8")
    (repository / "scratch").mkdir()
    (repository / "scratch/x.py").write_text(FILES["shop/views.py"], "utf-8")
    git(repository, "add", ".gitignore")
    git(repository, "commit", "-qm", "ignore")
    assert b"scratch" not in unsignal(repository).stdout


def test_project_in_a_folder_of_the_repository(project: Path) -> None:
    git(project.parent, "init", "-q")
    diff = unsignal(project).stdout
    subprocess.run(["git", "apply"], cwd=project, input=diff, check=True)
    assert (project / SERVICES).exists()


def test_folder_of_one_app(project: Path) -> None:
    (project / "shop/jobs.py").write_text("def store(thing):\n    thing.save()\n", "utf-8")
    assert b"__init__" not in unsignal(project / "shop").stdout


def test_git_that_is_not_installed(repository: Path, tmp_path: Path) -> None:
    (repository / "shop/views.py").write_text(FILES["shop/views.py"] + "# mine\n", "utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert unsignal(repository, "--write", path=str(empty)).returncode == 0


# Settings


@pytest.mark.parametrize(
    "text, word",
    [
        pytest.param("[tool.unsignal\n", "pyproject.toml", id="syntax"),
        pytest.param(f"a = {'[' * 5000}", "nested too deeply", id="deep"),
        pytest.param("#" * 5_000_001, "too large: 5000001 bytes", id="large"),
        pytest.param("[tool.unsignal]\ncolour = 1\n", "colour", id="unknown"),
        pytest.param('[tool.unsignal]\nexclude = "legacy"\n', "exclude", id="type"),
        pytest.param('[tool.unsignal]\naccept = ["typo"]\n', "no such code: typo", id="code"),
        pytest.param('[tool.unsignal]\naccept = ["any-sender"]\n', "any-sender", id="final"),
        pytest.param('tool = "x"\n', "tool", id="tool"),
        pytest.param("[tool]\nunsignal = 1\n", "unsignal", id="table"),
    ],
)
def test_settings_that_are_wrong(project: Path, text: str, word: str) -> None:
    (project / "pyproject.toml").write_text(text, "utf-8")
    refused(unsignal(project), "pyproject.toml", word)


def test_settings_that_are_not_utf_8(project: Path) -> None:
    (project / "pyproject.toml").write_bytes(b'name = "caf\xe9"\n')
    refused(unsignal(project), "pyproject.toml")


def test_settings_of_others_do_not_matter(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.black]\nline-length = 100\n", "utf-8")
    assert unsignal(project).returncode == 0


# Failures while writing


def test_target_that_cannot_be_written_changes_nothing(project: Path) -> None:
    (project / "shop/services.py").mkdir()
    before = tree(project)
    done = unsignal(project, "--write")
    assert done.returncode == 2
    assert "shop/services.py" in done.stderr.decode().splitlines()[-1]
    assert tree(project) == before


def test_closed_stdout_is_no_traceback(project: Path) -> None:
    command = f"{sys.executable} -m codemod migrate {project} | true"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr, done.stderr.decode()


def test_newer_syntax_is_called_so(project: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.99"\n', "utf-8")
    (project / "shop/newer.py").write_text("import django\nlazy fn\n", "utf-8")
    done = unsignal(project)
    here = ".".join(map(str, sys.version_info[:2]))
    words = f"(or newer syntax: the project is for Python 3.99, this is {here})"
    assert f"not read: shop/newer.py: 2: invalid syntax {words}" in done.stderr.decode()
