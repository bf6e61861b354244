"""The tests that something is set up for: by `setUp()`, for a module, by a fixture of pytest."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from codemod.facts.nodes import last_name, parameters
from codemod.facts.tables import FileFacts, FunctionDef, Scope
from codemod.project.project import Project
from codemod.surfaces.calls.found import is_literal, keyword

SETUPS = ("setUp", "setUpClass", "setup_method", "setup_class", "asyncSetUp")
MODULE_SETUPS = ("setup_module", "setUpModule", "setup_function")

# Statements of a file, and whether all of them surely run while it is set up.
Found = tuple[FileFacts, tuple[ast.stmt, ...], bool]


def of_module(facts: FileFacts) -> Iterator[Found]:
    """All tests of a file."""
    nodes = [s for function in facts.functions if _is_test(function) for s in function.node.body]
    if nodes:
        yield facts, tuple(nodes), True


def of_class(project: Project, facts: FileFacts, owner: Scope) -> Iterator[Found]:
    """The tests of a class, and of those that come from it and may set up anew."""
    for name in project.classes.heirs(f"{project.module_of(facts.path)}.{owner.qualname}"):
        info = project.classes.get(name)
        if info is not None:
            methods = info.definition.methods.values()
            nodes = [s for node in methods if node.name.startswith("test") for s in node.body]
            if nodes:
                yield info.facts, tuple(nodes), info.scope is owner


def of_fixture(project: Project, home: FileFacts, scope: Scope) -> Iterator[Found]:
    """The tests that ask for a fixture, and the fixtures that do; perhaps the other fixtures of
    these tests, too. (docs.pytest.org, "Fixtures can be requested": by a parameter, by
    `usefixtures`, or by all tests below it with `autouse`.)"""
    fixture = _fixture(scope.node)
    name = _name(fixture, scope.name)
    by_itself = fixture is not None and is_literal(keyword(fixture, "autouse"), True)
    asked: set[str] = set()
    files = [*_files(project, home, name, everywhere=by_itself)]
    for facts in files:
        inside = [f for f in facts.functions if f.scope is not scope and _may_ask(f, scope)]
        surely = [f for f in inside if _asks(f, name) or (by_itself and _is_test(f))]
        asked.update(p for f in surely for p in parameters(f.node))
        if surely:
            yield facts, tuple(s for f in surely for s in f.node.body), True
    for facts in files:
        others = [
            f
            for f in facts.functions
            if f.node.name in asked - {name} and is_fixture(f.node) and not _asks(f, name)
        ]
        if others:
            yield facts, tuple(s for f in others for s in f.node.body), False


def _files(
    project: Project, home: FileFacts, name: str, *, everywhere: bool
) -> Iterator[FileFacts]:
    """The files whose tests may ask for a fixture: its own, those below its `conftest.py`; all, for
    one of a plugin."""
    path = PurePosixPath(home.path)
    is_own = path.name.startswith("test") or path.name.endswith("_test.py")
    for other in project.paths:
        text = project.text(other)
        if other != home.path and (
            is_own
            or (path.name == "conftest.py" and path.parent not in PurePosixPath(other).parents)
            or not (name in text or (everywhere and "def test" in text) or "fixture" in text)
        ):
            continue
        facts = project.facts(other)
        if facts is not None:
            yield facts


def _may_ask(function: FunctionDef, scope: Scope) -> bool:
    """Whether a function sees a fixture, which may be one of a class."""
    owner = scope.parent
    within = owner is not None and owner.kind == "class"
    return (not within or function.outer is owner) and (
        _is_test(function) or is_fixture(function.node)
    )


def _asks(function: FunctionDef, name: str) -> bool:
    """Whether a test or a fixture asks for a fixture: itself, its class, or its file."""
    outer: Scope | None = function.outer
    marks = [*function.node.decorator_list]
    while outer is not None:
        marks += getattr(outer.node, "decorator_list", ())
        marks += [b.value for b in outer.bindings.get("pytestmark", ()) if b.value is not None]
        outer = outer.parent
    given = (
        argument
        for mark in marks
        for node in ast.walk(mark)
        if isinstance(node, ast.Call) and last_name(node.func) == "usefixtures"
        for argument in node.args
    )
    return name in parameters(function.node) or any(
        isinstance(argument, ast.Constant) and argument.value == name for argument in given
    )


def _is_test(function: FunctionDef) -> bool:
    return function.node.name.startswith("test") and function.outer.kind != "function"


def is_fixture(node: ast.AST) -> bool:
    """Whether a function is a fixture of pytest."""
    decorators = getattr(node, "decorator_list", ())
    return any(last_name(getattr(each, "func", each)) == "fixture" for each in decorators)


def _fixture(node: ast.AST) -> ast.Call | None:
    """`@pytest.fixture(...)`."""
    for decorator in getattr(node, "decorator_list", ()):
        if isinstance(decorator, ast.Call) and last_name(decorator.func) == "fixture":
            return decorator
    return None


def _name(fixture: ast.Call | None, name: str) -> str:
    """What tests call a fixture."""
    given = keyword(fixture, "name") if fixture is not None else None
    is_text = isinstance(given, ast.Constant) and isinstance(given.value, str)
    return str(given.value) if isinstance(given, ast.Constant) and is_text else name
