"""A run, as its steps: files -> facts -> project -> plan -> edits -> checks -> report | write."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from codemod import hazards
from codemod.config import Config
from codemod.plan.plan import Options, Plan, lay_ground, make_plan
from codemod.project import other_signals
from codemod.project.project import Project
from codemod.source import pyrefly
from codemod.source.bounded import glimpse
from codemod.source.discover import discover, of_submodules, read
from codemod.source.files import SourceFile, decode
from codemod.source.fixtures import find_fixtures
from codemod.source.pins import pins
from codemod.source.python import Version, oldest_python
from codemod.source.templates import settings_templates
from codemod.values.account import Fate, Outcome
from codemod.values.failures import Failure
from codemod.values.files import Change, Fixture, Unreadable
from codemod.values.inventory import Entry, Inventory
from codemod.values.latest import Latest

ATTEMPTS = 40  # to find the receivers that a failed check is about; after that, all suspects stay


class NoDjango(Exception):
    """The path holds no Django project: no file imports Django."""


@dataclass(frozen=True)
class Repository:
    """The files of a run."""

    root: Path
    files: tuple[SourceFile, ...]
    unreadable: tuple[Unreadable, ...]
    fixtures: Mapping[str, Fixture]  # by "app.model" in lower case
    oldest: Version | None = None  # the Python that the project is for
    pins: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # versions of packages

    def changed(self, changes: Iterable[Change]) -> Repository:
        """The same with these changes made."""
        files = {file.path: file for file in self.files}
        for change in changes:
            files.pop(change.path, None)
            if change.after is not None:
                files[change.path] = decode(change.path, change.after)
        return replace(self, files=tuple(files[path] for path in sorted(files)))


@dataclass(frozen=True)
class Run:
    """What a run found, and what it would change."""

    repository: Repository
    project: Project
    plan: Plan
    changes: tuple[Change, ...]
    failures: tuple[Failure, ...]
    options: Options  # with the receivers that were withdrawn

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """Files that could not be read, and files that do not parse."""
        newer = _newer_syntax(self.repository.oldest)
        unparsed = (
            Unreadable(file, error.removeprefix(f"{file}:") + newer)
            for file, error in self.project.unreadable
        )
        return (*self.repository.unreadable, *unparsed)


def run(root: Path, config: Config, options: Options) -> Run:
    """All steps up to the changes, once: `rounds` go on from there.

    Raises NoDjango, SourceError, CheckerError.
    """
    repository = read_repository(root, config)
    project = read_project(repository, config.types is not None)
    return settle(repository, project, options)


def take_stock(root: Path, config: Config, options: Options) -> Inventory:
    """The steps up to the plan, and the hazards: nothing is edited. Raises the same."""
    repository = read_repository(root, config)
    project = read_project(repository, config.types is not None)
    plan = make_plan(project, options)
    return inventory(Run(repository, project, plan, (), (), options))


def inventory(run: Run) -> Inventory:
    """Every receiver of a run with its decision and its hazards."""
    project, plan = run.project, run.plan
    found = hazards.find(project, plan.sites)
    entries = []
    for decision in plan.decisions:
        receiver = decision.receiver
        app = project.app_of(receiver.file)
        entries.append(
            Entry(
                app.label if app is not None else str(Path(receiver.file).parent),
                decision,
                found.hazards.get(receiver.name, ()),
                found.writes.get(receiver.name, ()),
            )
        )
    entries.sort(key=lambda e: (e.app, e.decision.receiver.file, e.decision.receiver.line))
    others = project.once(other_signals.find)
    return Inventory(tuple(entries), found.cycles, run.unreadable, others)


def read_repository(root: Path, config: Config) -> Repository:
    """Files: from git where there is git, else by walking."""
    paths = discover(root, config.exclude)
    files, unreadable = read(root, paths)
    if not any("django" in file.text for file in files):
        raise NoDjango(f"{root}: no file here imports Django")
    fixtures = find_fixtures(root, files)
    unreadable = (*unreadable, *of_submodules(root, config.exclude))
    return Repository(root, files, unreadable, fixtures, oldest_python(root), pins(root))


def read_project(
    repository: Repository, checked: bool = False, earlier: Project | None = None
) -> Project:
    """Facts of every file, and what they say together; what pyrefly says of them if `checked`.

    `earlier`: of almost the same files, not to read all again. Raises CheckerError.
    """
    project = Project.build([(file.path, file.text) for file in repository.files], earlier)
    if checked:
        project.stated = pyrefly.ask(repository.root, project.modules.roots)
    project.fixtures = repository.fixtures
    project.pins = repository.pins
    project.settings_templates = partial(settings_templates, repository.root)
    project.opaque = {
        entry.file: glimpse(repository.root, entry.file) for entry in repository.unreadable
    }
    return project


def _newer_syntax(oldest: Version | None) -> str:
    """What else to say of a file that doesn't parse, if its Python is newer than this one."""
    if oldest is None or oldest <= sys.version_info[:2]:
        return ""
    wanted, here = (".".join(map(str, each)) for each in (oldest, sys.version_info[:2]))
    return f" (or newer syntax: the project is for Python {wanted}, this is {here})"


