"""Top-level statements added to a file."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from codemod.rewrite import snippets
from codemod.rewrite.import_order import after_imports
from codemod.rewrite.imports import Importer
from codemod.rewrite.layout import (
    Statement,
    at_least,
    has_comment,
    is_definition,
    is_import,
    join_statements,
    lead,
    split,
    with_lead,
    without_blank_end,
)
from codemod.values.edits import Append


def append_all(
    module: cst.Module, edits: Sequence[Append], newline: str, style: Importer
) -> cst.Module:
    """The module with all that is appended, in order."""
    upper: list[Statement] = []
    for edit in edits:
        new = style.add_to_all(snippets.statements(edit.code, newline), edit.imports)
        if edit.after_imports:
            upper.extend(new)
        elif new:
            module = _at_the_end(module, new)
            module = module.with_changes(footer=snippets.tail(edit.code, newline))
    return _below_imports(module, upper) if upper else module


def _at_the_end(module: cst.Module, new: list[Statement]) -> cst.Module:
    body: list[Statement] = list(module.body)
    header, footer = without_blank_end(module.header), without_blank_end(module.footer)
    if has_comment(footer):
        # Comments at the end of the file stay above what is added.
        new[0], footer = lead(at_least(new[0], _room(body, new[0])), footer), ()
    elif body or header:
        new[0] = at_least(new[0], _room(body, new[0]))
    return module.with_changes(
        header=header, body=(*body, *new), footer=footer, has_trailing_newline=True
    )


def _room(body: Sequence[Statement], new: Statement) -> int:
    """Blank lines above what is appended: two, but one between imports and a constant."""
    if is_definition(new) or not body:
        return 2
    return 1 if is_import(body[-1]) and isinstance(new, cst.SimpleStatementLine) else 2


def _below_imports(module: cst.Module, new: list[Statement]) -> cst.Module:
    body: list[Statement] = list(module.body)
    index = after_imports(body)
    if index:
        new[0] = at_least(new[0], _room(body[:index], new[0]))
    elif body:
        gap, comments = split(body[0].leading_lines)
        if not has_comment(gap):
            # The only comments at the top of a file are about the file.
            gap, comments = (*gap, *comments), ()
        new[0], body[0] = lead(new[0], gap), with_lead(body[0], comments)
    elif has_comment(module.header):
        new[0] = at_least(new[0], 1)
    if index < len(body):
        body[index] = at_least(body[index], 2 if is_definition(body[index]) else 1)
    body[index:index] = join_statements([(line, True) for line in new], top=True)
    return module.with_changes(body=body, has_trailing_newline=True)
