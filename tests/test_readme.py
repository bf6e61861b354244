"""The README's table of surfaces says what the surfaces say of themselves.

    UPDATE_README=1 pytest tests/test_readme.py

writes it anew from the docstrings in `codemod/surfaces`: the title, the before -> after, and the
codes with which the surface may block.
"""

from __future__ import annotations

import ast
import inspect
import os
import textwrap
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from types import FunctionType, ModuleType

from codemod.codes import CODES
from codemod.surfaces import SURFACES
from codemod.surfaces.calls import muted_factory
from codemod.surfaces.placing import coroutine
from codemod.surfaces.removing import cascade

README = Path(__file__).resolve().parent.parent / "README.md"
START, END = "<!-- surfaces -->\n", "<!-- end of surfaces -->\n"
# Parts of other surfaces, with a before -> after of their own.
PARTS = (cascade, coroutine, muted_factory)


def modules() -> Iterator[ModuleType]:
    for module in (*SURFACES, *PARTS):
        assert isinstance(module, ModuleType)
        yield module


def title(module: ModuleType) -> str:
    """The first sentence of the docstring."""
    first, _, _ = inspect.cleandoc(module.__doc__ or "").partition("\n\n")
    return " ".join(first.split()).rstrip(".").replace("|", "\\|")


def snippet(module: ModuleType) -> str:
    """What stands between the title and the explanation, at column 0."""
    _, *blocks = inspect.cleandoc(module.__doc__ or "").split("\n\n")
    code = takewhile(lambda block: "->" in block or "\n " in f"\n{block}", blocks)
    return textwrap.dedent("\n\n".join(code))


def outcome(module: ModuleType) -> str:
    """Whether the surface is rewritten, and the codes that it blocks with."""
    said = ["rewritten"] if "->" in snippet(module) else []
    blocking = [f"`{c}`" for c in sorted(codes_of(module))]
    if blocking:
        said.append(f"{'or blocked: ' if said else 'blocked: '}{', '.join(blocking)}")
    return ", ".join(said)


def codes_of(module: ModuleType) -> set[str]:
    """The blocking codes in a surface's source, and in the functions of others that it uses."""
    codes = {code for code, entry in CODES.items() if not (entry.difference or entry.hazard)}
    found: set[str] = set()
    pending: list[ModuleType | FunctionType] = [module]
    seen: set[object] = set()
    while pending:
        code = pending.pop()
        seen.add(code)
        names = vars(code) if isinstance(code, ModuleType) else code.__globals__
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(code)))):
            used = names.get(node.id) if isinstance(node, ast.Name) else None
            text = node.value if isinstance(node, ast.Constant) else used
            if isinstance(text, str) and text in codes:
                found.add(text)
            if isinstance(used, FunctionType) and used.__module__.startswith("codemod.surfaces."):
                if used not in seen:
                    pending.append(used)
    return found


def table() -> str:
    """The table, and below it the changes."""
    rows = [f"| {title(m)} | {outcome(m)} |" for m in modules()]
    blocks = [f"{title(m)}:\n\n```\n{snippet(m)}\n```\n" for m in modules() if snippet(m)]
    return "\n".join(
        [
            "| a signal fires through | it is |",
            "|---|---|",
            *rows,
            "",
            "<details><summary>Each of them, before -> after</summary>",
            "",
            *blocks,
            "</details>",
            "",
        ]
    )


def test_table_of_surfaces() -> None:
    text = README.read_text("utf-8")
    head, _, rest = text.partition(START)
    found, _, tail = rest.partition(END)
    if os.environ.get("UPDATE_README"):
        README.write_text(f"{head}{START}{table()}{END}{tail}", "utf-8")
        return
    assert found == table(), "run UPDATE_README=1 pytest tests/test_readme.py"
