"""Migrate whole projects in temporary copies and check the results from outside.

    python tests/corpus.py PROJECT_DIR... [--keep DIR] [--accept CODE] [--jobs N]

Longer running and no part of the test suite: fetch some Django projects and name their folders.
The folders are only read. In copies of each project this runs `unsignal migrate`, and checks that

- no run ends in a traceback, and the dry run writes nothing;
- no receiver had to be withdrawn because a check of the tool's own failed;
- `git apply` takes the diff without flags, and gives byte for byte the tree of `--write`;
- exactly the files of the diff differ from before, and the Python files among them compile;
- pyflakes knows no new undefined, redefined or unused name in them;
- every name that some file imports from a module of the project is there, if it was before;
- modules that import each other while they are imported did so before;
- a second run has nothing to say.

Printed are a table and, for each project, whatever did not hold. `--keep` leaves the diff and
the summary of each project in a folder, to be read. Exit code 1 if something did not hold.
What is checked here is written anew on purpose, not taken from `codemod.checks`.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from pyflakes.checker import Checker

from codemod.syntax import older

HERE = Path(__file__).resolve().parent.parent
TOTALS = re.compile(r"^(\d+) receivers?: (\d+) retired, (\d+) delegating, (\d+) kept$", re.M)
REASON = re.compile(r"^  ([a-z0-9-]+):(?: |$)", re.M)
NO_REASON = {"rewritten", "differs"}
# A process of its own in between: a child starts with its parent's peak.
MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""
SKIPPED = {".git", "node_modules", ".venv", "venv", "__pycache__"}

_COMMIT = ("commit", "-qm", "before", "--allow-empty", "--no-verify")

Tree = dict[str, bytes]


@dataclass
class Result:
    """What the runs over one project gave."""

    name: str
    files: int = 0
    lines: int = 0
    seconds: float = 0.0
    megabytes: float = 0.0
    counts: tuple[int, int, int] = (0, 0, 0)  # retired, delegating, kept
    changed: int = 0
    added: int = 0
    removed: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


@dataclass
class Ran:
    """One run of the command."""

    code: int
    out: bytes
    err: str
    seconds: float
    megabytes: float


def main() -> int:
    """Check every project named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("projects", nargs="+", type=Path, metavar="PROJECT_DIR")
    parser.add_argument("--keep", type=Path, help="leave diffs and summaries in this folder")
    parser.add_argument("--accept", action="append", default=[], help="passed on to the command")
    parser.add_argument("--jobs", type=int, default=1, help="projects at a time")
    given = parser.parse_args()
    for project in given.projects:
        if not project.is_dir():
            parser.error(f"{project}: no such folder")
    warnings.simplefilter("ignore")  # invalid escapes in the projects' strings
    options = [text for code in given.accept for text in ("--accept", code)]
    if given.keep is not None:
        given.keep.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(given.jobs) as pool:
        results = []
        for result in pool.map(lambda p: checked(p.resolve(), options, given.keep), given.projects):
            print(result.name, *result.problems, sep="\n  ", file=sys.stderr, flush=True)
            results.append(result)
    print(table(results))
    return 1 if any(r.problems for r in results) else 0


def checked(project: Path, options: Sequence[str], keep: Path | None) -> Result:
    """As `check`; what goes wrong with one project does not end the run over the others."""
    try:
        return check(project, options, keep)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return Result(project.name, problems=[f"could not be checked: {error!r}"])


