"""The command line: arguments and wiring, one small file per command."""

from __future__ import annotations


def main() -> None:
    """Run `unsignal`."""
    from codemod.cli.app import app

    app()
