"""Does the behaviour harness see a call that is missing, misplaced, or made for the wrong objects?

    python -m tests.mutants [NAME ...]      projects of tests/behaviour/projects; all by default

Each project is migrated. In the result every call of a service is, in turn, dropped, and moved to
the other side of the statement that fires; every `created` that guards one, or that one is told, is
negated. Each mutant must make the project's scenario differ from the unchanged migration. Printed
are the mutants that live, and for each surface how many there were and how many died. The surface
is that of the account's nearest line in the original file.
"""

from __future__ import annotations

import ast
import difflib
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypeGuard

from codemod.pipeline import Run
from codemod.source.write import apply
from codemod.values.account import Fate, Outcome
from tests.behaviour.test_behaviour import Notes, differences, packages
from tests.casefiles import PROJECTS, Case, all_cases, lay_out, migrate
from tests.generated.harness import Server


@dataclass(frozen=True)
class Mutant:
    """A changed file of a migrated project."""

    kind: str  # "dropped", "moved", "negated"
    path: str
    line: int
    text: str


def mutants(path: str, text: str, services: set[str]) -> Iterator[Mutant]:
    """All mutants of a file that calls services."""
    tree = ast.parse(text)
    for block in blocks(tree):
        for position, statement in enumerate(block):
            if _service(statement, services):
                yield _mutant("dropped", path, tree, block, [*block[:position], ast.Pass(),
                              *block[position + 1 :]], statement)  # fmt: skip
                yield from _moved(path, tree, block, position, services)
                yield from _told_otherwise(path, tree, block, statement)
            elif isinstance(statement, ast.If) and _asks_created(statement.test):
                if all(_service(inner, services) for inner in statement.body):
                    negated = ast.If(
                        ast.UnaryOp(ast.Not(), statement.test), statement.body, statement.orelse
                    )
                    changed = [*block[:position], negated, *block[position + 1 :]]
                    yield _mutant("negated", path, tree, block, changed, statement)


def _told_otherwise(
    path: str, tree: ast.Module, block: list[ast.stmt], statement: ast.stmt
) -> Iterator[Mutant]:
    """The call with its `created` negated."""
    told = [k for n in ast.walk(statement) if isinstance(n, ast.Call) for k in n.keywords]
    for keyword in told:
        if keyword.arg == "created":
            value, keyword.value = keyword.value, ast.UnaryOp(ast.Not(), keyword.value)
            yield _mutant("negated", path, tree, block, block, statement)
            keyword.value = value


def _moved(
    path: str, tree: ast.Module, block: list[ast.stmt], position: int, services: set[str]
) -> Iterator[Mutant]:
    """The call on the other side of the nearest statement that calls no service."""
    statement, rest = block[position], [*block[:position], *block[position + 1 :]]
    above = [n for n in range(position) if fires(block[n])]
    below = [n for n in range(position, len(rest)) if fires(rest[n])]
    if above:
        rest.insert(above[-1], statement)
    elif below:
        rest.insert(below[0] + 1, statement)
    else:
        return
    yield _mutant("moved", path, tree, block, rest, statement)


def fires(statement: ast.stmt) -> bool:
    """Whether a statement has a call in it that may save or delete."""
    names = ("save", "create", "delete", "form_valid", "perform_", "build", "make", "_create")
    changes = (".add", ".remove", ".set", ".clear", ".update")  # of relations, in a serializer
    called = [ast.unparse(n.func) for n in ast.walk(statement) if isinstance(n, ast.Call)]
    return any(any(n in text for n in names) or text.endswith(changes) for text in called)


def _mutant(
    kind: str,
    path: str,
    tree: ast.Module,
    block: list[ast.stmt],
    changed: list[ast.stmt],
    statement: ast.stmt,
) -> Mutant:
    original = list(block)
    block[:] = changed
    text = ast.unparse(ast.fix_missing_locations(tree))
    block[:] = original
    return Mutant(kind, path, statement.lineno, text)


