"""Does the behaviour harness see a call that is missing, misplaced, or made for the wrong objects?

    python -m tests.mutants [NAME ...]      projects of tests/behaviour/projects; all by default

Each project is migrated. In the result every call of a service is, in turn, dropped, and moved to
the other side of the statement that fires; every `created` that guards one, or that one is told, is
negated. Each mutant must make the project's scenario differ from the unchanged migration. Printed
are the mutants that live, and for each surface how many there were and how many died. The surface
is that of the account's nearest line in the original file.

A mutant that does the same by its nature is named in the project's file, with the reason, and must
live:

    shop/work.py change_silently: dropped, moved `order_saved(order)`: skip_signal is set
"""

from __future__ import annotations

import ast
import difflib
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
    function: str  # in which the call stands; "" outside of any
    call: str
    line: int
    text: str

    @property
    def named(self) -> tuple[str, str, str, str]:
        """What names it in a project's file."""
        return self.path, self.function, self.kind, self.call


EQUIVALENT = re.compile(r"(?P<path>\S+) (?P<function>\S+): (?P<kinds>[\w, ]+) `(?P<call>.+)`: .+")


def equivalent(case: Case) -> set[tuple[str, str, str, str]]:
    """The mutants that a project's file names as doing the same."""
    found = set()
    for line in case.equivalent:
        parts = EQUIVALENT.fullmatch(line)
        assert parts is not None, f"{case.name}: {line}"
        for kind in parts["kinds"].split(", "):
            found.add((parts["path"], parts["function"], kind, parts["call"]))
    return found


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


# `deleted_with()` collects what a delete will take along, and deletes nothing.
FIRING = re.compile(r"save|create|delete(?!d_with)|form_valid|perform_|build|make")


def _told_otherwise(
    path: str, tree: ast.Module, block: list[ast.stmt], statement: ast.stmt
) -> Iterator[Mutant]:
    """The call with its `created` negated."""
    call = _shown(statement)
    told = [k for n in ast.walk(statement) if isinstance(n, ast.Call) for k in n.keywords]
    for keyword in told:
        if keyword.arg == "created":
            value, keyword.value = keyword.value, ast.UnaryOp(ast.Not(), keyword.value)
            yield replace(_mutant("negated", path, tree, block, block, statement), call=call)
            keyword.value = value


def _moved(
    path: str, tree: ast.Module, block: list[ast.stmt], position: int, services: set[str]
) -> Iterator[Mutant]:
    """The call on the other side of the nearest statement that calls no service."""
    statement, rest = block[position], [*block[:position], *block[position + 1 :]]
    above = [n for n in range(position) if fires(block[n])]
    below = [n for n in range(position, len(rest)) if fires(rest[n])]
    if above and (not below or position - above[-1] <= below[0] - position + 1):
        rest.insert(above[-1], statement)
    elif below:
        rest.insert(below[0] + 1, statement)
    else:
        return
    yield _mutant("moved", path, tree, block, rest, statement)


def fires(statement: ast.stmt) -> bool:
    """Whether a statement has a call in it that may save or delete."""
    changes = (".add", ".remove", ".set", ".clear", ".update")  # of relations, in a serializer
    called = [ast.unparse(n.func) for n in ast.walk(statement) if isinstance(n, ast.Call)]
    return any(FIRING.search(text) or text.endswith(changes) for text in called)


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
    function = function_at(tree, statement.lineno)
    return Mutant(kind, path, function, _shown(statement), statement.lineno, text)


def _shown(statement: ast.stmt) -> str:
    return " ".join(ast.unparse(statement).split())


def function_at(tree: ast.Module, line: int) -> str:
    """The innermost function around a line, with its class: `Order.save`."""
    found = ""
    for name, node in _definitions(tree, ""):
        if node.lineno <= line <= (node.end_lineno or 0):
            found = name
    return found


def _definitions(node: ast.AST, above: str) -> Iterator[tuple[str, ast.stmt]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield f"{above}{child.name}", child
            yield from _definitions(child, f"{above}{child.name}.")
        else:
            yield from _definitions(child, above)


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
    alike: Counter[str] = Counter()
    wrong = 0
    for case in all_cases(PROJECTS):
        if (sys.argv[1:] and case.name not in sys.argv[1:]) or "settings.py" in case.before:
            continue
        if not all(map(find_spec, packages(case))):
            continue
        named = equivalent(case)
        for surface, mutant, seen in survey(case, server):
            same = mutant.named in named
            alike[surface] += same
            made[surface] += not same
            died[surface] += seen and not same
            if seen == same:
                wrong += 1
                why = "is no equivalent" if same else "lives"
                shown = f"{mutant.kind} {mutant.path}:{mutant.line} `{mutant.call}`"
                print(f"{case.name}: {shown} {why} ({surface})", flush=True)
    server.close()
    for surface in sorted({*made, *alike}):
        rest = f", {alike[surface]} do the same" if alike[surface] else ""
        print(f"{surface:24} {died[surface]:4} of {made[surface]}{rest}")
    print(
        f"{sum(died.values())} of {sum(made.values())} mutants died, "
        f"{sum(alike.values())} more are named as doing the same"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
