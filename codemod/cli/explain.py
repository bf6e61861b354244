"""`unsignal explain CODE | RECEIVER`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from codemod.cli.errors import friendly
from codemod.cli.settings import read_settings
from codemod.codes import CODES


@friendly
def explain(
    what: Annotated[
        str, typer.Argument(metavar="CODE|RECEIVER", help="A code, or a receiver's name.")
    ],
    path: Annotated[
        Path, typer.Option("--path", metavar="DIR", help="The project's folder.")
    ] = Path("."),
) -> None:
    """Say what a code means, or what fires a receiver and blocks it."""
    entry = CODES.get(what)
    if entry is not None:
        typer.echo(entry.text())
        return
    if not all(part.isidentifier() for part in _plain(what).split(".")):
        typer.echo(f"unsignal: no such code: {what}{_near(what)}", err=True)
        raise typer.Exit(2)
    _receiver(what, path)


def _receiver(name: str, path: Path) -> None:
    from codemod.pipeline import take_stock
    from codemod.plan.plan import Options
    from codemod.report.text_receiver import about

    if not path.is_dir():
        raise FileNotFoundError(f"{path}: no such directory")
    config = read_settings(path, None)
    inventory = take_stock(path, config, Options(accept=config.accept))
    entries = [e for e in inventory.entries if e.decision.receiver.name == name] or [
        e for e in inventory.entries if e.decision.receiver.name.endswith(f".{name}")
    ]
    if not entries:
        names = [e.decision.receiver.name.rpartition(".")[2] for e in inventory.entries]
        near = _near(name, names)
        typer.echo(
            f"unsignal: no such code, and no such receiver in {path}: {name}{near}", err=True
        )
        raise typer.Exit(2)
    typer.echo("\n\n\n".join(about(entry, CODES) for entry in entries))


def _plain(name: str) -> str:
    """A receiver's name without `<locals>` and the line that tells two of a name apart."""
    return name.replace(".<locals>", "").partition("@")[0]


def _near(name: str, names: list[str] | None = None) -> str:
    from difflib import get_close_matches

    found = get_close_matches(name.rpartition(".")[2], [*CODES, *(names or ())], 3)
    return f" (did you mean {', '.join(dict.fromkeys(found))}?)" if found else ""
