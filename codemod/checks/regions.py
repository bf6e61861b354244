"""Where the plan lets a file change, and what may stand there then.

    Insert(at `order.save()`, AFTER, "log(order)")   ->   behind that line: log ( order )

A region is a run of tokens of the text before, or a place between two. Beside what was there, it
may hold what its edits' code is made of; names and values of that code have to be there.
"""

from __future__ import annotations

import ast
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from codemod.checks.syntax import parse
from codemod.checks.tokens import (
    COMMENT,
    NAME,
    NEWLINE,
    PIECE,
    STRING,
    Source,
    Token,
    codes,
    imported,
    meaning,
    pieces,
)
from codemod.values.edits import (
    AddBase,
    AddImport,
    AddMethod,
    Append,
    Bind,
    Edit,
    Insert,
    Move,
    NewClass,
    Replace,
    Unwrap,
    Where,
    Wrap,
)
from codemod.values.span import Span

Reader = Callable[[str], Source | None]  # by path


@dataclass
class Region:
    """Tokens `start` to `end` (exclusive) of the text before, and what may come."""

    start: int
    end: int
    may: Counter[str] = field(default_factory=Counter)
    must: Counter[str] = field(default_factory=Counter)


@dataclass
class Regions:
    """All regions of a file, what may be imported, and which statements are laid out anew."""

    source: Source
    found: list[Region] = field(default_factory=list)
    touched: list[tuple[int, int, int]] = field(default_factory=list)  # from, to, deeper by
    imports: set[str] = field(default_factory=set)
    leaving: set[str] = field(default_factory=set)  # imports within what is removed

    def merged(self) -> list[Region]:
        """The regions in order, those that touch as one, comments around taken in."""
        items = self.source.tokens
        result: list[Region] = []
        for region in sorted(self.found, key=lambda r: (r.start, r.end)):
            start, end = region.start, region.end
            while start and items[start - 1].kind == COMMENT and items[start - 1].heads_line:
                start -= 1
            while end < len(items) and items[end].kind == COMMENT and items[end].heads_line:
                end += 1
            if not result or result[-1].end < start:
                result.append(Region(start, end, Counter(region.may), Counter(region.must)))
                continue
            last = result[-1]
            last.end = max(last.end, end)
            last.may.update(region.may)
            last.must |= region.must
        for region in result:
            region.may.update(meaning(token) for token in items[region.start : region.end])
        return result


def regions(source: Source, edits: Sequence[Edit], reader: Reader) -> Regions:
    """The regions of the edits of one file; `reader` knows the files that functions move from."""
    marking = _Marking(Regions(source), reader)
    for edit in edits:
        marking.mark(edit)
    for index in source.imports:
        marking.regions.found.append(Region(index, index, Counter(["pass"])))
    return marking.regions


