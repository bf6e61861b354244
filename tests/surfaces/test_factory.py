"""Factories: who makes the call, what blocks it, and what is muted."""

from __future__ import annotations

import textwrap

import pytest

from codemod.surfaces import baker, factory
from codemod.surfaces.site import Site
from tests.surfaces.sites import found, told

HEAD = """
import factory
from django.db.models.signals import post_save, pre_save
from factory.django import DjangoModelFactory, mute_signals

from .models import Bill, Line, Own

"""
BILL = """
class BillFactory(DjangoModelFactory):
    class Meta:
        model = Bill

"""


def sites(code: str) -> list[Site]:
    return found(factory, HEAD + textwrap.dedent(code), "shop/factories.py")


def hooks(code: str) -> list[str]:
    return [f"{s.cls.definition.node.name}.{s.note}" for s in sites(code) if s.cls is not None]


def test_the_base_makes_the_call() -> None:
    code = "class Base(DjangoModelFactory):\n    class Meta:\n        abstract = True\n"
    code += BILL + "class Big(BillFactory):\n    title = 'big'\n"
    assert hooks(code) == ["BillFactory._create"]
    assert told(sites(code)) == ["save of shop.Bill"]


def test_a_model_that_overrides_save_has_the_call_there() -> None:
    assert sites(BILL.replace("Bill", "Own")) == []


@pytest.mark.parametrize(
    "hook",
    [
        "line = factory.RelatedFactory('shop.factories.LineFactory')",
        "secret = factory.PostGenerationMethodCall('set_secret', 'x')",
        "@factory.post_generation\n    def lines(self, create, extracted, **kwargs):\n        pass",
        "class Params:\n        full = factory.Trait(line=factory.RelatedFactory('LineFactory'))",
        "line = factory.Maybe('full', yes_declaration=factory.RelatedFactory('LineFactory'))",
    ],
)
def test_hooks_save_again(hook: str) -> None:
    assert hooks(f"{BILL}    {hook}\n") == [
        "BillFactory._create",
        "BillFactory._after_postgeneration",
    ]
    without = BILL.replace("model = Bill", "model = Bill\n        skip_postgeneration_save = True")
    assert hooks(f"{without}    {hook}\n") == ["BillFactory._create"]


def test_hooks_that_a_call_gives_save_again() -> None:
    code = BILL + "def make():\n    BillFactory(line=factory.RelatedFactory('LineFactory'))\n"
    assert hooks(code) == ["BillFactory._create", "BillFactory._after_postgeneration"]


def test_hooks_of_a_subclass_save_again_through_the_base() -> None:
    code = BILL + "class Big(BillFactory):\n    x = factory.PostGenerationMethodCall('y')\n"
    assert hooks(code) == ["BillFactory._create", "BillFactory._after_postgeneration"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (BILL + "    @classmethod\n    def _create(cls, m):\n        return m.objects.create()\n",
         "factory-overrides-create"),
        (BILL.replace("= Bill", "= Bill\n        django_get_or_create = ('a', 'b')"),
         "factory-get-or-create"),
        (BILL.replace("= Bill", "= Bill\n        django_get_or_create = FIELDS"),
         "factory-get-or-create"),
        (BILL.replace("= Bill", "= Bill\n        django_get_or_create = ('title',)"), None),
        (BILL + "class Other(BillFactory):\n    class Meta:\n        model = Line\n",
         "shared-factory"),
    ],
)  # fmt: skip
def test_what_blocks_a_factory(code: str, reason: str | None) -> None:
    assert sites(code)[0].code == reason


def test_an_unknown_model_may_be_any() -> None:
    (site,) = sites(BILL.replace("model = Bill", "model = find()"))
    assert (site.models, site.code) == ((), "factory")


def test_a_muted_factory() -> None:
    code = f"@mute_signals(post_save)\n{BILL.strip()}\n"
    silent, heard = sites(code)
    assert (silent.signals, silent.never) == (("post_save",), True)
    assert (heard.signals, heard.never) == (("pre_save",), False)


