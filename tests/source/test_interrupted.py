"""A write that is killed, fails or is interrupted, at every single step.

Steps are the system calls that change the disk. The kill is real: a child
process ends without cleaning up. What a loop defines is called in the same
round of it, whatever B023 says.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from codemod.source.journal import NAME
from codemod.source.write import ChangedOnDisk, WriteError, apply, recover
from codemod.values.files import Change
from tests.source.trees import plant, tree

BEFORE = {"app/models.py": b"old\n", "app/signals.py": b"gone\n", "manage.py": b"same\n"}
CHANGES = [
    Change("app/models.py", b"old\n", b"new\n" * 1000),
    Change("app/signals.py", b"gone\n", None),
    Change("app/services/__init__.py", None, b""),
    Change("app/sales/deep/orders.py", None, b"orders\n"),
]
OLD = {**BEFORE, "app": None}
NEW = {
    "app": None,
    "app/models.py": b"new\n" * 1000,
    "app/sales": None,
    "app/sales/deep": None,
    "app/sales/deep/orders.py": b"orders\n",
    "app/services": None,
    "app/services/__init__.py": b"",
    "manage.py": b"same\n",
}

Run = Callable[[Callable[[str], None]], object]


@pytest.fixture(autouse=True)
def _quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Don't wait for the disk: a kill isn't a power cut, what was written is seen."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def _project(root: Path) -> Path:
    if root.exists():
        shutil.rmtree(root)
    return plant(root, BEFORE)


def _steps(run: Run) -> list[str]:
    steps: list[str] = []
    run(steps.append)
    return steps


def _killed(run: Run, at: int) -> bool:
    """Run in a child process that ends before step `at`; whether it got there."""
    child = os.fork()
    if child == 0:  # pragma: no cover: the child is killed before it could tell what it covered
        seen = 0

        def step(_: str) -> None:
            nonlocal seen
            if seen == at:
                os._exit(9)
            seen += 1

        try:
            run(step)
        except BaseException:
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 9


@pytest.fixture
def total(tmp_path: Path) -> int:
    """Return the number of steps of the write."""
    root = _project(tmp_path / "counted")
    return len(_steps(lambda step: apply(root, CHANGES, step)))


def test_killed_at_every_step_the_tree_is_old_or_new(tmp_path: Path, total: int) -> None:
    outcomes: list[str] = []
    for at in range(total):
        root = _project(tmp_path / "root")
        assert _killed(lambda step: apply(root, CHANGES, step), at)  # noqa: B023

        message = recover(root)

        now = tree(root)
        assert now in (OLD, NEW), f"step {at}"
        outcomes.append(f"{'new' if now == NEW else 'old'}: {message}")
        assert recover(root) is None
        if now == OLD:
            apply(root, CHANGES)
            assert tree(root) == NEW

    assert total > 40
    assert list(dict.fromkeys(outcomes)) == [
        "old: None",
        "old: removed the journal of a write that had not begun",
        "old: undid an interrupted write of 4 files",
        "new: finished an interrupted write of 4 files",
        "new: None",
    ]


class _Killed(BaseException):
    """The process is gone: this and every later step doesn't happen."""


def _dies(run: Run, at: int) -> bool:
    """As `_killed`, but without the cost of a process."""
    seen = 0

    def step(_: str) -> None:
        nonlocal seen
        seen += 1
        if seen > at:
            raise _Killed

    try:
        run(step)
    except _Killed:
        return True
    return False


def test_recovery_may_be_killed_at_every_step_as_well(tmp_path: Path, total: int) -> None:
    pairs = 0
    for at in range(total):
        again, died = 0, True
        while died:
            root = _project(tmp_path / "root")
            assert _dies(lambda step: apply(root, CHANGES, step), at)  # noqa: B023
            died = _dies(lambda step: recover(root, step), again)  # noqa: B023
            recover(root)
            assert tree(root) in (OLD, NEW), f"step {at}, then {again}"
            again += 1
            pairs += died
    assert pairs > 500


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt(), MemoryError()],
    ids=["full disk", "ctrl-c", "no memory"],
)
def test_an_error_at_every_step_leaves_the_old_tree(
    tmp_path: Path, total: int, error: BaseException
) -> None:
    expected = WriteError if isinstance(error, OSError) else type(error)
    for at in range(total):
        root = _project(tmp_path / "root")
        steps: list[str] = []

        def step(name: str) -> None:
            steps.append(name)  # noqa: B023
            if len(steps) - 1 == at:  # noqa: B023
                raise error

        try:
            apply(root, CHANGES, step)
        except expected:
            # The mark is the point of no return: after it, the new tree stands.
            marked = "mark D" in steps[:at]
            if marked:
                recover(root)
            now = tree(root)
            assert now == OLD or (marked and now == NEW), f"step {at}: {steps[at]}"
        else:
            assert tree(root) == NEW, "the error was one that has a way around"


