"""The nodes of newer syntax, each in older words of the same length (see `older`).

They become names whose "name" is the new text, which libcst writes out as it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import libcst as cst

_MODULE = cst.Module(())
_Piece = str | cst.CSTNode


class _Words(cst.Name):
    """Text that stands for an expression, or for the name of what is defined."""

    def _validate(self) -> None:
        """Nothing: the text is parsed as a whole."""


@dataclass(frozen=True)
class _Pieces(cst.BaseExpression):
    """Text with nodes in it, each written out in its place, with the indentation that is there."""

    pieces: tuple[_Piece, ...] = ()
    lpar: Sequence[cst.LeftParen] = ()
    rpar: Sequence[cst.RightParen] = ()

    def _visit_and_replace_children(self, visitor: cst.CSTVisitorT) -> _Pieces:
        return self

    def _codegen_impl(self, state: Any) -> None:
        with self._parenthesize(state):
            for piece in self.pieces:
                if isinstance(piece, str):
                    state.add_token(piece)
                else:
                    piece._codegen(state)


class Older(cst.CSTTransformer):
    """Replaces what is newer than Python 3.10."""

    def leave_ExceptHandler(
        self, original_node: cst.ExceptHandler, updated_node: cst.ExceptHandler
    ) -> cst.ExceptHandler:
        return updated_node.with_changes(type=_alternatives(updated_node.type))

    def leave_ExceptStarHandler(
        self, original_node: cst.ExceptStarHandler, updated_node: cst.ExceptStarHandler
    ) -> cst.ExceptStarHandler:
        return updated_node.with_changes(type=_alternatives(updated_node.type))

    def visit_FormattedString(self, node: cst.FormattedString) -> bool:
        return False  # `_part` does

    def leave_FormattedString(
        self, original_node: cst.FormattedString, updated_node: cst.FormattedString
    ) -> cst.BaseExpression:
        return _told(updated_node)

    def visit_TemplatedString(self, node: cst.TemplatedString) -> bool:
        return False

    def leave_TemplatedString(
        self, original_node: cst.TemplatedString, updated_node: cst.TemplatedString
    ) -> cst.BaseExpression:
        return _told(updated_node)

    def visit_ConcatenatedString(self, node: cst.ConcatenatedString) -> bool:
        return False

    def leave_ConcatenatedString(
        self, original_node: cst.ConcatenatedString, updated_node: cst.ConcatenatedString
    ) -> cst.BaseExpression:
        return _told(updated_node)

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        return _ungeneric(updated_node)

    def leave_ClassDef(
        self, original_node: cst.ClassDef, updated_node: cst.ClassDef
    ) -> cst.ClassDef:
        return _ungeneric(updated_node)

    def leave_TypeAlias(
        self, original_node: cst.TypeAlias, updated_node: cst.TypeAlias
    ) -> cst.BaseSmallStatement:
        text = _code(updated_node.with_changes(semicolon=cst.MaybeSentinel.DEFAULT))
        if updated_node.type_parameters is not None:
            generic = _code(updated_node.type_parameters)
            text = text.replace(generic, _joined(_blank(generic)), 1)
        told = re.sub(r"^type\s", "type;", text)
        return cst.Expr(_Words(told), semicolon=updated_node.semicolon)


Definition = TypeVar("Definition", cst.FunctionDef, cst.ClassDef)


def _ungeneric(node: Definition) -> Definition:
    """A definition with blanks for its type parameters."""
    generic = node.type_parameters
    if generic is None:
        return node
    gap = _code(node.whitespace_after_type_parameters)
    return node.with_changes(
        name=_Words(node.name.value + _joined(_blank(_code(generic))) + gap),
        type_parameters=None,
        whitespace_after_type_parameters=cst.SimpleWhitespace(""),
    )


def _alternatives(caught: cst.BaseExpression | None) -> cst.BaseExpression | None:
    """`A| B` for a bare `A, B`."""
    if not isinstance(caught, cst.Tuple) or caught.lpar:
        return caught
    text = ""
    for element in caught.elements:
        text += _code(element.value)
        if isinstance(element.comma, cst.Comma):
            text += _code(element.comma).replace(",", "|")
    return _Words(text)


def _told(string: cst.BaseString) -> cst.BaseExpression:
    """A string, or a tuple of what stands in its braces if they can't be read."""
    text = _code(string.with_changes(lpar=(), rpar=()))
    try:
        ast.parse(f"({text})")
    except SyntaxError:
        first, *inner, last = _inside(string)
        assert isinstance(first, str) and isinstance(last, str)  # the quotes
        pieces = (f"({first[1:]}", *inner, f"{last[:-1]})")
        return _Pieces(pieces, lpar=string.lpar, rpar=string.rpar)
    return string


def _inside(string: cst.BaseString) -> Iterator[_Piece]:
    if isinstance(string, (cst.FormattedString, cst.TemplatedString)):
        yield _blank(string.start)
        for part in string.parts:
            yield from _part(part)
        yield _blank(string.end)
    elif isinstance(string, cst.ConcatenatedString):
        yield from _inside(string.left)
        yield string.whitespace_between
        yield from _inside(string.right)
    else:
        text = _blank(_code(string))
        yield from (text[:1], text[1:])  # it may be the first of all, or the last


_Content = cst.BaseFormattedStringContent | cst.BaseTemplatedStringContent


def _part(part: _Content, *, nested: bool = False) -> Iterator[_Piece]:
    """`{total:>{width}} paid` as ` total  ,width ,     `."""
    if isinstance(part, (cst.FormattedStringText, cst.TemplatedStringText)):
        yield _blank(part.value)
        return
    assert isinstance(part, (cst.FormattedStringExpression, cst.TemplatedStringExpression))
    # One comma for each: a string may hold nothing else between two.
    yield "," if nested else " "
    expression = part.expression.visit(Older())
    assert isinstance(expression, cst.BaseExpression)
    yield from (part.whitespace_before_expression, expression, part.whitespace_after_expression)
    if part.equal is not None:
        yield _code(part.equal).replace("=", " ")
    if part.conversion is not None:
        yield _blank(f"!{part.conversion}")
    if part.format_spec is not None:
        yield " "
        for spec in part.format_spec:
            yield from _part(spec, nested=True)
    yield " " if nested else ","


def _blank(text: str) -> str:
    """Blanks for a text, as wide in bytes; its line breaks stay."""
    return "".join(c if c in "\r\n" else " " * len(c.encode("utf-8", "replace")) for c in text)


def _joined(blanks: str) -> str:
    """Blanks that go on over their line breaks, where no bracket is there to say so."""
    return re.sub(r" (?=\r?\n)", r"\\", blanks)


def _code(node: cst.CSTNode) -> str:
    return _MODULE.code_for_node(node)
