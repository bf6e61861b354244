"""Bytes to text and back, exactly.

file = decode("app/models.py", data)
encode(file, file.text) == data
"""

from __future__ import annotations

import codecs
import re
import tokenize
from dataclasses import dataclass

from codemod.values.files import Unreadable

LIMIT = 5_000_000
"""Files with more bytes than this are named and left alone."""

_HEAD = re.compile(rb"[^\r\n]*(?:\r\n?|\n)?[^\r\n]*")
_NEWLINE = re.compile(r"\r\n?|\n")


@dataclass(frozen=True)
class SourceFile:
    """A file that could be read; `path` is POSIX and relative to the root.

    `text` has the newlines of the file and no byte order mark; `encoding` is
    the codec with which `encode` gives `data` again.
    """

    path: str
    text: str
    encoding: str

    @property
    def data(self) -> bytes:
        """The bytes that were read."""
        return self.text.encode(self.encoding)


class SourceError(Exception):
    """A file can't be decoded or encoded; says which, where and why."""

    def __init__(self, path: str, message: str, line: int | None = None) -> None:
        self.path = path
        self.message = message
        self.line = line
        super().__init__(path, message, line)

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"

    @property
    def unreadable(self) -> Unreadable:
        """The same as a value that can travel."""
        where = "" if self.line is None else f"line {self.line}: "
        return Unreadable(self.path, where + self.message)


def decode(path: str, data: bytes) -> SourceFile:
    """Return the text of a Python file, decoded as Python itself would.

    Raises SourceError for files that are too large, contain null bytes, name
    an unknown encoding, aren't valid in the one that they name, or wouldn't
    come out of a round trip as the same bytes.
    """
    if len(data) > LIMIT:
        raise SourceError(path, too_large(len(data), LIMIT))
    if b"\0" in data:
        raise SourceError(path, "contains a null byte", _line(data, data.index(b"\0")))
    encoding = _encoding(path, data)
    try:
        text = data.decode(encoding)
        exact = encoding in ("utf-8", "utf-8-sig") or text.encode(encoding) == data
    except UnicodeDecodeError as error:
        message = f"byte 0x{data[error.start]:02x} is not valid {encoding}"
        raise SourceError(path, message, _line(data, error.start)) from error
    except UnicodeError as error:
        raise SourceError(path, f"can't be decoded as {encoding}") from error
    if not exact:
        raise SourceError(path, f"{encoding} would not give the same bytes back")
    return SourceFile(path, text, encoding)


def encode(file: SourceFile, text: str) -> bytes:
    """Return `text` in the encoding of `file`, with its byte order mark if any.

    Raises SourceError where the encoding has no bytes for a character.
    """
    try:
        return text.encode(file.encoding)
    except UnicodeError as error:
        line = None
        if isinstance(error, UnicodeEncodeError):
            line = len(_NEWLINE.findall(text, 0, error.start)) + 1
        message = f"the new text can't be written in {file.encoding}"
        raise SourceError(file.path, message, line) from error


def newline(text: str) -> str:
    r"""Return the newline that `text` uses most: "\n" (also for none), "\r\n" or "\r"."""
    windows = text.count("\r\n")
    counts = {
        "\n": text.count("\n") - windows,
        "\r\n": windows,
        "\r": text.count("\r") - windows,
    }
    return max(counts, key=counts.__getitem__)


def too_large(size: int, limit: int) -> str:
    """Return the reason for leaving out a file of `size` bytes."""
    return f"too large: {size} bytes, the limit is {limit}"


def _encoding(path: str, data: bytes) -> str:
    bom = data.startswith(codecs.BOM_UTF8)
    start = len(codecs.BOM_UTF8) if bom else 0
    found = _HEAD.match(data, start)
    head = found.group() if found else b""
    if b"coding" not in head:
        return "utf-8-sig" if bom else "utf-8"
    # A cookie is ASCII. Other bytes before it are in the encoding that it
    # names, which tokenize would refuse to skip.
    lines = head.decode("ascii", "replace").encode("ascii", "replace").splitlines(True)
    if bom:
        lines[0] = codecs.BOM_UTF8 + lines[0]
    try:
        encoding, _ = tokenize.detect_encoding(iter(lines).__next__)
    except SyntaxError as error:
        unknown = str(error).startswith("unknown encoding")
        reason = str(error) if unknown else "has a byte order mark and names another encoding"
        raise SourceError(path, reason) from error
    if not _is_plain(encoding):
        raise SourceError(path, f"{encoding} is no encoding for Python source")
    return encoding


def _is_plain(encoding: str) -> bool:
    """Return whether this is a text encoding in which ASCII is itself."""
    try:
        return b"coding".decode(encoding) == "coding"
    except (LookupError, UnicodeError):
        return False


def _line(data: bytes, offset: int) -> int:
    before = data[:offset]
    return before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1
