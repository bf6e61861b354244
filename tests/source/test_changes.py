"""Changes as values."""

from __future__ import annotations

from pathlib import Path

from codemod.source.changes import modes
from codemod.values.files import Change
from tests.source.trees import plant


def test_modes_are_those_of_the_files_that_exist(tmp_path: Path) -> None:
    plant(tmp_path, {"manage.py": b"", "a.py": b""})
    (tmp_path / "manage.py").chmod(0o755)
    (tmp_path / "a.py").chmod(0o640)
    changes = [Change(path, None, b"") for path in ("manage.py", "a.py", "new.py")]

    assert modes(tmp_path, changes) == {"manage.py": 0o755, "a.py": 0o640}
