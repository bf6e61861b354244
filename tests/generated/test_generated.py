"""Generated projects do the same before and after; many more with `python -m tests.generated 500`.

A difference that is found there becomes a project of `tests/behaviour` or a case of `tests/cases`.
"""

from __future__ import annotations

import pytest

from tests.behaviour.test_behaviour import report
from tests.generated.drawing import drawn
from tests.generated.harness import servers, try_out
from tests.generated.reducing import reduced

for package in ("django", "rest_framework", "factory"):
    pytest.importorskip(package)

COUNT = 6
FIRST = 1


def test_same_behaviour() -> None:
    recorded = 0
    with servers() as both:
        for project in drawn(COUNT, FIRST):
            verdict = try_out(project, both)
            recorded += len(verdict.fired)
            if verdict.different:
                small, why = reduced(project, both)
                pytest.fail(f"{report(list(verdict.different))}\n\nreduced: {small}\n{why}")
    assert recorded > COUNT, "projects that record nothing prove nothing"
