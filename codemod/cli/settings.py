"""A project's settings, checked; `--types`: a type checker to ask besides the rules."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from codemod.config import Config


class Checker(str, Enum):
    """The type checkers that can be asked."""

    PYREFLY = "pyrefly"


TypesOption = Annotated[
    Checker | None, typer.Option("--types", help="Ask this type checker too, if it is installed.")
]


def read_settings(path: Path, wanted: Checker | None) -> Config:
    """The settings of a project; no checker, and a line that says so, where it is missing.

    Raises ConfigError, also for codes that can't be accepted.
    """
    from codemod.config import ConfigError, read_config
    from codemod.source import pyrefly

    config = read_config(path)
    for wrong in filter(None, map(refusal, sorted(config.accept))):
        raise ConfigError(f"{path / 'pyproject.toml'}: tool.unsignal.accept: {wrong}")
    types = wanted.value if wanted is not None else config.types
    if types is not None and pyrefly.find() is None:
        typer.echo(f"unsignal: {types} is not installed, going on without it", err=True)
        types = None
    return replace(config, types=types)


def refusal(code: str) -> str | None:
    """What is wrong with a code that the user accepts."""
    from codemod.codes import CODES

    if code not in CODES:
        return f"no such code: {code}"
    return None if CODES[code].is_acceptable else f"can't be accepted: {code}"
