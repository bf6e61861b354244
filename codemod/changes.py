"""From planned edits to changed files, checked."""

from __future__ import annotations

import ast
import io
import posixpath
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from codemod.checks.run import Result, run_checks
from codemod.facts import walk
from codemod.project.imports import imported_modules
from codemod.project.modules import Modules
from codemod.project.project import Project
from codemod.rewrite.alignment import realigned
from codemod.rewrite.anchors import Parser, parsed
from codemod.rewrite.apply import apply
from codemod.rewrite.errors import RewriteError
from codemod.rewrite.layout import is_heading
from codemod.rewrite.quotes import are_single, requoted
from codemod.rewrite.sections import PLACES, Isort, isort_settings
from codemod.rewrite.style import (
    Style,
    configured_style,
    finish,
    line_length,
    linted_length,
    style_of,
)
from codemod.source.bounded import glimpse, read_text
from codemod.source.files import SourceFile, encode, newline
from codemod.source.python import Version
from codemod.values.edits import Append, Edit, FileEdits, Move, Replace, Unwrap
from codemod.values.failures import Failure
from codemod.values.files import Change
from codemod.values.latest import Latest
from codemod.values.span import Span

DEFAULT_LENGTH = 88
LONGEST = 120  # a longer line in a file is no example
LINTERS = ("setup.cfg", "tox.ini", ".flake8")  # where Flake8 looks for settings, in order
PARSED = 8  # files that are kept parsed, for several functions move from one


def make_changes(
    root: Path,
    files: Sequence[SourceFile],
    project: Project,
    edits: Sequence[FileEdits],
    oldest: Version | None = None,
    latest: Latest | None = None,
) -> tuple[tuple[Change, ...], tuple[Failure, ...]]:
    """Apply the edits of every file, format what is new, check the result.

    `latest`: of earlier calls for the same files, to be spared what comes out the same.
    """
    old = {file.path: file for file in files}
    texts = {path: file.text for path, file in old.items()}
    settings = read_text(root, "pyproject.toml")
    configured, length = configured_style(settings), line_length(settings) or DEFAULT_LENGTH
    linted = next(filter(None, (linted_length(glimpse(root, file)) for file in LINTERS)), length)
    isort = isort_settings({file: glimpse(root, file) for file in PLACES})
    latest = Latest() if latest is None else latest
    parser: Parser = latest.ask("parser", (), lambda: lru_cache(maxsize=PARSED)(parsed))
    after: dict[str, str | None] = {}
    failures: list[Failure] = []

    def write(entry: FileEdits) -> str | None:
        return _result(project, entry, texts, configured, length, linted, isort, parser, latest)

    for entry in edits:
        try:
            after[entry.path] = latest.ask(("result", entry.path), (entry,), write)
        except RewriteError as error:
            failures.append(Failure("rewrite", entry.path, error.line or 0, str(error)))
    changed = {path: new for path, new in after.items() if new != texts.get(path)}
    failures += _check(project, texts, changed, edits, isort, oldest, latest)
    changes = tuple(_change(path, old.get(path), new) for path, new in sorted(changed.items()))
    return changes, tuple(failures)


