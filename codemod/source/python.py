"""The oldest Python that a project says it runs on, read from its files and not run.

requires-python = ">=3.9"      ->   (3, 9)     pyproject.toml
python = "^3.10"               ->   (3, 10)    pyproject.toml, Poetry
python_requires = >=3.8, <4    ->   (3, 8)     setup.cfg, setup.py
3.11.4                         ->   (3, 11)    .python-version
"""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from codemod.source.bounded import known_text
from codemod.source.toml import parse

Version = tuple[int, int]

# `<4` and `!=3.9.7` are no lower bounds.
_LOWER = re.compile(r"(?P<sign>={2,3}|~=|>=|>|\^|~|)3\.(?P<minor>\d+)(?P<patch>\.\d+)?")


def oldest_python(root: Path) -> Version | None:
    """The lower bound in the first of the files that has one; None if none has."""
    for said in _said(root):
        parts = re.split(r"[,|]+", "".join(said.split()))
        bounds = [found for found in map(_LOWER.match, parts) if found is not None]
        if bounds:
            return 3, min(int(b["minor"]) + (b["sign"] == ">" and not b["patch"]) for b in bounds)
    return None


def _said(root: Path) -> Iterator[str]:
    """What each file says, the most telling first."""
    pyproject = _tables(known_text(root, "pyproject.toml"))
    yield _string(pyproject, "project", "requires-python")
    yield _string(pyproject, "tool", "poetry", "dependencies", "python")
    yield _from_cfg(known_text(root, "setup.cfg"))
    yield _from_setup(known_text(root, "setup.py"))
    yield known_text(root, ".python-version").strip()


def _tables(text: str) -> dict[str, Any]:
    try:
        return parse(text)
    except ValueError:
        return {}


def _string(tables: dict[str, Any], *keys: str) -> str:
    value: Any = tables
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _from_cfg(text: str) -> str:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
        return parser.get("options", "python_requires", fallback="")
    except configparser.Error:
        return ""


def _from_setup(text: str) -> str:
    """The literal `python_requires` of a call in `setup.py`."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "python_requires":
            if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                return node.value.value
    return ""
