"""Black, where the file was formatted by it."""

from __future__ import annotations

import configparser
import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import black

DEFAULT_LENGTH = 88
LARGE = 60_000  # characters; Black takes a second for 100,000
START = 6_000  # characters, of a text that may be in no style of Black
_APART = "\n\n\n"  # parts that Black formats alike together and apart, for the most part
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
    tool = tool_table(pyproject_text)
    own = _black(tool)
    if own is not None:
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
    tool = tool_table(pyproject_text)
    ruff = tool.get("ruff")
    found = ruff.get("format") if isinstance(ruff, dict) else None
    for section in (_black(tool), found, ruff):
        length = _length(section.get("line-length")) if isinstance(section, dict) else None
        if length is not None:
            return length
    return None


def linted_length(ini_text: str) -> int | None:
    """The line length that `[flake8]` of a `setup.cfg`, `tox.ini` or `.flake8` allows."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(ini_text)
        section = parser["flake8"]
        return _length(int(section.get("max-line-length") or section["max_line_length"]))
    except (configparser.Error, KeyError, ValueError):
        return None


def _black(tool: dict[str, Any]) -> dict[str, Any] | None:
    """Black's own section. It takes `line_length` for `line-length`, as Black does."""
    own = tool.get("black")
    return {k.replace("_", "-"): v for k, v in own.items()} if isinstance(own, dict) else None


def _length(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def tool_table(text: str | None) -> dict[str, Any]:
    """The table `[tool]` of a `pyproject.toml`; empty where it can't be read."""
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
    """The style in which the text is formatted, the configured one first; None for none.

    Of a large text it is the first part that tells.
    """
    plain = _plain(text)
    if plain is None:
        return None
    if len(plain) > LARGE:
        end = plain.rfind(_APART, 0, LARGE)
        if end < 0:
            return None
        plain = plain[: end + 1]
    base = configured or Style()
    normalized = (True, False) if _SINGLE_QUOTED.search(plain) is None else (False,)
    tries = [] if configured is None else [configured]
    for length in _LENGTHS:
        for normalization in normalized:
            tries.append(replace(base, line_length=length, string_normalization=normalization))
    start = _start(plain)
    for style in dict.fromkeys(tries):
        told = _formatted(start, style) or start  # cheaper, and mostly enough to rule a style out
        result = _formatted(plain, style) if told == start else told
        if result == plain:
            return style
        if result is None or _is_hopeless(plain if told == start else start, result):
            return None
    return None


def _start(text: str) -> str:
    """The first parts of a text that is not short; else nothing."""
    if len(text) < 2 * START:
        return ""
    return text[: text.rfind(_APART, 0, START) + 1]


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

    Without a style only new lines that are longer than `length` are formatted, and in a large
    text only the parts that are new.
    """
    if before == after:
        return after
    newline = "\r\n" if "\r\n" in after else "\n"
    old, plain = _plain(before), _plain(after)
    if plain is None:
        return after
    if len(plain) > LARGE:
        result = _finished_parts(old or before, plain, style, length)
    else:
        result = _finished(old or before, plain, style, length)
    return after if result == plain else result.replace("\n", newline)


def _finished(before: str, after: str, style: Style | None, length: int) -> str:
    if style is not None:
        return _formatted(after, style) or after
    return _shortened(before, after, replace(Style(), line_length=length)) or after


def _finished_parts(before: str, after: str, style: Style | None, length: int) -> str:
    """The text with its new parts finished, each on its own.

    The style is that of the text's beginning: parts that were not in it are not brought into it.
    """
    end = after[len(after.rstrip("\n")) :]
    old, new = (text.rstrip("\n").split(_APART) for text in (before, after))
    known, left = set(old), set(new)
    gone = _APART.join(part for part in old if part not in left)
    if style is not None and gone and not black_accepts(f"{gone}\n", style):
        length, style = style.line_length, None
    done = (
        part if part in known else _finished(gone, f"{part}\n", style, length).rstrip("\n")
        for part in new
    )
    return _APART.join(done) + end


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
    """The text with Black's version of the new lines that are too long, comments apart: those it
    can't shorten."""
    known, lines = set(before.split("\n")), after.split("\n")
    long = [
        number
        for number, line in enumerate(lines, 1)
        if len(line) > style.line_length and line not in known and not line.lstrip().startswith("#")
    ]
    if not long:
        return None
    if "'" in "".join(lines[number - 1] for number in long):
        style = replace(style, string_normalization=False)
    result = _formatted(after, style, tuple((number, number) for number in long))
    return result if result is not None and _only_changes(lines, result, long) else None


def _only_changes(lines: Sequence[str], result: str, numbers: Sequence[int]) -> bool:
    """Whether the result has all lines but those with these numbers, in order."""
    whole, at = f"\n{result}\n", 0
    for start, end in pairwise([0, *numbers, len(lines) + 1]):
        kept = "".join(f"\n{line}" for line in lines[start : end - 1]) + "\n"
        last = end > len(lines)
        found = whole.rfind(kept, at) if last else whole.find(kept, at)
        if found < 0 or (start == 0 and found) or (last and not whole.endswith(kept)):
            return False
        at = found + len(kept) - 1  # lines share the newline between them
    return True
