"""The diff against git itself: what it takes, and what it would print."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codemod.report.diff import unified
from codemod.values.files import Change

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}
NUMBERED = b"".join(b"line %d\n" % number for number in range(40))


def _git(folder: Path, *arguments: str, stdin: bytes = b"", code: int = 0) -> bytes:
    environment = ENVIRONMENT | {"GIT_CEILING_DIRECTORIES": str(folder.parent)}
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, input=stdin, capture_output=True, env=environment)
    assert done.returncode == code, (done.stderr + b"\n" + stdin).decode("utf-8", "replace")
    return done.stdout


def _plant(folder: Path, changes: Sequence[Change], *, after: bool = False) -> None:
    for change in changes:
        data = change.after if after else change.before
        target = folder / change.path
        if data is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        elif after:
            target.unlink(missing_ok=True)


def _applied(folder: Path, changes: Sequence[Change], modes: Mapping[str, int]) -> None:
    """Apply the diff with plain git and compare every byte, and back again."""
    _plant(folder, changes)
    patch = unified(changes, modes)
    if not patch:
        return
    _git(folder, "apply", stdin=patch)
    for change in changes:
        target = folder / change.path
        assert (target.read_bytes() if target.exists() else None) == change.after, patch
    _git(folder, "apply", "-R", stdin=patch)
    for change in changes:
        target = folder / change.path
        assert (target.read_bytes() if target.exists() else None) == change.before, patch


CASES = {
    "changed": (NUMBERED, NUMBERED.replace(b"line 20\n", b"line twenty\n")),
    "two hunks": (NUMBERED, NUMBERED.replace(b"line 5\n", b"").replace(b"line 30\n", b"x\ny\n")),
    "touching hunks": (NUMBERED, NUMBERED.replace(b"line 5\n", b"").replace(b"line 12\n", b"x\n")),
    "first line": (NUMBERED, b"import x\n" + NUMBERED),
    "last line": (NUMBERED, NUMBERED + b"end\n"),
    "all lines": (NUMBERED, b"other\n"),
    "one line": (b"a\n", b"b\n"),
    "new": (None, b"a\nb\n"),
    "new with one line": (None, b"a\n"),
    "new and empty": (None, b""),
    "new without newline": (None, b"a\nb"),
    "deleted": (b"a\nb\n", None),
    "deleted and empty": (b"", None),
    "deleted without newline": (b"a", None),
    "emptied": (b"a\nb\n", b""),
    "filled": (b"", b"a\nb"),
    "newline added": (NUMBERED + b"end", NUMBERED + b"end\n"),
    "newline removed": (NUMBERED + b"end\n", NUMBERED + b"end"),
    "no newline kept": (b"a\nb\nc", b"x\nb\nc"),
    "no newline and longer": (b"a\nb", b"a\nb\nc"),
    "windows": (b"a\r\nb\r\nc\r\n", b"a\r\nx\r\nc\r\n"),
    "windows to unix": (b"a\r\nb\r\n", b"a\nb\n"),
    "old mac": (b"a\rb\rc", b"a\rx\rc"),
    "odd separators": (
        "a\x0cb\x0bc\x1cd\u2028e\x85f\n\x0c\nx\n".encode(),
        "a\x0cb\x0bc\x1cd\u2028e\x85f\n\x0c\ny\n".encode(),
    ),
    "latin-1": (b"# \xe9\nx = 1\n", b"# \xe9\n# \xfc\nx = 2\n"),
    "byte order mark": (b"\xef\xbb\xbfa = 1\n", b"\xef\xbb\xbfa = 2\n"),
    "looks like a diff": (b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n", b"--- a/x\n-- \n\\ No newline\n"),
    "blank lines": (b"\n\n\na\n\n\n", b"\n\na\n\n\n\n\n"),
    "spaces at the end": (b"a  \n\t \n", b"a  \n\t \n \t\n   "),
    "same": (b"a\n", b"a\n"),
}
PATHS = [
    "app/models.py",
    "my app/a b.py",
    "café/ünï.py",
    'quo"te.py',
    "back\\slash.py",
    "tab\there.py",
    "new\nline and space.py",
    "bell\x07\x01\x7f.py",
    " lead.py",
    "trail.py ",
    os.fsdecode(b"latin\xe9.py"),
]


@pytest.fixture(params=["folder", "repository"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return an empty folder, plain or the top of a work tree."""
    if request.param == "repository":
        _git(tmp_path, "init", "-q")
    return tmp_path


@pytest.mark.parametrize("case", CASES)
def test_git_applies_it_and_gives_every_byte(folder: Path, case: str) -> None:
    before, after = CASES[case]
    _applied(folder, [Change("app/x.py", before, after)], {})


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("case", ["changed", "new", "new and empty", "deleted"])
def test_git_finds_any_path(folder: Path, path: str, case: str) -> None:
    before, after = CASES[case]
    _applied(folder, [Change(path, before, after)], {})


def test_one_diff_holds_all_files(folder: Path) -> None:
    changes = [Change(f"app/{n} x.py", *pair) for n, pair in enumerate(CASES.values())]
    _applied(folder, changes, {})


