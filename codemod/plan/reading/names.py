"""Questions about names and statements in the body of a function."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise

from codemod.facts.nodes import all_given, descend, is_name, last_name, parameters
from codemod.syntax.older import expression_of
from codemod.values.span import Lines

_OPPOSITES: dict[type[ast.cmpop], str] = {
    ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is",
    ast.Eq: "!=", ast.NotEq: "==",
}  # fmt: skip

_ASKING = frozenset(("bool", "getattr", "hasattr", "isinstance", "issubclass", "len", "str"))
_LOGGING = ("debug", "info", "warning", "error", "exception", "critical", "log", "print")
LOGGERS = ("getLogger", "get_logger", "get_task_logger")


def is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement is a bare string."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def is_bare_return(statement: ast.stmt) -> bool:
    """Whether a statement is `return`, `return None` or `pass`."""
    if not isinstance(statement, ast.Return):
        return isinstance(statement, ast.Pass)
    value = statement.value
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def says_result(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function's annotation says that it returns something."""
    said = function.returns
    return said is not None and not (isinstance(said, ast.Constant) and said.value is None)


def leaves(block: Sequence[ast.stmt]) -> bool:
    """Whether a block does nothing but leave the function: `pass` does not leave it."""
    return len(block) == 1 and isinstance(block[0], ast.Return) and is_bare_return(block[0])


def stores(body: list[ast.stmt], name: str) -> bool:
    """Whether statements bind a name."""
    return any(
        isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load)
        for s in body
        for n in descend(s)
    )


def is_rebound(body: Sequence[ast.stmt], name: str) -> bool:
    """Whether a name means something else in parts of a block, functions in it among them."""
    return any(binds(node, name) for statement in body for node in descend(statement))


def binds(node: ast.AST, name: str) -> bool:
    """Whether this is where a name gets a value: a target, or a parameter."""
    if isinstance(node, ast.Name):
        return node.id == name and not isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.arg) and node.arg == name


def inner_parameters(body: Sequence[ast.stmt]) -> Iterator[ast.Name]:
    """The names in functions of a block that are parameters of these."""
    for function in (node for statement in body for node in descend(statement)):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            own = parameters(function)
            work = [function.body] if isinstance(function, ast.Lambda) else function.body
            nodes = (node for part in work for node in descend(part))
            yield from (n for n in nodes if isinstance(n, ast.Name) and n.id in own)


def is_local(body: list[ast.stmt], name: str) -> bool:
    """Whether a block assigns the name first, and all else that mentions it comes below."""
    for index, statement in enumerate(body):
        if not reads(statement, name):
            continue
        if isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            value = statement.value
            return any(stores([ast.Expr(target)], name) for target in targets) and (
                value is not None and not reads(value, name)
            )
        if any(reads(other, name) for other in body[index + 1 :]):
            return False
        blocks = [getattr(statement, field, []) for field in ("body", "orelse", "finalbody")]
        inner = [block for block in blocks if any(reads(s, name) for s in block)]
        handlers = [h for h in getattr(statement, "handlers", []) if reads(h, name)]
        head = [
            child
            for child in ast.iter_child_nodes(statement)
            if not isinstance(child, (ast.stmt, ast.ExceptHandler)) and reads(child, name)
        ]
        scope = isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        return len(inner) == 1 and not (handlers or head or scope) and is_local(inner[0], name)
    return True


def reads(node: ast.AST, name: str) -> bool:
    """Whether code mentions a name."""
    return any(isinstance(n, ast.Name) and n.id == name for n in descend(node))


def spells_out(body: Sequence[ast.stmt], name: str) -> bool:
    """Whether a text of a block says what something is called: `f"{instance.total=}"`, which
    `ast` has as the constant `instance.total=` and a value that is formatted in some way."""
    label_of = re.compile(rf"\b{name}\b[^=]*=\s*$")
    texts = (n.values for s in body for n in descend(s) if isinstance(n, ast.JoinedStr))
    return any(
        isinstance(label, ast.Constant)
        and label_of.search(str(label.value)) is not None
        and isinstance(value, ast.FormattedValue)
        and (value.conversion != -1 or value.format_spec is not None)
        for values in texts
        for label, value in pairwise(values)
    )


