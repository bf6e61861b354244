"""Syntax that is newer than the Python which runs, in older words that stand in the same places.

    except KeyError, OSError:      ->   except KeyError| OSError:       (3.14, PEP 758)
    f"{order["total"]} paid"       ->   (  order["total"],     )        (3.12, PEP 701)
    t"{order}"                     ->   (  order,)                      (3.14, PEP 750)
    def first[T](items: T): ...    ->   def first   (items: T): ...     (3.12, PEP 695)
    type Orders = list[Order]      ->   type;Orders = list[Order]       (3.12, PEP 695)

The result is for reading only: it has the same names and calls, in the same lines and columns, and
is never written. So a project may be newer than the Python that this tool was installed with.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

# What all newer syntax has somewhere; older syntax may have it too.
_NEWER = re.compile(
    r"""(?i:\b(?:[ft]r?|r[ft])['"])|\b(?:def|class|type)\s+\w+[\s\\]*[\[=]|\bexcept\b[^:]*,"""
)
_BLOCKS = re.compile(r"(?<=\n\n)(?=@|(?:async def|class|def) \w)")
_DEEP = 500
_CHAIN = re.compile(rf"(?:\.\w+|\(\)|\[\w*\]){{{_DEEP}}}")
_NESTING = re.compile(
    r"(?P<start>\n[ \t]*(?:@|(?:class|def|import|raise|return|try)\b))|(?P<line>\n)"
    r"|(?P<opens>[(\[{])|(?P<closes>[)\]}])"
    r"|(?P<wraps>[~+*/%|&^<>@-]|['\"]\s*\w?['\"]|\b(?:and|await|elif|else|lambda|not|or)\b)"
)


def read(text: str, build: Callable[[str], T]) -> T:
    """What `build` makes of a text, or of the same in older words.

    Raises what `build` raises of the text: SyntaxError, if it is no Python at all.
    """
    try:
        return build(text)
    except SyntaxError:
        for in_words in (_with_older_blocks, in_older_words) if _NEWER.search(text) else ():
            older = in_words(text)
            try:
                if older is not None:
                    return build(older)
            except SyntaxError:
                pass
        raise


def tree_of(text: str) -> ast.Module:
    """The tree of a text. Raises what `ast.parse` raises."""
    return read(text, ast.parse)


def expression_of(text: str) -> ast.expr:
    """The tree of an expression. Raises what `ast.parse` raises."""
    return read(text, lambda words: ast.parse(words, mode="eval")).body


def _with_older_blocks(text: str) -> str | None:
    """The text with older words in the blocks of it that need them: libcst takes long for all."""
    blocks: list[str] = []
    for block in _BLOCKS.split(text):
        try:
            ast.parse(block)
            older: str | None = block
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            older = in_older_words(block) if len(block) < len(text) else None
        if older is None:
            return None
        blocks.append(older)
    return "".join(blocks)


def in_older_words(text: str) -> str | None:
    """The text without newer syntax, or None if it can't be told with every name in its place."""
    import libcst as cst  # slow to load, and hardly ever needed

    from codemod.syntax.older_nodes import Older

    if _is_deep(text):
        return None
    try:
        code = cst.parse_module(text).visit(Older()).code
    except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError):
        return None
    return code if _widths(code) == _widths(text) else None


def _is_deep(text: str) -> bool:
    """Whether something in the text may be nested more deeply than libcst's parser can bear.

    It does not raise then, it takes the process down (from about 1,500 levels on).
    """
    if _CHAIN.search(text) is not None:
        return True
    depth = wraps = branches = 0
    for found in _NESTING.finditer(text):
        kind = found.lastgroup
        if kind == "start":  # of a statement, whatever brackets there are in strings above
            depth = wraps = branches = 0
        elif kind == "line":
            wraps = wraps if depth > 0 else 0
        elif kind == "opens":
            depth += 1
        elif kind == "closes":
            depth -= 1
        elif found[0] == "elif":
            branches += 1
        else:
            wraps += 1
        if max(depth, wraps, branches) > _DEEP:
            return True
    return False


def _widths(text: str) -> Sequence[int]:
    """The lengths of the lines, as `ast` counts them: in bytes."""
    return [len(line.encode("utf-8", "surrogatepass")) for line in text.split("\n")]
