"""A test that loses some of its terms; the others keep their lines.

if (created and              if (order.paid and
        instance.paid and            order.open):
        instance.open):
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from codemod.plan.reading.names import operand
from codemod.values.edits import Replace
from codemod.values.span import Lines, Span

_JOINT = re.compile(r"([\s\\)]*?)([\s\\]*\b(?:and|or)\b[\s\\]*)([\s\\(]*)")


@dataclass(frozen=True)
class Term:
    """A term that is left."""

    span: Span
    joint: str  # what joins it to the one above, if there is one
    opened: str = ""  # its parentheses, and what stands between them and it
    closed: str = ""


@dataclass(frozen=True)
class Shortened:
    """A test of which some terms are left."""

    test: Span
    margin: int  # the column in which its statement stands
    terms: tuple[Term, ...]

    @classmethod
    def of(cls, guard: ast.If, kept: Sequence[ast.expr], lines: Lines) -> Shortened:
        """The test of a guard with those of its terms that are kept, not all of them."""
        test, place = guard.test, lines.span(guard)
        assert isinstance(test, ast.BoolOp)  # it has several
        terms = _as_they_stand(test, lines) if len(kept) > 1 else None
        left = [terms[term] if terms else _alone(test, term, kept, lines) for term in kept]
        return cls(lines.span(test), place.column, tuple(left))

    def merged(self, lines: Lines, edits: Iterable[Replace] = ()) -> Replace:
        """What the test becomes, where parts of its terms may become something else."""
        inner = [(edit.first, edit.code) for edit in edits]
        code = ""
        for term in self.terms:
            changes = [change for change in inner if term.span.contains(change[0])]
            code += term.joint if code else ""
            code += f"{term.opened}{lines.changed(term.span, changes)}{term.closed}"
        if not any(quotes in code for quotes in ('"""', "'''")):
            # Lines behind a backslash are no part of the block that may move.
            code = re.sub(rf"(?<!\\)\n[ \t]{{{self.margin}}}", "\n", code)
        broken = any(re.search(r"(?<!\\)\n", term.joint) for term in self.terms[1:])
        return Replace(self.test, f"({code})" if broken else code)


def _as_they_stand(test: ast.BoolOp, lines: Lines) -> dict[ast.expr, Term] | None:
    """All terms with what is around them; None where a comment is."""
    whole, spans = lines.span(test), [*map(lines.span, test.values)]
    opened = [_between(lines, (whole.line, whole.column), _start(spans[0]))]
    joints, closed = [""], list[str]()
    for above, below in pairwise(spans):
        found = _JOINT.fullmatch(_between(lines, _end(above), _start(below)))
        if found is None:
            return None
        closed.append(found[1])
        joints.append(found[2])
        opened.append(found[3])
    closed.append(_between(lines, _end(spans[-1]), _end(whole)))
    terms = map(Term, spans, joints, opened, closed)
    return dict(zip(test.values, terms, strict=True))


def _alone(test: ast.BoolOp, term: ast.expr, kept: Sequence[ast.expr], lines: Lines) -> Term:
    """A term with the parentheses that it needs."""
    word = "and" if isinstance(test.op, ast.And) else "or"
    span = lines.span(term)
    bare = operand(term, lines, word if len(kept) > 1 else "") == lines.source(span)
    return Term(span, f" {word} ") if bare else Term(span, f" {word} ", "(", ")")


def _start(span: Span) -> tuple[int, int]:
    return span.line, span.column


def _end(span: Span) -> tuple[int, int]:
    return span.end_line, span.end_column


def _between(lines: Lines, start: tuple[int, int], end: tuple[int, int]) -> str:
    return lines.changed(Span(*start, *end), ())
