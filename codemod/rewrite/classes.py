"""Methods and bases added to a class."""

from __future__ import annotations

import libcst as cst

from codemod.rewrite import snippets
from codemod.rewrite.blocks import suite_line
from codemod.rewrite.imports import Importer
from codemod.rewrite.layout import (
    Statement,
    at_least,
    blank_tail,
    has_comment,
    is_docstring,
    lead,
    lines_of,
    split,
    with_lead,
    without_blank_end,
    without_blank_tail,
)
from codemod.values.edits import AddMethod


def add_method(
    owner: cst.ClassDef, edit: AddMethod, newline: str, importer: Importer | None
) -> cst.ClassDef:
    """The class with one function more."""
    block = _block(owner.body)
    body = lines_of(block)
    new = snippets.statements(edit.code, newline)
    if importer is not None:
        new = importer.add_to_all(new, edit.imports)
    if len(body) == 2 and is_docstring(body[0]) and _is_placeholder(body[1]):
        if not has_comment(body[1].leading_lines):
            body = body[:1]
    if len(body) == 1 and _is_placeholder(body[0]):
        new[0] = lead(new[0], split(body[0].leading_lines)[0])
        return owner.with_changes(body=block.with_changes(body=new))
    index = next(
        (
            index
            for index, statement in enumerate(body)
            if isinstance(statement, cst.FunctionDef) and statement.name.value in edit.before
        ),
        len(body),
    )
    footer = tuple(block.footer)
    if index < len(body):
        gap, comments = split(body[index].leading_lines)
        new[0] = lead(new[0], gap)
        body[index] = at_least(with_lead(body[index], comments), 1)
        if index and not gap and not blank_tail(body[index - 1]):
            new[0] = at_least(new[0], 1)
    elif has_comment(footer):
        # A comment at the end of the body belongs to what is above it.
        new[0], footer = lead(at_least(new[0], 1), without_blank_end(footer)), ()
    else:
        new[0] = at_least(new[0], 1)
        # Blank lines that are indented are part of the last method; they stay below the class.
        footer = (*blank_tail(body[-1]), *footer)
        body[-1] = without_blank_tail(body[-1])
    body[index:index] = new
    return owner.with_changes(body=block.with_changes(body=body, footer=footer))


def add_base(owner: cst.ClassDef, name: str) -> cst.ClassDef:
    """The class with one base more, in front of the others."""
    return owner.with_changes(bases=[cst.Arg(cst.Name(name)), *owner.bases])


def _block(suite: cst.BaseSuite) -> cst.IndentedBlock:
    if isinstance(suite, cst.IndentedBlock):
        return suite
    assert isinstance(suite, cst.SimpleStatementSuite)
    return cst.IndentedBlock(body=[suite_line(suite)])


def _is_placeholder(statement: Statement) -> bool:
    """Whether the statement is `pass` or `...`, and says nothing else."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    small = statement.body[0]
    if statement.trailing_whitespace.comment is not None:
        return False
    return isinstance(small, cst.Pass) or (
        isinstance(small, cst.Expr) and isinstance(small.value, cst.Ellipsis)
    )