def _result(
    project: Project,
    entry: FileEdits,
    texts: Mapping[str, str],
    configured: Style | None,
    length: int,
    linted: int,
    isort: Isort,
    parser: Parser,
    latest: Latest,
) -> str | None:
    """The text of one file after its edits; None if it goes."""
    if entry.delete:
        return None
    text = texts.get(entry.path, "")
    # A new file takes the style of the file that its first function comes from.
    origins = [*dict.fromkeys(path for path in map(_origin, entry.edits) if path)]
    like = "" if text or not origins else origins[0]
    model = texts[like] if like else text
    new = apply(
        text,
        entry.edits,
        module=project.modules.import_name(project.module_for(entry.path)),
        is_package=posixpath.basename(entry.path) == "__init__.py",
        exported=entry.exported,
        first_party=project.first_party,
        line_length=isort.length or (configured.line_length if configured else length),
        sources=texts,
        like=texts[like] if like else "",
        below=_depth(project, like) - _depth(project, entry.path) if like else 0,
        parser=parser,
        isort=isort,
    )
    if entry.notice:
        gap = "\n" if new.startswith(("from ", "import ")) else "\n\n"
        new = entry.notice + gap + new
    moved = {edit.source for edit in entry.edits if isinstance(edit, Move)} & texts.keys()
    sources = [texts[path] for path in sorted(moved)]
    new = realigned([text, *sources], new)
    new = requoted([text] if text else [texts[path] for path in origins], sources, new)
    # Where Black is not at home, a line is long that is longer than all the file has.
    longest = max((len(line) for line in model.splitlines()), default=0)
    style = _style([entry.path] if text else origins, sorted(moved), texts, configured, latest)
    finished = finish(text, new, style, max(length, min(max(longest, linted), LONGEST)))
    return finished if text else _with_ends(finished, newline(model))


def _style(
    homes: Sequence[str],
    sources: Sequence[str],
    texts: Mapping[str, str],
    configured: Style | None,
    latest: Latest,
) -> Style | None:
    """The style of a file that is like `homes`, the first of them that has one; None for none.

    Where nothing says that the project uses Black, a few lines may be as it likes them by chance:
    then the files that functions come from, `sources`, have to be in its style as well.
    """

    def of(path: str) -> Style | None:
        return latest.ask(("style", path), (texts[path], configured), style_of)

    style = next(filter(None, map(of, homes)), None)
    if style is None or (configured is None and not all(map(of, sources))):
        return None
    # A file without strings is in a style of either quotes; the next may tell.
    single = are_single([texts[path] for path in homes])
    return replace(style, string_normalization=False) if single else style


def _depth(project: Project, path: str) -> int:
    """In how many packages a file is."""
    name = project.modules.import_name(project.module_for(path))
    return name.count(".") + (posixpath.basename(path) == "__init__.py")


def _with_ends(text: str, end: str) -> str:
    """A text with all lines ending alike."""
    return text.replace("\r\n", "\n").replace("\n", end)


def _origin(edit: Edit) -> str | None:
    """The file whose style a new file follows."""
    if isinstance(edit, Move):
        return edit.source
    return edit.like if isinstance(edit, Append) else None


def _change(path: str, old: SourceFile | None, new: str | None) -> Change:
    if new is None:
        return Change(path, old.data if old is not None else None, None)
    if old is None:
        return Change(path, None, new.encode())
    return Change(path, old.data, encode(old, new))


def _check(
    project: Project,
    texts: Mapping[str, str],
    changed: Mapping[str, str | None],
    edits: Sequence[FileEdits],
    isort: Isort,
    oldest: Version | None,
    latest: Latest,
) -> tuple[Failure, ...]:
    """Run all checks on the changed files."""
    before = {path: texts[path] for path in changed if path in texts}
    after = {path: new for path, new in changed.items() if new is not None}
    graph = {module: set(found) for module, found in project.import_graph().items()}
    places = {info.name: info.path for info in project.modules.by_path.values()}
    places |= {project.module_for(path): path for path in after}
    result = Result(
        before,
        after,
        graph_before=graph,
        graph_after=_graph_after(project, graph, texts, changed),
        modules=places,
        gone=tuple(_comments_gone(project, texts, edits)),
        exported={entry.path: entry.exported for entry in edits},
        edits=edits,
        sources=texts,
        headings=isort.comments,
        oldest=oldest,
    )
    return run_checks(result, latest)


