"""Code written by edits, parsed in the terms of the file it goes into."""

from __future__ import annotations

import libcst as cst

from codemod.rewrite.errors import RewriteError
from codemod.rewrite.layout import Statement, lead


def _parse(code: str, newline: str) -> cst.Module:
    text = code.replace("\r\n", "\n").replace("\n", newline)
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise RewriteError(f"the code to insert does not parse: {code!r}") from error


def statements(code: str, newline: str) -> list[Statement]:
    """The statements of a snippet, comments on top included."""
    module = _parse(code, newline)
    body = [_with_empty_gap(statement) for statement in module.body]
    if body:
        body[0] = lead(body[0], module.header)
    return body


def tail(code: str, newline: str) -> tuple[cst.EmptyLine, ...]:
    """The lines of a snippet below its statements, which are comments of no block."""
    return tuple(_parse(code, newline).footer)


def _with_empty_gap(statement: Statement) -> Statement:
    """The statement with blank lines above it that stay empty where it gets indented."""
    lines = [
        line if line.comment is not None else line.with_changes(indent=False)
        for line in statement.leading_lines
    ]
    return statement.with_changes(leading_lines=lines)


def comments(code: str, newline: str) -> tuple[cst.EmptyLine, ...]:
    """The lines of a snippet that holds no statement."""
    module = _parse(code, newline)
    return () if module.body else tuple(module.header)


def compound(header: str, newline: str) -> cst.BaseCompoundStatement:
    """A compound statement with a placeholder for its body."""
    (statement,) = statements(f"{header.rstrip()}\n    pass\n", newline)
    if not isinstance(statement, cst.BaseCompoundStatement):
        raise RewriteError(f"not the header of a compound statement: {header!r}")
    return statement


def expression(code: str, newline: str) -> cst.BaseExpression:
    text = code.replace("\r\n", "\n").replace("\n", newline)
    try:
        return cst.parse_expression(text)
    except cst.ParserSyntaxError as error:
        raise RewriteError(f"the expression to insert does not parse: {code!r}") from error


def is_expression(code: str) -> bool:
    """Whether the code can stand where an expression stands."""
    try:
        cst.parse_expression(code)
    except cst.ParserSyntaxError:
        return False
    return True


def argument(code: str, newline: str) -> cst.Arg:
    """An argument of a call, keyword and star included."""
    call = expression(f"f({code})", newline)
    if not isinstance(call, cst.Call) or len(call.args) != 1:
        raise RewriteError(f"not one argument: {code!r}")
    return call.args[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)
