"""The quotes that a file has for its strings, for those that the tool writes into it.

order.save(update_fields=['total'])         log_order(order, action='post_add')
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator, Sequence

FEWEST = 3  # strings that tell of a habit
_OTHERS = frozenset("'\"\\")


def requoted(examples: Sequence[str], moved: Sequence[str], after: str) -> str:
    """`after`, its new strings in single quotes where all strings of the examples are.

    `moved`: texts that code came from; their strings stay as they are.
    """
    if not are_single(examples, FEWEST):
        return after
    known = {string for text in (*examples, *moved) for _, string in _strings(text)}
    lines = after.splitlines(keepends=True)
    for (row, column), string in _strings(after):
        inside = string[1:-1]
        if string[0] == '"' and string not in known and _OTHERS.isdisjoint(inside):
            line = lines[row - 1]
            lines[row - 1] = f"{line[:column]}'{inside}'{line[column + len(string) :]}"
    return "".join(lines)


def are_single(texts: Sequence[str], fewest: int = 1) -> bool:
    """Whether texts have strings, as many at least, and all in single quotes that could be so."""
    found = [string for text in texts for _, string in _strings(text)]
    free = [string for string in found if _OTHERS.isdisjoint(string[1:-1])]
    return len(free) >= fewest and all(string[0] == "'" for string in free)


def _strings(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Where the plain strings of one line are, and the strings with their quotes. Those inside of
    f-strings, which are tokens since Python 3.12, have the quotes that these leave them."""
    inside = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            name = tokenize.tok_name[token.type]
            inside += name.endswith("STRING_START") - name.endswith("STRING_END")
            if name == "STRING" and not inside and token.string[0] in "'\"":
                if token.string[:3] not in ("'''", '"""'):
                    yield token.start, token.string
    except (tokenize.TokenError, SyntaxError):
        return
