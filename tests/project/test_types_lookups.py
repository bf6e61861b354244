"""Which models an unknown object can't be of, for the lookups that found it."""

from __future__ import annotations

import pytest

from .helpers import facts_of, of

MODELS = """
from django.contrib.auth.models import AbstractUser
from django.db import models
from packaged.models import Stamped

class User(AbstractUser):
    pass

class Shop(models.Model):
    name = models.CharField(max_length=9)

class Order(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE)
    buyer = models.ForeignKey(User, models.CASCADE, related_query_name="purchase")

class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)

class Gift(Order):
    note = models.CharField(max_length=9)

class Ticket(models.Model):
    order = models.OneToOneField(Order, models.CASCADE, primary_key=True)

class Log(Stamped):
    text = models.CharField(max_length=9)

class Asker(models.QuerySet):
    def filter(self, *args, **kwargs):
        kwargs.pop("shop", None)
        return super().filter(*args, **kwargs)
    def seen(self):
        return self.annotate(note=models.Value(1))

class Flag(models.Model):
    objects = Asker.as_manager()

class Card(models.Model):
    owner = models.ForeignKey(Shop, models.CASCADE)
    @property
    def pages(self):
        return mystery(self).filter(pk__in=Line.objects.values("pk"))
"""


def could_be(code: str, label: str, *, rows: bool = True, models: str = MODELS) -> bool:
    """Whether the last delete in a module may be of a model."""
    head = "from shop.models import Card, Line, Order, Shop\n"
    project = of({"shop/__init__.py": "", "shop/models.py": models, "shop/code.py": head + code})
    facts = facts_of(project, "shop/code.py")
    call = [c for c in facts.calls if c.name == "delete"][-1]
    return (project.could_be_rows if rows else project.could_be)(call, facts, label)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("shop.Order", True),
        ("shop.Gift", True),  # an order, too
        ("shop.Line", False),
        ("shop.Log", True),  # a package's base may have one
        ("shop.Flag", True),  # its own filter() takes anything
        ("shop.User", False),
    ],
)
def test_rows_that_a_keyword_found(label: str, expected: bool) -> None:
    code = "def f(model, shop):\n    rows = model.objects.filter(shop=shop)\n    rows.delete()"
    assert could_be(code, label) is expected


@pytest.mark.parametrize(
    ("found", "label", "expected"),
    [
        ('filter(**{"shop__in": shops})', "shop.Line", False),
        ('filter(**{"shop__in": shops, f"{name}__org": 1})', "shop.Order", True),
        ("filter(**lookups)", "shop.Line", True),
        ("filter(order__shop=1)", "shop.Line", True),
        ("filter(order__shop=1)", "shop.Order", False),
        ("filter(line=1)", "shop.Order", True),
        ("filter(purchase=1)", "shop.User", True),
        ("filter(purchase=1)", "shop.Shop", False),
        ("filter(order_id=1)", "shop.Line", True),
        ("filter(elsewhere=1)", "shop.User", True),  # no model knows it: a package's relation
        ("filter(Prefix=1)", "shop.Line", False),  # a client's
        ("filter(Prefix=1)", "shop.Log", True),
        ("filter(Gift___note=1)", "shop.Line", True),  # django-polymorphic
        ("annotate(shop=x).filter(shop=1)", "shop.Line", True),
        ("filter(note=1)", "shop.Line", True),  # a manager's method adds one of the name
        ("filter(pk__in=Line.objects.all())", "shop.Shop", False),
        ("filter(pk__in=Line.objects.values('pk'))", "shop.Line", True),
        ("filter(pk__in=Line.objects.values('order'))", "shop.Order", True),
        ("filter(pk__in=Order.objects.values_list('pk', flat=True))", "shop.Gift", True),
        ("filter(pk__in=Order.objects.values_list('pk', flat=True))", "shop.Ticket", True),
        ("filter(pk__in=Order.objects.values_list('pk', flat=True))", "shop.Line", False),
        ("filter(pk__in=shops)", "shop.Line", True),
    ],
)
def test_lookups(found: str, label: str, expected: bool) -> None:
    assert (
        could_be(f"def f(model, **kwargs):\n    model.objects.{found}.delete()", label) is expected
    )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(x):\n    row = x.objects.get(shop=1)\n    row.delete()", False),
        ("def f(x):\n    row = x.objects.filter(shop=1).first()\n    row.delete()", False),
        ("def f(x):\n    for row in x.objects.filter(shop=1):\n        row.delete()", False),
        ("def f(x):\n    row = x.objects.get(shop=1)\n    row = x\n    row.delete()", True),
        ("def f(x):\n    row = x.objects.get(shop=1).other()\n    row.delete()", True),
        ("def f(x):\n    row, n = x.objects.get(shop=1)\n    row.delete()", True),
        # What is asked may have been given the column before.
        (
            "def g(x):\n    return x.annotate(shop=1)\n"
            "def f(rows):\n    row = rows.get(shop=1)\n    row.delete()",
            True,
        ),
    ],
)
def test_one_object_that_a_lookup_found(code: str, expected: bool) -> None:
    assert could_be(code, "shop.Line", rows=False) is expected


