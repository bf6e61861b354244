"""The harness sees calls that are missing, misplaced or made for the wrong objects.

All projects: `python -m tests.mutants`.
"""

from __future__ import annotations

import pytest

from tests.casefiles import PROJECTS, read
from tests.generated.harness import Server
from tests.mutants import Mutant, mutants, survey

pytest.importorskip("django")


def test_mutants_die() -> None:
    server = Server()
    try:
        found = list(survey(read(PROJECTS / "created.md"), server))
    finally:
        server.close()
    assert len(found) > 5
    assert [mutant for _, mutant, seen in found if not seen] == []


def test_kinds_of_mutants() -> None:
    text = "def f(order):\n    order.save()\n    if created:\n        index(order)\n"
    assert [m.kind for m in mutants("a.py", text, {"index"})] == ["negated", "dropped"]
    text = "def f(order):\n    order.save()\n    index(order)\n"
    place = ("a.py", "f", "index(order)", 3)
    assert list(mutants("a.py", text, {"index"})) == [
        Mutant("dropped", *place, "def f(order):\n    order.save()\n    pass"),
        Mutant("moved", *place, "def f(order):\n    index(order)\n    order.save()"),
    ]
