"""`unsignal scan`: what goes to stdout, what to stderr, and the exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "bookshop"


def scan(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "codemod", "scan", *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)}
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "models.py").write_text(
        "from django.db import models\n"
        "from django.db.models.signals import post_save\n\n"
        "class Order(models.Model):\n    total = models.IntegerField()\n\n"
        "def log(sender, instance, **kwargs):\n    print(instance)\n\n"
        "post_save.connect(log, sender=Order)\n"
    )
    return tmp_path


def test_text_is_plain_in_a_pipe() -> None:
    done = scan(str(SAMPLE))
    assert done.returncode == 0 and done.stderr == ""
    assert "\x1b" not in done.stdout
    assert "  create_profile  accounts/signals.py:10\n" in done.stdout
    assert "17 receivers" in done.stdout


def test_nothing_is_changed(shop: Path) -> None:
    before = {p: p.read_bytes() for p in shop.rglob("*") if p.is_file()}
    assert scan(str(shop)).returncode == 0
    assert {p: p.read_bytes() for p in shop.rglob("*") if p.is_file()} == before


def test_the_current_folder_is_the_default(shop: Path) -> None:
    done = scan("--format", "json", cwd=shop)
    assert done.returncode == 0
    (receiver,) = json.loads(done.stdout)["receivers"]
    assert receiver["name"] == "shop.models.log"
    assert receiver["connections"] == [
        {
            "signal": "post_save",
            "sender": "shop.Order",
            "file": "shop/models.py",
            "line": 10,
            "form": "connect",
        }
    ]


@pytest.mark.parametrize(
    ("form", "start"),
    [("json", "{"), ("markdown", "# Signal receivers"), ("mermaid", "flowchart LR")],
)
def test_each_format_is_alone_on_stdout_and_the_same_each_time(
    shop: Path, form: str, start: str
) -> None:
    done = scan(str(shop), "--format", form)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith(start) and done.stdout.endswith("\n")
    assert scan(str(shop), "--format", form).stdout == done.stdout


def test_a_file_that_does_not_parse_is_named(shop: Path) -> None:
    (shop / "shop" / "old.py").write_text("import django\nclass Order(:\n")
    done = scan(str(shop), "--format", "json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["unreadable"][0]["file"] == "shop/old.py"
    assert done.stderr.startswith("unsignal: not read: shop/old.py: ")
    plain = scan(str(shop))
    assert plain.returncode == 2
    assert "not read: shop/old.py: " in plain.stdout


def test_a_folder_without_django_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    done = scan(str(tmp_path))
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("unsignal: ") and done.stderr.count("\n") == 1


def test_usage(tmp_path: Path) -> None:
    missing = scan(str(tmp_path / "none"))
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr == f"unsignal: {tmp_path / 'none'}: no such directory\n"
    assert scan(str(tmp_path), "--format", "xml").returncode == 2


def test_a_type_checker_that_is_missing_is_one_line(shop: Path) -> None:
    plain = scan(str(shop))
    code = (
        "from codemod.source import pyrefly; pyrefly.find = lambda: None\n"
        f"import sys; sys.argv = ['unsignal', 'scan', {str(shop)!r}, '--types', 'pyrefly']\n"
        "from codemod.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == "unsignal: pyrefly is not installed, going on without it\n"
    assert done.returncode == 0 and done.stdout == plain.stdout


def test_a_type_checker_fills_gaps(shop: Path) -> None:
    (shop / "shop" / "__init__.py").touch()
    (shop / "shop" / "work.py").write_text(
        "from typing import Generic, TypeVar\n\nfrom shop.models import Order\n\n"
        "T = TypeVar('T')\n\nclass Box(Generic[T]):\n    def open(self) -> T: ...\n\n"
        "def close(box: Box[Order]):\n    box.open().save()\n"
    )
    reasons = []
    for more in ((), ("--types", "pyrefly")):
        firings = json.loads(scan(str(shop), "--format", "json", *more).stdout)["receivers"][0]
        reasons += [f["reason"] for f in firings["firings"] if f["file"] == "shop/work.py"]
    assert reasons == ["its type is not known, in the model's save()", "pyrefly says so"]


def test_whoever_has_read_enough_of_it_is_no_error() -> None:
    command = [sys.executable, "-m", "codemod", "scan", str(SAMPLE), "--format", "json"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == b""
