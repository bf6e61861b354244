"""From spans to the nodes that stand there."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from codemod.rewrite.errors import RewriteError
from codemod.values.span import Span

StatementNode = cst.BaseSmallStatement | cst.BaseCompoundStatement
# What may stand in a list of its own kind, so that it can be removed.
Slot = cst.Arg | cst.Decorator | cst.Element | cst.WithItem


@dataclass(frozen=True)
class Tree:
    """A parsed text and where its nodes stand."""

    module: cst.Module
    # A statement's start is its own; its end is not the same for `ast` and LibCST.
    statements: dict[tuple[int, int], StatementNode]
    expressions: dict[Span, cst.BaseExpression]
    parenthesised: dict[Span, cst.BaseExpression]
    arguments: dict[Span, cst.Arg]
    slots: dict[cst.BaseExpression, Slot]
    form_feeds: dict[int, int]
    imports: list[cst.Import | cst.ImportFrom]

    def _seen(self, span: Span) -> Span:
        if not self.form_feeds:
            return span
        column = span.column - self.form_feeds.get(span.line, 0)
        end_column = span.end_column - self.form_feeds.get(span.end_line, 0)
        return Span(span.line, column, span.end_line, end_column)

    def statement(self, span: Span) -> StatementNode:
        span = self._seen(span)
        node = self.statements.get((span.line, span.column))
        if node is None:
            raise RewriteError("no statement starts here", span.line)
        return node

    def expression(self, span: Span) -> cst.BaseExpression | None:
        """The expression at the span, which may or may not include its parentheses."""
        span = self._seen(span)
        return self.expressions.get(span) or self.parenthesised.get(span)

    def class_def(self, span: Span) -> cst.ClassDef:
        node = self.statement(span)
        if not isinstance(node, cst.ClassDef):
            raise RewriteError("not a class", span.line)
        return node

    def function(self, span: Span) -> cst.FunctionDef:
        node = self.statement(span)
        if not isinstance(node, cst.FunctionDef):
            raise RewriteError("not a function", span.line)
        return node


def parse(text: str) -> cst.Module:
    """The module of a text. A few bytes may be lost, see `restored`, but no line."""
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise RewriteError(f"does not parse: {error.message}", error.raw_line) from error
    if module.code != text and len(_lines(module.code)) != len(_lines(text)):
        raise RewriteError("LibCST does not reproduce this file")
    return module


def restored(text: str, module: cst.Module, code: str) -> str:
    """The code made from a module, with the bytes back that LibCST lost when it read the text.

    Known: a form feed in front of code, blanks in `except (A, B) :`.
    """
    parsed = module.code
    if parsed == text:
        return code
    before, after, original = _lines(parsed), _lines(code), _lines(text)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for start, at, length in matcher.get_matching_blocks():
        after[at : at + length] = original[start : start + length]
    return "".join(after)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", text)


def _form_feeds(text: str, module: cst.Module) -> dict[int, int]:
    """How far to the left LibCST sees the code of a line that starts with form feeds."""
    parsed = module.code
    if parsed == text:
        return {}
    pairs = zip(_lines(text), _lines(parsed), strict=True)
    return {
        number: len(line) - len(seen)
        for number, (line, seen) in enumerate(pairs, start=1)
        if line.startswith("\x0c") and line.lstrip("\x0c") == seen
    }


def locate(text: str) -> Tree:
    """Parse a text and index its nodes by position."""
    # The parser makes every node anew, so there are no duplicates to copy apart.
    wrapper = MetadataWrapper(parse(text), unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    tree = Tree(wrapper.module, {}, {}, {}, {}, {}, _form_feeds(text, wrapper.module), [])
    for node, where in positions.items():
        start, end = where.start, where.end
        span = Span(start.line, start.column, end.line, end.column)
        if isinstance(node, (cst.BaseSmallStatement, cst.BaseCompoundStatement)):
            tree.statements[span.line, span.column] = node
            if isinstance(node, (cst.Import, cst.ImportFrom)):
                tree.imports.append(node)
        elif isinstance(node, cst.BaseExpression):
            tree.expressions[span] = node
            if node.lpar:
                start, end = positions[node.lpar[-1]].start, positions[node.rpar[0]].end
                outer = Span(start.line, start.column, end.line, end.column)
                tree.parenthesised[outer] = node
        elif isinstance(node, cst.Arg):
            tree.arguments[span] = node
            tree.slots[node.value] = node
        elif isinstance(node, cst.Decorator):
            tree.slots[node.decorator] = node
        elif isinstance(node, cst.Element):
            tree.slots[node.value] = node
        elif isinstance(node, cst.WithItem):
            tree.slots[node.item] = node
    return tree
