"""The oldest Python of a project, from what its files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.source.python import Version, oldest_python
from tests.source.trees import plant

PROJECT = '[project]\nrequires-python = "{}"\n'
POETRY = '[tool.poetry.dependencies]\npython = "{}"\n'
CFG = "[options]\npython_requires = {}\n"
SETUP = "from setuptools import setup\n\nsetup(name='x', python_requires='{}')\n"


@pytest.mark.parametrize(
    "said, version",
    [
        (">=3.9", (3, 9)),
        (">= 3.10, <4", (3, 10)),
        ("<4,>=3.8", (3, 8)),
        ("~=3.11", (3, 11)),
        ("==3.10.*", (3, 10)),
        (">3.9", (3, 10)),
        (">3.9.2", (3, 9)),
        (">=3.9,!=3.9.7", (3, 9)),
        ("<3.12", None),
        ("*", None),
        ("", None),
    ],
)
@pytest.mark.parametrize(
    "path, form", [("pyproject.toml", PROJECT), ("setup.cfg", CFG), ("setup.py", SETUP)]
)
def test_lower_bounds(
    tmp_path: Path, path: str, form: str, said: str, version: Version | None
) -> None:
    plant(tmp_path, {path: form.format(said).encode()})
    assert oldest_python(tmp_path) == version


@pytest.mark.parametrize(
    "said, version", [("^3.10", (3, 10)), ("~3.9", (3, 9)), ("^3.8 || ^3.7", (3, 7))]
)
def test_poetry(tmp_path: Path, said: str, version: Version) -> None:
    plant(tmp_path, {"pyproject.toml": POETRY.format(said).encode()})
    assert oldest_python(tmp_path) == version


def test_the_most_telling_file_counts(tmp_path: Path) -> None:
    plant(tmp_path, {".python-version": b"3.12.1\n"})
    assert oldest_python(tmp_path) == (3, 12)
    plant(tmp_path, {"setup.py": SETUP.format(">=3.10").encode()})
    assert oldest_python(tmp_path) == (3, 10)
    plant(tmp_path, {"pyproject.toml": PROJECT.format(">=3.9").encode()})
    assert oldest_python(tmp_path) == (3, 9)


def test_nothing_is_said(tmp_path: Path) -> None:
    assert oldest_python(tmp_path) is None
    (tmp_path / "setup.py").symlink_to("/dev/zero")
    plant(
        tmp_path,
        {
            "pyproject.toml": b"x = " + b"[" * 5000,
            "setup.cfg": b"python_requires = 3.9",
            ".python-version": b"\xff\xfe",
        },
    )
    assert oldest_python(tmp_path) is None
