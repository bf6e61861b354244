"""Single import statements: what they bind, and names taken in or out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import libcst as cst
from libcst.helpers import get_full_name_for_node

ImportNode = cst.Import | cst.ImportFrom
_Import = TypeVar("_Import", bound=ImportNode)


@dataclass(frozen=True)
class Bound:
    """One name that an import binds: `from module import name as local`, or `import module`."""

    module: str  # absolute
    name: str | None
    local: str


def absolute(node: cst.ImportFrom, package: str) -> str:
    """The absolute name of the module that the statement imports from."""
    module = "" if node.module is None else get_full_name_for_node(node.module) or ""
    dots = len(node.relative)
    if not dots:
        return module
    parts = package.split(".") if package else []
    base = parts[: len(parts) - (dots - 1)]
    return ".".join([*base, *([module] if module else [])])


def bound(node: ImportNode, package: str) -> list[Bound]:
    """What the statement binds; nothing is known of a star."""
    if isinstance(node, cst.ImportFrom):
        if isinstance(node.names, cst.ImportStar):
            return []
        module = absolute(node, package)
        return [Bound(module, alias.evaluated_name, local_name(alias)) for alias in node.names]
    return [Bound(alias.evaluated_name, None, local_name(alias)) for alias in node.names]


def local_name(alias: cst.ImportAlias) -> str:
    """The name in the importing file: `a` for `import a.b`."""
    return alias.evaluated_alias or alias.evaluated_name.partition(".")[0]


def aliases(node: ImportNode) -> Sequence[cst.ImportAlias]:
    return () if isinstance(node.names, cst.ImportStar) else node.names


def without_names(node: _Import, gone: Iterable[str]) -> _Import:
    """The statement without these local names; at least one must stay."""
    names = list(aliases(node))
    kept = [alias for alias in names if local_name(alias) not in set(gone)]
    if kept and kept[-1] is not names[-1]:
        kept[-1] = kept[-1].with_changes(comma=_plain(names[-1].comma, kept[-1].comma))
    result = node.with_changes(names=kept)
    if isinstance(result, cst.ImportFrom) and len(kept) == 1 and result.lpar is not None:
        only = kept[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        bare = result.with_changes(lpar=None, rpar=None, names=[only])
        if _fits_without(result, kept[0], bare):
            result = bare
    return cast(_Import, result)


_SHORT = 79  # columns, which every style allows


def _fits_without(node: cst.ImportFrom, only: cst.ImportAlias, bare: cst.ImportFrom) -> bool:
    """Whether the one name that is left has no use for the parentheses around it: `import (Order)`,
    or on lines of its own."""
    code = cst.Module([]).code_for_node(node)
    if "\n" not in code:
        return not isinstance(only.comma, cst.Comma)
    return "#" not in code and len(cst.Module([]).code_for_node(bare)) <= _SHORT


def _plain(
    comma: cst.Comma | cst.MaybeSentinel, own: cst.Comma | cst.MaybeSentinel
) -> cst.Comma | cst.MaybeSentinel:
    """The comma of the last name (none, or one before the parenthesis) with the own comment."""
    if not isinstance(comma, cst.Comma) or not isinstance(own, cst.Comma):
        return comma
    there, here = comma.whitespace_after, own.whitespace_after
    if not isinstance(there, cst.ParenthesizedWhitespace):
        return comma
    first = cst.TrailingWhitespace()
    if isinstance(here, cst.ParenthesizedWhitespace):
        first = here.first_line
    return comma.with_changes(whitespace_after=there.with_changes(first_line=first))


def with_name(node: cst.ImportFrom, name: str, alias: str | None) -> cst.ImportFrom:
    """The statement with one name more, in the order and layout that its names have."""
    names = list(aliases(node))
    new = cst.ImportAlias(
        cst.Name(name), cst.AsName(cst.Name(alias)) if alias is not None else None
    )
    index = _position([item.evaluated_name for item in names], name)
    separator = _separator(node, names)
    if index < len(names):
        names.insert(index, new.with_changes(comma=separator))
        return node.with_changes(names=names)
    last = names[-1]
    names[-1] = last.with_changes(comma=_with_comment(separator, last.comma))
    names.append(new.with_changes(comma=_without_comment(last.comma)))
    return node.with_changes(names=names)


def _position(names: Sequence[str], new: str) -> int:
    """Where the name goes; at the end if the names are in no known order."""
    orders: tuple[Callable[[str], tuple[str, str]], ...] = (by_type, _folded, _exact)
    for key in orders:
        keys = [key(name) for name in names]
        if keys == sorted(keys):
            return sum(existing <= key(new) for existing in keys)
    return len(names)


def by_type(name: str) -> tuple[str, str]:
    """isort's order: CONSTANTS, Classes, functions."""
    kind = "A" if name.isupper() and len(name) > 1 else "B" if name[:1].isupper() else "C"
    return kind, name.lower()


