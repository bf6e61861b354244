"""`unsignal scan [PATH]`."""

from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from codemod.cli.checker import add_types, with_types
from codemod.cli.errors import say
from codemod.values.inventory import Inventory

NAME = "scan"
ABOUT = "List every receiver, what fires it, and what is risky about it. Changes nothing."

TEXT, JSON, MARKDOWN, MERMAID = FORMATS = ("text", "json", "markdown", "mermaid")


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the command takes."""
    add_path(parser)
    parser.add_argument(
        "--format", choices=FORMATS, default=TEXT, help="How the inventory is printed."
    )
    add_types(parser)


def add_path(parser: ArgumentParser) -> None:
    """Add the project's folder."""
    parser.add_argument(
        "path", nargs="?", type=Path, default=Path("."), help="The project's folder (default: .)."
    )


def run(arguments: Namespace) -> int:
    """Print the inventory; returns the exit code."""
    from codemod.config import read_config
    from codemod.pipeline import take_stock
    from codemod.plan.plan import Options

    path = existing(arguments.path)
    config = with_types(read_config(path), arguments.types)
    inventory = take_stock(path, config, Options(accept=config.accept))
    for part in _printed(inventory, arguments.format):
        sys.stdout.buffer.write(part.encode())
    sys.stdout.buffer.flush()
    if arguments.format != TEXT:
        for entry in inventory.unreadable:
            say(f"unsignal: not read: {entry}")
    return 2 if inventory.unreadable else 0


def existing(path: Path) -> Path:
    """The path, if it is a folder. Raises FileNotFoundError."""
    if not path.is_dir():
        what = "no such directory" if not path.exists() else "not a directory"
        raise FileNotFoundError(f"{path}: {what}")
    return path


def _printed(inventory: Inventory, form: str) -> Iterator[str]:
    if form == JSON:
        from codemod.report.json_format import parts

        yield from parts(inventory)
    elif form == MARKDOWN:
        from codemod.report.markdown import markdown

        yield markdown(inventory)
    elif form == MERMAID:
        from codemod.report.mermaid import mermaid

        yield mermaid(inventory)
    else:
        from codemod.report.text import text

        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        yield text(inventory, width)
    yield "\n"
