"""Functions that are passed around as values: code that can't be seen may call them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from codemod.facts.nodes import last_name
from codemod.facts.tables import FileFacts, FunctionDef
from codemod.facts.walk import reaches

if TYPE_CHECKING:
    from codemod.project.project import Project
    from codemod.project.types.engine import Engine

_MENTIONS = 400
#: Attributes of a function that are used without calling it, or that call it with plain data.
_TASK_CALLS = frozenset(
    "delay apply_async s si delay_on_commit apply signature __name__ __doc__ cache_clear".split()
)
_DEFINING = ("def ", "async def ")
_QUOTED = re.compile(r"""["'](?:\w+\.)+\w+["']""")
_REPLACING = re.compile(r"(patch[.\w]*|setattr)\(\s*$")


def is_handed_on(engine: Engine, function: FunctionDef, facts: FileFacts) -> bool:
    """Whether a function is handed on somewhere; kept for the next parameter."""
    known: dict[ast.AST, bool] = engine.tables.setdefault("handed on", {})
    if function.node not in known:
        known[function.node] = function.node.name != "__init__" and (
            _is_in_text(engine, function, facts) or _handed_on(engine, function, facts)
        )
    return known[function.node]


def _is_in_text(engine: Engine, function: FunctionDef, facts: FileFacts) -> bool:
    """Whether a text names a function by its path: `async_task("shop.tasks.close", order)`."""
    module = engine.module_name(facts).rpartition(".")[2]
    return f"{module}.{function.qualname}" in _in_texts(engine)


def _in_texts(engine: Engine) -> frozenset[str]:
    """The ends of all paths that texts of the project name."""
    known: frozenset[str] | None = engine.tables.get("paths in texts")
    if known is None:
        project = engine.project
        texts = (project.text(path) for path in project.paths if "migrations/" not in path)
        known = engine.tables["paths in texts"] = frozenset(chain.from_iterable(map(_paths, texts)))
    return known


def _paths(text: str) -> Iterator[str]:
    """The ends of quoted paths, but of those that `patch("shop.tasks.close")` replaces in tests."""
    for match in _QUOTED.finditer(text):
        if _REPLACING.search(text, max(0, match.start() - 40), match.start()) is None:
            parts = match[0][1:-1].split(".")
            yield from (".".join(parts[-2:]), ".".join(parts[-3:]))


def _handed_on(engine: Engine, function: FunctionDef, facts: FileFacts) -> bool:
    """Whether a function is passed around as a value, so that other code may call it."""
    name = function.node.name
    mentions = 0
    mention = re.compile(rf"(?<!\w){re.escape(name)}(?!\w|\s*\()")
    is_method = function.outer.kind == "class"
    module = engine.module_name(facts)
    for place in _speaking(engine.project, name, mention):
        mentions += 1
        if "migrations/" in place.path or not _is_mentioned(place, name, mention):
            continue
        if mentions > _MENTIONS:
            return True
        for value in _values(place, name, mention):
            if is_method and isinstance(value, ast.Attribute):
                return True
            if isinstance(value, ast.Attribute) and not _is_module_function(function):
                continue
            own = place is facts and isinstance(value, ast.Name)
            if not is_method and (own or _may_mean(engine, value, place, module)):
                return True
    return False


def _speaking(project: Project, name: str, mention: re.Pattern[str]) -> Iterator[FileFacts]:
    """The files whose code has a name on a line that is no import."""
    yield from [f for f in project.naming(name) if _may_be_value(f.text, name, mention)]
    for path in [*project.not_read()]:
        text = project.text(path)
        if name in text and _may_be_value(text, name, mention):
            facts = project.facts(path)
            if facts is not None:
                yield facts


def _mentions(text: str, name: str, mention: re.Pattern[str]) -> Iterator[int]:
    """Where the pattern of a name matches; only a plain search goes over the whole text."""
    place = text.find(name)
    while place >= 0:
        if mention.match(text, place):
            yield place
        place = text.find(name, place + len(name))


def _may_be_value(text: str, name: str, mention: re.Pattern[str]) -> bool:
    """Whether a file has the name on a line that is no import: it need not be read else."""
    for place in _mentions(text, name, mention):
        start = text.rfind("\n", 0, place) + 1
        before = text[start:place].lstrip()
        is_import = before.startswith(("from ", "import "))
        if "#" not in before and not is_import and before not in _DEFINING:
            return True
    return False


def _is_mentioned(facts: FileFacts, name: str, mention: re.Pattern[str]) -> bool:
    """Whether a name stands somewhere outside imports, comments and its calls, by the text.

    What this finds is looked at again in the tree; it only saves walking most of them.
    """
    imported: set[int] | None = None
    for place in _mentions(facts.text, name, mention):
        start = facts.text.rfind("\n", 0, place) + 1
        before = facts.text[start:place]
        if "#" in before or before.lstrip() in _DEFINING:
            continue
        if imported is None:
            imported = set()
            for binding in facts.imports:
                node = binding.node
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    imported.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        if facts.text.count("\n", 0, start) + 1 not in imported:
            return True
    return False


def _is_module_function(function: FunctionDef) -> bool:
    return function.outer.kind == "module"


def _may_mean(
    engine: Engine, value: ast.Name | ast.Attribute, facts: FileFacts, module: str
) -> bool:
    """Whether `close`, or `x.close`, may be a function of a module, another file: what begins it is
    imported, or no name, or the module itself is handed on."""
    root: ast.expr = value
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name):
        return True
    meant = engine.symbols.resolve(value, facts.scope, facts)
    once = sum(binding.name == root.id for binding in facts.imports) == 1
    if meant is not None and once:
        return meant == f"{module}.{last_name(value)}"
    return _imports(facts, root.id) or (root is not value and _is_value(engine, module))