def blocks(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """Every list of statements."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield block


def _service(statement: ast.stmt, services: set[str]) -> bool:
    if isinstance(statement, ast.For):
        return all(_service(inner, services) for inner in statement.body)
    value = getattr(statement, "value", None)
    if isinstance(value, ast.Await):  # await sync_to_async(notify)(order)
        value = value.value
    if not isinstance(statement, ast.Expr) or not isinstance(value, ast.Call):
        return False
    function = ast.unparse(value.func).removeprefix("sync_to_async(").removesuffix(")")
    return function.rpartition(".")[2] in services


def _is_guard(statement: ast.stmt) -> TypeGuard[ast.If]:
    """Whether a function that calls all services of a moment asks something for some."""
    return isinstance(statement, ast.If) and not statement.orelse


def _asks_created(test: ast.expr) -> bool:
    names = ("created", "change", "made", "is_new", "was_created")
    return ast.unparse(test).removeprefix("not ") in names


def services_of(found: Run, texts: dict[str, str]) -> set[str]:
    """The names of the services that sites call, those that call several included."""
    made = [d.service for d in found.plan.decisions if d.service and d.fate is Fate.RETIRE]
    names = {service.rpartition(".")[2] for service in made}
    modules = {d.service_file for d in found.plan.decisions if d.service_file}
    for module in modules & texts.keys():
        for node in ast.parse(texts[module]).body:
            if isinstance(node, ast.FunctionDef):
                steps = [s for top in node.body for s in (top.body if _is_guard(top) else [top])]
                if all(_service(step, names) for step in steps):
                    names.add(node.name)
    return names


def surface_at(found: Run, path: str, line: int, before: str, after: str) -> str:
    """The surface of the account's row that is nearest to a line of the result."""
    rows = [
        (firing.span.line, firing.surface)
        for decision in found.plan.decisions
        for firing in decision.firings
        if firing.file == path and firing.span and firing.outcome is Outcome.REWRITTEN
    ]
    if not rows:
        return "model's own save()" if path.endswith("models.py") else "service"
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), False)
    old = 1
    for a, b, size in matcher.get_matching_blocks():
        if b < line:
            old = a + min(line - b, max(size, 1))
    return min(rows, key=lambda row: abs(row[0] - old))[1]


def survey(case: Case, server: Server) -> Iterator[tuple[str, Mutant, bool]]:
    """(surface, mutant, whether it was seen) of a project."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        root = lay_out(case.tree, Path(folder) / "project")
        script = Path(folder) / "scenario.py"
        script.write_text(case.scenario, "utf-8")
        found = migrate(root, case.options)
        apply(root, found.changes)
        changed = [c.path for c in found.changes if c.after is not None and c.path.endswith(".py")]
        texts = {path: (root / path).read_text("utf-8") for path in changed}
        server.ask(root, script)
        expected = server.answer()
        assert not isinstance(expected, str), f"{case.name}: {expected}"
        for path, text in texts.items():
            for mutant in mutants(path, text, services_of(found, texts)):
                (root / path).write_text(mutant.text, "utf-8")
                seen = any(_seen(server, root, script, expected, once) for once in (True, False))
                before = case.tree.get(path, "")
                yield surface_at(found, path, mutant.line, before, text), mutant, seen
            (root / path).write_text(text, "utf-8")


def _seen(server: Server, root: Path, script: Path, expected: Notes, once: bool) -> bool:
    """Whether a mutant does something else; most do when no work fails."""
    server.ask(root, script, once=once)
    answer = server.answer()
    wanted = {"as it is": expected["as it is"]} if once else expected
    return isinstance(answer, str) or bool(differences(wanted, answer))


def main() -> int:
    """Try all projects, or those that are named."""
    server = Server()
    made: Counter[str] = Counter()
    died: Counter[str] = Counter()
    for case in all_cases(PROJECTS):
        if (sys.argv[1:] and case.name not in sys.argv[1:]) or "settings.py" in case.before:
            continue
        if not all(map(find_spec, packages(case))):
            continue
        for surface, mutant, seen in survey(case, server):
            made[surface] += 1
            died[surface] += seen
            if not seen:
                print(
                    f"{case.name}: {mutant.kind} {mutant.path}:{mutant.line} ({surface})",
                    flush=True,
                )
    server.close()
    for surface, count in sorted(made.items()):
        print(f"{surface:24} {died[surface]:4} of {count}")
    print(f"{sum(died.values())} of {sum(made.values())} mutants died")
    return 0 if died == made else 1


if __name__ == "__main__":
    sys.exit(main())
