"""A scan lists what Django connects; many more projects with `python -m tests.fuzz_registry 500`.

A difference that is found there becomes a test of `tests/project/test_registration_shapes.py`.
"""

from __future__ import annotations

import pytest

from tests.fuzz_registry.comparing import Tally, compare, server
from tests.fuzz_registry.drawing import drawn

pytest.importorskip("django")

COUNT = 30


def test_scan_lists_what_django_connects() -> None:
    tally = Tally()
    with server() as asked:
        different = {seed: compare(drawn(seed), asked, tally) for seed in range(COUNT)}
    assert {seed: lines for seed, lines in different.items() if lines} == {}
    assert tally.exact > COUNT, "projects that connect nothing prove nothing"
