"""Bytes to text and back."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemod.source import files
from codemod.source.files import SourceError, decode, encode, newline
from codemod.values.files import Unreadable

ROUND_TRIPS = [
    (b"", "utf-8", ""),
    (b"x = 1", "utf-8", "x = 1"),
    (b"a = 1\r\nb = 2\r\n", "utf-8", "a = 1\r\nb = 2\r\n"),
    (b"a = 1\rb = 2", "utf-8", "a = 1\rb = 2"),
    (b"\x0cclass A:\n    pass", "utf-8", "\x0cclass A:\n    pass"),
    ("n = 'Zoë \u2028'".encode(), "utf-8", "n = 'Zoë \u2028'"),
    (codecs.BOM_UTF8 + b"a = 1\r\n", "utf-8-sig", "a = 1\r\n"),
    (codecs.BOM_UTF8, "utf-8-sig", ""),
    (codecs.BOM_UTF8 * 2 + b"a", "utf-8-sig", "\ufeffa"),
    (codecs.BOM_UTF8 + b"# coding: utf-8\na = 1", "utf-8-sig", "# coding: utf-8\na = 1"),
    (b"# -*- coding: latin-1 -*-\n# \xe9\n", "iso-8859-1", "# -*- coding: latin-1 -*-\n# é\n"),
    (b"# \xe9t\xe9\n# coding: cp1252\n# \x80", "cp1252", "# été\n# coding: cp1252\n# €"),
    (b"# coding: utf-8-unix\n# \xc3\xa9\n", "utf-8", "# coding: utf-8-unix\n# é\n"),
    (b"#!/usr/bin/python\r# coding: koi8-r\r# \xc1\r", "koi8-r", None),
    (b"# coding: shift_jis\n# \x83\x65\\\n", "shift_jis", None),
    (b"a = 1\nb = 2\n# coding: latin-1\n", "utf-8", "a = 1\nb = 2\n# coding: latin-1\n"),
    (b"a = 'coding: latin-1'\n# \xc3\xa9\n", "utf-8", "a = 'coding: latin-1'\n# é\n"),
]


@pytest.mark.parametrize(("data", "encoding", "text"), ROUND_TRIPS)
def test_decoding_and_encoding_gives_the_same_bytes(
    data: bytes, encoding: str, text: str | None
) -> None:
    file = decode("app/models.py", data)

    assert file.encoding == encoding
    assert text is None or file.text == text
    assert encode(file, file.text) == data


REFUSED = [
    (b"a = 1\n# \xe9\n", "line 2: byte 0xe9 is not valid utf-8"),
    (b"a = 1\r\n\0", "line 2: contains a null byte"),
    ("a = 1\n".encode("utf-16"), "line 1: contains a null byte"),
    (b"# coding: klingon\n", "unknown encoding: klingon"),
    (b"# coding: zlib\n", "zlib is no encoding for Python source"),
    (b"# coding: undefined\n", "undefined is no encoding for Python source"),
    (b"# coding: utf-16-le\n# ", "utf-16-le is no encoding for Python source"),
    (b"# coding: cp037\n", "cp037 is no encoding for Python source"),
    (b"# coding: utf-7\n# +AGE-\n", "utf-7 would not give the same bytes back"),
    (b"# coding: ascii\n\n# \xc3\xa9\n", "line 3: byte 0xc3 is not valid ascii"),
    (codecs.BOM_UTF8 + b"# coding: latin-1\n", "has a byte order mark and names another encoding"),
]


@pytest.mark.parametrize(("data", "reason"), REFUSED)
def test_what_cannot_be_read_is_named_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(SourceError) as raised:
        decode("app/models.py", data)

    assert raised.value.unreadable == Unreadable("app/models.py", reason)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith("app/models.py:")


def test_large_files_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LIMIT", 3)
    assert decode("a.py", b"a=1").text == "a=1"

    with pytest.raises(SourceError, match=r"a\.py: too large: 4 bytes, the limit is 3"):
        decode("a.py", b"a=10")


def test_new_text_that_the_encoding_lacks_is_refused() -> None:
    file = decode("a.py", b"# coding: latin-1\r\n")

    with pytest.raises(SourceError, match=r"a\.py:2: .* in iso-8859-1"):
        encode(file, file.text + "# €\r\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "\n"),
        ("a", "\n"),
        ("a\n", "\n"),
        ("a\r\nb\r\nc\n", "\r\n"),
        ("a\rb\r", "\r"),
        ("a\r\nb\n", "\n"),
        ("a\x0cb\u2028c\r\n", "\r\n"),
    ],
)
def test_newline_is_the_dominant_one(text: str, expected: str) -> None:
    assert newline(text) == expected


COOKIES = [
    "",
    "# coding: latin-1\n",
    "# x\n# vim: set fileencoding=cp1252 :\r\n",
    "#coding=euc-jp\r",
]


@given(st.sampled_from([b"", codecs.BOM_UTF8]), st.sampled_from(COOKIES), st.binary(max_size=60))
def test_any_bytes_are_refused_or_come_back(bom: bytes, cookie: str, rest: bytes) -> None:
    data = bom + cookie.encode() + rest
    try:
        file = decode("a.py", data)
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        assert encode(file, file.text) == data
