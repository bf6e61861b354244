"""What a project's settings say of the sections of its imports."""

from __future__ import annotations

import pytest

from codemod.rewrite.sections import Isort, isort_settings

ORDER = ("FUTURE", "STDLIB", "DJANGO", "THIRDPARTY", "FIRSTPARTY", "LOCALFOLDER")
KNOWN = (("django", "DJANGO"), ("shop", "FIRSTPARTY"), ("stock", "FIRSTPARTY"))


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (
            ".isort.cfg",
            "[settings]\nsections=FUTURE,STDLIB,DJANGO,THIRDPARTY,FIRSTPARTY,LOCALFOLDER\n"
            "known_django=django\nknown_first_party=\n  shop\n  stock\n"
            "import_heading_django=Django\n",
        ),
        (
            "setup.cfg",
            "[isort]\nsections=FUTURE, STDLIB, DJANGO, THIRDPARTY, FIRSTPARTY, LOCALFOLDER\n"
            "known_django=django\nknown_first_party=shop,stock\nimport_heading_django=Django\n",
        ),
        (
            "pyproject.toml",
            '[tool.isort]\nsections = ["FUTURE", "STDLIB", "DJANGO", "THIRDPARTY"]\n'
            'known_django = "django"\nknown_first_party = ["shop", "stock"]\n'
            'import_heading_django = "Django"\n',
        ),
    ],
)
def test_settings_of_isort(place: str, text: str) -> None:
    assert isort_settings({place: text}) == Isort(ORDER, KNOWN, (("DJANGO", "Django"),), 79)


def test_settings_of_ruff() -> None:
    text = (
        '[tool.ruff.lint.isort]\nknown-first-party = ["shop", "stock"]\n'
        'section-order = ["future", "standard-library", "django", "third-party"]\n'
        '[tool.ruff.lint.isort.sections]\ndjango = ["django"]\n'
    )
    found = isort_settings({"pyproject.toml": text})
    assert (found.order, set(found.known), found.headings) == (ORDER, set(KNOWN), ())


def test_no_settings() -> None:
    broken = {"setup.cfg": "x = 1\n", "pyproject.toml": "= 1", "tox.ini": "[tox]\n"}
    assert isort_settings(broken) == Isort()


def test_future_imports_come_first_without_a_word_of_them() -> None:
    found = isort_settings({".isort.cfg": "[settings]\nsections=STDLIB,THIRDPARTY\n"})
    assert found.order == ("FUTURE", "STDLIB", "THIRDPARTY", "FIRSTPARTY", "LOCALFOLDER")


@pytest.mark.parametrize(
    ("text", "length", "grid"),
    [
        ("[tool.isort]\nline_length = 119\nforce_grid_wrap = 2\n", 119, 2),
        ('[tool.isort]\nprofile = "black"\n', 88, 0),
        (
            "[tool.ruff]\nline-length = 100\n[tool.ruff.lint.isort]\ncombine-as-imports = true\n",
            100,
            0,
        ),
        ("[tool.ruff.lint.isort]\ncombine-as-imports = true\n", 88, 0),
    ],
)
def test_how_lines_are_split(text: str, length: int, grid: int) -> None:
    found = isort_settings({"pyproject.toml": text})
    assert (found.length, found.grid) == (length, grid)
