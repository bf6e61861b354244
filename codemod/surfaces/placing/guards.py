"""Calls under conditions.

("created", "open_ledger(order)")         if created:
("created", "tell_customer(order)")  ->       open_ledger(order)
("not created", "log_change(order)")          tell_customer(order)
("", "index(order)")                      else:
                                              log_change(order)
                                          index(order)
"""

from __future__ import annotations

import re
from collections.abc import Iterable


def under_guards(calls: Iterable[tuple[str, str]]) -> list[str]:
    """The lines of some (condition, call): neighbours share an `if`, opposites an `else`."""
    lines: list[str] = []
    above, has_else = "", False
    for condition, call in calls:
        if condition and condition != above:
            opposites = (f"not {above}", above.removeprefix("not "))
            has_else = bool(above) and not has_else and condition in opposites
            lines.append("else:" if has_else else f"if {condition}:")
        lines.append(f"    {call}" if condition else call)
        above, has_else = condition, has_else and bool(condition)
    return lines


def under(condition: str, lines: list[str]) -> list[str]:
    """Lines under a further condition, in one with the `if created:` that all of them are under."""
    head = re.fullmatch(r"if ((?:not )?\w+):", lines[0])
    if head is not None and all(line.startswith(" ") for line in lines[1:]):
        return [f"if {condition} and {head[1]}:", *lines[1:]]
    return [f"if {condition}:", *(f"    {line}" for line in lines)]