def check(project: Path, options: Sequence[str], keep: Path | None) -> Result:
    """Run everything over one project."""
    result = Result(project.name)
    with tempfile.TemporaryDirectory(prefix="unsignal-corpus-") as folder:
        written, applied = Path(folder, "written"), Path(folder, "applied")
        copy(project, written)
        shutil.copytree(written, applied, symlinks=True)
        before = tree_of(written)
        sources = {p: d for p, d in before.items() if p.endswith(".py")}
        result.files, result.lines = len(sources), sum(d.count(b"\n") for d in sources.values())
        dry = run(written, options, result)
        result.seconds, result.megabytes = dry.seconds, dry.megabytes
        if keep is not None:
            (keep / f"{project.name}.diff").write_bytes(dry.out)
            (keep / f"{project.name}.txt").write_text(dry.err)
        totals = TOTALS.search(dry.err)
        if totals is None:
            result.problems.append(f"no totals: {dry.err.strip()[-300:]}")
            return result
        result.counts = (int(totals[2]), int(totals[3]), int(totals[4]))
        for block in re.split(r"\n(?=\S)", dry.err):
            result.codes.update(set(REASON.findall(block)) - NO_REASON)
        if withdrawn := result.codes["check-failed"]:
            result.problems.append(f"{withdrawn} receivers kept by a failed check")
        if "\nrefused: " in dry.err:
            result.problems += re.findall(r"^refused: .*", dry.err, re.M)
        if tree_of(written) != before:
            result.problems.append("the dry run wrote into the tree")
        run(written, [*options, "--write"], result)
        after = tree_of(written)
        compare(result, dry.out, before, after, applied)
        judge(result, before, after)
        again = run(written, [*options, "--allow-dirty"], result)
        if again.out:
            result.problems.append(
                f"the second run has a diff of {len(again.out.splitlines())} lines"
            )
            if keep is not None:
                (keep / f"{project.name}.again.diff").write_bytes(again.out)
    return result


