"""What a handler's docstring says of arguments that its service doesn't have.

Args:                                         Args:
    sender (Model): the class          ->         order (Order): what was saved
    instance (Order): what was saved
    **kwargs: the rest
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from codemod.facts.nodes import parameters
from codemod.facts.tables import FunctionDef
from codemod.plan.names import is_docstring
from codemod.values.edits import Replace
from codemod.values.span import Lines

_HEAD = re.compile(r"\s*(?:Args|Arguments|Parameters):\s*")
_ENTRY = re.compile(r"(\s*)(\*{0,2}\w+)(?= ?\([^)]*\):|:)")
_FIELD = re.compile(r"(\s*[:@](?:param|type)\s+(?:\w+\s+)?)(\*{0,2}\w+)(?=:)")


def redocumented(function: FunctionDef, lines: Lines, names: Mapping[str, str]) -> list[Replace]:
    """The docstring without the entries of parameters that go; `names`: those that stay, by the
    handler's names for them."""
    first, arguments = function.node.body[0], function.node.args
    if not is_docstring(first) or first.lineno == first.end_lineno:
        return []
    given = {*parameters(function.node)}
    given |= {f"*{arguments.vararg.arg}"} if arguments.vararg is not None else set()
    given |= {f"**{arguments.kwarg.arg}"} if arguments.kwarg is not None else set()
    bare = {name.lstrip("*"): name for name in given}
    source = lines.source(lines.span(first))
    kept = "\n".join(_kept(source.split("\n"), bare, names))
    if kept == source or kept[-3:] != source[-3:]:
        return []  # nothing to do, or an entry that goes ends in the closing quotes
    return [Replace(lines.span(first), kept)]


def _kept(rows: list[str], given: Mapping[str, str], names: Mapping[str, str]) -> list[str]:
    """The rows without those of entries that go, and headings that have none left."""
    left: list[str] = []
    inside, dropped = -1, -1  # how deep the heading of entries is, and the entry that goes
    for row in rows:
        depth = len(row) - len(row.lstrip())
        text = row.strip()
        if dropped >= 0 and text and depth > dropped:
            continue  # more of the entry
        dropped = -1
        if _HEAD.fullmatch(row):
            inside = depth
        elif text and depth <= inside:
            inside = -1
        match = _FIELD.match(row) or (_ENTRY.match(row) if inside >= 0 else None)
        name = given.get(match[2].lstrip("*")) if match is not None else None
        if match is None or name is None:
            left.append(row)
        elif name in names:
            left.append(f"{match[1]}{names[name]}{row[match.end() :]}")
        else:
            dropped = depth
    return _headed(left) if len(left) < len(rows) else left


def _headed(rows: list[str]) -> list[str]:
    """The rows without headings that nothing stands below, and without blank rows for nothing."""
    left: list[str] = []
    for index, row in enumerate(rows):
        below = next((r for r in rows[index + 1 :] if r.strip()), "")
        deeper = len(below) - len(below.lstrip()) > len(row) - len(row.lstrip())
        if not _HEAD.fullmatch(row) or deeper:
            if row.strip() in _QUOTES or not row.strip():
                while left and not left[-1].strip():
                    left.pop()
            left.append(row)
    return left


_QUOTES = ('"""', "'''")
