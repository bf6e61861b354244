"""The command line: arguments and wiring, one small file per command."""

from __future__ import annotations


def main() -> None:
    """Run `unsignal`."""
    import gc

    gc.disable()  # syntax trees are many objects and no garbage: a quarter of the time saved

    from codemod.cli.app import app

    app()
