"""All files or none: what a write does, keeps and refuses."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from codemod.source.write import Busy, ChangedOnDisk, Refused, WriteError, apply, recover
from codemod.values.files import Change
from tests.source.trees import plant, tree

FILES = {"shop/models.py": b"a = 1\r\n", "shop/signals.py": b"gone\n", "README": b"r"}
CHANGES = [
    Change("shop/models.py", b"a = 1\r\n", b"\xef\xbb\xbfa = 2"),
    Change("shop/signals.py", b"gone\n", None),
    Change("shop/services/__init__.py", None, b""),
    Change("shop/services/orders.py", None, b"# coding: latin-1\n# \xe9\n"),
    Change("README", b"r", b"r"),
]
AFTER = {
    "README": b"r",
    "shop": None,
    "shop/models.py": b"\xef\xbb\xbfa = 2",
    "shop/services": None,
    "shop/services/__init__.py": b"",
    "shop/services/orders.py": b"# coding: latin-1\n# \xe9\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a small project, with room outside of it."""
    return plant(tmp_path / "root", FILES)


def test_all_changes_are_written_and_nothing_else_is_left(root: Path) -> None:
    apply(root, CHANGES)

    assert tree(root) == AFTER
    assert recover(root) is None


def test_no_change_touches_nothing(root: Path) -> None:
    steps: list[str] = []
    apply(root, [Change("README", b"other", b"other"), Change("x.py", None, None)], steps.append)

    assert steps == []


def test_a_folder_that_is_emptied_goes(root: Path) -> None:
    apply(root, [Change(path, FILES[path], None) for path in FILES])

    assert tree(root) == {}


def test_permissions_are_kept(root: Path) -> None:
    (root / "shop/models.py").chmod(0o751)
    (root / "README").chmod(0o600)
    apply(root, [CHANGES[0], CHANGES[3], Change("README", b"r", b"s")])

    umask = os.umask(0)
    os.umask(umask)
    modes = [
        stat.S_IMODE((root / path).stat().st_mode)
        for path in ("shop/models.py", "README", "shop/services/orders.py")
    ]
    assert modes == [0o751, 0o600, 0o666 & ~umask]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_is_kept(root: Path) -> None:
    os.chown(root / "shop/models.py", 1234, 1235)
    apply(root, CHANGES)

    found = (root / "shop/models.py").stat()
    assert (found.st_uid, found.st_gid) == (1234, 1235)


def test_a_link_inside_is_kept_and_its_file_written(root: Path) -> None:
    (root / "alias.py").symlink_to("shop/models.py")
    (root / "linked").symlink_to("shop")
    apply(root, [Change("alias.py", b"a = 1\r\n", b"x"), Change("linked/n.py", None, b"n")])

    assert (root / "alias.py").is_symlink()
    assert (root / "shop/models.py").read_bytes() == b"x"
    assert (root / "shop/n.py").read_bytes() == b"n"


def test_the_root_may_be_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    apply(tmp_path / "link", CHANGES)

    assert tree(root) == AFTER


def test_two_names_of_one_file_must_agree(root: Path) -> None:
    (root / "alias.py").symlink_to("shop/models.py")
    same = Change("alias.py", b"a = 1\r\n", b"\xef\xbb\xbfa = 2")
    apply(root, [CHANGES[0], same])
    assert (root / "alias.py").read_bytes() == same.after

    other = Change("alias.py", same.after, b"other")
    with pytest.raises(Refused, match=r"alias\.py: is the same file as shop/models\.py"):
        apply(root, [Change("shop/models.py", same.after, b"x"), other])


Prepare = Callable[[Path], None]


def _nothing(root: Path) -> None:
    pass


def _link_out(root: Path) -> None:
    plant(root.parent, {"outside.py": b"o", "folder/in.py": b"o"})
    (root / "out.py").symlink_to(root.parent / "outside.py")
    (root / "away").symlink_to(root.parent / "folder")
    (root / "nowhere.py").symlink_to("missing/x.py")
    (root / "alias.py").symlink_to("README")


def _lock_file(root: Path) -> None:
    (root / "README").chmod(0o444)


def _lock_folder(root: Path) -> None:
    (root / "shop").chmod(0o555)


def _pipe(root: Path) -> None:
    os.mkfifo(root / "pipe.py")


