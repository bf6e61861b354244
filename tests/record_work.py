"""Count how often each statement of some functions runs while a project's own tests run.

    cd PROJECT && python .../record_work.py FUNCTIONS.json OUT.json manage.py test
    cd PROJECT && python .../record_work.py FUNCTIONS.json OUT.json -m pytest -p no:xdist

To be run with the project's own Python; it needs nothing but the standard library and the
project's Django. FUNCTIONS.json names the functions, `{file: [qualified name]}`; the rest of the
command line, which may begin with `record_truth.py`, is run unchanged, in this process. OUT.json
is what `trial.py` compares before and after a migration:

- `statements`: rows of file, function, statement and count. Names in a statement are written `_`,
  since a body that moves gets others; `if`, `for` and the like are counted by the statements in
  them, since guards go.
- `writes`: the SQL that inserted, updated and deleted, up to its WHERE, with counts.
"""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import json
import os
import random
import re
import runpy
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any, ClassVar

HIT = "__count_statement__"
SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Raise, ast.Delete)
WRITES = ("INSERT", "UPDATE", "DELETE")
VALUES = re.compile(r"'[^']*'|%s(?:, *%s)*")
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every function below a node with its qualified name."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, FUNCTION):
            yield prefix + node.name, node
            yield from functions(node, f"{prefix}{node.name}.<locals>.")
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{prefix}{node.name}.")
        elif not isinstance(node, ast.expr):
            yield from functions(node, prefix)


class Anonymous(ast.NodeTransformer):
    """Writes every name `_`."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """A variable, a function, a class."""
        return ast.Name("_", node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """A parameter of a lambda."""
        return ast.arg("_")


def text(statement: ast.stmt) -> str | None:
    """A statement as it is compared; None for docstrings and bare returns."""
    value = getattr(statement, "value", None)
    if isinstance(statement, ast.Expr) and isinstance(value, ast.Constant):
        return None
    if isinstance(statement, ast.Return) and value is None:
        return None
    return ast.unparse(Anonymous().visit(ast.parse(ast.unparse(statement))))


class Tally:
    """Counts statements in the functions that are to be counted."""

    fields: ClassVar = ("body", "orelse", "finalbody")

    def __init__(self, root: Path, wanted: dict[str, list[str]]) -> None:
        self.root = root
        self.wanted = {str(root / file): set(names) for file, names in wanted.items()}
        self.keys: list[tuple[str, str, str]] = []
        self.counts: list[int] = []
        self.writes: Counter[str] = Counter()

    def hit(self, number: int) -> None:
        """Called before each counted statement."""
        self.counts[number] += 1

    def executed(self, sql: Any) -> None:
        """Called for each SQL statement."""
        if isinstance(sql, str) and sql.startswith(WRITES):
            self.writes[VALUES.sub("%s", sql.partition(" WHERE ")[0])] += 1

    def code(self, data: bytes | str, path: str) -> CodeType | None:
        """The code of a file whose functions are counted, compiled with the counting in it."""
        wanted = self.wanted.get(os.path.realpath(path))
        if wanted is None:
            return None
        tree = ast.parse(data)
        file = os.path.relpath(os.path.realpath(path), self.root)
        for name, node in list(functions(tree)):
            if name in wanted:
                first, told = node.body[0], int(ast.get_docstring(node) is not None)
                node.body = self.counted(node.body, file, name)
                node.body.insert(told, self.call(first, file, name, "called"))
        return compile(tree, path, "exec", dont_inherit=True)

    def counted(self, body: list[ast.stmt], file: str, name: str) -> list[ast.stmt]:
        """The statements with a call of `hit` before each of them."""
        found: list[ast.stmt] = []
        for statement in body:
            if isinstance(statement, SIMPLE):
                key = text(statement)
                if key is not None:
                    found.append(self.call(statement, file, name, key))
            elif not isinstance(statement, (*FUNCTION, ast.ClassDef)):
                for part in (statement, *getattr(statement, "handlers", ())):
                    for field in self.fields:
                        if getattr(part, field, None):
                            setattr(part, field, self.counted(getattr(part, field), file, name))
            found.append(statement)
        return found

    def call(self, place: ast.stmt, file: str, name: str, key: str) -> ast.stmt:
        """A call of `hit`, on the lines of a statement."""
        self.keys.append((file, name, key))
        self.counts.append(0)
        call = ast.parse(f"{HIT}({len(self.counts) - 1})").body[0]
        for node in ast.walk(call):
            ast.copy_location(node, place)
        return call


def told(execute: Any, tally: Tally) -> Any:
    """A method that executes SQL, which tells of it."""

    def executed(self: Any, sql: Any, *args: Any) -> Any:
        result = execute(self, sql, *args)
        tally.executed(sql)
        return result

    return executed


def install(tally: Tally) -> None:
    """Have every module compiled anew, with the counting in it where there is to be any."""
    setattr(builtins, HIT, tally.hit)
    from django.db.backends.utils import CursorWrapper

    sys.dont_write_bytecode = True
    sys.pycache_prefix = tempfile.mkdtemp()  # without what was compiled before
    plain = importlib.machinery.SourceFileLoader.source_to_code
    for name in ("_execute", "_executemany"):
        setattr(CursorWrapper, name, told(getattr(CursorWrapper, name), tally))

    def compiled(self: Any, data: Any, path: Any, **options: Any) -> Any:
        code = tally.code(data, path) if isinstance(path, str) else None
        return plain(self, data, path, **options) if code is None else code

    importlib.machinery.SourceFileLoader.source_to_code = compiled  # type: ignore[assignment,method-assign]  # the one hook that sees every file


def run(command: list[str]) -> None:
    """Run what the rest of the command line says, as Python itself would."""
    sys.path[0] = os.getcwd()
    if command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        sys.path.insert(0, os.path.dirname(os.path.abspath(command[0])))
        runpy.run_path(command[0], run_name="__main__")


def main(wanted: str, out: str, command: list[str]) -> None:
    """Run the command with the counting and write the file."""
    target = Path(out).resolve()
    named = json.loads(Path(wanted).read_text(encoding="utf-8"))
    tally = Tally(Path.cwd().resolve(), named)
    install(tally)
    random.seed(0)  # what tests make up is the same before and after
    try:
        run(command)
    finally:
        rows = [[*key, count] for key, count in zip(tally.keys, tally.counts)]
        found = {"statements": rows, "writes": tally.writes}
        target.write_text(json.dumps(found, indent=0), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
