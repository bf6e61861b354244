"""What lists and dictionaries hold, and what types a use of an attribute leaves."""

from __future__ import annotations

import textwrap

import pytest

from .test_types import one


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("found = [Line()]\nfound.append(Order())\nsee(found[0])", "Line|Order"),
        ("found = [x]\nfound.append(Order())\nsee(found[0])", "?"),
        ("found = []\nfound.append(Order())\nfound += [Line()]\nsee(found[0])", "Line|Order"),
        ("found = []\nfound.append(Order())\nfound += x\nsee(found[0])", "?"),
        ("found = []\nfound.append(Order())\nfound.extend(x)\nsee(found[0])", "?"),
        ("found = []\nfound.append(Order())\nfound[1:] = [Tag()]\nsee(found[0])", "Order|Tag"),
        ("found = list(Order.objects.all())\nfound.append(Tag())\nsee(found[0])", "Order|Tag"),
        ("found: list = []\nfound.append(Order())\nsee(found[0])", "Order"),
        ("found: list[Order] = []\nfound.append(x)\nsee(found[0])", "Order"),
        # What nothing is put into holds nothing, if nothing else can fill it.
        ("found = []\nif x:\n    found = Tag.objects.all()\nfor o in found:\n    see(o)", "Tag"),
        ("found = []\nfill(found)\nfor o in found:\n    see(o)", "?"),
        ("found = kept = []\nkept.append(Order())\nfor o in found:\n    see(o)", "?"),
        ("for o in Tag.objects.all() if x else []:\n    see(o)", "Tag"),
        # Dictionaries: by key where the key is literal.
        ("found = {'a': Order()}\nfound['b'] = Line()\nsee(found['a'])", "Order"),
        ("found = {'a': Order()}\nfound['a'] = Line()\nsee(found['a'])", "Line|Order"),
        ("found = {'a': Order()}\nfound[x] = Line()\nsee(found['a'])", "Line|Order"),
        ("found = {'a': Order()}\nfound[x] = x\nsee(found['a'])", "?"),
        ("found = {}\nfound.update(a=Order())\nsee(found['a'])", "?"),
        ("found = {}\nfound.update({'a': Order()})\nsee(found['a'])", "Order"),
        ("found = {}\nfound.setdefault(x, []).append(Order())\nsee(found[x][0])", "Order"),
        ("found = {}\nfound.setdefault(x, []).append(x)\nsee(found[x][0])", "?"),
        # What is put into a container in the container, where that is not followed.
        ("found = {'a': {}}\nfound['a'][x] = Order()\nsee(found['a'][x])", "?"),
        ("found = {'a': {}, 'b': 1}\nfound['a'][x] = Order()\nsee(found['a'][x])", "?"),
        ("found = {x: []}\nfound[x].append(Order())\nsee(found[x][0])", "?"),
        ("found = {k: [] for k in x}\nfound[x].append(Order())\nsee(found[x][0])", "?"),
        ("found = {}\nfound[x] = []\nrows = found[x]\nrows.append(Order())\nsee(found[x][0])", "?"),
        ("found = []\nfound.append([])\nfound[0].append(Order())\nsee(found[0][0])", "?"),
        ("found = {}\nfound[1] = 2\nfound[x][x] = Order()\nsee(found[x][x])", "?"),
        # Keys may be objects, too.
        ("found = {}\nfor o in Order.objects.all():\n    found[o] = 1\nfor k in found:\n"
         "    see(k)", "Order"),
        ("found = {}\nfound[x] = 1\nfor k, v in found.items():\n    see(k)", "?"),
        ("for k in {Order(): 1}:\n    see(k)", "Order"),
        # Sums: a list and a list are a list.
        ("for o in [Order()] + [Line()]:\n    see(o)", "Line|Order"),
        ("for o in [Order()] + x:\n    see(o)", "?"),
        ("for o in x + x:\n    see(o)", "?"),
        ("rows = [Order()] * 3\nsee(rows[0])", "Order"),
        ("see('a' + x)", "other"),
        ("see(1 + 2)", "other"),
    ],
)  # fmt: skip
def test_what_is_put_into_a_name(body: str, expected: str) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    assert one(f"def f(x):\n{lines}") == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from collections import defaultdict\ndef f(x):\n    d = defaultdict(list)\n"
         "    d[x].append(Order())\n    for k, rows in d.items():\n        see(rows[0])", "Order"),
        ("class T:\n    def setUp(self):\n        self.rows = []\n    def add(self):\n"
         "        self.rows.append(Order())\n    def test(self):\n"
         "        see(self.rows[0])", "Order"),
        # Another class that shares an heir puts something else in.
        ("class A:\n    def setUp(self):\n        self.rows = []\n"
         "    def test(self):\n        self.rows.append(Order())\n        see(self.rows[0])\n"
         "class B:\n    def more(self):\n        self.rows.append(Line())\n"
         "class C(A, B):\n    pass", "Line|Order"),
        ("class A:\n    def setUp(self):\n        self.rows = []\n"
         "    def test(self):\n        self.rows.append(Order())\n        see(self.rows[0])\n"
         "class B:\n    def more(self):\n        self.rows.append(Line())", "Order"),
        ("class A:\n    def setUp(self):\n        self.rows = []\n"
         "    def test(self):\n        self.rows.append(Order())\n        see(self.rows[0])\n"
         "def more(a):\n    a.rows.append(Line())", "Line|Order"),
        # A list has no add(): that is a relation of another object.
        ("class A:\n    def setUp(self):\n        self.tags = []\n"
         "    def test(self):\n        self.tags.append(Order())\n        see(self.tags[0])\n"
         "def more(a, x):\n    a.tags.add(x)", "Order"),
        # A container of a class's body is shared by all that come from it.
        ("class A:\n    known = {}\n    @classmethod\n    def get(cls, x):\n"
         "        see(cls.known[x])\nclass B(A):\n    def keep(self, x):\n"
         "        self.known[x] = Order()\nclass C(A):\n    def keep(self, x):\n"
         "        self.known[x] = Line()", "Line|Order"),
        ("class A:\n    def __init__(self):\n        self.rows = []\n    def get(self):\n"
         "        see(self.rows[0])", "?"),
    ],
)  # fmt: skip
def test_what_is_put_into_an_attribute(code: str, expected: str) -> None:
    assert one(code) == expected