def _folded(name: str) -> tuple[str, str]:
    return "", name.lower()


def _exact(name: str) -> tuple[str, str]:
    return "", name


def _separator(node: cst.ImportFrom, names: Sequence[cst.ImportAlias]) -> cst.Comma:
    """The comma between two names, without a comment."""
    comma = names[0].comma
    if len(names) > 1 and isinstance(comma, cst.Comma):
        return cast(cst.Comma, _without_comment(comma))
    if node.lpar is not None and isinstance(
        node.lpar.whitespace_after, cst.ParenthesizedWhitespace
    ):
        space = node.lpar.whitespace_after
        return cst.Comma(whitespace_after=space.with_changes(first_line=cst.TrailingWhitespace()))
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def _without_comment(comma: cst.Comma | cst.MaybeSentinel) -> cst.Comma | cst.MaybeSentinel:
    if not isinstance(comma, cst.Comma):
        return comma
    space = comma.whitespace_after
    if not isinstance(space, cst.ParenthesizedWhitespace):
        return comma
    bare = space.with_changes(first_line=cst.TrailingWhitespace(), empty_lines=())
    return comma.with_changes(whitespace_after=bare)


def _with_comment(separator: cst.Comma, own: cst.Comma | cst.MaybeSentinel) -> cst.Comma:
    space = separator.whitespace_after
    if (
        isinstance(own, cst.Comma)
        and isinstance(own.whitespace_after, cst.ParenthesizedWhitespace)
        and isinstance(space, cst.ParenthesizedWhitespace)
    ):
        first = own.whitespace_after.first_line
        return separator.with_changes(whitespace_after=space.with_changes(first_line=first))
    return separator


def one_per_line(node: cst.ImportFrom, indent: str) -> cst.ImportFrom:
    """The statement in parentheses, one name per line, with a trailing comma."""
    inner = cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(indent))
    outer = cst.ParenthesizedWhitespace(indent=True)
    names = list(aliases(node))
    spaced = [name.with_changes(comma=cst.Comma(whitespace_after=inner)) for name in names]
    spaced[-1] = spaced[-1].with_changes(comma=cst.Comma(whitespace_after=outer))
    return node.with_changes(
        lpar=cst.LeftParen(whitespace_after=inner), rpar=cst.RightParen(), names=spaced
    )


_LOCAL = re.compile(r"^[ \t]+(?:from|import)\b.*$", re.MULTILINE)
_REMARK = re.compile(
    r"#\s*(?:noqa:\s*PLC0415|pylint:\s*disable=(?:import-outside-toplevel|C0415))\b"
)


def local_remark(code: str) -> str | None:
    """The word to linters that a file has behind most of its imports in functions."""
    found = [_REMARK.search(line) for line in _LOCAL.findall(code)]
    remarks = Counter(match[0] for match in found if match is not None)
    return next((r for r, count in remarks.items() if 2 * count > len(found)), None)


def remarked(line: cst.SimpleStatementLine, remark: str) -> cst.SimpleStatementLine:
    """An import with a word to linters behind its first line."""
    comment = cst.Comment(remark)
    node = line.body[0]
    if isinstance(node, cst.ImportFrom) and isinstance(node.lpar, cst.LeftParen):
        space = node.lpar.whitespace_after
        if isinstance(space, cst.ParenthesizedWhitespace):
            first = cst.TrailingWhitespace(cst.SimpleWhitespace("  "), comment)
            lpar = node.lpar.with_changes(whitespace_after=space.with_changes(first_line=first))
            return line.with_changes(body=[node.with_changes(lpar=lpar)])
    behind = cst.TrailingWhitespace(cst.SimpleWhitespace("  "), comment)
    return line.with_changes(trailing_whitespace=behind)
