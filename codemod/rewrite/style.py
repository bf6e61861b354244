"""Black, where the file was formatted by it."""

from __future__ import annotations

import difflib
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import black

DEFAULT_LENGTH = 88
_LENGTHS = (DEFAULT_LENGTH, 79, 100, 119, 120)
# A string in single quotes without a double quote inside: normalization would change it.
_SINGLE_QUOTED = re.compile(r"""(?<!["'\w])'[^'"\\\n]+'(?!["'])""")


@dataclass(frozen=True)
class Style:
    """Black's settings. Preview is off, and target versions are Black's own guess."""

    line_length: int = DEFAULT_LENGTH
    string_normalization: bool = True
    magic_trailing_comma: bool = True

    @property
    def mode(self) -> black.Mode:
        return black.Mode(
            line_length=self.line_length,
            string_normalization=self.string_normalization,
            magic_trailing_comma=self.magic_trailing_comma,
        )


def configured_style(pyproject_text: str | None) -> Style | None:
    """What `[tool.black]`, else `[tool.ruff]` of a `pyproject.toml` say; None for neither."""
    tool = _tool(pyproject_text)
    own = tool.get("black")
    if isinstance(own, dict):
        return Style(
            _length(own.get("line-length")) or DEFAULT_LENGTH,
            not own.get("skip-string-normalization", False),
            not own.get("skip-magic-trailing-comma", False),
        )
    ruff = tool.get("ruff")
    if isinstance(ruff, dict):
        found = ruff.get("format")
        section = found if isinstance(found, dict) else {}
        return Style(
            _length(section.get("line-length"))
            or _length(ruff.get("line-length"))
            or DEFAULT_LENGTH,
            section.get("quote-style", "double") == "double",
            not section.get("skip-magic-trailing-comma", False),
        )
    return None


def line_length(pyproject_text: str | None) -> int | None:
    """The line length that a `pyproject.toml` sets for Black or Ruff; None if it sets none."""
    tool = _tool(pyproject_text)
    ruff = tool.get("ruff")
    found = ruff.get("format") if isinstance(ruff, dict) else None
    for section in (tool.get("black"), found, ruff):
        length = _length(section.get("line-length")) if isinstance(section, dict) else None
        if length is not None:
            return length
    return None


def _length(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _tool(text: str | None) -> dict[str, Any]:
    if not text:
        return {}
    for name in ("tomllib", "tomli"):  # tomllib is new in Python 3.11
        try:
            toml = importlib.import_module(name)
        except ImportError:
            continue
        try:
            tool = toml.loads(text).get("tool", {})
        except (ValueError, RecursionError):
            return {}
        return tool if isinstance(tool, dict) else {}
    return {}


def black_accepts(text: str, style: Style) -> bool:
    """Whether Black would leave the text as it is."""
    plain = _plain(text)
    return plain is not None and _formatted(plain, style) == plain


def style_of(text: str, configured: Style | None) -> Style | None:
    """The style in which the text is formatted, the configured one first; None for none."""
    plain = _plain(text)
    if plain is None:
        return None
    base = configured or Style()
    normalized = (True, False) if _SINGLE_QUOTED.search(plain) is None else (False,)
    tries = [] if configured is None else [configured]
    for length in _LENGTHS:
        for normalization in normalized:
            tries.append(replace(base, line_length=length, string_normalization=normalization))
    for style in dict.fromkeys(tries):
        result = _formatted(plain, style)
        if result == plain:
            return style
        if result is None or _is_hopeless(plain, result):
            return None
    return None


def _is_hopeless(text: str, result: str) -> bool:
    """Whether Black changed what it changes in every style: blank lines, blanks in short lines."""
    before, after = text.split("\n"), result.split("\n")
    if before.count("") != after.count(""):
        return True
    # Indentation may depend on what is split around, blanks within a line do not.
    old = {line.strip() for line in before if len(line) < min(_LENGTHS)}
    new = {line.strip() for line in after if len(line) < min(_LENGTHS)}
    squeezed = {"".join(line.split()) for line in new - old}
    return any("".join(line.split()) in squeezed for line in old - new)


def finish(before: str, after: str, style: Style | None, length: int = DEFAULT_LENGTH) -> str:
    """`after`, formatted as `before` was.

    Without a style only new lines that are longer than `length` are formatted.
    """
    if before == after:
        return after
    newline = "\r\n" if "\r\n" in after else "\n"
    plain = _plain(after)
    if plain is None:
        return after
    if style is not None:
        result = _formatted(plain, style)
    else:
        result = _shortened(_plain(before) or before, plain, replace(Style(), line_length=length))
    if result is None or result == plain:
        return after
    return result.replace("\n", newline)


def _plain(text: str) -> str | None:
    """The text with `\\n` for newlines; None if it mixes several kinds."""
    plain = text.replace("\r\n", "\n")
    if "\r" in plain or (plain != text and plain.replace("\n", "\r\n") != text):
        return None
    return plain


def _formatted(text: str, style: Style, lines: tuple[tuple[int, int], ...] = ()) -> str | None:
    try:
        return black.format_str(text, mode=style.mode, lines=lines)
    except Exception:
        return None


def _shortened(before: str, after: str, style: Style) -> str | None:
    """The text with Black's version of the new lines that are too long."""
    long = [
        (number, number)
        for start, end in _added(before, after)
        for number in range(start + 1, end + 1)
        if len(after.split("\n")[number - 1]) > style.line_length
    ]
    if not long:
        return None
    if "'" in "".join(after.split("\n")[number - 1] for number, _ in long):
        style = replace(style, string_normalization=False)
    result = _formatted(after, style, tuple(long))
    if result is None or not _only_changes(after, result, {number for number, _ in long}):
        return None
    return result


def _added(before: str, after: str) -> Iterator[tuple[int, int]]:
    matcher = difflib.SequenceMatcher(None, before.split("\n"), after.split("\n"), autojunk=False)
    for tag, _, _, start, end in matcher.get_opcodes():
        if tag in ("insert", "replace"):
            yield start, end


def _only_changes(text: str, result: str, lines: set[int]) -> bool:
    """Whether the two differ in these lines of `text` only."""
    matcher = difflib.SequenceMatcher(None, text.split("\n"), result.split("\n"), autojunk=False)
    return all(
        tag == "equal" or (start < end and set(range(start + 1, end + 1)) <= lines)
        for tag, start, end, _, _ in matcher.get_opcodes()
    )
