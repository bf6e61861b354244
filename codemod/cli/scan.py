"""`unsignal scan [PATH]`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from codemod.cli.errors import friendly
from codemod.cli.settings import TypesOption, read_settings
from codemod.values.inventory import Inventory


class Format(str, Enum):
    """How the inventory is printed."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    MERMAID = "mermaid"


@friendly
def scan(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The project's folder.")] = Path("."),
    form: Annotated[
        Format, typer.Option("--format", help="How the inventory is printed.")
    ] = Format.TEXT,
    types: TypesOption = None,
) -> None:
    """List every receiver, what fires it, and what is risky about it. Changes nothing."""
    from codemod.pipeline import take_stock
    from codemod.plan.plan import Options

    if not path.is_dir():
        what = "no such directory" if not path.exists() else "not a directory"
        raise FileNotFoundError(f"{path}: {what}")
    config = read_settings(path, types)
    inventory = take_stock(path, config, Options(accept=config.accept))
    for part in _printed(inventory, form):
        sys.stdout.buffer.write(part.encode())
    sys.stdout.buffer.flush()
    if inventory.unreadable:
        if form is not Format.TEXT:
            for entry in inventory.unreadable:
                typer.echo(f"unsignal: not read: {entry}", err=True)
        raise typer.Exit(2)


def _printed(inventory: Inventory, form: Format) -> Iterator[str]:
    if form is Format.JSON:
        from codemod.report.json_format import parts

        yield from parts(inventory)
    elif form is Format.MARKDOWN:
        from codemod.report.markdown import markdown

        yield markdown(inventory)
    elif form is Format.MERMAID:
        from codemod.report.mermaid import mermaid

        yield mermaid(inventory)
    else:
        from codemod.report.text import text

        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        yield text(inventory, width)
    yield "\n"
