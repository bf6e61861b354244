"""Every changed file compiles.

    def f(:           ->   shop/views.py:1: invalid syntax
    return order      ->   shop/views.py:1: 'return' outside function

Nothing is executed: the code object is thrown away.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping

from codemod.values.failures import Failure


def check_syntax(after: Mapping[str, str]) -> tuple[Failure, ...]:
    """Return the first error of each file that doesn't compile."""
    return tuple(failure for path, text in after.items() for failure in _errors(path, text))


def parse(text: str) -> ast.Module | None:
    """The tree of a text, or None if it has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _errors(path: str, text: str) -> Iterator[Failure]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            yield Failure("syntax", path, error.lineno or 0, error.msg)
        except (ValueError, RecursionError, MemoryError) as error:
            reason = str(error) or "too deeply nested"
            yield Failure("syntax", path, 0, f"can't be compiled: {reason}")
