"""`python -m codemod` is the command `unsignal`."""

from __future__ import annotations

from codemod.cli import main

if __name__ == "__main__":
    main()
