"""From spans to the nodes that stand there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import libcst as cst
from libcst.metadata import CodePosition, MetadataWrapper, PositionProvider

from codemod.rewrite.errors import RewriteError
from codemod.values.span import Span

StatementNode = cst.BaseSmallStatement | cst.BaseCompoundStatement
# What may stand in a list of its own kind, so that it can be removed.
Slot = cst.Arg | cst.Decorator | cst.Element | cst.WithItem
# What statements are in.
_HOLDERS = (
    cst.Module,
    cst.BaseStatement,
    cst.BaseSuite,
    cst.Else,
    cst.Finally,
    cst.ExceptHandler,
    cst.ExceptStarHandler,
    cst.MatchCase,
)
MANY = 2_000  # lines; to compare more of them takes shortcuts


@dataclass(frozen=True, eq=False)
class Parsed:
    """A text as LibCST reads it."""

    module: cst.Module
    statements: tuple[tuple[int, int, cst.BaseStatement], ...]  # first line, last line, node
    # How far to the left LibCST sees the code of a line that starts with form feeds.
    form_feeds: dict[int, int]


Parser = Callable[[str], Parsed]


@dataclass(frozen=True)
class Tree:
    """A parsed text and where the nodes stand of the top-level statements that were asked about."""

    module: cst.Module
    touched: frozenset[cst.CSTNode]  # those statements
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


def parsed(text: str) -> Parsed:
    """The module of a text, and where its statements at the top stand. Raises RewriteError."""
    module = parse(text)
    return Parsed(module, tuple(_statements(module)), _form_feeds(text, module))


def restored(text: str, module: cst.Module, code: str) -> str:
    """The code made from a module, with the bytes back that LibCST lost when it read the text.

    Known: a form feed in front of code, blanks in `except (A, B) :`.
    """
    seen = module.code
    if seen == text:
        return code
    before, after, original = _lines(seen), _lines(code), _lines(text)
    few = len(before) < MANY
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=not few)
    for start, at, length in matcher.get_matching_blocks():
        after[at : at + length] = original[start : start + length]
    return "".join(after)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", text)


def _form_feeds(text: str, module: cst.Module) -> dict[int, int]:
    code = module.code
    if code == text:
        return {}
    pairs = zip(_lines(text), _lines(code), strict=True)
    return {
        number: len(line) - len(seen)
        for number, (line, seen) in enumerate(pairs, start=1)
        if line.startswith("\x0c") and line.lstrip("\x0c") == seen
    }


def locate(text: str, spans: Iterable[Span] = (), parser: Parser = parsed) -> Tree:
    """Parse a text and index by position the nodes of top-level statements that `spans` are in."""
    whole = parser(text)
    module = whole.module
    places = list(spans)
    found = [
        (line, node)
        for line, last, node in whole.statements
        if any(span.line <= last and line <= span.end_line for span in places)
    ]
    touched = frozenset(node for _, node in found)
    imports = [*_imports(module)]
    tree = Tree(module, touched, {}, {}, {}, {}, {}, whole.form_feeds, imports)
    for line, node in found:
        _index(tree, node, line - 1)
    return tree


def _statements(module: cst.Module) -> Iterator[tuple[int, int, cst.BaseStatement]]:
    """The lines and nodes at the top level; the lines above a node are counted with it."""
    line = 1 + len(_lines(module.with_changes(body=(), footer=()).code)) if module.header else 1
    for node in module.body:
        last = line + len(_lines(module.code_for_node(node))) - 1
        assert isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
        yield line, last, node
        line = last + 1


def _imports(node: cst.CSTNode) -> Iterator[cst.Import | cst.ImportFrom]:
    if isinstance(node, (cst.Import, cst.ImportFrom)):
        yield node
    elif isinstance(node, _HOLDERS):
        for child in node.children:
            yield from _imports(child)


def _index(tree: Tree, statement: cst.BaseStatement, above: int) -> None:
    """Take in the nodes of a statement that has so many lines above it."""
    alone = tree.module.with_changes(body=[statement], header=(), footer=())
    # The parser makes every node anew, so there are no duplicates to copy apart.
    positions = MetadataWrapper(alone, unsafe_skip_copy=True).resolve(PositionProvider)

    def span_from(start: CodePosition, end: CodePosition) -> Span:
        return Span(start.line + above, start.column, end.line + above, end.column)

    for node, where in positions.items():
        span = span_from(where.start, where.end)
        if isinstance(node, (cst.BaseSmallStatement, cst.BaseCompoundStatement)):
            tree.statements[span.line, span.column] = node
        elif isinstance(node, cst.BaseExpression):
            tree.expressions[span] = node
            if node.lpar:
                outer = span_from(positions[node.lpar[-1]].start, positions[node.rpar[0]].end)
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