def test_a_disk_that_stays_full_is_recovered_later(tmp_path: Path, total: int) -> None:
    for at in range(total):
        root = _project(tmp_path / "root")
        seen = 0

        def step(_: str) -> None:
            nonlocal seen
            seen += 1
            if seen > at:  # noqa: B023
                raise OSError(errno.EIO, os.strerror(errno.EIO))

        with pytest.raises(WriteError, match="Input/output error"):
            apply(root, CHANGES, step)
        recover(root)
        assert tree(root) in (OLD, NEW), f"step {at}"


def _interrupted(root: Path, at: str) -> None:
    """Leave what a process leaves that is killed before a step of this name."""
    steps = _steps(lambda step: apply(_project(root), CHANGES, step))
    number = next(n for n, step in enumerate(steps) if step.startswith(at))
    assert _killed(lambda step: apply(_project(root), CHANGES, step), number)


def test_a_journal_cut_anywhere_means_that_nothing_had_begun(tmp_path: Path) -> None:
    root = tmp_path / "root"
    _interrupted(root, "make")
    whole = (root / NAME).read_bytes()
    _project(root)
    for length in range(len(whole)):
        (root / NAME).write_bytes(whole[:length])
        assert recover(root) == "removed the journal of a write that had not begun"
        assert tree(root) == OLD


def test_the_next_write_recovers_first(tmp_path: Path) -> None:
    root = tmp_path / "root"
    _interrupted(root, "mark D")
    apply(root, CHANGES)
    assert tree(root) == NEW


def test_an_edit_after_the_crash_is_not_lost(tmp_path: Path) -> None:
    root = tmp_path / "root"
    _interrupted(root, "mark D")
    (root / "app/models.py").write_bytes(b"the user's\n")
    left = tree(root)

    with pytest.raises(ChangedOnDisk, match=f"app/models.py: .* remove {NAME}$"):
        recover(root)

    assert tree(root) == left
    (root / "app/models.py").write_bytes(b"old\n")
    recover(root)
    assert tree(root) == OLD


def test_without_the_kept_files_nothing_is_undone_by_halves(tmp_path: Path) -> None:
    root = tmp_path / "root"
    _interrupted(root, "mark D")
    for kept in root.rglob(".unsignal-*.old"):
        kept.unlink()
    left = tree(root)

    with pytest.raises(ChangedOnDisk, match="is needed to undo"):
        recover(root)

    assert tree(root) == left


def _journal(**changed: object) -> bytes:
    entry = {"target": "a.py", "old": None, "new": None, "before": None, "after": None}
    plan = {"entries": [entry | changed], "folders": []}
    return b"W" + json.dumps(plan).encode() + b"\n"


HOSTILE = [
    b"hello\n",
    b"W[]\n",
    b"W{}\n",
    b'X{"entries": [], "folders": []}\n',
    b'U{"entries": [], "folders": [3]}\n',
    b"W" + b"[" * 100_000 + b"\n",
    b"W\xff\n",
    _journal(target="../outside.py"),
    _journal(target="/etc/passwd"),
    _journal(target="out/in.py"),
    _journal(target=3),
    _journal(target="a\0.py"),
    _journal(extra="x"),
    _journal(old="a.py"),
    _journal(new="../.unsignal-x"),
]


@pytest.mark.parametrize("data", HOSTILE)
def test_a_foreign_journal_is_refused(tmp_path: Path, data: bytes) -> None:
    plant(tmp_path, {"outside.py": b"o", "folder/in.py": b"i"})
    root = plant(tmp_path / "root", {"a.py": b"a", NAME: data})
    (root / "out").symlink_to(tmp_path / "folder")
    left = tree(tmp_path)

    with pytest.raises(WriteError, match=f"^{NAME}: is not a journal of this version"):
        recover(root)

    assert tree(tmp_path) == left


def test_a_journal_that_is_a_link_or_a_folder_is_refused(tmp_path: Path) -> None:
    root = plant(tmp_path / "root", {"a.py": b"a"})
    (root / NAME).symlink_to("a.py")
    with pytest.raises(WriteError, match=NAME):
        recover(root)
    (root / NAME).unlink()
    (root / NAME).mkdir()
    with pytest.raises(WriteError, match=NAME):
        recover(root)
    assert (root / "a.py").read_bytes() == b"a"
