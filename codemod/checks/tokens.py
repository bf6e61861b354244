"""The tokens of a text, without its layout.

    if created: log(order)      ->   if created : / log ( order ) /
    if created:
        log(order)  # once      ->   if created : / log ( order ) # once /

A statement's end is a token (`/` above), be it a line's end or a semicolon; blank lines, line
breaks within brackets and indentation are none. Import statements are left out: where they stand
is a matter of style. They come apart, as names.
"""

from __future__ import annotations

import ast
import io
import keyword
import re
import textwrap
import tokenize
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from codemod.syntax import older
from codemod.values.span import Lines

Position = tuple[int, int]  # line from 1, column from 0

COMMENT, NEWLINE, NAME, STRING = "comment", "newline", "name", "string"
PIECE, OTHER = "piece", "other"  # of an f-string
_LAYOUT = {tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING, tokenize.ENDMARKER}
_PIECE = -1
_KINDS = {
    tokenize.COMMENT: COMMENT,
    tokenize.NEWLINE: NEWLINE,
    tokenize.STRING: STRING,
    _PIECE: PIECE,
}
_F_STRING = re.compile(r"(?=[rb]?f)[rbf]+['\"]", re.IGNORECASE)
_PIECES = re.compile(r"\w+|[^\w\s'\"]")
# From Python 3.12 on the tokenizer takes f-strings apart, and from 3.14 on t-strings.
_STARTS = {getattr(tokenize, f"{kind}STRING_START", None) for kind in "FT"}
_ENDS = {getattr(tokenize, f"{kind}STRING_END", None) for kind in "FT"}
_MIDDLES = {getattr(tokenize, f"{kind}STRING_MIDDLE", None) for kind in "FT"}


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `opens`: it is the first of a statement; `depth` is that of its indentation."""

    kind: str
    text: str
    start: Position
    end: Position
    depth: int
    opens: bool
    heads_line: bool


def tokens(text: str) -> list[Token]:
    """The tokens of a text that parses, imports included."""
    found: list[Token] = []
    last: Token | None = None  # that is no comment
    depth, opens = 0, True
    for raw in _shredded(tokenize.generate_tokens(io.StringIO(text).readline)):
        if raw.type == tokenize.INDENT:
            depth += 1
        elif raw.type == tokenize.DEDENT:
            depth -= 1
        if raw.type in _LAYOUT:
            continue
        kind = _kind(raw)
        if kind == NEWLINE and (last is None or last.kind == NEWLINE or last.text == ":"):
            opens = True  # behind `if x:` and behind a semicolon
            continue
        heads = not raw.line[: raw.start[1]].strip()
        opening = opens and kind != COMMENT
        token = Token(kind, raw.string, raw.start, raw.end, depth, opening, heads)
        found.append(token)
        if kind != COMMENT:
            last, opens = token, kind == NEWLINE
    return found


def _shredded(raws: Iterator[tokenize.TokenInfo]) -> Iterator[tokenize.TokenInfo]:
    """The tokens, those of f-strings in pieces: names in them change, and so do inner quotes."""
    for raw in raws:
        if raw.type in _STARTS or (raw.type == tokenize.STRING and _F_STRING.match(raw.string)):
            yield raw._replace(type=_PIECE, string="f", end=raw.start)
        if raw.type in _MIDDLES or (raw.type == tokenize.STRING and _F_STRING.match(raw.string)):
            body = _F_STRING.sub(lambda found: " " * len(found[0]), raw.string, count=1)
            for found in _PIECES.finditer(body):
                before = body[: found.start()].rpartition("\n")[2]
                line = raw.start[0] + found.string.count("\n", 0, found.start())
                column = len(before) + (raw.start[1] if line == raw.start[0] else 0)
                kind = tokenize.NAME if found[0][0].isidentifier() else _PIECE
                end = (line, column + len(found[0]))
                yield raw._replace(type=kind, string=found[0], start=(line, column), end=end)
        elif raw.type not in _STARTS | _ENDS:
            yield raw


def _kind(raw: tokenize.TokenInfo) -> str:
    if raw.type == tokenize.OP and raw.string == ";":
        return NEWLINE
    if raw.type == tokenize.NAME and not keyword.iskeyword(raw.string):
        return NAME
    return _KINDS.get(raw.type, OTHER)


@dataclass(frozen=True)
class Source:
    """A text as its tokens, its tree, and what it imports."""

    tokens: tuple[Token, ...]
    imports: tuple[int, ...]  # where import statements were, as indices of `tokens`
    names: tuple[str, ...]  # what they import, with its name here: "Order", "json as loads"
    tree: ast.Module
    lines: Lines

    def start(self, node: ast.stmt) -> Position:
        """Where a statement starts, decorators included."""
        first: ast.stmt | ast.expr = node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            first = node.decorator_list[0] if node.decorator_list else node
        return first.lineno, self.lines.column(first.lineno, first.col_offset)

    def end(self, node: ast.stmt | ast.expr) -> Position:
        """Where a node ends."""
        span = self.lines.span(node)
        return span.end_line, span.end_column


def read(text: str, headings: Collection[str] = ()) -> Source | None:
    """The source of a text; None if it does not parse.

    `headings`: comments that belong to the imports below them.
    """
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:
        tree, every = older.read(plain, lambda words: (ast.parse(words), tokens(words)))
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError):
        return None
    lines = Lines(plain)
    left: list[Token] = []
    places: list[int] = []
    statements = [*_import_statements(tree)]
    spans = sorted(lines.span(node) for node in statements)
    at = 0
    for span in spans:
        start, end = (span.line, span.column), (span.end_line, span.end_column)
        while at < len(every) and every[at].start < start:
            left.append(every[at])
            at += 1
        while at < len(every) and (every[at].start < end or _ends(every[at], end)):
            at += 1
        while left and left[-1].heads_line and left[-1].text in headings:
            left.pop()
        places.append(len(left))
    left.extend(every[at:])
    names = tuple(name for node in statements for name in imported(node))
    return Source(tuple(left), tuple(places), names, tree, lines)


def _ends(token: Token, end: Position) -> bool:
    """Whether the token is what follows a statement on its line, up to its end."""
    return token.start[0] == end[0] and token.kind in (COMMENT, NEWLINE)


def _import_statements(tree: ast.Module) -> Iterator[ast.stmt]:
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)) or _only_types(node):
            assert isinstance(node, ast.stmt)
            yield node
        elif not isinstance(node, ast.expr):
            todo.extend(ast.iter_child_nodes(node))


def _only_types(node: ast.AST) -> bool:
    """Whether it is an `if TYPE_CHECKING:` with nothing but imports."""
    return (
        isinstance(node, ast.If)
        and not node.orelse
        and "TYPE_CHECKING" in (getattr(node.test, "id", ""), getattr(node.test, "attr", ""))
        and all(isinstance(inner, (ast.Import, ast.ImportFrom)) for inner in node.body)
    )


def imported(tree: ast.AST) -> Iterator[str]:
    """The names that import statements bring, each with its name here; "models.*" for all."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if isinstance(node, ast.ImportFrom) and alias.name == "*":
                    yield f"{(node.module or '').rpartition('.')[2]}.*"
                else:
                    yield f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def optional(items: Sequence[Token]) -> frozenset[int]:
    """The tokens that mean nothing: trailing commas, and parentheses that only hold together."""
    found: set[int] = set()
    opened: list[tuple[int, bool]] = []
    for index, token in enumerate(items):
        if token.kind != OTHER:
            continue
        if token.text in ("(", "[", "{"):
            groups = token.text == "(" and not (index and _is_operand(items[index - 1]))
            opened.append((index, groups))
        elif token.text in (")", "]", "}") and opened:
            if items[index - 1].text == ",":
                found.add(index - 1)
            start, groups = opened.pop()
            if groups:
                found |= {start, index}
    return frozenset(found)