def copy(project: Path, target: Path) -> None:
    """Copy what git tracks, or everything where there is no git, into a repository of its own."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=project, capture_output=True)
    if listed.returncode == 0 and listed.stdout:
        for name in filter(None, listed.stdout.decode("utf-8", "surrogateescape").split("\0")):
            source = project / name
            if source.is_file() or source.is_symlink():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target / name, follow_symlinks=False)
    else:
        shutil.copytree(
            project, target, symlinks=True, ignore=lambda _, names: SKIPPED & set(names)
        )
    target.mkdir(exist_ok=True)  # of a project without files
    identity = ("-c", "user.name=corpus", "-c", "user.email=corpus@example.com")
    settings = ("-c", "core.autocrlf=false", "-c", "core.safecrlf=false")
    for command in (("init", "-q"), ("add", "-A", "-f"), (*identity, *_COMMIT)):
        subprocess.run(["git", *settings, *command], cwd=target, check=True, capture_output=True)


def tree_of(root: Path) -> Tree:
    """The content of every file outside `.git`."""
    tree: Tree = {}
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if f != ".git"]
        for name in names:
            path = Path(folder, name)
            link = path.is_symlink()
            data = os.fsencode(os.readlink(path)) if link else path.read_bytes()
            tree[path.relative_to(root).as_posix()] = data
    return tree


def run(root: Path, options: Sequence[str], result: Result) -> Ran:
    """Run `unsignal migrate` on a folder; note a crash."""
    command = [sys.executable, "-m", "codemod", "migrate", str(root), *options]
    with tempfile.NamedTemporaryFile("r") as peak:
        start = time.monotonic()
        measured = [sys.executable, "-c", MEASURE, peak.name, *command]
        process = subprocess.run(measured, cwd=HERE, capture_output=True)
        seconds = time.monotonic() - start
        said = process.stderr.decode("utf-8", "replace")
        ran = Ran(process.returncode, process.stdout, said, seconds, int(peak.read()) / 1024)
    unread = re.findall(r"^not read: .*", said, re.M)
    if "Traceback" in said or ran.code not in ((0, 2) if unread else (0,)):
        what = " ".join(["migrate", *options])
        result.problems.append(f"{what} ended with {ran.code}: {said.strip()[-600:]}")
    return ran


def compare(result: Result, diff: bytes, before: Tree, after: Tree, applied: Path) -> None:
    """`git apply` against `--write`, and both against the list of files in the diff."""
    listed: set[str] = set()
    if diff:
        stat = subprocess.run(
            ["git", "apply", "--numstat", "-z"], cwd=applied, input=diff, capture_output=True
        )
        for row in filter(None, stat.stdout.decode("utf-8", "surrogateescape").split("\0")):
            added, removed, name = row.split("\t")
            listed.add(name)
            result.added += int(added)
            result.removed += int(removed)
        patched = subprocess.run(["git", "apply"], cwd=applied, input=diff, capture_output=True)
        if patched.returncode:
            result.problems.append(f"git apply: {patched.stderr.decode(errors='replace')[:300]}")
    result.changed = len(listed)
    if tree_of(applied) != after:
        result.problems.append("git apply and --write give different trees")
    touched = {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
    if touched != listed:
        result.problems.append(f"changed, but not in the diff: {sorted(touched - listed)[:5]}")


# What the result must not have


def judge(result: Result, before: Tree, after: Tree) -> None:
    """Look for what does not compile, is not defined, is not there or goes round in circles."""
    changed = sorted(p for p in before.keys() | after.keys() if before.get(p) != after.get(p))
    fresh: list[tuple[str, str]] = []
    gone: Counter[str] = Counter()  # flaws may move along with a function
    for path in (p for p in changed if p.endswith(".py")):
        earlier = Counter(flaws_of(before.get(path, b""), path))
        later = Counter(flaws_of(after.get(path, b""), path))
        gone += earlier - later
        fresh += [(path, flaw) for flaw in (later - earlier).elements()]
        try:
            compile(tree_in(after.get(path, b"")), path, "exec", dont_inherit=True)
        except SyntaxError as error:
            result.problems.append(f"{path} does not compile: {error}")
    old, new = Modules(before), Modules(after)
    starred = old.starred()
    for path, flaw in fresh:
        if gone[flaw]:
            gone[flaw] -= 1
        elif not (flaw.startswith("UnusedImport") and path in starred):
            result.problems.append(f"{path}: {flaw}")
    for gone in sorted(new.missing() - old.missing()):
        result.problems.append(f"{gone[0]} imports {gone[2]} from {gone[1]}, which lacks it")
    together = old.circles()
    for pair in sorted(new.circles() - together):
        result.problems.append(f"new import circle: {' and '.join(pair)}")


def tree_in(data: bytes) -> ast.Module:
    """The tree of a file, of whichever Python. Raises SyntaxError, ValueError."""
    try:
        return ast.parse(data)
    except SyntaxError:
        return older.tree_of(data.decode("utf-8-sig", "replace"))


def flaws_of(data: bytes, path: str) -> Iterator[str]:
    """What pyflakes says, without positions; unused imports only in files that are no package."""
    try:
        tree = tree_in(data)
    except (SyntaxError, ValueError):
        return
    lines = data.split(b"\n")
    for message in Checker(tree, filename=path).messages:
        kind = type(message).__name__
        if kind == "UnusedImport" and b"noqa" in lines[message.lineno - 1]:
            continue  # for what it loads
        if kind == "UnusedImport" and path.endswith("__init__.py"):
            continue
        if kind in ("UndefinedName", "UndefinedLocal", "RedefinedWhileUnused", "UnusedImport"):
            yield f"{kind} {' '.join(str(a) for a in message.message_args[:1])}"


class Modules:
    """The modules of a tree, their names and what they import from each other."""

    def __init__(self, tree: Tree) -> None:
        self.trees: dict[str, ast.Module] = {}  # by path
        self.paths: dict[str, str] = {}  # by dotted name
        folders = {p.rpartition("/")[0] for p in tree if p.endswith("/__init__.py")}
        for path, data in tree.items():
            if not path.endswith(".py"):
                continue
            try:
                self.trees[path] = tree_in(data)
            except (SyntaxError, ValueError):
                continue
            # A module's name starts below the outermost folder that is a package, or, where
            # folders without `__init__.py` are packages too, at any folder above.
            parts = path.removesuffix("/__init__.py").removesuffix(".py").split("/")
            first = len(parts) - 1
            while first > 0 and "/".join(parts[:first]) in folders:
                first -= 1
            self.paths.setdefault(".".join(parts[first:]), path)
            for start in range(first):
                self.paths.setdefault(".".join(parts[start:]), path)

    def missing(self) -> set[tuple[str, str, str]]:
        """(file, module, name) of imports from modules that lack the name."""
        found = set()
        for path, tree in self.trees.items():
            for node in ast.walk(tree):
                if not isinstance(node, ast.ImportFrom):
                    continue
                module = self.absolute(path, node)
                if module is None:
                    continue
                target = self.paths.get(module)
                for alias in node.names:
                    if target is None:
                        if node.level and f"{module}.{alias.name}" not in self.paths:
                            found.add((path, module, alias.name))
                    elif not self.has(target, module, alias.name):
                        found.add((path, module, alias.name))
        return found

    def starred(self) -> set[str]:
        """Paths of the modules that are imported with a star: nothing in them is unused."""
        return {
            self.paths[module]
            for path, tree in self.trees.items()
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names)
            if (module := self.absolute(path, node)) in self.paths
        }

    def has(self, path: str, module: str, name: str) -> bool:
        """Whether a module binds a name, or may."""
        if name == "*" or f"{module}.{name}" in self.paths:
            return True
        bound: set[str] = set()
        for node in ast.walk(self.trees[path]):
            if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names):
                return True
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                bound |= {(a.asname or a.name).partition(".")[0] for a in node.names}
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                bound.add(node.name)
                if node.name == "__getattr__":
                    return True
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                bound.add(node.id)
        return name in bound

    def absolute(self, path: str, node: ast.ImportFrom) -> str | None:
        """The module that an import names."""
        if not node.level:
            return node.module
        # From the top: a short name may be that of another folder's module as well.
        parts = path.removesuffix(".py").removesuffix("/__init__").split("/")
        drop = node.level - (1 if path.endswith("__init__.py") else 0)
        if drop > len(parts):
            return None
        base = parts[: len(parts) - drop]
        return ".".join([*base, *(node.module or "").split(".")]).strip(".") or None

    def circles(self) -> set[tuple[str, str]]:
        """Pairs (importing, imported) of modules that lie on a circle of imports."""
        graph = {path: self.imported(path, tree) for path, tree in self.trees.items()}
        part = components(graph)
        return {
            (path, other)
            for path, others in graph.items()
            for other in others
            if other != path and part.get(other) == part[path]
        }

    def imported(self, path: str, tree: ast.Module) -> set[str]:
        """Paths of the modules that a module imports while it is imported."""
        found: set[str] = set()
        pending: list[ast.AST] = [tree]
        while pending:
            node = pending.pop()
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                continue
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
                pending.extend(node.orelse)
                continue
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom) and (module := self.absolute(path, node)):
                for alias in node.names:
                    inner = f"{module}.{alias.name}"
                    names.append(inner if inner in self.paths else module)
            found |= {self.paths[n] for n in names if n in self.paths}
            pending.extend(ast.iter_child_nodes(node))
        return found


def components(graph: dict[str, set[str]]) -> dict[str, int]:
    """The strongly connected component of each node (Kosaraju, without recursion)."""
    order: list[str] = []
    seen: set[str] = set()
    for root in graph:
        stack = [(root, iter(graph[root]))] if root not in seen else []
        seen.add(root)
        while stack:
            node, others = stack[-1]
            for other in others:
                if other not in seen and other in graph:
                    seen.add(other)
                    stack.append((other, iter(graph[other])))
                    break
            else:
                order.append(node)
                stack.pop()
    backwards: dict[str, list[str]] = {}
    for node, others_of in graph.items():
        for other in others_of:
            backwards.setdefault(other, []).append(node)
    part: dict[str, int] = {}
    for number, root in enumerate(reversed(order)):
        pending = [root]
        while pending:
            node = pending.pop()
            if node not in part:
                part[node] = number
                pending += backwards.get(node, [])
    return part


def table(results: Sequence[Result]) -> str:
    """Everything that was found, as Markdown."""
    rows = [
        "| project | files | lines | s | MB | retired | delegating | kept | changed | + | - "
        "| problems |",
        "|---|" + "--:|" * 11,
    ]
    for r in results:
        retired, delegating, kept = r.counts
        rows.append(
            f"| {r.name} | {r.files} | {r.lines} | {r.seconds:.1f} | {r.megabytes:.0f} | {retired} "
            f"| {delegating} | {kept} | {r.changed} | {r.added} | {r.removed} "
            f"| {len(r.problems)} |"
        )
    sums = [sum(r.counts[i] for r in results) for i in range(3)]
    rows.append(
        f"| {len(results)} projects | {sum(r.files for r in results)} "
        f"| {sum(r.lines for r in results)} | {sum(r.seconds for r in results):.0f} "
        f"| {max(r.megabytes for r in results):.0f} | {sums[0]} | {sums[1]} | {sums[2]} "
        f"| {sum(r.changed for r in results)} | {sum(r.added for r in results)} "
        f"| {sum(r.removed for r in results)} | {sum(len(r.problems) for r in results)} |"
    )
    codes: Counter[str] = Counter()
    rows.append("")
    for r in results:
        codes += r.codes
        rows.append(f"{r.name}: " + ", ".join(f"{c} {n}" for c, n in r.codes.most_common(6)))
    rows.append("receivers by code: " + ", ".join(f"{c} {n}" for c, n in codes.most_common()))
    for r in results:
        rows += ["", f"## {r.name}", *r.problems] if r.problems else []
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