REFUSED: list[tuple[Prepare, Change, str]] = [
    (_nothing, Change("../outside.py", None, b""), "is outside of the project"),
    (_nothing, Change("shop/../../x.py", None, b""), "is outside of the project"),
    (_nothing, Change("/etc/unsignal.py", None, b""), "is outside of the project"),
    (_nothing, Change("shop", None, b""), "is not a regular file"),
    (_nothing, Change("README/x.py", None, b""), "README is not a folder"),
    (_link_out, Change("out.py", b"o", b"x"), "is outside of the project"),
    (_link_out, Change("away/in.py", b"o", b"x"), "is outside of the project"),
    (_link_out, Change("away/new.py", None, b"x"), "is outside of the project"),
    (_link_out, Change("alias.py", b"r", None), "is a symbolic link, which is not deleted"),
    (_lock_file, Change("README", b"r", b"x"), "is read-only"),
    (_lock_file, Change("README", b"r", None), "is read-only"),
    (_lock_folder, Change("shop/models.py", b"a = 1\r\n", b"x"), "is in a read-only folder"),
    (_lock_folder, Change("shop/sub/new.py", None, b"x"), "is in a read-only folder"),
    (_pipe, Change("pipe.py", b"", b"x"), "is not a regular file"),
    (_nothing, Change("README", b"old", b"x"), "was changed since it was read"),
    (_nothing, Change("gone.py", b"old", b"x"), "was changed since it was read"),
    (
        _nothing,
        Change("README", None, b"x"),
        "was changed since it was read: it is new, or ignored by git",
    ),
    (_nothing, Change("gone.py", b"old", None), "was changed since it was read"),
]


@pytest.mark.parametrize(("prepare", "change", "message"), REFUSED)
def test_one_refusal_leaves_every_file_as_it_was(
    root: Path, prepare: Prepare, change: Change, message: str
) -> None:
    prepare(root)
    before, steps = tree(root.parent), list[str]()
    others = [] if prepare is _lock_folder else CHANGES

    with pytest.raises(WriteError) as raised:
        apply(root, [*others, change], steps.append)

    assert str(raised.value) == f"{change.path}: {message}"
    assert isinstance(raised.value, ChangedOnDisk if "changed" in message else Refused)
    assert steps == []
    assert tree(root.parent) == before


def test_a_file_that_changes_meanwhile_is_not_overwritten(root: Path) -> None:
    def edit(step: str) -> None:
        if step.startswith("make"):
            (root / "shop/models.py").write_bytes(b"the user's\n")

    expected = tree(root) | {"shop/models.py": b"the user's\n"}
    with pytest.raises(ChangedOnDisk, match=r"^shop/models\.py: was changed since it was read$"):
        apply(root, CHANGES, edit)

    assert tree(root) == expected


def test_a_second_process_is_refused(root: Path) -> None:
    refusals: list[str] = []

    def second(step: str) -> None:
        if refusals or not step.startswith("rename"):
            return
        for attempt in (partial(apply, root, CHANGES), partial(recover, root)):
            with pytest.raises(Busy) as raised:
                attempt()
            refusals.append(str(raised.value))

    apply(root, CHANGES, second)

    assert refusals == [".unsignal-journal: another unsignal is writing in this folder"] * 2
    assert tree(root) == AFTER


def test_without_hard_links_copies_do(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(source: str, path: str) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    def stop(step: str) -> None:
        if step == "mark D":
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "link", link)
    (root / "shop/models.py").chmod(0o751)
    before = tree(root)
    with pytest.raises(KeyboardInterrupt):
        apply(root, CHANGES, stop)
    assert tree(root) == before
    assert stat.S_IMODE((root / "shop/models.py").stat().st_mode) == 0o751

    apply(root, CHANGES)
    assert tree(root) == AFTER


def test_a_system_error_names_the_file(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(root)

    def unlink(path: str) -> None:
        if path.endswith("signals.py"):
            raise OSError(errno.EPERM, os.strerror(errno.EPERM), path)
        os.remove(path)

    monkeypatch.setattr(os, "unlink", unlink)
    with pytest.raises(WriteError, match=r"^shop/signals\.py: Operation not permitted$"):
        apply(root, CHANGES)

    assert tree(root) == before
