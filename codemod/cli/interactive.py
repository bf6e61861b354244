"""`unsignal migrate --interactive` and `--commit`: receiver by receiver."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import typer

from codemod.report.diff import unified
from codemod.report.message import message
from codemod.source import git
from codemod.source import write as writing
from codemod.source.changes import behind_links
from codemod.steps import Staircase, Step
from codemod.values.files import Change

_WAY_OUT = "use --write and commit by hand"
_HELP = """\
y - migrate this
n - leave it as it is
a - migrate this and all that follow
q - leave this and all that follow as they are"""


def climb(stairs: Staircase, *, asking: bool) -> Iterator[Step]:
    """Take the steps, those that the user wants if `asking`; yield each that is taken."""
    while (step := stairs.next()) is not None:
        answer = _ask(step) if asking else "y"
        if answer in ("y", "a"):
            asking = asking and answer == "y"
            stairs.take(step)
            yield step
        else:
            stairs.refuse(step.names if answer == "n" else stairs.left)


def _ask(step: Step) -> str:
    """Show a step and ask. All on stderr: stdout is for the diff of what was chosen."""
    sys.stderr.flush()
    sys.stderr.buffer.write(unified(step.changes))
    sys.stderr.buffer.flush()
    typer.echo(f"\n{message(step.decisions)}", err=True)
    while True:
        typer.echo(f"Migrate {' and '.join(step.names)}? [y,n,a,q,?] ", err=True, nl=False)
        line = sys.stdin.readline()
        answer = line.strip().lower() if line else "q"  # the end of the input
        if answer in ("y", "n", "a", "q"):
            return answer
        typer.echo(_HELP, err=True)


def commit(root: Path, step: Step) -> None:
    """Write a step and commit it; a commit that fails leaves the tree as it was before it.

    Raises GitError, also if a hook changed what was committed, and WriteError.
    """
    paths = [change.path for change in behind_links(root, step.changes)]
    said = message(step.decisions)
    writing.apply(root, step.changes)
    try:
        git.commit(root, paths, said)
    except BaseException as error:
        # A hook may have changed the files before it refused: they were all committed before.
        changed = _otherwise(root, step.changes)
        now = [Change(c.path, changed.get(c.path, c.after), c.before) for c in step.changes]
        writing.apply(root, now)
        git.stage(root, paths)
        if changed and isinstance(error, git.GitError):
            names = ", ".join(changed)
            raise git.GitError(
                f"a commit hook refused, and changed {names} ({_WAY_OUT}): {error}"
            ) from error
        raise
    typer.echo(f"committed: {said.partition(chr(10))[0]}", err=True)
    changed = _otherwise(root, step.changes)
    if changed:
        names = ", ".join(changed)
        raise git.GitError(f"a commit hook changed {names}; run again to go on from there")


def _otherwise(root: Path, changes: Iterable[Change]) -> dict[str, bytes | None]:
    """What is in the files that are not as they were written; None for one that is gone."""
    found: dict[str, bytes | None] = {}
    for change in changes:
        file = root / change.path
        now = file.read_bytes() if file.is_file() else None
        if now != change.after:
            found[change.path] = now
    return found
