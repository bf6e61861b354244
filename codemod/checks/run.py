"""All checks on one result.

Texts are those of every changed file, by path; a file without a text is absent, before or after.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from codemod.checks.cycles import Graph, check_cycles
from codemod.checks.elsewhere import check_comments
from codemod.checks.names import check_names
from codemod.checks.strays import check_strays
from codemod.checks.syntax import Version, check_syntax
from codemod.values.edits import FileEdits
from codemod.values.failures import Failure
from codemod.values.latest import Latest


def run_checks(
    before: Mapping[str, str],
    after: Mapping[str, str],
    graph_before: Graph | None = None,
    graph_after: Graph | None = None,
    expected_gone: Collection[str] = (),
    *,
    exported: Mapping[str, Collection[str]] | None = None,
    files: Mapping[str, str] | None = None,
    edits: Sequence[FileEdits] | None = None,
    sources: Mapping[str, str] | None = None,
    oldest: Version | None = None,
    latest: Latest | None = None,
) -> tuple[Failure, ...]:
    """Return what is wrong with the result, by file and line; nothing if it may be written.

    `expected_gone`: the comments that go on purpose, each as often as it goes. `exported`: by
    path, the names that other files import from there. `files`: the paths of the graphs' modules.
    `edits`: the plan, to which the changes are held; `sources`: the texts that functions move from.
    `oldest`: the Python that the project is for. `latest`: of earlier checks on the same files.
    """
    latest = Latest() if latest is None else latest
    strays = () if edits is None else check_strays(before, after, edits, sources, latest)
    return tuple(
        sorted(
            (
                *check_syntax(after, before, oldest, latest),
                *check_names(before, after, exported or {}, latest),
                *check_cycles(graph_before or {}, graph_after or {}, files or {}),
                *check_comments(before, after, expected_gone, latest),
                *strays,
            ),
            key=lambda failure: (failure.file, failure.line, failure.check),
        )
    )
