"""Where an object is saved of which nothing but the database tells whether it has a row."""

from __future__ import annotations

from codemod.project.project import Project
from codemod.surfaces.objects.keys import saved_with_key
from tests.surfaces.sites import APPS

MODELS = """from django.db import models


class Bill(models.Model):
    title = models.CharField(max_length=20)
"""
CODE = """from django.db import transaction

from .models import Bill

Bill(pk=1).save()  # named
Bill(pk=1).save(force_insert=True)
Bill(pk=1).save(force_update=True)  # named


def restore(pk):
    bill = Bill.objects.get(pk=pk)
    Bill.objects.filter(pk=pk).delete()
    bill.save(force_insert=True)  # named


def move(pk, to):
    bill = Bill.objects.get(pk=pk)
    bill.pk = to
    bill.save(force_update=True)


def restore_later(pk):
    bill = Bill.objects.get(pk=pk)
    Bill.objects.filter(pk=pk).delete()
    transaction.on_commit(bill.save)  # named


def rename(pk):
    bill = Bill.objects.get(pk=pk)
    bill.save()
    transaction.on_commit(bill.save)


def put(pk):
    store(Bill(pk=pk))


def store(bill):
    bill.save()  # named


def close(pk):
    touch(Bill.objects.get(pk=pk))


def touch(bill):
    bill.save()
"""


def test_every_place_is_named() -> None:
    sources = [("shop/apps.py", APPS), ("shop/models.py", MODELS), ("shop/work.py", CODE)]
    project = Project.build([*sources, ("shop/__init__.py", "")])
    named = [n for n, line in enumerate(CODE.splitlines(), 1) if line.endswith("# named")]
    found = saved_with_key(project, "shop.Bill")
    assert sorted(found) == [("shop/work.py", line) for line in named]


def test_each_function_is_looked_at_once() -> None:
    """Of functions that call each other on millions of ways."""
    ways = [
        f"def bill_{n}(pk) -> Bill:\n"
        f"    if pk:\n        return bill_{n + 1}(pk)\n    return bill_{n + 2}(pk)\n"
        for n in range(60)
    ]
    ends = [f"def bill_{n}(pk) -> Bill:\n    return Bill()\n" for n in (60, 61)]
    saved = ["bill_1(1).save()", "Bill(pk=1).save()"]
    code = "\n\n".join(["from .models import Bill\n", *ways, *ends, *saved])
    sources = [("shop/apps.py", APPS), ("shop/models.py", MODELS), ("shop/work.py", code)]
    project = Project.build([*sources, ("shop/__init__.py", "")])
    assert saved_with_key(project, "shop.Bill") == (("shop/work.py", code.count("\n") + 1),)
