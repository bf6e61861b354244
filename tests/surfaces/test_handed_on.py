"""Methods that are handed on, called on a class, or on what holds the objects of others."""

from __future__ import annotations

import textwrap

import pytest

from codemod.project.types.kinds import FIRING
from codemod.surfaces import file_field, handed_on, unbound, unhandled
from tests.surfaces.sites import found, told

HEAD = """
from operator import attrgetter, methodcaller
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models.deletion import Collector
from .models import Bill, Line, Own
"""


def sites(code: str) -> list[str]:
    whole = HEAD + textwrap.dedent(code)
    return [text for one in (handed_on, unbound, unhandled) for text in told(found(one, whole))]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("transaction.on_commit(Bill().save)", "save of shop.Bill: expression"),
        ("list(map(Bill.save, bills))", "save of shop.Bill: expression"),
        ("later = {'x': Bill().delete}", "delete of shop.Bill: expression"),
        ("make = Bill.objects.create", "save of shop.Bill: expression"),
        ("make = User.objects.create_superuser", "save of auth.User: expression"),
        ("transaction.on_commit(Bill.objects.all().delete)", "delete of shop.Bill: expression"),
        ("def f(x): transaction.on_commit(x.save)", "save of ?"),
        ("getattr(Bill(), 'save')()", "save of shop.Bill: expression"),
        ("def f(x): getattr(x, 'save')()", "save of ?"),
        ("def f(x): attrgetter('save')(x)()", "save of ?"),
        ("attrgetter('save')(Bill())()", "save of shop.Bill: expression"),
        ("methodcaller('delete')(Bill())", "delete of shop.Bill: expression"),
        ("for how in ('save', 'clean'): getattr(Bill(), how)()", "save of shop.Bill: expression"),
        ("how = {'keep': 'save'}\ngetattr(Bill(), how['keep'])()", "save of shop.Bill: expression"),
        ("def f(how): getattr(Bill(), how)()\nf('delete')", "delete of shop.Bill: expression"),
        ("def f(how): return getattr(Bill(), how)\nf('save')()", "save of shop.Bill: expression"),
        ("def f(x, how): getattr(x, how)()\nf(unknown, 'save')", "save of ?"),
        (
            "def f(x):\n    later = getattr(Bill(), x)\n    later()\nf('save')",
            "save of shop.Bill: expression",
        ),
        ("def f(x): on_commit(getattr(Bill(), x))\nf('save')", "save of shop.Bill: expression"),
        ("def f(part): getattr(Bill(), f'sa{part}')()", "save of shop.Bill"),
        (
            "def f(name):\n    step = getattr(Bill(), f'sa{name}')\n    if callable(step): step()",
            "save of shop.Bill",
        ),
        ("Bill.delete(Bill())", "delete of shop.Bill"),
        ("models.Model.delete(Bill())", "delete of shop.Bill"),
        ("models.Model.save(self=Own())", "save of shop.Own"),
        ("models.QuerySet.delete(Bill.objects.all())", "delete of shop.Bill: unbound-call"),
        ("super(Bill, Bill.objects.get()).save()", "save of shop.Bill"),
        ("def f(x): super(Bill, x).save()", "save of shop.Bill"),
        ("for x in (Bill(), Line()): type(x).save(x)", "save of shop.Bill,shop.Line"),
        ("for x in (Bill(), Own()): x.__class__.save(x)", "save of shop.Bill"),
        (  # its own one runs for a `Rush`
            "class Rush(Bill):\n    def save(self): super().save()\n\n"
            "for x in (Bill(), Rush()): type(x).save(x)",
            "save of shop.Bill",
        ),
        ("for cls in (Bill, Line): cls.delete(cls.objects.get())", "delete of shop.Bill,shop.Line"),
        ("def f(bill: Bill): super(Bill, bill).delete()", "delete of shop.Bill"),
        ("Collector(using='default').delete()", "delete of ?: collector"),
    ],
)
def test_sites(code: str, expected: str) -> None:
    assert sites(code) == [expected]


@pytest.mark.parametrize(
    "code",
    [
        "Bill().save()",
        "Bill().save.assert_called()",
        "transaction.on_commit(Own().save)",  # its own save() has the line that fires
        "def f(x): x.field.save.connect(print)",
        "def f(x): keep(x.save)",
        "Bill().save = print",
        "for how in ('clean', 'title'): getattr(Bill(), how)()",
        "def f(name): getattr(Bill(), f'get_{name}')()",
        "def f(name): getattr(Bill(), 'get_%s' % name)()",
        "def f(name): getattr(Bill(), 'get_{}'.format(name))()",
        "def f(name): getattr(Bill(), 'get_' + name)()",
        "def f(name):\n    method = 'get_' + name\n    getattr(Bill(), method)()",
        "def f(name): print(getattr(Bill(), name))",  # looked at
        "def f(name): getattr(Bill(), name)(colour=3)",  # no argument of Django's
        "def f(x, name): getattr(x, name)()",  # neither is known
        "def f(name):\n    x = getattr(Bill(), name)\n    print(x() if callable(x) else x)",
    ],
)
def test_no_sites(code: str) -> None:
    assert sites(code) == []


@pytest.mark.parametrize(
    ("code", "other", "expected"),
    [
        ("def f(how): return getattr(Bill(), how)", "f('save')()", {"shop.Bill: expression"}),
        ("def f(how): return getattr(Bill(), how)", "f('clean')()", set()),
        ("def f(x, how): getattr(x, how)()", "steps = {'save': f}", {"?"}),
        ("def f(x, how): return getattr(x, how)()", "steps = {'save': f}", {"?"}),
        ("def f(x, how): print(getattr(x, how)())", "steps = {'save': f}", set()),  # None
        ("def f(x, how): getattr(x, how)()", "steps = {'clean': f}", set()),
        ("class F:\n    def g(self, x, how): getattr(x, how)()", "F().g(y, {'save': 1})", {"?"}),
    ],
)
def test_a_text_in_another_file(code: str, other: str, expected: set[str]) -> None:
    made = found(handed_on, HEAD + code, other=f"from .code import *\n{other}")
    assert {t.removeprefix("save of ") for t in told(made) if "save" in t} == expected


def test_a_creation_of_the_projects_own() -> None:
    models = """
        from django.db import models


        class Coupons(models.Manager):
            def create(self, **values):
                return self.bulk_create([Coupon(**values)])[0]


        class Coupon(models.Model):
            objects = Coupons()
        """
    code = "from .models import Coupon\n\nmake = Coupon.objects.create\n"
    assert told(found(handed_on, code, models=models)) == []


def test_a_file_under_a_name() -> None:
    models = """
        from django.db import models


        class Scan(models.Model):
            page = models.FileField()
        """
    code = """
        from .models import Scan

        page = Scan().page
        page.save("x", None)
        page.save("x", None, save=False)
        Scan().page.save("x", None)
        """
    assert told(found(file_field, code, models=models)) == ["save of shop.Scan"] * 2


def test_what_a_text_may_name_is_known_of_every_text() -> None:
    assert {*handed_on.NAMED} == FIRING
