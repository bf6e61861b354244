"""What `unsignal` says of itself."""

from __future__ import annotations

from typer.testing import CliRunner

from codemod import __version__
from codemod.cli.app import app


def test_version() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert done.exit_code == 0
    assert done.output == f"unsignal {__version__}\n"


def test_no_command_shows_the_commands() -> None:
    done = CliRunner().invoke(app, [])
    assert all(command in done.output for command in ("scan", "migrate", "explain"))
