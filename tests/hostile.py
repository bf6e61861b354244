"""Projects, settings and repositories that a run refuses or survives, with what it says.

python -m tests.hostile         prints them, and the files of `test_hostile`, as a table
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from codemod.cli.app import app
from tests.cli.test_migrate import FILES
from tests.source.conftest import AUTHOR
from tests.source.trees import git, plant


@dataclass(frozen=True)
class Input:
    """A hostile input: how it comes about, what is run, and a line of what is said."""

    name: str
    make: Callable[[Path], object]
    arguments: tuple[str, ...]
    says: str  # with `...` for what differs from run to run
    code: int = 2

    def __str__(self) -> str:
        return self.name


def _repository(root: Path) -> None:
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "before")


def _with(*steps: Callable[[Path], object]) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        for step in steps:
            step(root)

    return make


def _file(path: str, text: str | bytes) -> Callable[[Path], object]:
    data = text.encode() if isinstance(text, str) else text
    return lambda root: plant(root, {path: data})


def _hook(text: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        plant(root, {".git/hooks/pre-commit": f"#!/bin/sh\n{text}\n".encode()})
        (root / ".git/hooks/pre-commit").chmod(0o755)

    return make


def _merge(root: Path) -> None:
    git(root, "checkout", "-qb", "side")
    git(root, "commit", "-qm", "side", "--allow-empty")
    git(root, "checkout", "-q", "main")
    git(root, "merge", "-q", "--no-ff", "--no-commit", "side")


def _linked_out(root: Path) -> None:
    outside = root.parent / "outside.py"
    (root / "shop/views.py").rename(outside)
    (root / "shop/views.py").symlink_to(outside)


def _only(*paths: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        for path in root.rglob("*"):
            if path.is_file() and path.relative_to(root).as_posix() not in paths:
                path.unlink()

    return make


PROJECT_FILE = "pyproject.toml"
WRITE, COMMIT = ("--write",), ("--commit",)
RETIRED = "2 receivers: 2 retired, 0 delegating, 0 kept"

INPUTS = (
    # The command
    Input("no such folder", lambda root: root, ("{root}/none",), "{root}/none: no such directory"),
    Input("a file as the project", lambda root: root, ("{root}/notes.txt",), "{root}/notes.txt: not a directory"),
    Input("no Django in it", _only("notes.txt"), (), "{root}: no file here imports Django"),
    Input("--only without a match", lambda root: root, ("--only", "nobody"), "--only nobody: no such receiver"),
    Input("--app without a match", lambda root: root, ("--app", "none"), "--app none: no such app"),
    Input("--commit outside of git", lambda root: root, COMMIT, "{root}: is in no git work tree, there is nowhere to commit to"),
    # Settings
    Input("settings that are no TOML", _file(PROJECT_FILE, "[tool.unsignal\n"), (), "{root}/pyproject.toml: ..."),
    Input("settings that are not UTF-8", _file(PROJECT_FILE, b"[tool]\nx = '\xff'\n"), (), "{root}/pyproject.toml: ..."),
    Input("an unknown setting", _file(PROJECT_FILE, "[tool.unsignal]\nexclud = []\n"), (), "{root}/pyproject.toml: ...exclud..."),
    Input("a setting of another type", _file(PROJECT_FILE, "[tool.unsignal]\nexclude = 1\n"), (), "{root}/pyproject.toml: ...exclude..."),
    Input("an unknown code", _file(PROJECT_FILE, "[tool.unsignal]\naccept = ['x']\n"), (), "{root}/pyproject.toml: tool.unsignal.accept: no such code: x"),
    Input("a pattern that leads outside", _file(PROJECT_FILE, "[tool.unsignal]\nexclude = ['../../*']\n"), (), RETIRED, 0),
    # The disk
    Input("a read-only file", lambda root: (root / "shop/views.py").chmod(0o444), WRITE, "shop/views.py: is read-only"),
    Input("a read-only folder", lambda root: (root / "shop").chmod(0o555), WRITE, "shop/services.py: is in a read-only folder"),
    Input("a file behind a link that leads outside", _linked_out, (), "not read: shop/views.py: is outside of the project"),
    Input("a folder where a file would go", lambda root: (root / "shop/services.py").mkdir(), WRITE, "shop/services.py: is not a regular file"),
    Input("a journal that is none", _file(".unsignal-journal", "hello\n"), WRITE, ".unsignal-journal: is not a journal of this version of unsignal; please remove it"),
    Input("a journal that names files outside", _file(".unsignal-journal", 'W{"entries":[{"target":"../x","old":null,"new":null,"before":null,"after":null}],"folders":[]}\n'), WRITE, ".unsignal-journal: is not a journal of this version of unsignal; please remove it"),
    # The repository
    Input("uncommitted changes", _with(_repository, _file("shop/views.py", "x = 1\n")), WRITE, "shop/views.py: uncommitted changes (commit, or use --allow-dirty)"),
    Input("a repository without a commit", lambda root: git(root, "init", "-q"), COMMIT, "shop/__init__.py: uncommitted changes and 3 more (commit them first)"),
    Input("a merge that is not finished", _with(_repository, _merge), COMMIT, "{root}: is in the middle of a merge (finish it first)"),
    Input("a detached HEAD", _with(_repository, lambda root: git(root, "checkout", "-q", "--detach")), COMMIT, RETIRED, 0),
    Input("a hook that refuses", _with(_repository, _hook("echo no way >&2; exit 1")), COMMIT, "git commit: no way"),
    Input("a hook that formats and refuses", _with(_repository, _hook("echo >> shop/services.py; exit 1")), COMMIT, "a commit hook refused, and changed shop/services.py (use --write and commit by hand): ..."),
    Input("a hook that formats and adds", _with(_repository, _hook("echo '#' >> shop/services.py; git add -u")), COMMIT, "a commit hook changed shop/services.py; run again to go on from there"),
    Input("a signature that fails", _with(_repository, lambda root: git(root, "config", "commit.gpgsign", "true"), lambda root: git(root, "config", "gpg.program", "false")), COMMIT, "git commit: error: gpg failed to sign the data; ..."),
    Input("an index that is locked", _with(_repository, _file(".git/index.lock", "")), COMMIT, "fatal: Unable to create ...index.lock': File exists..."),
    Input("a monitor in the settings of git", _with(_repository, lambda root: git(root, "config", "core.fsmonitor", "touch ran; false")), WRITE, RETIRED, 0),
    # Code
    Input("two apps with one label", _file("other/shop/models.py", "from django.db import models\n\n\nclass Order(models.Model):\n    pass\n"), (), "  shared-label: shop/signals.py:7 shop.Order...", 0),
    Input("two apps with one label, and other models", _file("other/shop/models.py", "from django.db import models\n\n\nclass Basket(models.Model):\n    pass\n"), (), RETIRED, 0),
    Input("a fixture that is no JSON", _file("shop/fixtures/all.json", '[{"model": "shop.order",'), (), "... retired, ...", 0),
    Input("models that don't parse", _file("shop/models.py", "import django\nclass Order(:\n"), (), "not read: shop/models.py: 2: invalid syntax"),
)  # fmt: skip


def tried(one: Input, root: Path) -> tuple[int, list[str]]:
    """The exit code of a run, and the lines that it says."""
    plant(root, {path: text.encode() for path, text in FILES.items()})
    one.make(root)
    arguments = [argument.replace("{root}", str(root)) for argument in one.arguments]
    if not any(argument.startswith(str(root)) for argument in arguments):
        arguments.insert(0, str(root))
    done = CliRunner().invoke(app, ["migrate", *arguments])
    return done.exit_code, done.stderr.splitlines()


def line_of(one: Input, lines: list[str], root: Path) -> str | None:
    """The line that the table has, as it was said."""
    parts = map(re.escape, one.says.replace("{root}", str(root)).split("..."))
    wanted = re.compile("(unsignal: )?" + ".*".join(parts))
    return next((line for line in lines if wanted.fullmatch(line)), None)


def main() -> None:
    """Print both tables as Markdown."""
    from tests.test_hostile import FILES_AND_WORDS

    os.environ.update(AUTHOR)
    print("| input | exit code | what is said |\n|---|---|---|")
    for path, (_, words) in FILES_AND_WORDS.items():
        said = f"not read: {path}: {words}" if words else "nothing: it is read like any other"
        print(f"| {path} | {2 if words else 0} | {said} |")
    for one in INPUTS:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "project"
            code, lines = tried(one, root)
            line = line_of(one, lines, root) or "?"
            (root / "shop").chmod(0o755)
        print(f"| {one.name} | {code} | {line.replace(str(root), 'PROJECT')} |")


if __name__ == "__main__":
    main()
