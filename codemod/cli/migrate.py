"""`unsignal migrate [PATH]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from codemod.cli.errors import friendly
from codemod.values.files import Change


@friendly
def migrate(
    path: Annotated[Path, typer.Argument(help="The project's folder.")] = Path("."),
    write: Annotated[bool, typer.Option("--write", help="Apply the changes.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 if something would change.")
    ] = False,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="Write into a tree with uncommitted changes.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only this receiver (repeatable).")
    ] = None,
    app: Annotated[
        list[str] | None, typer.Option("--app", help="Only receivers of this app's models.")
    ] = None,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="Migrate in spite of this code.")
    ] = None,
    patch: Annotated[Path | None, typer.Option("--patch", help="Write the diff here.")] = None,
) -> None:
    """Print the migration as a diff, or apply it with --write."""
    from codemod.codes import CODES
    from codemod.config import ConfigError, read_config
    from codemod.pipeline import run
    from codemod.plan.plan import Options
    from codemod.report.diff import unified
    from codemod.report.summary import summary
    from codemod.source import git
    from codemod.source import write as writing
    from codemod.source.changes import modes
    from codemod.source.errors import Refused

    unknown = [code for code in accept or () if code not in CODES]
    if unknown:
        raise typer.BadParameter(f"no such code: {unknown[0]}", param_hint="--accept")
    if not path.is_dir():
        what = "no such directory" if not path.exists() else "not a directory"
        raise FileNotFoundError(f"{path}: {what}")
    recovered = writing.recover(path)
    if recovered:
        typer.echo(f"unsignal: {recovered}", err=True)
    if write and not allow_dirty and git.worktree(path) is not None:
        dirty = git.is_dirty(path)
        if dirty:
            more = f" and {len(dirty) - 1} more" if len(dirty) > 1 else ""
            raise Refused(dirty[0], f"uncommitted changes{more} (commit, or use --allow-dirty)")
    config = read_config(path)
    strange = sorted(config.accept - set(CODES))
    if strange:
        raise ConfigError(
            f"{path / 'pyproject.toml'}: tool.unsignal.accept: no such code: {strange[0]}"
        )
    options = Options(tuple(only or ()), tuple(app or ()), config.accept | frozenset(accept or ()))
    result = run(path, config, options)
    known = [d.receiver.name for d in result.plan.decisions]
    for name in options.only:
        if not any(found == name or found.endswith(f".{name}") for found in known):
            raise ConfigError(f"--only {name}: no such receiver")
    labels = set(result.project.models.by_label)
    for label in options.apps:
        if not any(model.startswith(f"{label}.") for model in labels):
            raise ConfigError(f"--app {label}: no such app")
    changes: tuple[Change, ...] = result.changes
    typer.echo(summary(result.plan.decisions, result.unreadable, result.failures), err=True)
    if result.failures:
        raise typer.Exit(2)
    if write:
        writing.apply(path, changes)
    else:
        diff = unified(*within_repository(path, changes, modes(path, changes)))
        if patch is not None:
            patch.write_bytes(diff)
        else:
            sys.stdout.buffer.write(diff)
            sys.stdout.buffer.flush()
    if check and changes:
        raise typer.Exit(1)
    if result.unreadable:
        raise typer.Exit(2)


def within_repository(
    root: Path, changes: tuple[Change, ...], modes: dict[str, int]
) -> tuple[tuple[Change, ...], dict[str, int]]:
    """The changes with paths as `git apply` reads them: from the top of the work tree."""
    from codemod.source import git

    top = git.worktree(root)
    prefix = "" if top is None else root.resolve().relative_to(top.resolve()).as_posix()
    if prefix in ("", "."):
        return changes, modes
    renamed = tuple(Change(f"{prefix}/{c.path}", c.before, c.after) for c in changes)
    return renamed, {f"{prefix}/{path}": mode for path, mode in modes.items()}