def test_a_list_of_a_module_that_another_fills() -> None:
    kept = "from shop.models import Line\nkept = [Line()]\n"
    code = (
        "from shop.kept import kept\nfrom shop import kept as again\ndef f():\n    see(kept[0])\n"
    )
    assert one(code, kept=kept) == "Line"
    assert one(f"{code}kept.append(Order())", kept=kept) == "Line|Order"
    assert one(f"{code}again.kept.append(Order())", kept=kept) == "Line|Order"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # Only orders have a customer: on a line it would raise.
        ("def f(x):\n    o = Order.objects.first() if x else Line()\n"
         "    see(o.customer)", "Customer"),
        ("def f(x):\n    o = Order() if x else [Line()]\n    see(o.customer)", "Customer"),
        ("class Cart:\n    pass\ndef f(x):\n    o = Order() if x else Cart()\n    see(o.customer)",
         "Customer"),
        ("def f(o: 'Order | bool'):\n    see(o.customer)", "Customer"),
        # Lines may be given what no model has as a field, or have anything.
        ("def f(x, y):\n    o = Order() if x else Line()\n    see(o.customer)\n"
         "    y.customer = 1", "Customer"),
        ("def f(x, y):\n    o = Order() if x else Line()\n    see(o.seen)\n    y.seen = 1", "?"),
        ("class Cart:\n    def __getattr__(self, name):\n        return mystery(name)\n"
         "def f(x):\n    o = Order() if x else Cart()\n    see(o.customer)", "?"),
        ("from somewhere import Base\nclass Cart(Base):\n    pass\n"
         "def f(x):\n    o = Order() if x else Cart()\n    see(o.customer)", "?"),
    ],
)  # fmt: skip
def test_types_that_lack_an_attribute(code: str, expected: str) -> None:
    assert one(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import importlib\ndef f():\n    m = importlib.import_module('shop.models')\n"
         "    see(m.Order())",
         "Order"),
        ("import importlib\ndef f(x):\n    m = importlib.import_module(x)\n"
         "    see(m.Order())", "?"),
        ("from django.utils.module_loading import import_string\ndef f():\n"
         "    see(import_string('shop.models.Order')())", "Order"),
        ("from importlib import import_module\nfrom django.conf import settings\ndef f():\n"
         "    engine = import_module(settings.SESSION_ENGINE)\n"
         "    see(engine.SessionStore())", "other"),
        ("from more_itertools import chunked\ndef f():\n"
         "    for rows in chunked(Order.objects.all(), 9):\n        for o in rows:\n"
         "            see(o)",
         "Order"),
        ("from solo.models import SingletonModel\nclass Config(SingletonModel):\n    pass\n"
         "def f():\n    see(Config.get_solo())", "Config"),
        ("from django.contrib.auth.models import User\ndef f():\n"
         "    see(User.customer.get_queryset().get())", "Customer"),
        ("from django.contrib.auth.models import User\ndef f():\n"
         "    see(User.customer.related.related_model)", "?"),
        ("class A:\n    def keep(self):\n        setattr(self, 'kept', Order())\n"
         "    def get(self):\n        see(self.kept)", "Order"),
        ("def f(x: 'shop.models.Order'):\n    see(x)", "Order"),
        ("def f(x: 'shop.Order'):\n    see(x)", "Order"),
        ("def f(x: 'gone.Thing'):\n    see(x)", "?"),
        ("def f(x):\n    shop = x\n    def g(y: 'shop.Order'):\n        see(y)", "?"),
        # A parameter that no caller passes is its default.
        ("def f(x=None):\n    o = x or Order()\n    see(o)\nf()", "Order"),
        ("def f(x=None):\n    o = x or Order()\n    see(o)\nf()\nf(x=Line())", "Line|Order"),
        ("def f(x=None):\n    o = x or Order()\n    see(o)\nf()\nf(**mystery())", "?"),
        ("def f(x=None):\n    o = x or Order()\n    see(o)\nf()\nmystery(f)", "?"),
    ],
)  # fmt: skip
def test_names_and_packages(code: str, expected: str) -> None:
    assert one(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        # Classes that are mixed into others have what those have.
        ("class Mixin:\n    def m(self):\n        see(self.order)\n"
         "class Base:\n    def setUp(self):\n        self.order = Order()\n"
         "class A(Mixin, Base):\n    pass", "Order"),
        ("class Mixin:\n    def m(self):\n        see(self.order)\n"
         "class Base:\n    def setUp(self):\n        self.order = Order()\n"
         "class A(Mixin, Base):\n    pass\nclass B(Mixin):\n    pass", "?"),
        ("class Mixin:\n    model: type\n    def m(self):\n        see(self.model())\n"
         "class A(Mixin):\n    model = Order\nclass B(Mixin):\n    model = Line", "Line|Order"),
        ("class Mixin:\n    model: type\n    def m(self):\n        see(self.model())\n"
         "class A(Mixin):\n    model = Order\nclass B(Mixin):\n    pass", "?"),
    ],
)  # fmt: skip
def test_mixins(code: str, expected: str) -> None:
    assert one(code) == expected


