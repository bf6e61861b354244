"""The commands."""

from __future__ import annotations

import typer

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


@app.callback()
def _commands() -> None:
    """Turn Django signal receivers into service functions called where the data is written."""
