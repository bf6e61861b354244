"""`unsignal explain CODE`."""

from __future__ import annotations

from typing import Annotated

import typer

from codemod.codes import CODES


def explain(
    code: Annotated[str, typer.Argument(help="A reason code, as the summary prints it.")],
) -> None:
    """Say what a code means, with an example and the way out."""
    entry = CODES.get(code)
    if entry is None:
        typer.echo(f"unsignal: no such code: {code} (known: {', '.join(sorted(CODES))})", err=True)
        raise typer.Exit(2)
    typer.echo(entry.text())
