"""What the functions that a call runs may delete."""

from __future__ import annotations

import textwrap

import pytest

from codemod.project.project import Project
from codemod.surfaces.removing.deleting import Deletes, deleted_by
from tests.surfaces.sites import APPS, MODELS

CODE = """
from .models import Bill


def purge(bill):
    bill.delete()


def pass_on(bill):
    purge(bill)


def clean():
    for bill in Bill.objects.filter(title=""):
        purge(bill)


def sweep():
    Bill.objects.filter(title="").delete()


def run(bill: Bill):
    purge(bill)
    pass_on(bill)
    clean()
    sweep()
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("purge", Deletes(objects=frozenset({"shop.Bill"}))),
        ("pass_on", Deletes(objects=frozenset({"shop.Bill"}))),
        ("clean", Deletes(rows=frozenset({"shop.Bill"}))),
        ("sweep", Deletes(rows=frozenset({"shop.Bill"}))),
    ],
)
def test_deletes(name: str, expected: Deletes) -> None:
    files = {"shop/__init__.py": "", "shop/apps.py": APPS, "shop/models.py": MODELS}
    files["shop/code.py"] = CODE
    project = Project.build([(path, textwrap.dedent(text)) for path, text in files.items()])
    facts = project.known("shop/code.py")
    [call] = (c for c in facts.named(name) if c.scope.name == "run")
    assert deleted_by(project, facts, call) == expected
