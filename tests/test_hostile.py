"""Files that try to break a run: each is named with its reason or survived, the rest goes on.

What is said of a file is in the table, beside it. `python -m tests.hostile` prints it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from codemod.cli.app import app
from tests.cli.test_migrate import FILES
from tests.hostile import INPUTS, Input, line_of, tried
from tests.source.conftest import AUTHOR
from tests.source.trees import plant

IMPORT = b"from shop.models import Order\n"
CALL = b"\n\ndef sell():\n    Order.objects.create(total=1)\n"

# path: content, and what the summary says of the file; "" where there is nothing to say.
FILES_AND_WORDS: dict[str, tuple[bytes, str]] = {
    "hostile/bad_syntax.py": (b"import django\ndef f(:\n", "2: invalid syntax"),
    "hostile/null_bytes.py": (b"import django\n\0\n", "line 2: contains a null byte"),
    "hostile/not_utf8.py": (
        b'import django\nx = "\xff"\n',
        "line 2: byte 0xff is not valid utf-8",
    ),
    "hostile/no_such_coding.py": (
        b"# coding: klingon\nimport django\n",
        "unknown encoding: klingon",
    ),
    "hostile/bom_and_latin.py": (
        b"\xef\xbb\xbf# coding: latin-1\nimport django\n",
        "has a byte order mark and names another encoding",
    ),
    "hostile/huge.py": (
        b"import django\n" + b"x = 1\n" * 900_000,
        "too large: 5400014 bytes, the limit is 5000000",
    ),
    "hostile/deep_brackets.py": (
        b"import django\nx = " + b"(" * 1000 + b"1" + b")" * 1000 + b"\n",
        "2: too many nested parentheses",
    ),
    "hostile/deep_sum.py": (
        b"import django\nx = " + b" + ".join([b"y"] * 5000) + b"\n",
        "1: nested too deeply to be read",
    ),
    "hostile/deep_attributes.py": (
        b"import django\nx" + b".y" * 3000 + b".save()\n",
        "1: nested too deeply to be read",
    ),
    "hostile/deep_elif.py": (
        b"import django\nif x:\n    pass\n" + b"elif y:\n    z.save()\n" * 2000,
        "402: nested too deeply to be read",
    ),
    "hostile/deep_call.py": (
        b"import django\n\n\ndef find(q):\n    return q" + b".filter(a=1)" * 120 + b"\n",
        "5: nested too deeply to be read",
    ),
    "hostile/deep_aliases.py": (
        IMPORT + b"S0 = Order\n" + b"".join(b"S%d = S%d\n" % (n + 1, n) for n in range(500)),
        "",
    ),
    "hostile/deep_blocks.py": (
        b"import django\n"
        + b"".join(b" " * n + b"if x:\n" for n in range(95))
        + b" " * 95
        + b"x\n",
        "",
    ),
    "hostile/long.py": (
        IMPORT
        + b"x = 1\n" * 2_000
        + b"".join(CALL.replace(b"sell", b"sell_%d" % n) for n in range(400)),
        "",
    ),
    "hostile/empty.py": (b"", ""),
    "hostile/only_a_comment.py": (b"# django", ""),
    "hostile/circle_a.py": (b"from hostile.circle_b import y\nimport django\nx = 1\n", ""),
    "hostile/circle_b.py": (b"from hostile.circle_a import x\nimport django\ny = 1\n", ""),
    "hostile/star_a.py": (b"from hostile.star_b import *\nimport django\nprint(name)\n", ""),
    "hostile/star_b.py": (b"from hostile.star_a import *\nimport django\n", ""),
    "hostile/itself.py": (
        b"from django.db import models\n\n\nclass A(A):\n    pass\n\n\n"
        b"class B(C, models.Model):\n    pass\n\n\nclass C(B):\n    def save(self):\n"
        b"        super().save()\n\n\nclass D(models.Model, D):\n"
        b"    up = models.ForeignKey('self', on_delete=models.CASCADE)\n",
        "",
    ),
    "again/shop/__init__.py": (b"", ""),
    "again/shop/models.py": (
        b"from django.db import models\n\n\nclass Basket(models.Model):\n    pass\n",
        "",
    ),
    "hostile/bom.py": (b"\xef\xbb\xbf" + IMPORT + CALL, ""),
    "hostile/windows.py": ((IMPORT + CALL).replace(b"\n", b"\r\n"), ""),
    "hostile/latin.py": (b"# coding: latin-1\n" + IMPORT + b'x = "\xe9"\n' + CALL, ""),
    "hostile/form_feed.py": (IMPORT + b"\x0c" + CALL.rstrip(b"\n"), ""),
}
REWRITTEN = ("long", "bom", "windows", "latin", "form_feed")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small project among all these files, links that lead nowhere, a pipe and a folder x.py."""
    root = tmp_path_factory.mktemp("project")
    plant(root, {path: text.encode() for path, text in FILES.items()})
    plant(root, {path: data for path, (data, _) in FILES_AND_WORDS.items()})
    (root / "hostile/folder.py").mkdir()
    for name, target in (
        ("round", "."),
        ("itself_again.py", "itself_again.py"),
        ("outside.py", os.devnull),
        ("nowhere.py", "not/there.py"),
    ):
        (root / "hostile" / name).symlink_to(target)
    os.mkfifo(root / "hostile/pipe.py")
    yield root


def _migrate(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["migrate", *map(str, arguments)])


@pytest.mark.parametrize("one", INPUTS, ids=str)
def test_what_is_said_of_projects_and_repositories(
    one: Input, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in AUTHOR.items():
        monkeypatch.setenv(name, value)
    project = tmp_path / "project"

    code, lines = tried(one, project)
    (project / "shop").chmod(0o755)

    assert line_of(one, lines, project) is not None, lines
    assert code == one.code
    assert not any("Traceback" in line for line in lines)
    assert not (project / "ran").exists()


def test_each_is_named_or_survived(root: Path) -> None:
    done = _migrate(root, "--only", "announce")

    assert done.exit_code == 2  # some files could not be read
    assert "shop.signals.announce  post_save shop.Order  retired" in done.stderr
    said = dict(
        line.removeprefix("not read: ").split(": ", 1)
        for line in done.stderr.splitlines()
        if line.startswith("not read: ")
    )
    assert said == {path: words for path, (_, words) in FILES_AND_WORDS.items() if words}
    for name in REWRITTEN:
        assert f"rewritten: hostile/{name}.py" in done.stderr


def test_what_is_written_keeps_bytes_and_leaves_the_rest(root: Path) -> None:
    before = {path: data for path, (data, _) in FILES_AND_WORDS.items()}

    done = _migrate(root, "--only", "announce", "--write")

    assert done.exit_code == 2
    for path, data in before.items():
        now = (root / path).read_bytes()
        if path.removeprefix("hostile/").removesuffix(".py") not in REWRITTEN:
            assert now == data, path
            continue
        assert b"announce(order)" in now, path
        assert now.startswith(b"\xef\xbb\xbf") == data.startswith(b"\xef\xbb\xbf")
        assert now.count(b"\r\n") == (now.count(b"\n") if b"\r\n" in data else 0)
        assert now.endswith(b"\n") == data.endswith(b"\n")
        assert (b"\xe9" in now) == (b"\xe9" in data)
    assert _migrate(root, "--only", "announce").stdout == ""