def test_parameter_that_few_of_many_callers_pass() -> None:
    calls = "\n".join("    f()" for _ in range(60))
    code = f"def f(x=None):\n    see(x or Line())\ndef g():\n{calls}\n    f(Order())\n"
    assert one(code) == "Line|Order"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("class A:\n    def go(self, kind):\n        name = f'_make_{kind}'\n"
         "        see(getattr(self, name)())\n    def _make_order(self):\n        return Order()\n"
         "    def _make_line(self):\n        return Line()\n    def make_tag(self):\n"
         "        return Tag()", "Line|Order"),
        ("class A:\n    def go(self, kind):\n        see(getattr(self, f'_make_{kind}')())\n"
         "    def _make_order(self):\n        return Order()\n"
         "class B(A):\n    def _make_line(self):\n        return mystery()", "?"),
        ("class A:\n    def go(self, kind):\n        see(getattr(self, f'{kind}_make')())\n"
         "    def order_make(self):\n        return Order()", "?"),
        ("def f(order, name):\n    see(getattr(Order(), name))", "?"),
        ("from django.db import models\ndef f(order):\n    for field in Order._meta.get_fields():\n"
         "        if isinstance(field, models.FileField):\n"
         "            see(getattr(order, field.name))", "other"),
        ("from django.db import models\ndef f(order):\n    for field in Order._meta.get_fields():\n"
         "        if isinstance(field, models.ForeignKey):\n"
         "            see(getattr(order, field.name))", "?"),
        # A manager that is not there, or that a package's base gives.
        ("def f():\n    see(getattr(Order, 'cached', Order.objects).get())", "Order"),
        ("from somewhere import Base\nclass Log(Base):\n    def m(self):\n"
         "        see(Log.archived.filter(a=1).first())", "?"),
        ("from django.db import models\nfrom x import Base\nclass Log(Base, models.Model):\n"
         "    def m(self):\n        see(Log.archived.filter(a=1).first())", "Log"),
        ("from django.db import models\nfrom x import Base\nclass Log(Base, models.Model):\n"
         "    def m(self):\n        see(Log.registry.get(1))", "?"),
        ("class Node:\n    @classmethod\n    def all(cls):\n"
         "        for c in cls.__subclasses__():\n            see(c())\n"
         "class Leaf(Node):\n    pass\nclass Twig(Node):\n    pass",
         "Leaf|Twig"),
        # Subclasses say what a method gives that only raises.
        ("class A:\n    def make(self):\n        raise NotImplementedError\n"
         "    def go(self):\n        see(self.make())\n"
         "class B(A):\n    def make(self):\n        return Order()", "Order"),
        ("class A:\n    @property\n    def made(self):\n        raise NotImplementedError\n"
         "    def go(self):\n        see(self.made)\n"
         "class B(A):\n    @property\n    def made(self):\n        return Order()", "Order"),
        ("class A:\n    def make(self):\n        raise NotImplementedError\n"
         "    def go(self):\n        see(self.make())", "?"),
    ],
)  # fmt: skip
def test_attributes_by_name(code: str, expected: str) -> None:
    assert one(code) == expected


