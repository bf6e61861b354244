"""Where an import statement stands among the others: isort's sections and order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any

import libcst as cst
from libcst.helpers import get_full_name_for_node

from codemod.rewrite.layout import (
    BLANK,
    Gap,
    Statement,
    at_least,
    called,
    comment_texts,
    for_types,
    has_comment,
    is_definition,
    is_docstring,
    is_import,
    lead,
    leading_blanks,
    split,
    with_lead,
)
from codemod.rewrite.sections import Key, Sections, natural

Order = tuple[Any, ...]  # what import lines are sorted by


def place(
    body: Sequence[Statement], new: cst.SimpleStatementLine, sections: Sections, *, top: bool
) -> list[Statement]:
    """The statements with an import line more; `top` for a module, else a function's body."""
    section = sections.key(new)[0]
    ready = _ready(body) if top and sections.are_own(section) else 0
    result = list(body[ready:])
    run = _run(result, sections, section, top)
    if run is not None:
        return [*body[:ready], *_within(result, new, run, sections)]
    if ready:
        below = [at_least(result[0], 1), *result[1:]] if result else []
        return [*body[:ready], _headed(at_least(new, 1), sections), *below]
    return _open(result, new, sections, top)


def _headed(line: Statement, sections: Sections) -> Statement:
    """The first import line of a section, with the heading of that below what is above it."""
    heading = sections.heading(sections.key(_line(line))[0])
    if heading is None:
        return line
    return with_lead(line, (*line.leading_lines, cst.EmptyLine(comment=cst.Comment(heading))))


def _ready(body: Sequence[Statement]) -> int:
    """The index below the `django.setup()` of a script, or what else has to run before imports.

    The project's modules can't be imported above it.
    """
    first = next((i for i, s in enumerate(body) if is_definition(s)), len(body))
    last = max((run.stop for run in _runs(body)), default=0)
    return max(
        (
            index + 1
            for index, name in enumerate(map(called, body[:first]))
            if name == "setup" or (name is not None and index < last)
        ),
        default=0,
    )


def _runs(body: Sequence[Statement]) -> list[range]:
    """Import lines that follow one another, before the first class or function."""
    found: list[range] = []
    for index, statement in enumerate(body):
        if is_definition(statement):
            break
        if is_import(statement):
            if found and found[-1].stop == index:
                found[-1] = range(found[-1].start, index + 1)
            else:
                found.append(range(index, index + 1))
    return found


def after_imports(body: Sequence[Statement]) -> int:
    """The index below the imports at the top, those for types too, or else below the docstring."""
    runs = _runs(body)
    if not runs:
        return 1 if body and is_docstring(body[0]) else 0
    types = takewhile(lambda statement: for_types(statement) is not None, body[runs[-1].stop :])
    return runs[-1].stop + len(list(types))


def _run(body: Sequence[Statement], sections: Sections, section: int, top: bool) -> range | None:
    runs = _runs(body)
    if not top:
        # In a function only imports at its start count: the others are where they are for a reason.
        start = 1 if body and is_docstring(body[0]) else 0
        return next((run for run in runs if run.start == start), None)
    for run in runs:
        if any(sections.key(_line(body[index]))[0] == section for index in run):
            return run
    return runs[0] if runs else None


def _line(statement: Statement) -> cst.SimpleStatementLine:
    assert isinstance(statement, cst.SimpleStatementLine)
    return statement


def _open(
    body: list[Statement], new: cst.SimpleStatementLine, sections: Sections, top: bool
) -> list[Statement]:
    """Start the imports: below the docstring and the comments about the file."""
    index = 1 if body and is_docstring(body[0]) else 0
    line: Statement = new
    if index == len(body):
        return [*body, _headed(at_least(line, 1) if index and top else line, sections)]
    below = body[index]
    gap, comments = split(below.leading_lines)
    if top and not index:
        gap, comments = _at_the_top(gap, comments, sections)
    if index and top:
        line = at_least(with_lead(line, gap), 1)
    elif has_comment(gap):
        line = with_lead(line, gap if gap[-1].comment is None else (*gap, BLANK))
    elif top or index:
        line = with_lead(line, gap)
    # else: the blank line below a function's head stands below the import
    below = at_least(with_lead(below, comments), 2 if top and is_definition(below) else 1)
    return [*body[:index], _headed(line, sections), below, *body[index + 1 :]]


def _at_the_top(gap: Gap, comments: Gap, sections: Sections) -> tuple[Gap, Gap]:
    """What stands above the first statement of a file, and what is about that statement: the only
    comments there are about the file, but for the heading of a section."""
    if has_comment(gap):
        return gap, comments
    headed = comments and comment_texts(comments)[-1] in sections.isort.comments
    end = len(comments) - bool(headed)
    return (*gap, *comments[:end]), comments[end:]


