"""The house is what its plan says: who may import whom, and how large a module may be."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "codemod"
LINES = 400

BELOW = (
    "checks",
    "codes",
    "config",
    "facts",
    "hazards",
    "plan",
    "project",
    "report",
    "rewrite",
)
BELOW += ("source", "surfaces", "values")
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "values": (),
    "syntax": (),
    "runtime": (),
    "codes": ("values",),
    "config": ("source", "values"),
    "source": ("values",),
    "facts": ("syntax", "values"),
    "project": ("facts", "syntax", "values"),
    "surfaces": ("project", "facts", "syntax", "values"),
    "plan": ("surfaces", "project", "facts", "syntax", "values"),
    "hazards": ("plan", "surfaces", "project", "facts", "syntax", "values"),
    "rewrite": ("syntax", "values"),
    "checks": ("rewrite", "syntax", "values", "source"),
    "report": ("values",),
    "changes": BELOW,
    "pipeline": (*BELOW, "changes"),
    "steps": (*BELOW, "pipeline"),
    "rounds": (*BELOW, "pipeline"),
    "cli": (*BELOW, "changes", "pipeline", "rounds", "steps", "runtime"),
    "__main__": ("cli",),
    "__init__": (),
}
HEAVY = ("black", "libcst", "pyflakes", "rich")


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """The absolute dotted names that a file imports anywhere, with their lines."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def imported_rooms(path: Path) -> Iterator[tuple[str, int]]:
    for name, line in imported(path):
        parts = name.split(".")
        # The package itself holds its version and nothing else.
        if parts[0] == "codemod" and parts[1:] != ["__version__"]:
            yield (parts[1] if len(parts) > 1 else "__init__"), line


def declared() -> set[str]:
    """The distributions in `dependencies`, which have the names of their packages."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r"^dependencies = \[$(.*?)^\]$", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    return set(re.findall(r'^\s*"([A-Za-z0-9_]+)', found[1], re.MULTILINE))


def test_every_room_has_a_row() -> None:
    assert {room(path) for path in modules()} <= set(MAY_IMPORT)


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_a_room_imports_only_what_it_may(name: str) -> None:
    allowed = {name, *MAY_IMPORT[name]}
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name} imports {other}"
        for path in modules()
        if room(path) == name
        for other, line in imported_rooms(path)
        if other not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_rows_are_no_circle() -> None:
    seen: set[str] = set()
    while ready := {n for n in MAY_IMPORT if n not in seen and seen.issuperset(MAY_IMPORT[n])}:
        seen |= ready
    assert seen == set(MAY_IMPORT)


def test_only_declared_packages_are_imported() -> None:
    known = {"codemod", "tomllib", *sys.stdlib_module_names, *declared()}
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in modules()
        for name, line in imported(path)
        if name.split(".")[0] not in known
    ]
    assert not wrong, "\n".join(wrong)


def test_the_recorder_needs_the_standard_library_only() -> None:
    known = {"codemod", *sys.stdlib_module_names}
    recorder = (path for path in modules() if room(path) == "runtime")
    assert all(name.split(".")[0] in known for path in recorder for name, _ in imported(path))


def test_modules_are_read_in_one_sitting() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in modules()
    }
    long = {path: length for path, length in lengths.items() if length > LINES}
    assert long == {}


def test_the_command_starts_without_the_heavy_packages() -> None:
    code = f"import sys, codemod.cli; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