LOG = """
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models

class Log(models.Model):
    kind = models.ForeignKey(ContentType, on_delete=models.CASCADE, limit_choices_to={limit})
    pk_of = models.IntegerField()
    about = GenericForeignKey("kind", "pk_of")

    def m(self):
        see(self.about)
"""


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ('{"app_label": "shop", "model__in": ["order", "line"]}', "Line|Order"),
        ('{"app_label": "shop", "model": "order"}', "Order"),
        ('{"model__in": NAMES}', "?"),
        ("models.Q(model='order')", "?"),
        ("None", "?"),
    ],
)
def test_generic_foreign_key_of_limited_types(limit: str, expected: str) -> None:
    assert one(LOG.replace("{limit}", limit)) == expected


def test_a_container_is_filled_by_its_other_names() -> None:
    code = """
class Batch:
    def __init__(self):
        self.rows = [Order()]
    def start(self):
        rows = self.rows
        rows.append(Line())
    def go(self):
        for row in self.rows:
            see(row)
"""
    assert one(code) == "Line|Order"
    code = "rows = [Order()]\nothers = rows\nothers.append(Line())\nsee(rows[0])\n"
    assert one(f"def f():\n{textwrap.indent(code, '    ')}") == "Line|Order"


@pytest.mark.parametrize(
    ("fillers", "call", "expected"),
    [
        ("def collect(into):\n    into.append(Line())", "collect(rows)", "Line|Order"),
        ("def collect(into):\n    into.append(Line())", "collect(into=rows)", "Line|Order"),
        ("def collect(into, thing):\n    into.append(thing)", "collect(rows, Tag())", "Order|Tag"),
        ("def collect(into):\n    into.extend(unknown())", "collect(rows)", "?"),
        ("def collect(into):\n    more(into)\ndef more(to):\n    to += [Line()]", "collect(rows)",
         "Line|Order"),
        ("def collect(into, x):\n    into.append(Line())", "collect([], rows)", "Order"),
        ("def collect(count):\n    count += 1", "collect(rows)", "Order"),
        # Not followed: the methods of other objects.
        ("class A:\n    def add(self, to):\n        to.append(Line())", "A().add(rows)", "Order"),
    ],
)  # fmt: skip
def test_a_list_is_filled_by_the_function_that_is_given_it(
    fillers: str, call: str, expected: str
) -> None:
    code = f"rows = [Order()]\n{call}\nfor row in rows:\n    see(row)\n"
    assert one(f"{fillers}\ndef f():\n{textwrap.indent(code, '    ')}") == expected


def test_a_list_is_filled_by_a_method_of_the_object_itself() -> None:
    code = """
class Import:
    def lines(self, into):
        into.append(Line())
    def run(self):
        rows = [Order()]
        self.lines(rows)
        see(rows[0])
"""
    assert one(code) == "Line|Order"


@pytest.mark.parametrize(
    ("methods", "expected"),
    [
        ("def __iter__(self): return self.rows()", "Order"),
        ("def __iter__(self): yield from self.rows()", "Order"),
        # An iterator returns itself: its `__next__` says what it gives.
        ("def __iter__(self): return self\n    def __next__(self): return Tag()", "Tag"),
        ("def __iter__(self): return self\n    def next(self): return Tag()", "?"),
        ("def __iter__(self): return Cursor()", "Tag"),
    ],
)  # fmt: skip
def test_what_an_object_of_the_project_gives_in_a_loop(methods: str, expected: str) -> None:
    code = f"""
class Cursor:
    def __iter__(self):
        return Order.objects.iterator()
    def __next__(self):
        return Tag()
class Report:
    def rows(self):
        return [Order()]
    {methods}
def f():
    for row in Report():
        see(row)
"""
    assert one(code) == expected
