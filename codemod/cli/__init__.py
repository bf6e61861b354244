"""The command line: arguments and wiring, one small file per command."""

from __future__ import annotations


def main() -> None:
    """Run `unsignal`."""
    import gc
    import os
    import sys
    import warnings

    warnings.simplefilter("ignore")  # Python's, of the code that is read: `"\\d"` and such
    gc.disable()  # syntax trees are many objects and no garbage: a quarter of the time saved

    from codemod.cli.app import app

    try:
        app()
    except SystemExit as stop:
        if not isinstance(stop.code, int):
            raise
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(stop.code)  # nor are they taken apart one by one: a tenth
