"""Errors of the user's input become one line and exit code 2, never a traceback."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

import typer

P = ParamSpec("P")


def friendly(command: Callable[P, None]) -> Callable[P, None]:
    """Run a command; print an expected error as one line that names the file."""

    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        from codemod.config import ConfigError
        from codemod.pipeline import NoDjango
        from codemod.source.errors import WriteError
        from codemod.source.files import SourceError
        from codemod.source.git import GitError
        from codemod.source.pyrefly import CheckerError

        try:
            command(*args, **kwargs)
        except BrokenPipeError:
            raise  # who reads the output has enough (`| head`): click ends without a word
        except (
            CheckerError, ConfigError, NoDjango, SourceError, WriteError, GitError, OSError,
        ) as error:  # fmt: skip
            typer.echo(f"unsignal: {error}", err=True)
            raise typer.Exit(2) from error

    return wrapper
