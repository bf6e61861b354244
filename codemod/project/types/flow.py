"""Which bindings of a name can reach a place, and which `isinstance` tests hold there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemod.facts.nodes import LOOPS
from codemod.facts.tables import Binding, Scope
from codemod.project.symbols import dotted_parts
from codemod.project.types.uses import sets, text_of

_Block = list[ast.stmt]
_LEAVING = frozenset(
    "self.fail self.skipTest pytest.fail pytest.skip pytest.exit sys.exit exit os._exit".split()
)


@dataclass(frozen=True, eq=False)
class Test:
    """An `isinstance` test (or its negation) that is true at a place."""

    cls: ast.expr
    holds: bool


@dataclass(frozen=True, eq=False)
class Reach:
    """What counts at a place."""

    bindings: tuple[Binding, ...]
    tests: tuple[Test, ...]  # outermost last


def reaching(
    name: str,
    place: Scope,
    bindings: list[Binding],
    use: ast.expr,
    asked: frozenset[str] = frozenset(),
) -> Reach:
    """The bindings of a name of scope `place` that can reach its use, with the tests of it if it is
    among those that `isinstance` is `asked` of.

    Only what is certain is left out: what an assignment that always runs in between replaces,
    and what comes later and not by way of a loop.
    """
    path = blocks_around(place.node, use)
    if not path:
        return Reach(tuple(bindings), ())
    tests: list[Test] = []
    loops = False
    open_ = name in asked  # and no binding between: tests from here are of the same object
    inner_end = starts_at(use)
    for block, index in reversed(path):
        statement = block[index]
        if open_:
            tests += _tests_of(statement, use, name)
            open_ = not (isinstance(statement, LOOPS) and _has_any(statement, bindings))
        header = _header_binding(statement, use, name)
        if header:
            found = _between(bindings, starts_at(statement), statement, loops, inner_end)
            return Reach(found, tuple(tests))
        # What an enclosing loop's body does after this statement comes round again.
        loops = loops or isinstance(statement, LOOPS)
        for earlier in reversed(block[:index]):
            if _binds(earlier, name):
                found = _between(bindings, starts_at(earlier), statement, loops, inner_end)
                return Reach(found, tuple(tests))
            if open_:
                tests += _early_exit(earlier, name)
                open_ = not _has_any(earlier, bindings)
    found = tuple(bindings) if loops else tuple(b for b in bindings if _before(b, inner_end, place))
    return Reach(found or tuple(bindings), tuple(tests))


def narrowing(expr: ast.expr, scope: Scope, asked: frozenset[str]) -> tuple[Test, ...]:
    """The `isinstance` tests of a dotted expression that hold where it stands, if it is among those
    that its file has `asked` for their class."""
    function = scope.function()
    text = text_of(expr)
    if function is None or text not in asked:
        return ()
    tests: list[Test] = []
    for block, index in reversed(blocks_around(function.node, expr)):
        tests += _tests_of(block[index], expr, text)
        if isinstance(block[index], LOOPS) and sets(block[index], text):
            break
        for earlier in reversed(block[:index]):
            tests += _early_exit(earlier, text)
            if sets(earlier, text):
                return tuple(tests)
    return tuple(tests)


def _has_any(statement: ast.stmt, bindings: list[Binding]) -> bool:
    """Whether a statement may give the name another object."""
    return any(_holds(statement, _where(b)) for b in bindings if b.kind != "param")


def blocks_around(owner: ast.AST, use: ast.expr) -> list[tuple[_Block, int]]:
    """The statements around a place, outermost first, each with its block."""
    found: list[tuple[_Block, int]] = []
    body = getattr(owner, "body", None)
    if not isinstance(body, list):
        return []
    blocks: list[_Block] = [body]
    position = starts_at(use)
    while blocks:
        inner = None
        for block in blocks:
            for index, statement in enumerate(block):
                if _holds(statement, position):
                    inner = statement
                    found.append((block, index))
                    break
            if inner is not None:
                break
        if inner is None or isinstance(
            inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        ):
            break
        blocks = _blocks(inner)
    return found


def _blocks(statement: ast.stmt) -> list[_Block]:
    found = [
        block
        for field in ("body", "orelse", "finalbody")
        if isinstance(block := getattr(statement, field, None), list) and block
    ]
    found += [handler.body for handler in getattr(statement, "handlers", ())]
    found += [case.body for case in getattr(statement, "cases", ())]
    return found


def starts_at(node: ast.AST) -> tuple[int, int]:
    """Its line and column, to compare places of one file."""
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _end(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0


def _holds(statement: ast.AST, position: tuple[int, int]) -> bool:
    start = getattr(statement, "lineno", 0)
    if start > position[0] or (getattr(statement, "end_lineno", None) or 0) < position[0]:
        return False
    return starts_at(statement) <= position < _end(statement)


def _in_block(block: _Block, position: tuple[int, int]) -> bool:
    return bool(block) and starts_at(block[0]) <= position < _end(block[-1])


def _between(
    bindings: list[Binding],
    start: tuple[int, int],
    around: ast.stmt,
    loops: bool,
    use: tuple[int, int],
) -> tuple[Binding, ...]:
    """Bindings from `start` to the use, or to the end of the statement with a loop around it."""
    # A loop inside `around` can bring later bindings back to the use.
    last = _end(around) if loops else use
    return tuple(b for b in bindings if start <= _where(b) < max(last, start)) or tuple(bindings)


def _before(binding: Binding, use: tuple[int, int], place: Scope) -> bool:
    if binding.kind == "param" or place.kind in ("module", "class"):
        return True
    return _where(binding) < use or not _holds(place.node, _where(binding))


def _where(binding: Binding) -> tuple[int, int]:
    node = binding.node
    if isinstance(node, ast.comprehension):
        return starts_at(node.target)
    return starts_at(node)


def _binds(statement: ast.stmt, name: str) -> bool:
    """Whether a statement gives the name a value whenever control goes past it."""
    if isinstance(statement, ast.Assign):
        return any(name in _names(target) for target in statement.targets)
    if isinstance(statement, ast.AnnAssign):
        return statement.value is not None and name in _names(statement.target)
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return any((a.asname or a.name.partition(".")[0]) == name for a in statement.names)
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return statement.name == name
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        # A context manager may swallow an exception of its body, but rarely one that matters.
        if any(
            i.optional_vars is not None and name in _names(i.optional_vars) for i in statement.items
        ):
            return True
        return any(_binds(s, name) for s in statement.body)
    if isinstance(statement, ast.If):
        return _settles(statement.body, name) and _settles(statement.orelse, name)
    if isinstance(statement, ast.Try):
        if any(_binds(s, name) for s in statement.finalbody):
            return True
        bodies = [[*statement.body, *statement.orelse], *(h.body for h in statement.handlers)]
        return all(_settles(body, name) for body in bodies)
    return False


def _settles(block: _Block, name: str) -> bool:
    return any(_binds(s, name) for s in block) or leaves(block)


def leaves(block: _Block) -> bool:
    """Whether control never comes out at the end of a block."""
    if not block:
        return False
    last = block[-1]
    if isinstance(last, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
        return True
    if isinstance(last, ast.If):
        return leaves(last.body) and leaves(last.orelse)
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return ".".join(dotted_parts(last.value.func)) in _LEAVING
    return False


def _names(target: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, (ast.Tuple, ast.List)):
        for item in target.elts:
            yield from _names(item)
    elif isinstance(target, ast.Starred):
        yield from _names(target.value)


def _header_binding(statement: ast.stmt, use: ast.expr, name: str) -> bool:
    """Whether the use is in a body whose statement has just bound the name."""
    position = starts_at(use)
    if isinstance(statement, (ast.For, ast.AsyncFor)):
        return name in _names(statement.target) and _in_block(statement.body, position)
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        targets = [i.optional_vars for i in statement.items if i.optional_vars is not None]
        return any(name in _names(t) for t in targets) and _in_block(statement.body, position)
    return False


def _tests_of(statement: ast.stmt, use: ast.expr, text: str) -> Iterator[Test]:
    """The tests that an enclosing `if` makes for its branches."""
    if isinstance(statement, (ast.If, ast.While)):
        position = starts_at(use)
        if _in_block(statement.body, position):
            yield from _true_tests(statement.test, text, True)
        elif _in_block(statement.orelse, position):
            yield from _true_tests(statement.test, text, False)


def _early_exit(statement: ast.stmt, text: str) -> list[Test]:
    """The tests that hold after `if not isinstance(...): return` and `assert isinstance(...)`."""
    if isinstance(statement, ast.Assert):
        return list(_true_tests(statement.test, text, True))
    if isinstance(statement, ast.If) and leaves(statement.body) and not statement.orelse:
        return list(_true_tests(statement.test, text, False))
    return []


def _true_tests(test: ast.expr, text: str, truth: bool) -> Iterator[Test]:
    """The `isinstance` calls on `text` that are decided by a condition being true or false."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _true_tests(test.operand, text, not truth)
    elif isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) is truth:
        for value in test.values:
            yield from _true_tests(value, text, truth)
    elif isinstance(test, ast.Call) and isinstance(test.func, ast.Name):
        if test.func.id == "isinstance" and len(test.args) == 2:
            subject = test.args[0]
            plain = isinstance(subject, (ast.Name, ast.Attribute))
            if plain and ast.unparse(subject) == text:
                yield Test(test.args[1], truth)
