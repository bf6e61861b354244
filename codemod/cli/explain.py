"""`unsignal explain CODE | RECEIVER`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from codemod.cli.checker import with_types
from codemod.cli.errors import say
from codemod.codes import CODES

NAME = "explain"
ABOUT = "Say what a code means, or who fires a receiver and what blocks it."


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("what", metavar="CODE|RECEIVER", help="A code, or a receiver's name.")
    parser.add_argument(
        "--path", type=Path, default=Path("."), help="The project's folder (default: .)."
    )


def run(arguments: Namespace) -> int:
    """Print the explanation; returns the exit code."""
    what: str = arguments.what
    entry = CODES.get(what)
    if entry is not None:
        print(entry.text())
        return 0
    if not all(part.isidentifier() for part in _plain(what).split(".")):
        say(f"unsignal: no such code: {what}{_near(what)}")
        return 2
    return _receiver(what, arguments.path)


def _receiver(name: str, path: Path) -> int:
    from codemod.config import read_config
    from codemod.pipeline import take_stock
    from codemod.plan.plan import Options
    from codemod.report.text_receiver import about

    if not path.is_dir():
        raise FileNotFoundError(f"{path}: no such directory")
    config = with_types(read_config(path), None)
    inventory = take_stock(path, config, Options(accept=config.accept))
    entries = [e for e in inventory.entries if e.decision.receiver.name == name] or [
        e for e in inventory.entries if e.decision.receiver.name.endswith(f".{name}")
    ]
    if not entries:
        names = [e.decision.receiver.name.rpartition(".")[2] for e in inventory.entries]
        near = _near(name, names)
        say(f"unsignal: no such code, and no such receiver in {path}: {name}{near}")
        return 2
    print("\n\n\n".join(about(entry, CODES) for entry in entries))
    return 0


def _plain(name: str) -> str:
    """A receiver's name without `<locals>` and the line that tells two of a name apart."""
    return name.replace(".<locals>", "").partition("@")[0]


def _near(name: str, names: list[str] | None = None) -> str:
    from difflib import get_close_matches

    found = get_close_matches(name.rpartition(".")[2], [*CODES, *(names or ())], 3)
    return f" (did you mean {', '.join(dict.fromkeys(found))}?)" if found else ""