def _within(
    body: list[Statement], new: cst.SimpleStatementLine, run: range, sections: Sections
) -> list[Statement]:
    key = sections.key(new)
    keys = {index: sections.key(_line(body[index])) for index in run}
    same = _neighbours(body, [index for index in run if keys[index][0] == key[0]], new)
    line: Statement = new
    if same:
        index, above = _beside(body, same, new, list(_by_section(keys).values()), sections)
        if above:  # the lines above it, a heading too, are for both
            line, body[index] = lead(line, body[index].leading_lines), with_lead(body[index], ())
        body.insert(index, line)
        return body
    apart = _are_apart(body, keys)
    earlier = [index for index in run if keys[index][0] < key[0]]
    if earlier:
        index = earlier[-1] + 1
        line = at_least(line, 1) if apart else line
    else:
        index = run.start
        gap, comments = split(body[index].leading_lines)
        if index == 0:
            gap, comments = _at_the_top(gap, comments, sections)
        line, body[index] = lead(line, gap), with_lead(body[index], comments)
    if apart and index in run:
        body[index] = at_least(body[index], 1)
    body.insert(index, _headed(line, sections))
    return body


def _by_section(keys: Mapping[int, Key]) -> dict[int, list[int]]:
    """The import lines of a run by their sections."""
    found: dict[int, list[int]] = {}
    for index, key in keys.items():
        found.setdefault(key[0], []).append(index)
    return found


def _beside(
    body: Sequence[Statement],
    same: list[int],
    new: cst.SimpleStatementLine,
    all_lines: list[list[int]],
    sections: Sections,
) -> tuple[int, bool]:
    """Where a line goes among those of its section (`same`), and whether that is above the first.

    A section that is in no order has it beside those of its own package, where the fewest of them
    are out of order with it. `all_lines`: by sections, which show the order together.
    """

    def by_kind(line: cst.SimpleStatementLine) -> Order:
        return sections.key(line), _first_name(line)

    def by_module(line: cst.SimpleStatementLine) -> Order:
        return natural(_module(line)), by_kind(line)  # isort's force_sort_within_sections

    def fits(lines: list[int], order: Callable[[cst.SimpleStatementLine], Order]) -> bool:
        found = [order(_line(body[index])) for index in lines]
        return found == sorted(found)

    orders = by_kind, by_module
    fitting = [o for o in orders if all(fits(part, o) for part in all_lines)]
    fitting += [o for o in orders if fits(same, o)]
    near = same
    if not fitting:
        most = max(_kinship(body[index], new) for index in same)
        near = [index for index in same if _kinship(body[index], new) == most]
    order = fitting[0] if fitting else by_kind
    place = _least_astray([order(_line(body[index])) for index in near], order(new))
    return (near[place - 1] + 1, False) if place else (near[0], True)


def _least_astray(keys: list[Order], new: Order) -> int:
    """The place among keys that leaves the fewest out of order with a new one; the last of
    several such."""
    astray = [
        sum(key > new for key in keys[:place]) + sum(key < new for key in keys[place:])
        for place in range(len(keys) + 1)
    ]
    return len(keys) - astray[::-1].index(min(astray))


def _first_name(line: cst.SimpleStatementLine) -> str:
    """The first name that a line imports, which tells lines of one module apart."""
    node = line.body[0]
    assert isinstance(node, (cst.Import, cst.ImportFrom))
    if isinstance(node.names, cst.ImportStar):
        return "*"
    return node.names[0].evaluated_name.lower()


def _neighbours(
    body: Sequence[Statement], section: list[int], new: cst.SimpleStatementLine
) -> list[int]:
    """Of the lines of a section those that the file keeps with others of the same package; of
    several such, the first with the nearest kin.

    isort can be told of more sections than its own: Django's imports often have one.
    """
    if not any(_top(body[index]) == _top(new) for index in section):
        return section
    parts: list[list[int]] = []
    for index in section:
        if not parts or index - 1 not in parts[-1] or leading_blanks(body[index].leading_lines):
            parts.append([])
        parts[-1].append(index)
    return max(parts, key=lambda part: max(_kinship(body[index], new) for index in part))


def _kinship(statement: Statement, new: Statement) -> int:
    """How many packages two lines import from in common."""
    if _top(statement) != _top(new):
        return 0
    one, other = (_module(each).split(".") for each in (statement, new))
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return 1 + sum(1 for _ in same)


def _module(statement: Statement) -> str:
    """The module that a line imports from, below what the dots of a relative one stand for."""
    node = _line(statement).body[0]
    if isinstance(node, cst.ImportFrom):
        return "" if node.module is None else get_full_name_for_node(node.module) or ""
    assert isinstance(node, cst.Import)
    return node.names[0].evaluated_name


def _top(statement: Statement) -> str | None:
    """The top-level package that a line imports from."""
    node = _line(statement).body[0]
    if isinstance(node, cst.ImportFrom):
        name = None if node.module is None else get_full_name_for_node(node.module)
        return None if node.relative else (name or "").partition(".")[0]
    assert isinstance(node, cst.Import)
    return node.names[0].evaluated_name.partition(".")[0]


def _are_apart(body: Sequence[Statement], keys: dict[int, Key]) -> bool:
    """Whether the file has a blank line between its sections."""
    borders = [
        index for index in keys if index - 1 in keys and keys[index - 1][0] != keys[index][0]
    ]
    return not borders or any(leading_blanks(body[index].leading_lines) for index in borders)