PACKED = """
class Pack(models.Model):
    lines = models.ManyToManyField(Line, through="Packed")

class Packed(models.Model):
    pack = models.ForeignKey(Pack, models.CASCADE)
    line = models.ForeignKey(Line, models.CASCADE)
"""


@pytest.mark.parametrize(
    ("rows", "label", "expected"),
    [
        ("x.remote_field.through", "shop.Line", False),
        ("x.remote_field.through", "shop.Packed", True),
        ("getattr(x.field, 'through')", "shop.Line", False),
        ("getattr(m2m_field, 'through', None)", "shop.Line", False),
        ("getattr(x.rel, 'through', x)", "shop.Line", True),
        ("x.through", "shop.Line", True),  # that may be of anything
        ("x.remote_field.model", "shop.Line", True),
    ],
)
def test_rows_of_a_relation_that_cant_be_told(rows: str, label: str, expected: bool) -> None:
    code = f"def f(x):\n    model = {rows}\n    model.objects.filter(**mystery()).delete()"
    assert could_be(code, label, models=MODELS + PACKED) is expected
    other = "class Tunnel:\n    through = mystery()\n"
    assert could_be(other + code, label, models=MODELS + PACKED)


@pytest.mark.parametrize(
    ("relation", "label", "expected"),
    [
        ("models.ManyToManyField(Line, through=mystery())", "shop.Line", True),
        ("TaggableManager(through=mystery())", "shop.Line", False),
        ("TaggableManager(through=mystery())", "shop.Sticker", True),  # of the package's own rows
    ],
)
def test_rows_of_a_relation_that_cant_be_read(relation: str, label: str, expected: bool) -> None:
    more = (
        "from taggit.managers import TaggableManager\nfrom taggit.models import ItemBase\n"
        "class Sticker(ItemBase):\n    pass\n"
        f"class Box(models.Model):\n    things = {relation}\n"
    )
    code = "def f(x):\n    x.remote_field.through.objects.all().delete()"
    assert could_be(code, label, models=f"{MODELS}\n{more}") is expected


@pytest.mark.parametrize(("label", "expected"), [("shop.Log", False), ("shop.Packed", True)])
def test_rows_of_an_abstract_models_relation(label: str, expected: bool) -> None:
    code = (
        "from django.db import models\nclass Crate(models.Model):\n"
        "    lines = models.ManyToManyField(Line, through='shop.Packed')\n"
        "    class Meta:\n        abstract = True\n"
        "    def empty(self):\n        self.lines.through.objects.filter(crate=self).delete()\n"
    )
    assert could_be(code, label, models=MODELS + PACKED) is expected


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [
        ("lines_to_drop", "shop.Line", True),
        ("lines_to_drop", "shop.Shop", False),
        ("things_to_drop", "shop.Shop", True),
        ("line_to_drop", "shop.Shop", True),
    ],
)
def test_rows_that_something_is_to_be_done_with(name: str, label: str, expected: bool) -> None:
    assert could_be(f"def f({name}):\n    {name}.delete()", label) is expected


@pytest.mark.parametrize(
    ("code", "label", "expected"),
    [
        ("def f():\n    Card().pages.all().delete()", "shop.Line", True),
        ("def f():\n    Card().pages.all().delete()", "shop.Shop", False),
        ("def f(x):\n    x.pages.all().delete()", "shop.Shop", False),
        ("def f(x):\n    x.pages.all().delete()\ndef g(x):\n    x.pages = x", "shop.Shop", True),
        (
            "class Book:\n    pages = mystery()\ndef f(x):\n    x.pages.all().delete()",
            "shop.Shop",
            True,
        ),
    ],
)
def test_what_a_property_returns(code: str, label: str, expected: bool) -> None:
    assert could_be(code, label) is expected


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [("orders", "shop.Order", True), ("orders", "shop.Gift", True), ("orders", "shop.Shop", False)],
)
def test_rows_are_those_that_their_name_says(name: str, label: str, expected: bool) -> None:
    assert could_be(f"def f({name}):\n    {name}.filter(pk=1).delete()", label) is expected