def is_argument(node: ast.expr, name: str) -> bool:
    """Whether it is an argument of the signal: `action`, `kwargs["action"]` or its `get()`."""
    key = None
    if isinstance(node, ast.Subscript):
        key = node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        key = node.args[0] if node.func.attr in ("get", "pop") else None
    else:
        return is_name(node, name)
    return isinstance(key, ast.Constant) and key.value == name


IsQuiet = Callable[[ast.expr], bool]  # whether a test does nothing but ask


def asks_only(test: ast.expr) -> bool:
    """Whether a test calls nothing that could do anything."""
    return all(
        not isinstance(node, (ast.NamedExpr, ast.Await))
        and (not isinstance(node, ast.Call) or last_name(node.func) in _ASKING)
        for node in ast.walk(test)
    )


def truth(
    test: ast.expr,
    told: Callable[[ast.expr], bool | None],
    quiet: IsQuiet = asks_only,
) -> bool | None:
    """The value of a condition, None if it can't be told, or if a term does more than ask before
    that; `told` and `quiet` are asked for its terms."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        value = truth(test.operand, told, quiet)
        return None if value is None else not value
    if not isinstance(test, ast.BoolOp):
        return told(test)
    decisive, sure = isinstance(test.op, ast.Or), True
    for term in test.values:
        value = truth(term, told, quiet)
        if value is decisive:
            return decisive
        if value is None and not quiet(term):
            return None
        sure = sure and value is not None
    return not decisive if sure else None


def is_logger(statement: ast.stmt) -> bool:
    """Whether a statement is `logger = logging.getLogger(...)`."""
    function = getattr(getattr(statement, "value", None), "func", None)
    name = getattr(function, "attr", getattr(function, "id", ""))
    return isinstance(statement, ast.Assign) and name in LOGGERS


def only_logs(statement: ast.stmt) -> bool:
    """Whether a statement tells a log, or somebody who reads the output, and does nothing else."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call):
        given = all_given(call)
        return last_name(call.func) in _LOGGING and all(map(asks_only, given))
    return isinstance(call, ast.Constant) or isinstance(statement, ast.Pass)


def operand(term: ast.expr, lines: Lines, operator: str) -> str:
    """A term as source, as one of several that `and` or `or` joins, or behind `not`.

    A node's source has no parentheses around it; what binds less than the operator needs them.
    """
    source = lines.source(lines.span(term))
    loose = isinstance(term, (ast.IfExp, ast.Lambda, ast.NamedExpr))
    if isinstance(term, ast.BoolOp):
        loose = operator == "not" or (operator == "and" and isinstance(term.op, ast.Or))
    if isinstance(term, ast.Compare):
        loose = operator == "not"
    broken = "\n" in source and not isinstance(term, ast.Call)
    return f"({source})" if loose or broken else source


def condition(term: ast.expr, lines: Lines, *, negated: bool) -> str:
    """A term, or the opposite of it, as source that `and` may join to others."""
    if not negated:
        return operand(term, lines, "and")
    if isinstance(term, ast.UnaryOp) and isinstance(term.op, ast.Not):
        return operand(term.operand, lines, "and")
    if isinstance(term, ast.Compare) and type(term.ops[0]) in _OPPOSITES and len(term.ops) == 1:
        left, right = (operand(node, lines, "not") for node in (term.left, term.comparators[0]))
        return f"{left} {_OPPOSITES[type(term.ops[0])]} {right}"
    return f"not {operand(term, lines, 'not')}"


def quoted_types(annotation: ast.expr) -> Iterator[ast.expr]:
    """What stands in quotes in an annotation: `"Order | None"`, `list["Order"]`."""
    for node in descend(annotation):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            with suppress(SyntaxError):
                yield expression_of(node.value)
