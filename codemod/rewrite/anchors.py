"""From spans to the nodes that stand there."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import libcst as cst
from libcst.metadata import CodePosition, MetadataWrapper, PositionProvider

from codemod.rewrite.errors import RewriteError
from codemod.values.span import Span

StatementNode = cst.BaseSmallStatement | cst.BaseCompoundStatement
# What may stand in a list of its own kind, so that it can be removed.
Slot = cst.Arg | cst.Decorator | cst.Element | cst.WithItem
# What holds statements: of blocks, of `if` and `try`, of `match`.
_BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
_BELOW = re.compile(r"^#.*\n(?:[ \t]*\r?\n)*[ \t]+\r?$", re.MULTILINE)
MANY = 2_000  # lines; to compare more of them takes shortcuts


@dataclass(frozen=True, eq=False)
class Parsed:
    """A text as LibCST reads it."""

    module: cst.Module
    code: str  # what LibCST makes of the module: the text, but for what it loses
    statements: tuple[tuple[int, int, cst.BaseStatement], ...]  # first line, last line, node
    # How far to the left LibCST sees the code of a line that starts with form feeds.
    form_feeds: dict[int, int]


Parser = Callable[[str], Parsed]


@dataclass(frozen=True)
class Tree:
    """A parsed text and where the nodes stand of the top-level statements that were asked about."""

    module: cst.Module
    code: str  # of the module, as LibCST writes it
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


def parsed(text: str) -> Parsed:
    """The module of a text, and where its statements at the top stand. Raises RewriteError.

    A few bytes may be lost, see `restored`, but no line.
    """
    plain = _below_comments(text)
    module, code, statements = _read(plain)
    if len(_lines(code)) != len(_lines(text)):
        plain = _bare_end(plain)
        module, code, statements = _read(plain)
        if len(_lines(code)) != len(_lines(plain)):
            raise RewriteError("LibCST does not reproduce this file")
    return Parsed(module, code, statements, _form_feeds(text, code))


def _read(text: str) -> tuple[cst.Module, str, tuple[tuple[int, int, cst.BaseStatement], ...]]:
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise RewriteError(f"does not parse: {error.message}", error.raw_line) from error
    return module, *_written(module)


def _below_comments(text: str) -> str:
    """The text without the blanks in empty lines below comments at the very left, for which LibCST
    takes the comments into the block above."""
    if _BELOW.search(text) is None:
        return text
    lines, comment, inside = text.split("\n"), False, _in_strings(text)
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            comment = True
        elif line.strip():
            comment = False
        elif comment and number not in inside:
            lines[number - 1] = line.strip(" \t")
    return "\n".join(lines)


def _in_strings(text: str) -> set[int]:
    """The lines that strings of several lines are in."""
    found: set[int] = set()
    try:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.Constant, ast.JoinedStr)) and node.end_lineno:
                found.update(range(node.lineno, node.end_lineno + 1))
    except (SyntaxError, ValueError):
        return {*range(1, text.count("\n") + 2)}
    return found


def _bare_end(text: str) -> str:
    """The text without the blanks in its last empty lines, of which LibCST loses some that come
    after ones without."""
    code = len(text.rstrip())
    first = re.compile(r"[\r\n]|$").search(text, code)
    assert first is not None
    return text[: first.start()] + re.sub(r"[^\r\n]", "", text[first.start() :])


def restored(text: str, seen: str, code: str) -> str:
    """The code made from a module, with the bytes back that LibCST lost when it read the text.

    `seen`: the code of the module that was read. Known: a form feed in front of code, blanks in
    `except (A, B) :` and in empty lines at the end.
    """
    if seen == text:
        return code
    before, after, original = _lines(seen), _lines(code), _lines(text)
    few = len(before) < MANY
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=not few)
    for start, at, length in matcher.get_matching_blocks():
        after[at : at + length] = original[start : start + length]
    if after[-1:] == before[-1:]:
        after += original[len(before) :]
    return "".join(after)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", text)


def _form_feeds(text: str, code: str) -> dict[int, int]:
    if code == text:
        return {}
    pairs = zip(_lines(text), _lines(code))  # blanks at the very end are no line of the code
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
    imports = [*_imports(module.body)]
    tree = Tree(module, whole.code, touched, {}, {}, {}, {}, {}, whole.form_feeds, imports)
    for line, node in found:
        _index(tree, node, line - 1)
    return tree


def _written(module: cst.Module) -> tuple[str, tuple[tuple[int, int, cst.BaseStatement], ...]]:
    """The code of a module, and the lines and nodes of its statements at the top level.

    The lines above a statement are counted with it.
    """
    whole = _Whole(module)
    code = module.code_for_node(cast(cst.CSTNode, whole))
    found: list[tuple[int, int, cst.BaseStatement]] = []
    line = 1 + len(_lines(whole.parts[0]))
    for node, part in zip(module.body, whole.parts[1:], strict=True):
        last = line + len(_lines(part)) - 1
        assert isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
        found.append((line, last, node))
        line = last + 1
    return code, tuple(found)


class _Whole:
    """Writes a module as LibCST does, and keeps apart its header and each of its statements."""

    def __init__(self, module: cst.Module) -> None:
        self.module = module
        self.parts: list[str] = []

    def _codegen(self, state: Any) -> None:
        for nodes in (self.module.header, *([node] for node in self.module.body)):
            before = len(state.tokens)
            for node in nodes:
                node._codegen(state)
            self.parts.append("".join(state.tokens[before:]))
        for line in self.module.footer:
            line._codegen(state)
        if not self.module.has_trailing_newline:
            state.pop_trailing_newline()
        elif not state.tokens:
            state.add_token(state.default_newline)


def _imports(nodes: Iterable[cst.CSTNode]) -> Iterator[cst.Import | cst.ImportFrom]:
    """The imports in statements, those in blocks included."""
    for node in nodes:
        if isinstance(node, (cst.Import, cst.ImportFrom)):
            yield node
            continue
        for name in _BLOCKS:
            inner = getattr(node, name, None)
            if isinstance(inner, cst.CSTNode):
                yield from _imports([inner])
            elif isinstance(inner, Sequence):
                yield from _imports(inner)


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
