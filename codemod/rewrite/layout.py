"""Blank lines and comments above statements."""

from __future__ import annotations

import re
from collections.abc import Sequence

import libcst as cst

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
_STATEMENTS = (cst.SimpleStatementLine, cst.BaseCompoundStatement)
Gap = tuple[cst.EmptyLine, ...]

_PRAGMA = re.compile(r"#\s*(?:[a-z-]+:|noinspection|nosec|noqa|isort)")
BLANK = cst.EmptyLine(indent=False)


def lines_of(block: cst.IndentedBlock) -> list[Statement]:
    """The statements of a block, which LibCST types as any BaseStatement."""
    return [line for line in block.body if isinstance(line, _STATEMENTS)]


def for_types(statement: Statement) -> cst.IndentedBlock | None:
    """The block of an `if TYPE_CHECKING:`; None of any other statement."""
    if not isinstance(statement, cst.If) or not isinstance(statement.body, cst.IndentedBlock):
        return None
    test = statement.test.attr if isinstance(statement.test, cst.Attribute) else statement.test
    named = isinstance(test, cst.Name) and test.value == "TYPE_CHECKING"
    return statement.body if named and statement.orelse is None else None


def split(lines: Sequence[cst.EmptyLine]) -> tuple[Gap, Gap]:
    """The lines above a statement: what stands apart, and the comments directly above it."""
    index = len(lines)
    while index and lines[index - 1].comment is not None:
        index -= 1
    return tuple(lines[:index]), tuple(lines[index:])


def leading_blanks(lines: Sequence[cst.EmptyLine]) -> int:
    """How many blank lines come first."""
    count = 0
    while count < len(lines) and lines[count].comment is None:
        count += 1
    return count


def without_blank_end(lines: Sequence[cst.EmptyLine]) -> Gap:
    end = len(lines)
    while end and lines[end - 1].comment is None:
        end -= 1
    return tuple(lines[:end])


def without_blank_tail(statement: Statement) -> Statement:
    """A class or function without the blank lines that it ends with."""
    if not isinstance(statement, (cst.ClassDef, cst.FunctionDef)):
        return statement
    block = statement.body
    if not isinstance(block, cst.IndentedBlock):
        return statement
    footer = without_blank_end(block.footer)
    last = block.body[-1]
    if not footer and isinstance(last, (cst.ClassDef, cst.FunctionDef)):
        last = without_blank_tail(last)
    body = block.with_changes(body=(*block.body[:-1], last), footer=footer)
    return statement.with_changes(body=body)


def blank_tail(statement: Statement) -> Gap:
    """The blank lines that a class or function ends with."""
    if not isinstance(statement, (cst.ClassDef, cst.FunctionDef)):
        return ()
    block = statement.body
    if not isinstance(block, cst.IndentedBlock):
        return ()
    kept = without_blank_end(block.footer)
    above = () if kept else blank_tail(lines_of(block)[-1])
    return (*above, *[BLANK] * (len(block.footer) - len(kept)))


def without_heading(lines: Gap) -> Gap:
    """The lines without the heading that they end with: it would stand over nothing."""
    above, block = split(without_blank_end(lines))
    return above if is_heading(comment_texts(block)) else lines


def comment_texts(lines: Sequence[cst.EmptyLine]) -> list[str]:
    return [line.comment.value for line in lines if line.comment is not None]


def is_heading(comments: Sequence[str]) -> bool:
    """Whether comments are a title, `# Signals` or framed by rules, and no sentence."""
    words = [word for text in comments for word in text.strip("#-=~*_ \t").split()]
    return bool(comments) and len(words) <= 4 and not any(word.endswith(".") for word in words)


def names_import(lines: Sequence[cst.EmptyLine], statement: Statement) -> bool:
    """Whether comments say the name of what a line of imports brings."""
    said = re.findall(r"\w+", " ".join(comment_texts(lines)))
    return any(
        isinstance(small, (cst.Import, cst.ImportFrom))
        and not isinstance(small.names, cst.ImportStar)
        and any(alias.evaluated_name.rpartition(".")[2] in said for alias in small.names)
        for small in (statement.body if isinstance(statement, cst.SimpleStatementLine) else ())
    )


def has_comment(lines: Sequence[cst.EmptyLine]) -> bool:
    return any(line.comment is not None for line in lines)


def with_lead(statement: Statement, lines: Sequence[cst.EmptyLine]) -> Statement:
    """The statement with exactly these lines above it."""
    return statement.with_changes(leading_lines=tuple(lines))


def lead(statement: Statement, lines: Sequence[cst.EmptyLine]) -> Statement:
    """The statement with these lines above those it has."""
    return with_lead(statement, (*lines, *statement.leading_lines)) if lines else statement


def at_least(statement: Statement, blanks: int) -> Statement:
    """The statement with at least so many blank lines on top."""
    missing = blanks - leading_blanks(statement.leading_lines)
    return lead(statement, [BLANK] * missing) if missing > 0 else statement


def join(above: Gap, below: Gap, first: bool) -> Gap:
    """The lines left where the statement between `above` and `below` is gone.

    Blank lines are not added up. At the start of a block (`first`) only those stay that were
    above the removed statement.
    """
    end = len(without_blank_end(above))
    had, have = len(above) - end, leading_blanks(below)
    if first and not end:
        return (*above, *below[have:])
    return (*above[:end], *(above[end:] if had > have else below[:have]), *below[have:])


def is_definition(statement: cst.CSTNode) -> bool:
    return isinstance(statement, (cst.FunctionDef, cst.ClassDef))


def is_import(statement: cst.CSTNode) -> bool:
    """Whether the line holds imports only."""
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(small, (cst.Import, cst.ImportFrom)) for small in statement.body
    )


def called(statement: cst.CSTNode) -> str | None:
    """The name of the method that a line calls and does nothing else: `connect`."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    call = statement.body[0].value if isinstance(statement.body[0], cst.Expr) else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return None
    return call.func.attr.value


def speaks_to_tools(lines: Sequence[cst.EmptyLine]) -> bool:
    """Whether comments are for a linter or a formatter, about the statement right below."""
    return any(_PRAGMA.match(text) for text in comment_texts(lines))


def is_docstring(statement: cst.CSTNode) -> bool:
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    first = statement.body[0]
    return isinstance(first, cst.Expr) and isinstance(
        first.value, (cst.SimpleString, cst.ConcatenatedString)
    )


def join_statements(statements: Sequence[tuple[Statement, bool]], *, top: bool) -> list[Statement]:
    """Statements in order, with room around the definitions that are new (flagged True)."""
    room = 2 if top else 1
    result: list[Statement] = []
    after_new = False
    for statement, new in statements:
        if result and (after_new or (new and is_definition(statement))):
            statement = at_least(statement, room)
        result.append(statement)
        after_new = new and is_definition(statement)
    return result
