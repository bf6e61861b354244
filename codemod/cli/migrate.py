"""`unsignal migrate [PATH]`."""

from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from codemod.cli.checker import add_types, with_types
from codemod.cli.errors import BadOption, say
from codemod.cli.scan import add_path, existing
from codemod.values.files import Change

if TYPE_CHECKING:
    from codemod.config import Config
    from codemod.pipeline import Run
    from codemod.plan.plan import Options

NAME = "migrate"
ABOUT = "Print the migration as a diff, or apply it with --write."


def add_arguments(parser: ArgumentParser) -> None:
    """Add what the command takes."""

    def flag(name: str, about: str) -> None:
        parser.add_argument(name, action="store_true", help=about)

    def each(name: str, metavar: str, about: str) -> None:
        parser.add_argument(name, action="append", default=[], metavar=metavar, help=about)

    add_path(parser)
    flag("--write", "Apply the changes.")
    flag("--check", "Exit with 1 if something would change.")
    flag("--allow-dirty", "Write into a tree with uncommitted changes.")
    each("--only", "RECEIVER", "Only this receiver (repeatable).")
    each("--app", "LABEL", "Only receivers of this app's models (repeatable).")
    each("--accept", "CODE", "Migrate in spite of this code (repeatable).")
    flag("--no-tests", "Leave call sites in tests as they are.")
    flag("--mixins", "One mixin where classes get the same method.")
    add_types(parser)
    flag("--interactive", "Decide receiver by receiver.")
    flag("--commit", "Apply in one git commit per receiver.")
    parser.add_argument("--patch", type=Path, metavar="FILE", help="Write the diff here.")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="Write the inventory here (.md or .json)."
    )


def run(arguments: Namespace) -> int:
    """Print the migration as a diff, or apply it; returns the exit code. Raises BadOption."""
    from codemod import pipeline
    from codemod.config import read_config
    from codemod.plan.plan import Options
    from codemod.report.diff import unified
    from codemod.report.summary import summary
    from codemod.source import write as writing
    from codemod.source.changes import behind_links, modes

    write, commit = arguments.write, arguments.commit
    if commit and (arguments.allow_dirty or arguments.patch):
        other = "--allow-dirty" if arguments.allow_dirty else "--patch"
        raise BadOption(f"argument --commit: can't be used with {other}")
    check_codes(arguments.accept)
    path = existing(arguments.path)
    for folder in unfinished(path):
        recovered = writing.recover(folder)
        if recovered:
            say(f"unsignal: {recovered}")
    if (write or commit) and not arguments.allow_dirty:
        check_clean(path, needed=commit)
    config = with_types(read_config(path), arguments.types)
    check_settings(path, config)
    options = Options(
        tuple(arguments.only),
        tuple(arguments.app),
        config.accept | frozenset(arguments.accept),
        tests=not arguments.no_tests,
        mixins=arguments.mixins,
    )
    result = pipeline.run(path, config, options)
    check_selection(result, options)
    if arguments.interactive or (commit and not result.failures):
        result = step_by_step(path, result, interactive=arguments.interactive, commit=commit)
    changes: tuple[Change, ...] = result.changes
    say(summary(result.plan.decisions, result.unreadable, result.failures))
    if arguments.report is not None:
        write_report(arguments.report, result)
    if result.failures:
        return 2
    if write and not commit:
        writing.apply(path, changes)
    elif not commit:
        behind = behind_links(path, changes)
        diff = unified(*within_repository(path, behind, modes(path, behind)))
        if arguments.patch is not None:
            arguments.patch.write_bytes(diff)
        else:
            sys.stdout.buffer.write(diff)
            sys.stdout.buffer.flush()
    if arguments.check and changes:
        return 1
    return 2 if result.unreadable else 0


def check_codes(codes: Sequence[str]) -> None:
    """Refuse `--accept` of what is no code."""
    from codemod.codes import CODES

    unknown = [code for code in codes if code not in CODES]
    if unknown:
        raise BadOption(f"argument --accept: no such code: {unknown[0]}")


def check_settings(path: Path, config: Config) -> None:
    """Refuse codes in the settings that are none."""
    from codemod.codes import CODES
    from codemod.config import ConfigError

    strange = sorted(config.accept - set(CODES))
    if strange:
        raise ConfigError(
            f"{path / 'pyproject.toml'}: tool.unsignal.accept: no such code: {strange[0]}"
        )


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


def step_by_step(path: Path, result: Run, *, interactive: bool, commit: bool) -> Run:
    """Take the steps of a run one after the other; returns what was taken as a run."""
    from codemod.cli import interactive as steps
    from codemod.steps import Staircase

    stairs = Staircase(result)
    for step in steps.climb(stairs, asking=interactive):
        if commit:
            steps.commit(path, step)
    return stairs.outcome()


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
