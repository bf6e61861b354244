"""Small questions of the surfaces."""

from __future__ import annotations

import pytest

from codemod.surfaces.calls.found import plural, snake


@pytest.mark.parametrize(
    ("noun", "many"),
    [
        ("document", "documents"), ("entry", "entries"), ("day", "days"), ("address", "addresses"),
        ("status", "statuses"), ("user_follows", "user_follows_rows"), ("box", "boxes"),
        ("shelf", "shelves"), ("missing_person", "missing_people"), ("proof", "proofs"),
        ("sound_analysis", "sound_analyses"),
    ],
)  # fmt: skip
def test_plural(noun: str, many: str) -> None:
    assert plural(noun) == many


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("OrderLine", "order_line"),
        ("HTTPHeader", "http_header"),
        ("T2FActionPoint", "t2f_action_point"),
        ("OAuth2Token", "o_auth2_token"),
        ("RoleV2", "role_v2"),
    ],
)
def test_variables_are_named_in_snake_case(name: str, expected: str) -> None:
    assert snake(name) == expected
