"""The commands and their arguments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from codemod import __version__
from codemod.cli import explain, migrate, scan
from codemod.cli.errors import BadOption, expected

_ABOUT = "Turn Django signal receivers into service functions called where the data is written."


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command, of the process's own arguments if none are given; returns the exit code.

    Raises SystemExit for what argparse ends with: help, and arguments that are wrong.
    """
    parser = argparse.ArgumentParser("unsignal", description=_ABOUT, allow_abbrev=False)
    parser.add_argument(
        "--version",
        action="version",
        version=f"unsignal {__version__}",
        help="Say which this is.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in (scan, migrate, explain):
        about = command.ABOUT
        own = commands.add_parser(command.NAME, help=about, description=about, allow_abbrev=False)
        command.add_arguments(own)
        own.set_defaults(run=command.run, parser=own)
    given = parser.parse_args(arguments)
    if "run" not in given:
        parser.print_help(sys.stderr)
        return 2
    try:
        return expected(given.run, given)
    except BadOption as error:
        asked: argparse.ArgumentParser = given.parser
        asked.error(str(error))
