"""A new function made of an old one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

import libcst as cst

from codemod.rewrite import snippets
from codemod.rewrite.anchors import Parser, locate, parsed
from codemod.rewrite.errors import RewriteError
from codemod.rewrite.layout import (
    BLANK,
    Statement,
    comment_texts,
    is_docstring,
    is_heading,
    leading_blanks,
    split,
    without_blank_end,
)
from codemod.rewrite.names import rename as rename_variables
from codemod.rewrite.orders import Orders
from codemod.rewrite.transformer import Rewriter
from codemod.values.edits import Move, spans

_TO_PYLINT = "unused-argument|W0613|no-self-argument|E0213"
_TO_RUFF = "ARG00[1-4]|N805"
_PRAGMA = re.compile(
    rf"(?:#\s*(?:pylint:\s*disable=(?:{_TO_PYLINT})(?:,\s*(?:{_TO_PYLINT}))*"
    rf"|noqa:\s*(?:{_TO_RUFF})(?:,\s*(?:{_TO_RUFF}))*)\s*)+",
    re.IGNORECASE,
)
_SIGNALS = re.compile(r"signal|receiver|handler|listener", re.IGNORECASE)


def extract(text: str, move: Move, parser: Parser = parsed) -> str:
    """The source of the function that a move makes of one in `text`, without the move's imports.

    It comes out at column 0, with `\\n` for newlines, and without a `return None` that says
    nothing where it gets parameters of its own.
    """
    tree = locate(text.removeprefix("\ufeff"), [move.function, *spans(move.edits)], parser)
    found = tree.function(move.function)
    orders = Orders()
    orders.file(move.edits, tree)
    rewriter = Rewriter(orders, tree.module.default_newline, tree.touched)
    try:
        tree.module.visit(rewriter)
        orders.finish()
        made = cst.ensure_type(rewriter.results[found], cst.FunctionDef)
        made = _without_new_gap(found, made)
        made = rename_variables(made, dict(move.rename))
        if move.parameters is not None:
            bare = ("None", "True", "False") if move.unheard else ("None",)
            made = cst.ensure_type(made.visit(_Returns(bare)), cst.FunctionDef)
            made = _without_last_return(made)
            made = made.with_changes(
                params=_parameters(move.parameters),
                whitespace_before_params=cst.SimpleWhitespace(""),
            )
    except cst.CSTValidationError as error:
        raise RewriteError(f"the edits make no valid code: {error}", move.function.line) from error
    if move.function.column:
        made = _with_dedented_docstring(made, move.function.column)
    above_it = (*split(found.leading_lines)[1], *split(found.lines_after_decorators)[1])
    comments = [c for c in above_it if not any(map(_PRAGMA.fullmatch, comment_texts([c])))]
    if not move.comments or _is_about_signals(comments):
        comments = []
    made = made.with_changes(
        name=cst.Name(move.name),
        decorators=[cst.Decorator(snippets.expression(text, "\n")) for text in move.decorators],
        leading_lines=[
            line.with_changes(indent=False) for line in (*_apart(found, move), *comments)
        ],
        lines_after_decorators=(),
    )
    made = _without_pragma(made)
    module = cst.Module(
        [made],
        footer=tree.module.footer if move.last else (),
        default_indent=tree.module.default_indent,
        default_newline=tree.module.default_newline,
    )
    code = module.code.replace("\r\n", "\n").replace("\r", "\n")
    return code.rstrip().strip("\n") + "\n"


def _apart(found: cst.FunctionDef, move: Move) -> Sequence[cst.EmptyLine]:
    """The comments that stand apart above a function and go along, with two blank lines below."""
    gap = split(found.leading_lines)[0] if move.apart else ()
    lines = without_blank_end(gap)[leading_blanks(gap) :]
    return (*lines, BLANK, BLANK) if lines else ()


def _is_about_signals(comments: Sequence[cst.EmptyLine]) -> bool:
    """Whether comments are a heading such as `# Signals`, which says nothing about a service."""
    texts = comment_texts(comments)
    return is_heading(texts) and any(map(_SIGNALS.search, texts))


def _without_pragma(function: cst.FunctionDef) -> cst.FunctionDef:
    """The function without a word to linters about its old arguments, which stay behind."""
    block = function.body
    if not isinstance(block, cst.IndentedBlock) or block.header.comment is None:
        return function
    if _PRAGMA.fullmatch(block.header.comment.value) is None:
        return function
    return function.with_changes(body=block.with_changes(header=cst.TrailingWhitespace()))


def _parameters(parameters: str) -> cst.Parameters:
    try:
        made = cst.parse_statement(f"def f({parameters}): pass")
    except cst.ParserSyntaxError as error:
        raise RewriteError(f"not a parameter list: {parameters!r}") from error
    return cst.ensure_type(made, cst.FunctionDef).params


def _without_new_gap(old: cst.FunctionDef, new: cst.FunctionDef) -> cst.FunctionDef:
    """The new function without the blank line that stood below a removed first statement."""
    before, after = _first(old), _first(new)
    if before is None or after is None or split(before.leading_lines)[0]:
        return new
    blank = leading_blanks(after.leading_lines)
    if not blank:
        return new
    lines = after.leading_lines[blank:]
    return cst.ensure_type(
        new.deep_replace(after, after.with_changes(leading_lines=lines)), cst.FunctionDef
    )


def _first(function: cst.FunctionDef) -> Statement | None:
    """The first statement below the docstring."""
    block = function.body
    if not isinstance(block, cst.IndentedBlock):
        return None
    body = cast("list[Statement]", list(block.body))
    if body and is_docstring(body[0]):
        body = body[1:]
    return body[0] if body else None


class _Returns(cst.CSTTransformer):
    """`return None` -> `return`, in the function itself and not in those within."""

    def __init__(self, values: Sequence[str]) -> None:
        super().__init__()
        self._values = values
        self._depth = 0

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self._depth += 1

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        self._depth -= 1
        return updated_node

    def leave_Return(self, original_node: cst.Return, updated_node: cst.Return) -> cst.Return:
        value = updated_node.value
        if self._depth == 1 and isinstance(value, cst.Name) and value.value in self._values:
            return updated_node.with_changes(
                value=None, whitespace_after_return=cst.SimpleWhitespace("")
            )
        return updated_node


def _without_last_return(function: cst.FunctionDef) -> cst.FunctionDef:
    """The function without a bare `return` as its last statement."""
    block = function.body
    if not isinstance(block, cst.IndentedBlock):
        return function
    body = cast("list[Statement]", list(block.body))
    last = body[-1]
    if not isinstance(last, cst.SimpleStatementLine):
        return function
    end = last.body[-1]
    if not isinstance(end, cst.Return) or end.value is not None:
        return function
    if last.trailing_whitespace.comment is not None:
        return function
    if len(last.body) > 1:
        rest = [*last.body[:-2], last.body[-2].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)]
        body[-1] = last.with_changes(body=rest)
        return function.with_changes(body=block.with_changes(body=body))
    footer = [*split(last.leading_lines)[1], *block.footer]
    body = body[:-1] or [cst.SimpleStatementLine(body=[cst.Pass()])]
    return function.with_changes(body=block.with_changes(body=body, footer=footer))


def _with_dedented_docstring(function: cst.FunctionDef, column: int) -> cst.FunctionDef:
    """Move the docstring's lines to the left as far as the code."""
    body = function.body
    if not isinstance(body, cst.IndentedBlock) or not is_docstring(body.body[0]):
        return function
    expression = cst.ensure_type(
        cst.ensure_type(body.body[0], cst.SimpleStatementLine).body[0], cst.Expr
    )
    string = expression.value
    if not isinstance(string, cst.SimpleString):
        return function
    first, *rest = string.value.split("\n")
    moved = [line[_width(line, column) :] for line in rest]
    new = string.with_changes(value="\n".join([first, *moved]))
    return cst.ensure_type(function.deep_replace(string, new), cst.FunctionDef)


def _width(line: str, column: int) -> int:
    """How much blank space at the start of a line goes."""
    return min(column, len(line) - len(line.lstrip(" \t")))
