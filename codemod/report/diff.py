r"""A git-style diff that plain `git apply` takes.

Bytes, because one diff may hold files of several encodings, and because only
"\n" ends a line here: form feeds and "\r" are content.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from codemod.values.files import Change

_CONTEXT = 3
_FILE, _EXECUTABLE = b"100644", b"100755"
_ESCAPES = {7: b"a", 8: b"b", 9: b"t", 10: b"n", 11: b"v", 12: b"f", 13: b"r", 34: b'"', 92: b"\\"}


Span = tuple[int, int, int, int]
"""Lines `[0]:[1]` before, replaced by lines `[2]:[3]` after."""

Lines = Sequence[bytes]


def unified(changes: Sequence[Change], modes: Mapping[str, int] | None = None) -> bytes:
    """Return one diff for all changes, sorted by path; empty if nothing differs.

    `modes` has the permission bits of files, for those that are deleted or
    created executable; 644 is taken for others.
    """
    known = modes or {}
    ordered = sorted(changes, key=lambda change: os.fsencode(change.path))
    return b"".join(
        _file(change, known.get(change.path, 0))
        for change in ordered
        if change.before != change.after
    )


def _file(change: Change, mode: int) -> bytes:
    path = os.fsencode(change.path)
    old, new = _quoted(b"a/" + path), _quoted(b"b/" + path)
    kind = _EXECUTABLE if mode & 0o100 else _FILE
    parts = [b"diff --git %b %b\n" % (old, new)]
    if change.before is None:
        parts.append(b"new file mode %b\n" % kind)
    if change.after is None:
        parts.append(b"deleted file mode %b\n" % kind)
    before, after = _lines(change.before), _lines(change.after)
    if before or after:
        # Without the tab, a name would end at its first space.
        tab = b"\t" if b" " in path else b""
        parts.append(b"--- %b\n" % (b"/dev/null" if change.before is None else old + tab))
        parts.append(b"+++ %b\n" % (b"/dev/null" if change.after is None else new + tab))
        parts += (_hunk(group, before, after) for group in _grouped(_spans(before, after)))
    return b"".join(parts)


def _quoted(path: bytes) -> bytes:
    """Return a path as git shows it: in C's quotes if a byte needs an escape."""
    shown = b"".join(map(_escaped, path))
    return path if shown == path else b'"%b"' % shown


def _escaped(byte: int) -> bytes:
    if byte in _ESCAPES:
        return b"\\" + _ESCAPES[byte]
    return bytes([byte]) if 32 <= byte < 127 else b"\\%03o" % byte


def _lines(data: bytes | None) -> list[bytes]:
    if not data:
        return []
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _grouped(found: list[Span]) -> Iterator[list[Span]]:
    """Yield the spans of each hunk: those whose context touches."""
    group: list[Span] = []
    for span in found:
        if group and span[0] - group[-1][1] > 2 * _CONTEXT:
            yield group
            group = []
        group.append(span)
    if group:
        yield group


def _hunk(group: list[Span], before: Lines, after: Lines) -> bytes:
    lead = min(_CONTEXT, group[0][0])
    trail = min(_CONTEXT, len(before) - group[-1][1])
    first, last = group[0][0] - lead, group[-1][1] + trail
    old = _range(first, last)
    new = _range(group[0][2] - lead, group[-1][3] + trail)
    parts = [b"@@ -%b +%b @@%b\n" % (old, new, _heading(before, first))]
    at = first
    for a, b, c, d in group:
        parts += (_line(b" ", line) for line in before[at:a])
        parts += (_line(b"-", line) for line in before[a:b])
        parts += (_line(b"+", line) for line in after[c:d])
        at = b
    parts += (_line(b" ", line) for line in before[at:last])
    return b"".join(parts)


def _line(sign: bytes, line: bytes) -> bytes:
    end = b"" if line.endswith(b"\n") else b"\n\\ No newline at end of file\n"
    return sign + line + end


def _range(start: int, stop: int) -> bytes:
    count = stop - start
    if count == 1:
        return b"%d" % stop
    return b"%d,%d" % (start + 1 if count else start, count)


def _heading(before: Lines, first: int) -> bytes:
    """Return the definition above a hunk, as git shows it for the reader."""
    for line in reversed(before[:first]):
        if line[:1].isalpha() or line[:1] in (b"_", b"$"):
            return b" " + line[:80].rstrip()
    return b""


def _spans(before: Lines, after: Lines) -> list[Span]:
    """Return what differs, in order, cut where a reader would cut.

    Lines that occur once on either side are anchors (patience diff): functions
    stay whole where a shortest diff would pair the blank lines of others.
    """
    found: list[Span] = []
    todo = [(0, len(before), 0, len(after))]
    while todo:
        a, b, c, d = span = _trimmed(todo.pop(), before, after)
        if a == b or c == d:
            found += [span] if (a, c) != (b, d) else []
        elif anchors := _anchors(before[a:b], after[c:d]):
            todo += _between(span, anchors)
        else:
            found += _matched(span, before, after)
    return _slid(sorted(found), before, after)


def _trimmed(span: Span, before: Lines, after: Lines) -> Span:
    a, b, c, d = span
    while a < b and c < d and before[a] == after[c]:
        a, c = a + 1, c + 1
    while a < b and c < d and before[b - 1] == after[d - 1]:
        b, d = b - 1, d - 1
    return a, b, c, d


def _anchors(before: Lines, after: Lines) -> list[tuple[int, int]]:
    """Return the longest rising run of pairs of lines that are unique on both sides."""
    once = {line for line, count in Counter(before).items() if count == 1}
    once &= {line for line, count in Counter(after).items() if count == 1}
    places = {line: place for place, line in enumerate(after) if line in once}
    pairs = [(place, places[line]) for place, line in enumerate(before) if line in once]
    ends: list[int] = []  # of the runs by length: where the best one ends in `after`
    last: list[int] = []  # and with which pair
    previous: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        previous.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [number]
    run: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        run.append(pairs[number])
        number = previous[number]
    return run[::-1]


def _between(span: Span, anchors: list[tuple[int, int]]) -> Iterator[Span]:
    a, b, c, d = span
    left, right = a, c
    for old, new in anchors:
        yield left, a + old, right, c + new
        left, right = a + old + 1, c + new + 1
    yield left, b, right, d


def _matched(span: Span, before: Lines, after: Lines) -> Iterator[Span]:
    a, b, c, d = span
    for tag, i, j, k, m in SequenceMatcher(None, before[a:b], after[c:d]).get_opcodes():
        if tag != "equal":
            yield a + i, a + j, c + k, c + m


def _slid(found: list[Span], before: Lines, after: Lines) -> list[Span]:
    """Move added and removed blocks up to a blank line, where the text allows both."""
    slid: list[Span] = []
    for a, b, c, d in found:
        lines, start, stop = (before, a, b) if c == d else (after, c, d)
        floor = 0 if not slid else slid[-1][1] if c == d else slid[-1][3]
        up = 0 if a == b or c == d else None
        while up is not None and not _opens(lines, start - up):
            at_floor = start - up <= floor + (1 if slid else 0)
            same = not at_floor and lines[start - up - 1] == lines[stop - up - 1]
            up = up + 1 if same else None
        by = up or 0
        slid.append((a - by, b - by, c - by, d - by))
    return slid


def _opens(lines: Lines, start: int) -> bool:
    """Return whether a paragraph begins at this line."""
    return bool(lines[start].strip()) and (start == 0 or not lines[start - 1].strip())
