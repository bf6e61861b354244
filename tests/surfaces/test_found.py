"""Small questions of the surfaces."""

from __future__ import annotations

import pytest

from codemod.surfaces.found import plural


@pytest.mark.parametrize(
    ("noun", "many"),
    [
        ("document", "documents"), ("entry", "entries"), ("day", "days"), ("address", "addresses"),
        ("status", "statuses"), ("user_follows", "user_follows_rows"), ("box", "boxes"),
        ("shelf", "shelves"), ("missing_person", "missing_people"), ("proof", "proofs"),
    ],
)  # fmt: skip
def test_plural(noun: str, many: str) -> None:
    assert plural(noun) == many