def _is_operand(token: Token) -> bool:
    """Whether what follows the token in parentheses is what it is called with."""
    return token.kind in (NAME, STRING) or token.text in (")", "]", "}")


def meaning(token: Token) -> str:
    """The text of a token; of a string what it says, in whichever quotes and lines."""
    if token.kind != STRING:
        return token.text
    try:
        value = ast.literal_eval(token.text)
    except (ValueError, SyntaxError):
        value = token.text.lstrip("fFrRbBuU").strip("'\"")
    return repr(value.split() if isinstance(value, str) else value)


def codes(code: str) -> list[Token]:
    """The tokens of code in an edit, which may be half a statement, without its imports."""
    plain = textwrap.dedent(code)
    whole = read(plain)
    return list(whole.tokens) if whole is not None else _half(plain)


def pieces(code: str) -> list[Token]:
    """The tokens of code that gets into an f-string, if the tokenizer takes none apart."""
    return _half(f"f{code!r}")[1:]


def _half(code: str) -> list[Token]:
    """The tokens of code that does not parse: a header, the end of a method."""
    found: list[Token] = []
    try:
        for raw in _shredded(tokenize.generate_tokens(io.StringIO(code).readline)):
            if raw.type not in _LAYOUT:
                found.append(Token(_kind(raw), raw.string, raw.start, raw.end, 0, False, False))
    except (tokenize.TokenError, SyntaxError):
        pass  # all of it has been seen
    return found
