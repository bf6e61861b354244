"""The quotes of new strings."""

from __future__ import annotations

import pytest

from codemod.rewrite.quotes import requoted

SINGLE = "a('x', 'y', 'z')\n"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ('b("w")\n', "b('w')\n"),
        ('b("it\'s", """w""", r"w")\n', 'b("it\'s", """w""", r"w")\n'),
        ('b(f\'{c["w"]}\', "v")\n', "b(f'{c[\"w\"]}', 'v')\n"),
    ],
)
def test_new_strings_have_the_quotes_of_the_file(new: str, expected: str) -> None:
    assert requoted([SINGLE], [], SINGLE + new) == SINGLE + expected


@pytest.mark.parametrize("text", ["a('x', 'y')\n", "a('x', 'y', 'z', \"w\")\n"])
def test_files_without_a_habit(text: str) -> None:
    assert requoted([text], [], f'{text}b("v")\n') == f'{text}b("v")\n'
