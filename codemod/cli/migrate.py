"""`unsignal migrate [PATH]`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from codemod.cli.errors import friendly
from codemod.cli.settings import TypesOption, read_settings, refusal
from codemod.values.files import Change

if TYPE_CHECKING:
    from codemod.pipeline import Run
    from codemod.plan.plan import Options


@friendly
def migrate(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The project's folder.")] = Path("."),
    write: Annotated[bool, typer.Option("--write", help="Apply the changes.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 if something would change.")
    ] = False,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="Write into a tree with uncommitted changes.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="RECEIVER", help="Only this receiver.")
    ] = None,
    app: Annotated[
        list[str] | None,
        typer.Option("--app", metavar="LABEL", help="Only receivers of this app's models."),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="CODE", help="Migrate in spite of this code."),
    ] = None,
    no_tests: Annotated[
        bool, typer.Option("--no-tests", help="Leave call sites in tests as they are.")
    ] = False,
    mixins: Annotated[
        bool, typer.Option("--mixins", help="One mixin where classes get the same method.")
    ] = False,
    types: TypesOption = None,
    interactive: Annotated[
        bool, typer.Option("--interactive", help="Decide receiver by receiver.")
    ] = False,
    commit: Annotated[
        bool, typer.Option("--commit", help="Apply in one git commit per receiver.")
    ] = False,
    patch: Annotated[
        Path | None, typer.Option("--patch", metavar="FILE", help="Write the diff here.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write the inventory here (.md or .json)."),
    ] = None,
) -> None:
    """Print the migration as a diff, or apply it with --write.

    --only, --app and --accept can be given several times.
    """
    from codemod import rounds
    from codemod.pipeline import run
    from codemod.plan.plan import Options
    from codemod.report.diff import unified
    from codemod.report.summary import summary
    from codemod.source import write as writing
    from codemod.source.changes import behind_links, modes

    if commit and (allow_dirty or patch):
        other = "--allow-dirty" if allow_dirty else "--patch"
        raise typer.BadParameter(f"can't be used with {other}", param_hint="--commit")
    check_codes(accept or ())
    if not path.is_dir():
        what = "no such directory" if not path.exists() else "not a directory"
        raise FileNotFoundError(f"{path}: {what}")
    for folder in unfinished(path):
        recovered = writing.recover(folder)
        if recovered:
            typer.echo(f"unsignal: {recovered}", err=True)
    if (write or commit) and not allow_dirty:
        check_clean(path, needed=commit)
    config = read_settings(path, types)
    options = Options(
        tuple(only or ()),
        tuple(app or ()),
        config.accept | frozenset(accept or ()),
        tests=not no_tests,
        mixins=mixins,
    )
    first = run(path, config, options)
    check_selection(first, options)
    if interactive or (commit and not first.failures):
        result = step_by_step(path, first, options, interactive=interactive, commit=commit)
    else:
        result = rounds.complete(first, options)
    changes: tuple[Change, ...] = result.changes
    typer.echo(summary(result.plan.decisions, result.unreadable, result.failures), err=True)
    if report is not None:
        write_report(report, result)
    if result.failures:
        raise typer.Exit(2)
    if write and not commit:
        writing.apply(path, changes)
    elif not commit:
        behind = behind_links(path, changes)
        diff = unified(*within_repository(path, behind, modes(path, behind)))
        if patch is not None:
            patch.write_bytes(diff)
        else:
            sys.stdout.buffer.write(diff)
            sys.stdout.buffer.flush()
    if check and changes:
        raise typer.Exit(1)
    if result.unreadable:
        raise typer.Exit(2)


def check_codes(codes: Sequence[str]) -> None:
    """Refuse `--accept` of what is no code, or can't be accepted."""
    for wrong in filter(None, map(refusal, codes)):
        raise typer.BadParameter(wrong, param_hint="--accept")


def unfinished(path: Path) -> tuple[Path, ...]:
    """The folder, and those above and below it in its work tree where a write was interrupted."""
    from codemod.source import git
    from codemod.source.journal import NAME

    top = git.worktree(path)
    if top is None:
        return (path,)
    below = [path / name for name in git.untracked(path, NAME)]
    above = [folder for folder in path.resolve().parents if folder.is_relative_to(top.resolve())]
    held = [file.parent for file in below] + [f for f in above if (f / NAME).exists()]
    return (path, *(folder for folder in held if folder.resolve() != path.resolve()))


def check_clean(path: Path, *, needed: bool) -> None:
    """Refuse a tree with uncommitted changes, and, if git is `needed`, one without git."""
    from codemod.source import git
    from codemod.source.errors import Refused

    if git.worktree(path) is None:
        if needed and shutil.which("git") is None:
            raise git.GitMissing("git is not installed, there is nowhere to commit to")
        if needed:
            raise Refused(str(path), "is in no git work tree, there is nowhere to commit to")
        return
    dirty = git.is_dirty(path)
    if dirty:
        more = f" and {len(dirty) - 1} more" if len(dirty) > 1 else ""
        way = "commit them first" if needed else "commit, or use --allow-dirty"
        raise Refused(dirty[0], f"uncommitted changes{more} ({way})")
    unfinished = git.unfinished(path) if needed else None
    if unfinished is not None:
        raise Refused(str(path), f"is in the middle of {unfinished} (finish it first)")


def check_selection(result: Run, options: Options) -> None:
    """Refuse `--only` and `--app` with what the project doesn't have."""
    from codemod.config import ConfigError

    known = [d.receiver.name for d in result.plan.decisions]
    for name in options.only:
        if not any(found == name or found.endswith(f".{name}") for found in known):
            raise ConfigError(f"--only {name}: no such receiver")
    labels = set(result.project.models.by_label)
    for label in options.apps:
        if not any(model.startswith(f"{label}.") for model in labels):
            raise ConfigError(f"--app {label}: no such app")


def step_by_step(
    path: Path, first: Run, options: Options, *, interactive: bool, commit: bool
) -> Run:
    """Take the steps of a run, and of those after it; returns what was taken as a run."""
    from codemod import rounds
    from codemod.cli import interactive as steps
    from codemod.steps import Staircase

    taken: list[Run] = []
    further: Run | None = first
    while further is not None:
        stairs = Staircase(further)
        for step in steps.climb(stairs, asking=interactive):
            if commit:
                steps.commit(path, step)
        taken.append(stairs.outcome())
        options = stairs.without_refused(options)
        further = rounds.follow(taken[-1], options)
    return rounds.joined(taken)


def write_report(file: Path, result: Run) -> None:
    """Write every receiver with its firing account: JSON for `.json`, else Markdown."""
    from codemod.pipeline import inventory
    from codemod.report.json_format import to_json
    from codemod.report.markdown import markdown

    told = inventory(result)
    text = to_json(told) if file.suffix == ".json" else markdown(told)
    file.write_text(f"{text}\n", encoding="utf-8")


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