def _graph_after(
    project: Project,
    graph: Mapping[str, set[str]],
    texts: Mapping[str, str],
    changed: Mapping[str, str | None],
) -> dict[str, set[str]]:
    """The import graph once the changed files are in place."""
    paths = {**texts, **changed}
    modules = Modules([(path, text) for path, text in paths.items() if text is not None])
    result = dict(graph)
    for path, text in changed.items():
        if text is None:
            result.pop(project.module_of(path), None)
            continue
        info = modules.by_path[path]
        try:
            tree = walk.parse(path, text)
        except SyntaxError:
            continue  # the syntax check names it
        needed = project.startup.of_file(path, text, tree)
        result[info.name] = {*imported_modules(info, tree, modules), *needed}
    return result


def _comments_gone(
    project: Project, texts: Mapping[str, str], edits: Sequence[FileEdits]
) -> Iterator[str]:
    """The comments that go with what is removed: guards, connections, emptied modules. Those in
    functions that move come along, but for what is said of parameters."""
    moves = [edit for entry in edits for edit in entry.edits if isinstance(edit, Move)]
    for entry in (entry for entry in edits if entry.path in texts):
        text, bodies = texts[entry.path], [*_bodies(project, moves, entry.path)]
        gone = _comments(text) if entry.delete else _gone_with(text, entry.edits)
        for number, comment in gone:
            if not any(number in body for body in bodies):
                yield comment
    for source in dict.fromkeys(move.source for move in moves):
        inner = [edit for move in moves if move.source == source for edit in move.edits]
        yield from (comment for _, comment in _gone_with(texts[source], inner))


def _bodies(project: Project, moves: Sequence[Move], path: str) -> Iterator[range]:
    """The lines below the parameters of the functions that move out of a file."""
    spans = {move.function for move in moves if move.source == path}
    if spans:
        facts = project.known(path)
        for node in (function.node for function in facts.functions):
            if facts.lines.span(node) in spans:
                lines = [getattr(n, "end_lineno", 0) for n in ast.walk(node.args)]
                yield range(max([node.lineno, *lines]) + 1, (node.end_lineno or 0) + 1)


def _gone_with(text: str, edits: Sequence[Edit]) -> Iterator[tuple[int, str]]:
    ranges = []
    lines = text.splitlines()
    for edit in edits:
        if isinstance(edit, Replace):
            whole = edit.last or edit.first
            end = whole.end_line if edit.code else _end(lines, whole, whole.column)
            ranges.append((edit.first.line, end, edit.heads))
        elif isinstance(edit, Unwrap):
            ranges.append((edit.anchor.line, edit.anchor.line, False))
            if edit.dead is not None:
                ranges.append((edit.dead.line, _end(lines, edit.dead, edit.anchor.column), True))
    for number, comment in _comments(text):
        # A heading over imports goes with the last of them.
        below = lines[number] if number < len(lines) else ""
        if below.startswith(("from ", "import ")):
            yield number, comment
            continue
        for first, last, heads in ranges:
            top = first
            while not heads and top > 1 and lines[top - 2].lstrip().startswith(("#", "@")):
                top -= 1
            if top <= number <= last or number in _heading(lines, first):
                yield number, comment


def _end(lines: Sequence[str], span: Span, column: int) -> int:
    """The number of the last line of some statements, with the comments at the end of a block that
    is further to the right than a column."""
    end = span.end_line
    below = lines[end:] if span.line < end else ()
    for number, line in enumerate(below, end + 1):
        text = line.lstrip()
        if text and (not text.startswith("#") or len(line) - len(text) <= column):
            break
        end = number if text else end
    return end


def _heading(lines: Sequence[str], first: int) -> range:
    """The numbers of the lines of a heading that stands apart above a statement."""
    while first > 1 and lines[first - 2].strip():
        first -= 1  # decorators, and comments of its own
    while first > 1 and not lines[first - 2].strip():
        first -= 1
    top = first
    while top > 1 and lines[top - 2].lstrip().startswith("#"):
        top -= 1
    return range(top, first) if is_heading(lines[top - 1 : first - 1]) else range(0)


def _comments(text: str) -> list[tuple[int, str]]:
    """(line, text) of the comments of a file."""
    if "#" not in text:
        return []
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return []
    return [(t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT]
