"""What work looks at of its instance: each case is a body, and what is found."""

from __future__ import annotations

import pytest

from codemod.plan.reading.handler import Handler
from codemod.plan.reading.looks import Looks, looks
from codemod.plan.services.service import read_handler
from tests.project.helpers import project

FILES = {
    "shop__models": """
        from django.db import models
        class Order(models.Model):
            total = models.IntegerField()
        class Event(models.Model):
            order = models.ForeignKey(Order, models.CASCADE)
    """,
    "shop__tools": """
        from functools import wraps
        import packaged
        def announce(what, order, *, loud=False):
            print(what, order.total if loud else order.pk)
        def swap(order):
            order = order.parent
        @packaged.wrapped
        def wrapped(order):
            print(order.pk)
        def again(order):
            again(order)
            print(order.kind)
    """,
}
HEAD = """
from django.db.models.signals import pre_save
from django.dispatch import receiver
from packaged import strange
from shop import tools
from shop.models import Event, Order
from shop.tools import announce

@receiver(pre_save, sender=Order)
def work(sender, instance, **kwargs):
"""


@pytest.mark.parametrize(
    ("body", "attributes", "makes"),
    [
        ("print(instance.total, instance.pk)", "pk total", False),
        ("if instance == None: print(instance is Order)", "", False),
        ("if instance and not instance.paid: print(1 if instance else 2)", "paid", False),
        ("print(getattr(instance, 'kind', 1), type(instance))", "kind", False),
        ("print(f'{instance}', str(instance))", "__str__", False),
        ("Event.objects.filter(order=instance).delete()", "", False),
        ("Event.objects.create(order=instance)", "", True),
        ("Event(order=instance)", "", True),
        ("announce('new', instance)", "pk total", False),
        ("announce('new', order=instance)", "pk total", False),
        ("def tell(order, kind): print(order.date)\n    tell(instance, 1)", "date", False),
        ("def tell(instance): print(instance.date)\n    tell(instance)", "date", False),
        ("tell = lambda instance: instance.date\n    print(instance.pk)", "pk", False),
    ],
)
def test_what_is_looked_at(body: str, attributes: str, makes: bool) -> None:
    found = seen(body)
    assert found is not None
    assert (sorted(found.attributes), found.makes) == (attributes.split(), makes)


@pytest.mark.parametrize(
    "body",
    [
        "strange(instance)",
        "print(instance)",
        "print([instance])",
        "other = instance if mystery() else None\n    print(other.total)",
        "other = instance or mystery()\n    print(other.total)",
        "getattr(instance, mystery())",
        "setattr(mystery(), 'order', instance)",
        "setattr(name='order', value=instance)",
        "{}.update(order=instance)",
        "tools.again(instance)",
        "tools.swap(instance)",
        "tools.wrapped(instance)",
        "announce(*[1, instance])",
        "Event.objects.bulk_create(instance)",
    ],
)
def test_what_cant_be_told(body: str) -> None:
    assert seen(body) is None


def seen(body: str) -> Looks | None:
    made = project(**FILES, shop__signals=f"{HEAD}    {body}\n    pass\n")
    [found] = made.receivers
    handler = read_handler(made, found, {})
    assert isinstance(handler, Handler)
    assert found.function is not None
    return looks(made, handler, found.facts.scopes[found.function.node], found.facts)
