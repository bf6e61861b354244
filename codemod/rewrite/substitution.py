"""One expression in place of another."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import libcst as cst

from codemod.rewrite.errors import RewriteError
from codemod.rewrite.orders import Node

# Expressions that hold together wherever they stand.
_ATOMS = (
    cst.Name,
    cst.Attribute,
    cst.Call,
    cst.Subscript,
    cst.BaseNumber,
    cst.BaseString,
    cst.List,
    cst.Dict,
    cst.Set,
    cst.ListComp,
    cst.DictComp,
    cst.SetComp,
    cst.Ellipsis,
)
# Places that an expression which is no atom may not fit into without parentheses.
_TIGHT = (
    cst.Attribute,
    cst.Await,
    cst.BinaryOperation,
    cst.BooleanOperation,
    cst.Call,
    cst.Comparison,
    cst.ComparisonTarget,
    cst.CompFor,
    cst.CompIf,
    cst.FormattedStringExpression,
    cst.IfExp,
    cst.NamedExpr,
    cst.StarredElement,
    cst.Subscript,
    cst.UnaryOperation,
)


def fit(
    new: cst.BaseExpression, old: cst.BaseExpression, parent: Node, whole: bool
) -> cst.BaseExpression:
    """The new expression within the parentheses of the old one, or new ones where it needs them.

    `whole`: the innermost parentheses of the old one are replaced with it. Those that only held
    its lines together go, where the new one has a single line, and those around `a if b else c`.
    """
    if old.lpar and new.lpar:  # one pair is enough
        if whole:
            old = old.with_changes(lpar=old.lpar[:-1], rpar=old.rpar[1:])
        else:
            new = new.with_changes(lpar=new.lpar[1:], rpar=new.rpar[:-1])
    elif len(old.lpar) == 1 and _is_loose(old) and isinstance(new, _ATOMS) and _is_short(new):
        return new
    if old.lpar:
        return new.with_changes(lpar=[*old.lpar, *new.lpar], rpar=[*new.rpar, *old.rpar])
    if new.lpar or isinstance(new, _ATOMS) or not isinstance(parent, _TIGHT):
        return new
    return new.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _is_loose(old: cst.BaseExpression) -> bool:
    """Whether an atom in the place of an expression needs no parentheses: they stand around a
    choice, around `a := b`, or on lines of their own without a comment."""
    if isinstance(old, (cst.IfExp, cst.NamedExpr)):
        return "#" not in cst.Module([]).code_for_node(old)
    spaces = (old.lpar[0].whitespace_after, old.rpar[0].whitespace_before)
    return all(
        isinstance(space, cst.ParenthesizedWhitespace)
        and space.first_line.comment is None
        and not space.empty_lines
        for space in spaces
    )


def _is_short(new: cst.BaseExpression) -> bool:
    return "\n" not in cst.Module([]).code_for_node(new)


def requote(code: str, holder: cst.FormattedString) -> str:
    """The code with the quotes that may stand inside an f-string before Python 3.12."""
    quote = holder.start.lstrip("fFrRbBuU")[0]
    if quote not in code:
        return code
    other = "'" if quote == '"' else '"'
    if other in code:
        raise RewriteError(f"both kinds of quotes inside an f-string: {code}")
    return code.replace(quote, other)


def last_comma(node: Node, removed: Collection[Node]) -> tuple[Node, object] | None:
    """The element that becomes the last one of its list, and the comma it then has."""
    for name in ("args", "bases", "keywords", "elements", "items"):
        elements = getattr(node, name, None)
        if not isinstance(elements, Sequence) or not elements:
            continue
        kept = [element for element in elements if element not in removed]
        if not kept or kept[-1] is elements[-1]:
            continue
        if len(kept) == 1 and isinstance(node, cst.Tuple):
            return kept[0], cst.Comma()
        return kept[-1], elements[-1].comma
    return None