def test_it_works_in_a_folder_of_a_work_tree(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    (tmp_path / "sub").mkdir()
    _applied(tmp_path / "sub", [Change("app/x.py", *CASES["changed"])], {})


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("case", [case for case in CASES if case not in ("same", "blank lines")])
def test_headers_and_simple_hunks_are_those_of_git(tmp_path: Path, path: str, case: str) -> None:
    change = Change(path, *CASES[case])
    _git(tmp_path, "init", "-q")
    _plant(tmp_path, [change])
    _git(tmp_path, "add", "-A")
    _plant(tmp_path, [change], after=True)
    if change.after is not None:
        _git(tmp_path, "add", "-N", ".")
    shown = _git(tmp_path, "diff", "--no-renames", "--diff-algorithm=patience")

    lines = [line for line in shown.split(b"\n") if not line.startswith(b"index ")]
    assert unified([change]) == b"\n".join(lines)


def test_executable_files_keep_their_mode(folder: Path) -> None:
    changes = [
        Change("changed.py", b"a\n", b"b\n"),
        Change("deleted.py", b"a\n", None),
        Change("new.py", None, b"a\n"),
    ]
    _plant(folder, changes)
    for name in ("changed.py", "deleted.py"):
        (folder / name).chmod(0o755)

    patch = unified(changes, dict.fromkeys(("changed.py", "deleted.py", "new.py"), 0o755))
    _git(folder, "apply", stdin=patch)

    assert b"deleted file mode 100755\n" in patch
    assert (folder / "changed.py").stat().st_mode & 0o100
    assert (folder / "new.py").stat().st_mode & 0o100


def test_files_come_in_the_order_of_their_paths() -> None:
    changes = [Change(path, None, b"") for path in ("b.py", "a/z.py", "a.py")]

    headers = [line for line in unified(changes).split(b"\n") if line.startswith(b"diff")]
    assert headers == [
        b"diff --git a/a.py b/a.py",
        b"diff --git a/a/z.py b/a/z.py",
        b"diff --git a/b.py b/b.py",
    ]


def test_nothing_changed_is_an_empty_diff() -> None:
    assert unified([]) == b""
    assert unified([Change("a.py", b"a", b"a"), Change("b.py", None, None)]) == b""


RECEIVER = b"""@receiver(post_save, sender=Order)
def %b(sender, instance, **kwargs):
    do_%b(instance)

    done()


"""


def _receivers(*names: bytes) -> bytes:
    return b"import x\n\n\n" + b"".join(RECEIVER % (name, name) for name in names)


@pytest.mark.parametrize("name", [b"a", b"b", b"c"])
def test_a_function_comes_and_goes_as_a_whole(name: bytes) -> None:
    few = _receivers(*(other for other in (b"a", b"b", b"c") if other != name))
    many = _receivers(b"a", b"b", b"c")
    block = (RECEIVER % (name, name)).splitlines()

    removed, added = (
        unified([Change("a.py", *pair)]).splitlines()[3:] for pair in ((many, few), (few, many))
    )

    signs = [line for line in removed if line.startswith(b"-")]
    assert signs == [b"-" + line for line in block]
    assert [line for line in added if line.startswith(b"+")] == [b"+" + line for line in block]


def test_large_files_take_no_time() -> None:
    before = b"".join(b"line %d\n\nx = 1\n" % number for number in range(50_000))
    after = b"import y\n" + before.replace(b"line 77\n", b"line seven\n") + b"z = 1\n"

    assert unified([Change("a.py", before, after)]).count(b"\n+") == 4


def test_files_of_equal_lines_take_no_time() -> None:
    before = b"x = 1\n" * 50_000 + NUMBERED * 500
    after = b"y\n" + before.replace(b"line 7\n", b"line seven\n", 3) + b"z = 1\n"

    assert unified([Change("a.py", before, after)]).startswith(b"diff --git")


PIECES = st.sampled_from(
    [
        *(b"a", b"b", b"c", b"\n", b"\n", b"\n\n", b"\r\n", b"\r", b" ", b"\t", b"\x0c", b"\x0b"),
        *(b"\x1c", b"\xe2\x80\xa8", b"\xe9", b"-", b"+", b"\\", b"@@", b"def f():\n    pass\n"),
    ]
)
TEXTS = st.none() | st.lists(PIECES, max_size=40).map(b"".join)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
def test_git_applies_any_changes(pairs: list[tuple[bytes | None, bytes | None]]) -> None:
    with TemporaryDirectory() as folder:
        changes = [Change(f"d {n}/x.py", *pair) for n, pair in enumerate(pairs)]
        _applied(Path(folder), changes, {})


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=60), st.data())
def test_git_applies_any_edits_of_one_file(pieces: list[bytes], data: st.DataObject) -> None:
    edited = list(pieces)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(edited)))
        edited[at : at + data.draw(st.integers(0, 2))] = data.draw(st.lists(PIECES, max_size=3))
    with TemporaryDirectory() as folder:
        _applied(Path(folder), [Change("x.py", b"".join(pieces), b"".join(edited))], {})
