"""`unsignal explain CODE | RECEIVER`."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from codemod.cli.app import app
from codemod.codes import CODES

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "bookshop"


def explain(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["explain", *arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("code", ["possible-site", "recursion", "derived-value"])
def test_a_code(code: str) -> None:
    status, told, _ = explain(code)
    entry = CODES[code]
    assert status == 0
    assert all(part in told for part in (entry.title, entry.why, entry.remedy))
    assert all(line in told for line in entry.example.splitlines())


@pytest.mark.parametrize(
    "code, accepted", [("possible-site", True), ("any-sender", False), ("raw", False)]
)
def test_whether_a_code_can_be_accepted(code: str, accepted: bool) -> None:
    assert (f"--accept {code}" in explain(code)[1]) is accepted


@pytest.mark.parametrize("name", ["create_invoice", "sales.handlers.create_invoice"])
def test_a_receiver(name: str) -> None:
    status, told, _ = explain(name, "--path", str(SAMPLE))
    assert status == 0
    assert told.startswith("sales.handlers.create_invoice\n  sales/handlers.py:23\n")
    assert "What would change:\n  Its body becomes sales.services.create_invoice()" in told
    assert ", post_save of sales.Order, proved: " in told


def test_what_blocks_a_receiver_comes_with_the_way_out() -> None:
    _, told, _ = explain("create_profile", "--path", str(SAMPLE))
    assert "What blocks it:\n  third-party-sender: " in told
    assert f"    Way out: {CODES['third-party-sender'].remedy}" in told


def test_unknown_names() -> None:
    status, told, error = explain("posible-site")
    assert (status, told) == (2, "")
    assert error == "unsignal: no such code: posible-site (did you mean possible-site?)\n"
    status, told, error = explain("creat_profile", "--path", str(SAMPLE))
    assert (status, told) == (2, "")
    assert "no such receiver" in error and "did you mean create_profile" in error


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    status, _, error = explain("create_profile", "--path", str(tmp_path))
    assert status == 2 and error.count("\n") == 1
    status, _, error = explain("create_profile", "--path", str(tmp_path / "none"))
    assert status == 2 and error.endswith("no such directory\n")
