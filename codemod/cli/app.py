"""The commands."""

from __future__ import annotations

from typing import Annotated

import typer

from codemod import __version__
from codemod.cli import explain, migrate, scan

app = typer.Typer(
    name="unsignal",
    help="Turn Django signal receivers into service functions called where the data is written.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("scan")(scan.scan)
app.command("migrate")(migrate.migrate)
app.command("explain")(explain.explain)


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"unsignal {__version__}")
        raise typer.Exit


@app.callback()
def _commands(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_say_version, help="Say which this is."),
    ] = False,
) -> None:
    """Turn Django signal receivers into service functions called where the data is written."""