def settle(repository: Repository, project: Project, options: Options) -> Run:
    """Plan, edit and check; a receiver whose migration fails a check is withdrawn alone."""
    ground, latest = lay_ground(project), Latest()

    def attempt(options: Options) -> Run:
        plan = make_plan(project, options, ground)
        return carry_out(repository, project, options, plan, latest)

    with _garbage_collected():
        found = attempt(options)
        patience = ATTEMPTS
        while found.failures:
            suspects, likely = suspected(found)
            if not suspects:
                return found
            culprits = {suspect: found.failures for suspect in suspects}
            # Nothing fails without any of the suspects, something does with all of them: halve.
            good, bad = 0, len(suspects)
            middle = bad - likely
            while bad - good > 1 and patience:
                patience -= 1
                middle = middle if good < middle < bad else (good + bad) // 2
                without = options.withholding(dict.fromkeys(suspects[middle:], ""))
                half = attempt(without)
                if half.failures:
                    bad, found = middle, half
                else:
                    good = middle
            if bad - good == 1:
                culprits = {suspects[good]: found.failures}
            options = options.withholding(
                {name: _told(failures) for name, failures in culprits.items()}
            )
            found = attempt(options)
    return found


@contextmanager
def _garbage_collected() -> Iterator[None]:
    """Collect what attempts leave behind, without going through the project each time."""
    enabled = gc.isenabled()
    gc.freeze()
    gc.enable()
    try:
        yield
    finally:
        gc.unfreeze()
        if not enabled:
            gc.disable()


def carry_out(
    repository: Repository,
    project: Project,
    options: Options,
    plan: Plan,
    latest: Latest | None = None,
) -> Run:
    """Edit and check; `latest`: of other plans of the project.

    A run with failures has no changes.
    """
    if not plan.edits:
        return Run(repository, project, plan, (), (), options)
    from codemod.changes import make_changes  # LibCST and black load only if needed

    changes, failures = make_changes(
        repository.root, repository.files, project, plan.edits, repository.oldest, latest
    )
    return Run(repository, project, plan, () if failures else changes, failures, options)


def suspected(run: Run) -> tuple[list[str], int]:
    """The receivers that don't stay as they are, and how many at their end are likely to be it.

    Those are the ones whose migration touches a file that a check refused.
    """
    files = {failure.file for failure in run.failures}
    models = run.project.models.by_label
    called = {r.receiver for r in run.project.references if r.facts.path in files}
    going = [d for d in run.plan.decisions if d.fate is not Fate.KEEP]
    likely = [
        decision.receiver.name
        for decision in going
        if decision.receiver.name in called
        or not files.isdisjoint(
            {decision.receiver.file, decision.service_file}
            | {f.file for f in decision.firings if f.outcome is Outcome.REWRITTEN and not f.covered}
            | {models[c.sender].file for c in decision.receiver.connections if c.sender in models}
        )
    ]
    others = [d.receiver.name for d in going if d.receiver.name not in likely]
    return [*others, *likely], len(likely)


def _told(failures: tuple[Failure, ...]) -> str:
    more = f" and {len(failures) - 1} more" if len(failures) > 1 else ""
    return f"{failures[0]}{more}"
