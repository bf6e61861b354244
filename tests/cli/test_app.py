"""What `unsignal` says of itself."""

from __future__ import annotations

from codemod import __version__
from tests.cli.runner import invoke


def test_version() -> None:
    done = invoke("--version")
    assert done.exit_code == 0
    assert done.output == f"unsignal {__version__}\n"


def test_no_command_shows_the_commands() -> None:
    done = invoke()
    assert all(command in done.output for command in ("scan", "migrate", "explain"))