@dataclass
class _Marking:
    regions: Regions
    reader: Reader
    statements: dict[tuple[int, int], ast.stmt] = field(init=False)
    imports: list[ast.Import | ast.ImportFrom] = field(init=False)

    def __post_init__(self) -> None:
        source = self.regions.source
        self.statements = {
            (node.lineno, source.lines.column(node.lineno, node.col_offset)): node
            for node in ast.walk(source.tree)
            if isinstance(node, ast.stmt)
        }
        self.imports = [
            node
            for node in self.statements.values()
            if isinstance(node, (ast.Import, ast.ImportFrom))
        ]

    def mark(self, edit: Edit) -> None:
        """File what an edit may do."""
        if isinstance(edit, Insert):
            self._insert(edit)
        elif isinstance(edit, Replace):
            self._replace(edit)
        elif isinstance(edit, Bind):
            start, end = self._tokens(edit.anchor)
            self._add(start, start + edit.returned, f"{edit.target} =")
            if edit.returned:
                place = self._behind(end)
                self._add(place, place, f"return {edit.target}")
            self.regions.touched.append((start, end, 0))
        elif isinstance(edit, Wrap):
            start, end = self._tokens(edit.first)[0], self._tokens(edit.last)[1]
            self._add(start, start, edit.header)
            self.regions.touched.append((start, end, 1))
        elif isinstance(edit, Unwrap):
            self._unwrap(edit)
        elif isinstance(edit, AddMethod):
            self._method(edit)
        elif isinstance(edit, AddBase):
            self._base(edit)
        elif isinstance(edit, AddImport):
            name = edit.name or edit.module
            self.regions.imports.add(f"{name} as {edit.alias}" if edit.alias else name)
            self.regions.imports |= {"TYPE_CHECKING"} if edit.for_types else set()
        elif isinstance(edit, Append):
            self._append(edit)
        elif isinstance(edit, Move):
            self._move(edit)
        else:
            self._new_class(edit)

    def _insert(self, edit: Insert) -> None:
        start, end = self._tokens(edit.anchor)
        place = start if edit.where in (Where.ABOVE, Where.BEFORE) else self._behind(end)
        self._add(place, place, edit.code)

    def _replace(self, edit: Replace) -> None:
        last = edit.last or edit.first
        start, end = self._tokens(edit.first)[0], self._tokens(last)[1]
        for node in self.imports:
            if edit.first.line <= node.lineno <= last.end_line:
                self.regions.leaving.update(imported(node))
        items = self.regions.source.tokens
        if not edit.code.strip():
            if self._node(edit.first) is not None:
                end = self._behind(end)
            elif start and items[start - 1].text == "@":
                start, end = start - 1, self._behind(end)
            elif end < len(items) and items[end].text == ",":
                end += 1
            if start and items[start - 1].text == ",":
                start -= 1
        elif not edit.comments:
            end = self._behind(end)
        self._add(start, end, edit.code)

    def _unwrap(self, edit: Unwrap) -> None:
        source = self.regions.source
        node = self._node(edit.anchor)
        start, end = self._tokens(edit.anchor)
        body: Sequence[ast.stmt] = getattr(node, "body", ())
        for _ in range(edit.branch):
            below: Sequence[ast.stmt] = getattr(node, "orelse", ())
            node = below[0] if below and isinstance(below[0], ast.If) else None
            body = node.body if isinstance(node, ast.If) else below
        if not body:
            return
        if edit.below and isinstance(node, ast.If):
            span = source.lines.span(node.test)
            self._add(start, self._at((span.line, span.column)), "if")
            return
        first, last = self._at(source.start(body[0])), self._at(source.end(body[-1]))
        first -= first > 0 and source.tokens[first - 1].text == "@"
        self._add(start, first, "")
        self._add(self._behind(last), max(self._behind(last), self._behind(end)), "")
        self.regions.touched.append((first, last, -1))

    def _method(self, edit: AddMethod) -> None:
        self._imports(edit.imports)
        node = self._node(edit.anchor)
        body: Sequence[ast.stmt] = getattr(node, "body", ())
        later = (
            each
            for each in body
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
            and each.name in edit.before
        )
        before = next(later, None)
        if before is not None:
            start = self._statement(before)[0]
            self._add(start, start, edit.code)
            return
        told = isinstance(node, ast.ClassDef) and ast.get_docstring(node, clean=False) is not None
        start, end = self._statement(body[-1]) if len(body) == 1 + told else (0, 0)
        items = self.regions.source.tokens[start:end]
        if [token.text for token in items] not in (["pass"], ["..."]):
            start = end = self._tokens(edit.anchor)[1]
        self._add(self._behind(start) if start == end else start, self._behind(end), edit.code)

    def _base(self, edit: AddBase) -> None:
        place = self._at((edit.anchor.line, edit.anchor.column)) + 2  # behind `class` and its name
        place += self.regions.source.tokens[place].text == "("
        self._add(place, place, edit.name)

    def _imports(self, edits: Sequence[AddImport]) -> None:
        for edit in edits:
            self.mark(edit)

    def _append(self, edit: Append) -> None:
        self._imports(edit.imports)
        count = len(self.regions.source.tokens)
        if not edit.after_imports:
            self._add(count, count, edit.code)
            return
        docstring = self.regions.source.tree.body[:1]
        places = {
            0,
            *self.regions.source.imports,
            *(self._behind(self._statement(s)[1]) for s in docstring),
        }
        for place in places:
            self._add(place, place, edit.code, needed=False)

    def _move(self, edit: Move) -> None:
        count = len(self.regions.source.tokens)
        head = f"def {edit.name}" + (f"({edit.parameters}):" if edit.parameters is not None else "")
        self._add(count, count, "\n".join((*(f"@{each}" for each in edit.decorators), head)))
        self._imports(edit.imports)
        source = self.reader(edit.source)
        if source is None:
            return
        there = _Marking(Regions(source), self.reader)
        for inner in edit.edits:
            there.mark(inner)
        self.regions.imports |= there.regions.imports
        start, end = there._tokens(edit.function)
        node = there._node(edit.function)
        self.regions.imports.update(imported(node) if node is not None else ())
        body: Sequence[ast.stmt] = getattr(node, "body", ())
        first = there._statement(body[0])[0] if body else end
        while start and source.tokens[start - 1].kind == COMMENT:
            start -= 1
        renamed = dict(edit.rename)
        # A comment behind the last statement comes along, and so does one below, if it is within.
        behind = there._behind(end)
        while behind < len(source.tokens) and source.tokens[behind].kind == COMMENT:
            if source.tokens[behind].start[1] <= edit.function.column:
                break
            behind += 1
        may = Counter(meaning(token) for token in source.tokens[start:behind])
        if edit.last:
            may.update(meaning(t) for t in source.tokens[behind:] if t.kind == COMMENT)
        stays = set(range(first, end))
        for region in there.regions.found:
            stays -= set(range(region.start, region.end))
            may.update(region.may)
        for old, new in renamed.items():
            may[new] += may[old]
        must = Counter(
            meaning(source.tokens[index])
            for index in stays
            if _tells(source.tokens[index]) and source.tokens[index].text not in renamed
        )
        self.regions.found.append(Region(count, count, may, must))

    def _new_class(self, edit: NewClass) -> None:
        self._imports(edit.imports)
        start, end = self._tokens(edit.anchor)
        code = f"{edit.header}\n{edit.method}\n{edit.register}([{', '.join(edit.elements)}])"
        self._add(start, end, code, needed=False)

    def _add(self, start: int, end: int, code: str, *, needed: bool = True) -> None:
        items = self.regions.source.tokens
        within_string = start > 0 and items[start - 1].kind == PIECE
        found = pieces(code) if within_string else codes(code)
        must = Counter({meaning(token): 1 for token in found if _tells(token)} if needed else ())
        may = Counter(meaning(token) for token in found)
        may["+"] += may["for"]  # two loops over lists may be joined
        self.regions.imports.update(_imported(code))
        self.regions.found.append(Region(start, end, may, must))

    def _node(self, span: Span) -> ast.stmt | None:
        return self.statements.get((span.line, span.column))

    def _tokens(self, span: Span) -> tuple[int, int]:
        """The tokens of a statement, decorators included, or of an expression."""
        node = self._node(span)
        if node is not None and (span.end_line, span.end_column) >= self.regions.source.end(node):
            return self._statement(node)
        return self._at((span.line, span.column), inside=True), self._at(
            (span.end_line, span.end_column)
        )

    def _statement(self, node: ast.stmt) -> tuple[int, int]:
        source = self.regions.source
        start = self._at(source.start(node))
        if getattr(node, "decorator_list", ()):
            start -= 1  # the `@`
        return start, self._at(source.end(node))

    def _at(self, position: tuple[int, int], *, inside: bool = False) -> int:
        """The first token at or behind a position, or the one that it is `inside` of."""
        items = self.regions.source.tokens
        low, high = 0, len(items)
        while low < high:
            middle = (low + high) // 2
            if items[middle].start < position:
                low = middle + 1
            else:
                high = middle
        if inside and low and items[low - 1].end > position:
            return low - 1
        return low

    def _behind(self, index: int) -> int:
        """Past what follows a statement on its line, up to its end."""
        items = self.regions.source.tokens
        if index < len(items) and items[index].kind == COMMENT and not items[index].heads_line:
            index += 1
        if index < len(items) and items[index].kind == NEWLINE:
            index += 1
        return index


def _tells(token: Token) -> bool:
    """Whether a token is content: a name, a string, a number."""
    return token.kind in (NAME, STRING) or token.text[:1].isdigit()


def _imported(code: str) -> Iterator[str]:
    tree = parse(textwrap.dedent(code))
    if tree is not None:
        yield from imported(tree)
