"""Every comment of the files before is still somewhere in the files after.

    # Refunds keep theirs.   ->   shop/signals.py:7: lost comment: # Refunds keep theirs.

Notes to a tool (`# noqa`) go with the line they are on, those behind an import with what is no
longer imported, and a deleted file's coding line with it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from codemod.checks.comments import Comment, comments
from codemod.values.failures import Failure
from codemod.values.latest import Latest

_TO_A_TOOL = re.compile(
    r"#\s*(noqa|type:|pragma:|pylint:|pyright:|mypy:|isort:|fmt:|ruff:|flake8:|nosec|unsignal:)",
    re.IGNORECASE,
)
_IMPORT = re.compile(r"(from|import)\s")
_TO_PYTHON = re.compile(r"#!|#.*coding[:=]")


def check_comments(
    before: Mapping[str, str],
    after: Mapping[str, str],
    expected_gone: Collection[str] = (),
    latest: Latest | None = None,
) -> tuple[Failure, ...]:
    """Return the comments that got lost, under the file and line that they were in.

    `expected_gone`: the comments that go on purpose, each as often as it goes.
    """
    latest = Latest() if latest is None else latest
    read = {
        side: {path: latest.ask((side, path), (text,), comments) for path, text in texts.items()}
        for side, texts in (("comments before", before), ("comments after", after))
    }
    was, now = read["comments before"], read["comments after"]
    later = [comment for found in now.values() for comment in found]
    left = Counter(_key(comment.text) for comment in later)
    left.update(_key(text) for text in expected_gone)
    kept = {path: {*_lines(text, now[path])} for path, text in after.items()}
    lines = set().union(*kept.values())
    stands = {(_key(comment.text), comment.code) for comment in later}
    every = [(path, comment) for path, found in was.items() for comment in found]
    # Of several alike, those behind code that is gone went.
    every.sort(key=lambda each: (_key(each[1].text), each[1].code) not in stands)
    failures: list[Failure] = []
    for path, comment in every:
        key = _key(comment.text)
        if left[key]:
            left[key] -= 1
        elif _is_of_import(comment, before[path]) and comment.code not in kept.get(path, ()):
            continue  # nothing uses any more what it is behind
        elif not _goes_along(comment, lines, deleted=path not in after):
            message = f"lost comment: {comment.text}"
            failures.append(Failure("elsewhere", path, comment.line, message))
    return tuple(failures)


def _is_of_import(comment: Comment, text: str) -> bool:
    """Whether a comment stands behind something that is imported."""
    if not comment.code:
        return False
    first = re.split(r"\r\n?|\n", text)[comment.statement.start - 1]
    return _IMPORT.match(first.strip()) is not None


def _goes_along(comment: Comment, lines: Collection[str], *, deleted: bool) -> bool:
    """Whether a comment has no meaning without the line, or the file, that is gone."""
    if _TO_A_TOOL.match(comment.text):
        return comment.code not in lines if comment.code else deleted
    return deleted and comment.line <= 2 and _TO_PYTHON.match(comment.text) is not None


def _key(comment: str) -> str:
    """What a comment says; a formatter may put a space after its `#`."""
    return comment.lstrip("#").strip()


def _lines(text: str, found: Iterable[Comment]) -> Iterator[str]:
    """The code of each line, without its comment."""
    ends = {comment.line: comment.code for comment in found}
    for number, line in enumerate(re.split(r"\r\n?|\n", text), 1):
        yield ends.get(number, line.strip())