def _is_value(engine: Engine, module: str) -> bool:
    """Whether a module is handed on itself: `run(jobs)`, `import_module("shop.jobs")`."""
    known: dict[str, bool] = engine.tables.setdefault("modules handed on", {})
    if module not in known:
        above, _, last = module.rpartition(".")
        end = f"{above.rpartition('.')[2]}.{last}"
        known[module] = end in _in_texts(engine) or any(
            any(_reads(facts.tree, b.name) for b in facts.imports if b.target == module)
            for facts in engine.project.naming(last)
        )
    return known[module]


def _reads(tree: ast.Module, name: str) -> bool:
    """Whether code reads a name for itself, not for something of it: `jobs`, not `jobs.close`."""
    nodes = [*ast.walk(tree)]
    owners = {node.value for node in nodes if isinstance(node, ast.Attribute)}
    return any(
        isinstance(node, ast.Name)
        and node.id == name
        and isinstance(node.ctx, ast.Load)
        and node not in owners
        for node in nodes
    )


def _imports(facts: FileFacts, name: str) -> bool:
    return bool(facts.stars) or any(
        b.name == name or (b.target or "").endswith(f".{name}") for b in facts.imports
    )


def _values(
    facts: FileFacts, name: str, mention: re.Pattern[str]
) -> Iterator[ast.Name | ast.Attribute]:
    """Where a file uses a name otherwise than by calling it: as a name or as an attribute."""
    places = _mentions(facts.text, name, mention)
    lines = sorted({facts.text.count("\n", 0, place) + 1 for place in places})
    called: set[ast.AST] = set()
    uses: list[ast.Name | ast.Attribute] = []
    for node in _on_lines(facts.tree, lines):
        if isinstance(node, ast.Call):
            called.add(node.func)
        elif isinstance(node, ast.Attribute):
            if node.attr in _TASK_CALLS:
                called.add(node.value)
            if node.attr == name and isinstance(node.ctx, ast.Load):
                uses.append(node)
        elif isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            uses.append(node)
    return (node for node in uses if node not in called)


def _on_lines(tree: ast.Module, lines: list[int]) -> Iterator[ast.AST]:
    """The nodes that reach over one of some lines, those without a position of their own too."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if not reaches(node, lines):
            continue
        if isinstance(node, ast.JoinedStr):
            yield from ast.walk(node)  # before Python 3.12 what is inside has wrong positions
            continue
        yield node
        pending.extend(ast.iter_child_nodes(node))
