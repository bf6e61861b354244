"""Sentences that stand apart above receivers go along where nothing of what they are about stays.

    # Partners are told of each sale.          # Partners are told of each sale.


    @receiver(post_save, sender=Order)    ->   def tell_partners(order):
    def tell_partners(sender, ...):                ...
        ...                                    (if no other code is below it in the old module, down
                                               to the next one of its kind)

So do those at the end of a module that goes. Headings have nothing to say elsewhere.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import replace
from itertools import pairwise

from codemod.facts.tables import FileFacts
from codemod.plan.book import Book
from codemod.project.project import Project
from codemod.values.edits import Edit, Move, Replace
from codemod.values.span import Span

_WORDS = 4  # of a heading, at most


def take_sections_along(project: Project, book: Book) -> None:
    """Have the functions that move take such comments along, and their old places lose them."""
    moves: dict[tuple[str, Span], tuple[str, int]] = {}  # the first edit of each function
    for path, edits in book.edits.items():
        for index, edit in enumerate(edits):
            if isinstance(edit, Move) and edit.comments:
                moves.setdefault((edit.source, edit.function), (path, index))
    for source in {source for source, _ in moves}:
        facts = project.known(source)
        for span in _emptied(facts, _gone(facts, book, source)):
            if (source, span) in moves:
                path, index = moves[source, span]
                _mark(book.edits[path], index)
                for index, edit in enumerate(book.edits.get(source, ())):
                    if isinstance(edit, Replace) and edit.first == span and not edit.code:
                        _mark(book.edits[source], index)
        if source in book.deleted and _is_sentence(_at_the_end(facts)):
            last = max((s for file, s in moves if file == source), key=lambda span: span.line)
            path, index = moves[source, last]
            edit = book.edits[path][index]
            assert isinstance(edit, Move)
            book.edits[path][index] = replace(edit, last=True)


def _mark(edits: list[Edit], index: int) -> None:
    edit = edits[index]
    assert isinstance(edit, (Move, Replace))
    edits[index] = replace(edit, apart=True)


def _at_the_end(facts: FileFacts) -> list[str]:
    """The comments below the last statement that are not of its block."""
    last = facts.tree.body[-1]
    rows = facts.lines.lines[last.end_lineno or last.lineno :]
    return [row for row in rows if row.startswith("#")]


def _gone(facts: FileFacts, book: Book, path: str) -> list[ast.stmt]:
    """The statements at the top of a module that go."""
    if path in book.deleted:
        return facts.tree.body
    edits = [e for e in book.edits.get(path, ()) if isinstance(e, Replace) and not e.code]
    spans = {edit.first for edit in edits if edit.last is None}
    return [s for s in facts.tree.body if facts.lines.span(s) in spans]


def _emptied(facts: FileFacts, gone: Collection[ast.stmt]) -> Iterator[Span]:
    """The statements right below a comment of which all that it is about goes."""
    body = facts.tree.body
    starts = [i for i in range(1, len(body)) if any(_apart(facts, body[i - 1], body[i]))]
    for start, end in pairwise([*starts, len(body)]):
        said = _apart(facts, body[start - 1], body[start])
        if _is_sentence(said) and all(any(s is g for g in gone) for s in body[start:end]):
            yield facts.lines.span(body[start])


def _apart(facts: FileFacts, before: ast.stmt, below: ast.stmt) -> list[str]:
    """The comments between two statements that stand apart from the second one."""
    decorators = [d.lineno for d in getattr(below, "decorator_list", ())]
    first, last = (before.end_lineno or before.lineno) + 1, min([below.lineno, *decorators])
    rows = [facts.lines.line(number).strip() for number in range(first, last)]
    while rows and rows[-1]:
        rows.pop()
    return [row for row in rows if row.startswith("#")]


def _is_sentence(comments: list[str]) -> bool:
    words = [word for text in comments for word in text.strip("#-=~*_ \t").split()]
    return len(words) > _WORDS or any(word.endswith(".") for word in words)
