"""The option `--types`: a type checker to ask besides the rules."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace
from typing import TYPE_CHECKING

from codemod.cli.errors import say

if TYPE_CHECKING:
    from codemod.config import Config

CHECKERS = ("pyrefly",)


def add_types(parser: ArgumentParser) -> None:
    """Add the option."""
    parser.add_argument(
        "--types", choices=CHECKERS, help="Ask this type checker too, if it is installed."
    )


def with_types(config: Config, wanted: str | None) -> Config:
    """The settings with the checker to ask; none, and a line that says so, where it is missing."""
    from codemod.source import pyrefly

    types = wanted or config.types
    if types is not None and pyrefly.find() is None:
        say(f"unsignal: {types} is not installed, going on without it")
        types = None
    return replace(config, types=types)
