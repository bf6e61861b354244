"""The option `--types`: a type checker to ask besides the rules."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
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


def with_types(config: Config, wanted: Checker | None) -> Config:
    """The settings with the checker to ask; none, and a line that says so, where it is missing."""
    from codemod.source import pyrefly

    types = wanted.value if wanted is not None else config.types
    if types is not None and pyrefly.find() is None:
        typer.echo(f"unsignal: {types} is not installed, going on without it", err=True)
        types = None
    return replace(config, types=types)
