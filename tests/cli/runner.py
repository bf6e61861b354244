"""Run a command of `unsignal` in this process."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from unittest import mock

from codemod.cli.app import run


@dataclass(frozen=True)
class Done:
    """What a command said, and its exit code."""

    exit_code: int
    stdout_bytes: bytes
    stderr_bytes: bytes

    @property
    def stdout(self) -> str:
        """The output."""
        return self.stdout_bytes.decode(errors="replace")

    @property
    def stderr(self) -> str:
        """What was said beside it."""
        return self.stderr_bytes.decode(errors="replace")

    @property
    def output(self) -> str:
        """All that it said."""
        return self.stdout + self.stderr


def invoke(*arguments: str, answers: str = "") -> Done:
    """Run a command; errors that are none of the user's are raised."""
    buffers = {"stdin": BytesIO(answers.encode()), "stdout": BytesIO(), "stderr": BytesIO()}
    streams = {name: TextIOWrapper(buffer, "utf-8") for name, buffer in buffers.items()}
    with ExitStack() as stack:
        for name, stream in streams.items():
            stack.enter_context(mock.patch.object(sys, name, stream))
        try:
            code = run(arguments)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0
    for stream in streams.values():
        stream.flush()
    return Done(code, buffers["stdout"].getvalue(), buffers["stderr"].getvalue())
