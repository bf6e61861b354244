"""What a handler's docstring says of arguments and of signals that its service doesn't have.

Signal handler that counts orders.     ->     Counts orders.

Args:                                         Args:
    sender (Model): the class                     order (Order): what was saved
    instance (Order): what was saved
    **kwargs: the rest

Entries are those of Google's style, of Sphinx's fields and of NumPy's sections.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from codemod.facts.nodes import parameters
from codemod.facts.tables import FunctionDef
from codemod.plan.reading.names import is_docstring
from codemod.values.edits import Replace
from codemod.values.span import Lines

_HEAD = re.compile(r"\s*(?:Args|Arguments|Parameters):\s*")
_ENTRY = re.compile(r"(\s*)(\*{0,2}\w+)(?= ?\([^)]*\):|:)")
_SECTION = re.compile(r"\s*(?:Other )?Parameters\s*")  # of NumPy's style: underlined
_LINE = re.compile(r"\s*-{3,}\s*")
_PARAMETER = re.compile(r"(\s*)(\*{0,2}\w+)(?=\s*$| ?: ?\S)")
_FIELD = re.compile(r"(\s*[:@](?:param|type)\s+(?:\w+\s+)?)(\*{0,2}\w+)(?=:)")

_MARK = r"[`:\"']*"
_MOMENT = r"(?:pre|post)[-_ ](?:save|delete|init)|m2m[-_ ]changed"
_HANDLER = r"receiver|handler|listener|callback"
_WORDS = rf"(?:{_MARK}(?:{_MOMENT}|{_HANDLER}|signal){_MARK}[\s-]*)+"
# `post_save` signal handler: no "signal" alone, which may be a verb.
_ROLE = rf"(?=[^.\n]*?(?:{_MOMENT}|{_HANDLER})){_WORDS}(?<=\s)"
_OF = rf"(?:(?:of|for|on)\s+(?:the\s+)?{_MARK}[A-Z][\w.]*{_MARK}\s+)?"
# What comes before that which a handler does: "A signal handler that ", "Catch the signal to ".
_BEFORE_WORK = re.compile(
    rf"(?:(?:(?:an?|the|this|django)\s+)*{_ROLE}{_OF}(?:function\s+)?(?:to|that|which)\s+"
    rf"|this\s+{_ROLE}(?!is\b|has\b|was\b)(?=[a-z]+s\b)"
    rf"|catch(?:es)?\s+(?:the|a)\s+{_WORDS}{_OF}to\s+)(?=[a-z])",
    re.IGNORECASE,
)
# A first sentence that says no more than when a handler runs.
_WHEN = re.compile(
    rf"(?:receives?\s+(?:an?|the)\s+{_WORDS}(?:when|before|after)\b[^.]*"
    rf"|(?:{_MARK}[A-Z]\w*{_MARK}\s+)?{_WORDS})\.\n\s*\n\s*(?=\w)",
    re.IGNORECASE,
)
_OPENING = re.compile(r"[rRuU]?(?:\"\"\"|'''|\"|')\s*")


def redocumented(function: FunctionDef, lines: Lines, names: Mapping[str, str]) -> list[Replace]:
    """The docstring without the entries of parameters that go, and without a word about signals in
    front of what is done; `names`: the parameters that stay, by the handler's names for them."""
    first, arguments = function.node.body[0], function.node.args
    if not is_docstring(first):
        return []
    given = {*parameters(function.node)}
    given |= {f"*{arguments.vararg.arg}"} if arguments.vararg is not None else set()
    given |= {f"**{arguments.kwarg.arg}"} if arguments.kwarg is not None else set()
    bare = {name.lstrip("*"): name for name in given}
    source = lines.source(lines.span(first))
    kept = source
    if first.lineno != first.end_lineno:
        kept = "\n".join(_kept(source.split("\n"), bare, names))
    if kept[-3:] != source[-3:]:
        kept = source  # an entry that goes ends in the closing quotes
    kept = _of_work(kept)
    return [Replace(lines.span(first), kept)] if kept != source else []


def _of_work(source: str) -> str:
    """A docstring that begins with what is done, where it began with the signal."""
    opening = _OPENING.match(source)
    if opening is None:
        return source
    start = opening.end()
    found = _WHEN.match(source, start)
    if found is not None:
        return source[:start] + source[found.end() :]
    found = _BEFORE_WORK.match(source, start)
    if found is None:
        return source
    first = source[found.end()]
    return (
        source[:start]
        + (first.upper() if source[start].isupper() else first)
        + (source[found.end() + 1 :])
    )


def _kept(rows: list[str], given: Mapping[str, str], names: Mapping[str, str]) -> list[str]:
    """The rows without those of entries that go, and headings that have none left."""
    left: list[str] = []
    entry: re.Pattern[str] | None = None  # what an entry looks like, below a heading of entries
    inside, dropped = -1, -1  # how deep that heading is, and the entry that goes
    for index, row in enumerate(rows):
        depth = len(row) - len(row.lstrip())
        text = row.strip()
        if dropped >= 0 and text and depth > dropped:
            continue  # more of the entry
        dropped = -1
        if _is_underlined(rows, index):
            entry, inside = (_PARAMETER if _SECTION.fullmatch(row) else None), depth - 1
        elif _HEAD.fullmatch(row):
            entry, inside = _ENTRY, depth
        elif text and depth <= inside:
            entry = None
        match = _FIELD.match(row) or (entry.match(row) if entry is not None else None)
        name = given.get(match[2].lstrip("*")) if match is not None else None
        if match is None or name is None:
            left.append(row)
        elif name in names:
            left.append(f"{match[1]}{names[name]}{row[match.end() :]}")
        else:
            dropped = depth
    return _headed(left) if len(left) < len(rows) else left


def _is_underlined(rows: list[str], index: int) -> bool:
    """Whether a row is a heading of NumPy's style."""
    following = rows[index + 1] if index + 1 < len(rows) else ""
    return bool(rows[index].strip()) and _LINE.fullmatch(following) is not None


def _headed(rows: list[str]) -> list[str]:
    """The rows without headings that nothing stands below, and without blank rows for nothing."""
    left: list[str] = []
    index = 0
    while index < len(rows):
        row = rows[index]
        section = _is_underlined(rows, index) and _SECTION.fullmatch(row) is not None
        next_ = index + 1 + section
        found = next((i for i in range(next_, len(rows)) if rows[i].strip()), None)
        below = rows[found] if found is not None else ""
        deeper = len(below) - len(below.lstrip()) > len(row) - len(row.lstrip())
        if section:
            bare = found is None or below.strip() in _QUOTES or _is_underlined(rows, found)
        else:
            bare = _HEAD.fullmatch(row) is not None and not deeper
        if not bare:
            if row.strip() in _QUOTES or not row.strip():
                while left and not left[-1].strip():
                    left.pop()
            left += rows[index:next_]
        index = next_
    return left


_QUOTES = ('"""', "'''")
