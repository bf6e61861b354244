"""All checks on one result."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from codemod.checks.cycles import Graph, check_cycles
from codemod.checks.elsewhere import check_comments
from codemod.checks.names import check_names
from codemod.checks.strays import check_strays
from codemod.checks.syntax import Version, check_syntax
from codemod.values.edits import FileEdits
from codemod.values.failures import Failure
from codemod.values.latest import Latest


@dataclass(frozen=True)
class Result:
    """What a run would make of a project.

    Texts are those of every changed file, by path; a file without one is absent, before or after.
    """

    before: Mapping[str, str]
    after: Mapping[str, str]
    graph_before: Graph = field(default_factory=dict)
    graph_after: Graph = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)  # paths of those in the graphs
    gone: Collection[str] = ()  # the comments that go on purpose, each as often as it goes
    exported: Mapping[str, Collection[str]] = field(default_factory=dict)  # names others import
    edits: Sequence[FileEdits] | None = None  # the plan, to which the changes are held
    sources: Mapping[str, str] | None = None  # the texts that functions move from
    headings: Collection[str] = ()  # comments that the project has above its imports
    oldest: Version | None = None  # the Python that the project is for


def run_checks(result: Result, latest: Latest | None = None) -> tuple[Failure, ...]:
    """Return what is wrong with a result, by file and line; nothing if it may be written.

    `latest`: of earlier checks on the same files.
    """
    latest = Latest() if latest is None else latest
    before, after, edits = result.before, result.after, result.edits
    failures: tuple[Failure, ...] = (
        *check_syntax(after, before, result.oldest, latest),
        *check_names(before, after, result.exported, latest),
        *check_cycles(result.graph_before, result.graph_after, result.modules),
        *check_comments(before, after, result.gone, latest),
    )
    if edits is not None:
        found = check_strays(before, after, edits, result.sources, latest, result.headings)
        failures = (*failures, *found)
    return tuple(sorted(failures, key=lambda f: (f.file, f.line, f.check)))
