"""The sample bookshop does the same before and after the migration, call by call."""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("django")

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "samples" / "bookshop"
EFFECTS = ROOT / "tests" / "sample_effects.py"

# What three saves of a book, with two, three and one tags, made of its tag_count. The
# receiver ran before the form saved the tags and counted those of the save before it;
# the service counts what was saved. That is the only difference, and a named one.
TAG_COUNTS_BEFORE = [0, 2, 3]
TAG_COUNTS_AFTER = [2, 3, 1]


def python(*arguments, cwd=ROOT):
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, check=False, text=True
    )


def run_effects(project):
    """The effects of the scenario, or None if it breaks off."""
    process = python(EFFECTS, project)
    return json.loads(process.stdout) if process.returncode == 0 else None


def copy_project(source, target):
    ignored = shutil.ignore_patterns("__pycache__", "db.sqlite3")
    return Path(shutil.copytree(source, target, ignore=ignored))


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    project = copy_project(SAMPLE, tmp_path_factory.mktemp("migrated") / "bookshop")
    process = python("-m", "codemod", "migrate", project, "--write")
    assert process.returncode == 0, process.stderr
    return project


@pytest.fixture(scope="module")
def before():
    return run_effects(SAMPLE)


@pytest.fixture(scope="module")
def after(migrated):
    return run_effects(migrated)


def test_scenario_runs_and_repeats_itself(before):
    assert before is not None
    assert run_effects(SAMPLE) == before


def test_scenario_sees_every_kind_of_effect(before):
    kinds = ("audit", "printed", "logged", "mails", "logins", "invoices", "posts")
    assert [kind for kind in kinds if not before[kind]] == []
    assert any(step["forgotten"] for step in before["steps"])
    assert before["results"]["close"] == "RecursionError"


def test_same_effects(before, after):
    assert after is not None, "the migrated project breaks in the scenario"
    assert set(map(tuple, before["tag_counts"].values())) == {tuple(TAG_COUNTS_BEFORE)}
    assert set(map(tuple, after["tag_counts"].values())) == {tuple(TAG_COUNTS_AFTER)}
    for effect in before.keys() - {"tag_counts"}:
        assert after[effect] == before[effect], effect


def test_own_tests_pass_before():
    process = python("manage.py", "test", cwd=SAMPLE)
    assert process.returncode == 0, process.stderr


def test_own_tests_pass_after(migrated):
    process = python("manage.py", "test", cwd=migrated)
    assert process.returncode == 0, process.stderr


def test_no_migration_is_missing_after(migrated):
    process = python("manage.py", "makemigrations", "--check", "--dry-run", cwd=migrated)
    assert process.returncode == 0, process.stdout + process.stderr


# Every single call counts


def service_calls(path):
    """The statements of a file that do nothing but call a service."""
    tree = ast.parse(path.read_text())
    functions, modules = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = alias.asname or alias.name
                if alias.name == "services":
                    modules.add(name)
                elif (node.module or "").split(".")[-1] == "services":
                    functions.add(name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[-1] == "services":
                    modules.add(alias.asname or alias.name)
        elif path.name == "services.py" and isinstance(node, ast.FunctionDef):
            functions.add(node.name)

    def calls_service(node):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            return False
        called = node.value.func
        if isinstance(called, ast.Attribute):
            return ast.unparse(called.value) in modules
        return isinstance(called, ast.Name) and called.id in functions

    return [node for node in ast.walk(tree) if calls_service(node)]


def inserted_calls(project):
    """(file, statement) of every service call that the sample's own code did not have."""
    found = []
    for path in sorted(project.rglob("*.py")):
        name = path.relative_to(project)
        if name.name.startswith("test") or "tests" in name.parts:
            continue
        old = Counter()
        if (SAMPLE / name).exists():
            old.update(map(ast.unparse, service_calls(SAMPLE / name)))
        for node in service_calls(path):
            text = ast.unparse(node)
            if old[text]:
                old[text] -= 1
            else:
                found.append((name, node))
    return found


def leave_out(path, node):
    """Put `pass` where the statement is."""
    lines = path.read_bytes().splitlines(keepends=True)
    start, end = node.lineno - 1, node.end_lineno - 1
    rest = lines[end][node.end_col_offset :]
    lines[start : end + 1] = [lines[start][: node.col_offset] + b"pass" + rest]
    path.write_bytes(b"".join(lines))


def test_fails_if_a_single_call_is_left_out(migrated, after, tmp_path):
    assert after is not None, "the migrated project breaks in the scenario"
    calls = inserted_calls(migrated)
    assert len(calls) >= 30, "the migration wrote fewer calls than the sample needs"

    def effects_without(number):
        name, node = calls[number]
        project = copy_project(migrated, tmp_path / str(number))
        leave_out(project / name, node)
        effects = run_effects(project)
        shutil.rmtree(project)
        return effects

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(effects_without, range(len(calls)))
    unnoticed = [
        f"{name}:{node.lineno}: {ast.unparse(node)}"
        for (name, node), effects in zip(calls, results, strict=True)
        if effects == after
    ]
    assert unnoticed == []
