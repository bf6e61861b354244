"""The types that pyrefly finds, asked of its command; it reads the project and runs nothing of it.

pyrefly check -c CONFIG --report-pysa DIR --report-pysa-format json

`DIR/pyrefly.pysa.json` lists the modules, `DIR/type_of_expressions/` has a file for each, with the
types of a function's expressions under their places: "20:23-20:31", lines and UTF-8 columns from 1.
Nothing is written but the report, in a temporary folder. Known to work with pyrefly 1.4.
"""

from __future__ import annotations

import glob
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from codemod.values.stated import Position, Stated

NAME = "pyrefly"
_PLACE = re.compile(r"(\d+):(\d+)-(\d+):(\d+)")
_ENVIRONMENTS = (".venv", "venv", "env")


class CheckerError(Exception):
    """pyrefly failed, or its report can't be understood."""


def find() -> str | None:
    """The command, beside the running Python or on the path; None where it isn't installed."""
    return shutil.which(NAME, path=str(Path(sys.executable).parent)) or shutil.which(NAME)


def ask(root: Path, roots: Iterable[str]) -> Stated:
    """What pyrefly finds in a project. `roots`: the folders that module names start from.

    Raises CheckerError.
    """
    command = find()
    if command is None:
        raise CheckerError("pyrefly is not installed")
    top = root.resolve()
    with TemporaryDirectory(prefix="unsignal-") as name:
        folder = Path(name)
        config = folder / "pyrefly.toml"
        config.write_text(_config(top, [top / each for each in roots]), "utf-8")
        report = folder / "report"
        output = ["--report-pysa", str(report), "--report-pysa-format", "json"]
        done = subprocess.run(
            [command, "check", "-c", str(config), "--output-format", "omit-errors", *output],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        if not (report / "pyrefly.pysa.json").is_file():
            last = (done.stderr.strip() or done.stdout.strip() or "no report").splitlines()[-1]
            raise CheckerError(f"pyrefly: {last.strip()}")
        try:
            return Stated(NAME, dict(_files(report, top)))
        except (KeyError, TypeError, ValueError, AttributeError, OSError) as error:
            raise CheckerError(f"pyrefly: its report can't be understood ({error!r})") from error


def _config(root: Path, roots: list[Path]) -> str:
    """A configuration that looks at the project and at what is installed for it, if anything."""
    installed = [
        found
        for name in _ENVIRONMENTS
        for found in sorted((root / name).glob("lib/python3*/site-packages"))
    ]
    settings = {
        "search-path": [str(path) for path in roots],
        "project-includes": [f"{glob.escape(str(root))}/**/*.py"],
        "site-package-path": [str(path) for path in installed],
        "skip-interpreter-query": True,
    }
    return "".join(
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in settings.items()
    )


def _files(report: Path, root: Path) -> Iterator[tuple[str, dict[Position, tuple[str, ...]]]]:
    modules = json.loads((report / "pyrefly.pysa.json").read_text("utf-8"))["modules"]
    for module in modules.values():
        source = module["source_path"].get("FileSystem")
        if source is None or not Path(source).is_relative_to(root):
            continue
        types = report / "type_of_expressions" / module["info_filename"]
        if types.is_file():
            path = Path(source).relative_to(root).as_posix()
            yield path, dict(_expressions(json.loads(types.read_text("utf-8"))["functions"]))


def _expressions(functions: dict[str, Any]) -> Iterator[tuple[Position, tuple[str, ...]]]:
    for function in functions.values():
        classes = [_classes(entry) for entry in function["type_table"]]
        for place, index in function["locations"].items():
            found = _PLACE.fullmatch(place)
            if found is not None and classes[index]:
                line, column, end_line, end_column = map(int, found.groups())
                yield (line, column - 1, end_line, end_column - 1), classes[index]


def _classes(entry: dict[str, Any]) -> tuple[str, ...]:
    """The classes of a type, if it is an object of one of them, or None."""
    named = entry.get("class_names")
    if named is None or not named.get("is_exhaustive"):
        return ()
    found = []
    for item in named["classes"]:
        if set(item.get("modifiers", ())) - {"Optional"}:
            return ()
        module, name = item["class"]["module_name"], item["class"]["class_name"]
        nested = re.search(
            rf"{re.escape(module)}\.((?:\w+\.)*{re.escape(name)})\b", entry["string"]
        )
        found.append(f"{module}.{nested[1] if nested else name}")
    return tuple(found)