def test_a_part_of_a_muted_factory_that_is_not_muted() -> None:
    code = f"""{BILL}
@mute_signals(pre_save, post_save)
class LineFactory(DjangoModelFactory):
    class Meta:
        model = Line

    bill = factory.SubFactory(BillFactory)
"""
    assert told(sites(code)) == [
        "save of shop.Bill",
        "save of shop.Line: never",
        "save of shop.Bill: muted-factory",
    ]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("BillFactory()", ["save of shop.Bill"]),
        ("BillFactory.create_batch(2)", ["save of shop.Bill"]),
        ("BillFactory.build()", []),
        ("assert Bill.objects.count() == 0", []),
        ("Bill.objects.create(title='x')", ["save of shop.Bill: muted-factory"]),
        ("Line.objects.filter(price=3).delete()", []),
        ("prepare()", ["save of ?: muted-factory"]),
    ],
)
def test_a_block_in_which_signals_are_muted(statement: str, expected: list[str]) -> None:
    code = f"{BILL}\ndef test(prepare):\n    with mute_signals(post_save):\n        {statement}\n"
    assert told(sites(code))[1:] == expected
    code = f"{BILL}\n@mute_signals(post_save)\ndef test(prepare):\n    {statement}\n"
    assert told(sites(code))[1:] == expected


def test_muting_in_some_other_way() -> None:
    code = f"{BILL}\ndef test(stack):\n    stack.enter_context(mute_signals(post_save))\n"
    assert told(sites(code))[1:] == ["save of ?: muted-factory"]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("baker.make(Bill)", ["save of shop.Bill"]),
        ("baker.make('shop.Bill', _quantity=3)", ["save of shop.Bill"]),
        ("baker.make(Bill, _quantity=3, _bulk_create=True)", ["save of shop.Bill: never"]),
        ("baker.prepare(Bill)", []),
        ("baker.make(Line)", ["save of shop.Line", "save of shop.Bill: factory"]),
        ("baker.make(Line, bill=Bill())", ["save of shop.Line"]),
        ("baker.make(Own)", []),
        ("baker.make(Own, bill__title='x')", ["save of shop.Bill: factory"]),
        ("baker.make_recipe('shop.bill')", ["save of ?: factory"]),
        ("Recipe(Bill).extend(title='x').make()", ["save of ?: factory"]),
        ("Recipe(Bill).prepare()", []),
        ("Recipe(Line).prepare(_save_related=True)", ["save of ?: factory"]),
        ("baker.prepare(Line, _save_related=True)", ["save of shop.Bill: factory"]),
        ("baker.prepare(Line, _save_related=False)", []),
        ("baker.Baker(Bill).make()", ["save of ?: factory"]),
        ("list(map(baker.make, [Bill]))", ["save of ?: factory"]),
        ("make = baker.make", []),
        ("baker.make(Bill, **words)", ["save of shop.Bill"]),
        ("baker.make(Bill, **dict(_quantity=2))", ["save of shop.Bill: factory"]),
    ],
)
def test_baker(call: str, expected: list[str]) -> None:
    head = "from model_bakery import baker\nfrom model_bakery.recipe import Recipe\n"
    code = f"{head}from .models import Bill, Line, Own\n\n{call}\n"
    assert told(found(baker, code)) == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("G(Bill)", ["save of shop.Bill"]),
        ("G(Line, bill=F(title='x'))", ["save of shop.Line", "save of shop.Bill: factory"]),
        ("G(Own, bill=F(title='x'))", ["save of shop.Bill: factory"]),
        ("G(Own, bill=other)", []),
    ],
)
def test_words_that_ask_for_more(call: str, expected: list[str]) -> None:
    code = f"from ddf import F, G\nfrom .models import Bill, Line, Own\n\n{call}\n"
    assert told(found(baker, code)) == expected


def test_a_factory_that_is_made_by_a_call() -> None:
    code = "import factory\nfrom .models import Bill\n\nfactory.make_factory(Bill)()\n"
    assert told(found(baker, code)) == ["save of ?: factory"]
