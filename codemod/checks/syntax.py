"""Every changed file compiles, and parses on the oldest Python that the project is for.

    def f(:              ->   shop/views.py:1: invalid syntax
    return order         ->   shop/views.py:1: 'return' outside function
    if (n := f(x)): ..   ->   shop/views.py:1: ... Python 3.8 and greater

Nothing is executed: the code object is thrown away. Of older Pythons the parser knows the
statements and operators; what may stand inside an f-string is not among that.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping

from codemod.syntax.older import read, tree_of
from codemod.values.failures import Failure
from codemod.values.latest import Latest

Version = tuple[int, int]
_OLDEST = (3, 7)  # of those that `ast.parse` can be asked about


def check_syntax(
    after: Mapping[str, str],
    before: Mapping[str, str] | None = None,
    oldest: Version | None = None,
    latest: Latest | None = None,
) -> tuple[Failure, ...]:
    """Return the first error of each file that doesn't compile.

    `oldest`: the Python on which the files have to parse, if those `before` did.
    """
    latest = Latest() if latest is None else latest
    asked = (latest.ask(("syntax", path), (path, text), _error) for path, text in after.items())
    found = [failure for failure in asked if failure is not None]
    if found or oldest is None or oldest >= sys.version_info[:2]:
        return tuple(found)
    version = max(oldest, _OLDEST)
    if any(
        latest.ask(("too new before", path), (text, version), _too_new)
        for path, text in (before or {}).items()
    ):
        return ()  # what the project says of itself is not so
    errors = (
        (path, latest.ask(("too new", path), (text, version), _too_new))
        for path, text in after.items()
    )
    return tuple(Failure("syntax", path, e.lineno or 0, e.msg) for path, e in errors if e)


def _too_new(text: str, version: Version) -> SyntaxError | None:
    """What a Python of this version would find wrong."""
    try:
        ast.parse(text, feature_version=version)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError):
        pass  # `_error` says so
    return None


def parse(text: str) -> ast.Module | None:
    """The tree of a text, or None if it has none."""
    try:
        return tree_of(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _error(path: str, text: str) -> Failure | None:
    """What keeps a text from being compiled."""
    try:
        read(text, lambda words: compile(words, path, "exec", dont_inherit=True))
    except SyntaxError as error:
        return Failure("syntax", path, error.lineno or 0, error.msg)
    except (ValueError, RecursionError, MemoryError) as error:
        reason = str(error) or "too deeply nested"
        return Failure("syntax", path, 0, f"can't be compiled: {reason}")
    return None
