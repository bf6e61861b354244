"""Errors of the user's input become one line and exit code 2, never a traceback."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable


class BadOption(Exception):
    """An option that can't be used like this."""


def expected(command: Callable[[Namespace], int], arguments: Namespace) -> int:
    """Run a command; print an expected error as one line that names the file."""
    from codemod.config import ConfigError
    from codemod.pipeline import NoDjango
    from codemod.source.errors import WriteError
    from codemod.source.files import SourceError
    from codemod.source.git import GitError
    from codemod.source.pyrefly import CheckerError

    try:
        return command(arguments)
    except (
        CheckerError, ConfigError, NoDjango, SourceError, WriteError, GitError, OSError,
    ) as error:  # fmt: skip
        say(f"unsignal: {error}")
        return 2


def say(text: str, end: str = "\n") -> None:
    """Tell the user something beside the output."""
    print(text, end=end, file=sys.stderr, flush=True)
