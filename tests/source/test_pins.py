"""The versions of packages that a project is fixed to."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.source.pins import pins

LOCK = """
[[package]]
name = "django-model-utils"
version = "4.3.1"

[package.dependencies]
Django = ">=3.2"
version = "9"

[[package]]
category = "main"
name = "Django_FSM"
version = "2.7"

[[package]]
name = "local"
source = { editable = "." }
"""


def of(root: Path, **files: str) -> dict[str, tuple[int, ...]]:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return pins(root)


def test_a_lock_file(tmp_path: Path) -> None:
    found = of(tmp_path, poetry_DOT_lock=LOCK, requirements_DOT_txt="django-model-utils==3.2.0\n")
    assert found == {"django-model-utils": (4, 3, 1), "django-fsm": (2, 7)}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("django-model-utils==3.2.0", (3, 2, 0)),
        ("Django_Model.Utils == 3.2  # old", (3, 2)),
        ("django-model-utils[x]==3.2.0 ; python_version < '3.8'", (3, 2, 0)),
        ("django-model-utils==3.2.0 \\", (3, 2, 0)),
        ("django-model-utils==3.2.0 --hash=sha256:12ab", (3, 2, 0)),
        ("django-model-utils==3.*", None),
        ("django-model-utils>=3.2.0", None),
        ("django-model-utils==3.2.0,<4", None),
        ("django-model-utils", None),
        ("# django-model-utils==3.2.0", None),
        ("-r other.txt", None),
    ],
)
def test_requirements(tmp_path: Path, line: str, expected: tuple[int, ...] | None) -> None:
    found = of(tmp_path, requirements_DOT_txt=f"Django==2.2\n{line}\n")
    assert found.pop("django") == (2, 2)
    assert found.get("django-model-utils") == expected


def test_the_newest_of_several_files(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        requirements__base_DOT_txt="a==1.9\nb==1\n",
        requirements__dev_DOT_txt="a==1.10\nb>=1\n",
        requirements__dev_DOT_in="a==7\n",
        notes_DOT_txt="a==8\n",
    )
    assert found == {"a": (1, 10)}  # what one of them leaves open is open


def test_nothing(tmp_path: Path) -> None:
    assert of(tmp_path) == {}
