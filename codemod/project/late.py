"""What loads a module that Django doesn't import when it starts.

    shop/forms.py              views import it, and the URLs those: it comes with a request
    shop/context.py            the settings name it in a string: the same
    shop/management/commands/  a command: it is there where that runs, and nowhere else

Django loads the URLs, middleware, context processors and tags with the first request, or where a
command checks the project; tasks, shells and `call_command()` do neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from codemod.project.started import Started
from codemod.values.inventory import is_test

_WEB = re.compile(r"(^|/)((urls|templatetags|routing|consumers)(/|\.py$)|[aw]sgi\.py$)")
_OTHER = re.compile(r"(^|/)(management/commands/|tasks(/|\.py$))")
_MIGRATION = re.compile(r"(^|/)migrations/")


@dataclass(frozen=True)
class Late:
    """When a module is loaded, after the start."""

    with_urls: bool  # by nothing but what answers requests
    by: str  # a file that has it loaded


def late(path: str, started: Started, importers_of: Callable[[str], Iterable[str]]) -> Late | None:
    """When the module of a file is loaded; None if Django starts with it, or nothing tells."""
    if is_test(path) or started.includes(path):
        return None
    web: list[str] = []
    others: list[str] = []
    seen, pending = {path}, [path]
    while pending:
        current = pending.pop()
        if _WEB.search(current):
            web.append(current)
            continue
        if _OTHER.search(current):
            others.append(current)
            continue
        importers = [other for other in importers_of(current) if not _MIGRATION.search(other)]
        if not importers:
            return None
        for other in importers:
            if started.is_settings(other):
                web.append(other)
            elif started.includes(other):  # within a function
                others.append(other)
            elif other not in seen:
                seen.add(other)
                pending.append(other)
    found = others or web  # nothing, where modules import each other and none else does
    return Late(not others, min(found)) if found else None
