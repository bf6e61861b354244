"""The firing account: the lines that lead to a call elsewhere, and what no line names."""

from __future__ import annotations

import pytest

from codemod.plan.account import GUARDED
from codemod.plan.plan import Options, make_plan
from codemod.values.account import Firing
from tests.project.helpers import project

MODELS = """
    from django.db import models

    class Order(models.Model):
        email = models.EmailField()
"""
SIGNALS = """
    from django.db.models.signals import post_save
    from django.dispatch import receiver
    from shop.models import Order

    @receiver(post_save, sender=Order)
    def announce(sender, instance, **kwargs):
        print(instance.email)
"""


def account(**files: str) -> list[Firing]:
    made = project(**{"shop__models": MODELS, "shop__signals": SIGNALS, **files})
    (decision,) = make_plan(made, Options()).decisions
    return list(decision.firings)


def told(firings: list[Firing]) -> list[str]:
    """`3 generic-view rewritten`, with `covered` where another entry has the call."""
    return [
        f"{f.span.line} {f.surface} {f.outcome.value}" + (" covered" if f.covered else "")
        for f in sorted((f for f in firings if f.span), key=lambda f: f.span)
        if f.span is not None
    ]


def test_a_mixin_that_a_view_goes_through() -> None:
    code = """
        from django.views.generic import CreateView
        from shop.models import Order

        class Logged:
            def dispatch(self, request, *args, **kwargs):
                print(request)
                return super().dispatch(request, *args, **kwargs)

            def get(self, request):
                return super().get(request)

        class OrderCreate(Logged, CreateView):
            model = Order
            fields = ["email"]
    """
    firings = account(shop__views=code)
    assert told(firings) == ["8 generic-view rewritten covered", "13 generic-view rewritten"]
    assert firings[1].note == "through OrderCreate"


def test_a_framework_method_called_on_self() -> None:
    code = """
        from rest_framework import serializers, viewsets
        from shop.models import Order

        class OrderSerializer(serializers.ModelSerializer):
            class Meta:
                model = Order

        class OrderViewSet(viewsets.ModelViewSet):
            queryset = Order.objects.all()
            serializer_class = OrderSerializer

            def close(self, request, pk):
                return self.partial_update(request, pk=pk)
    """
    lines = [line for line in told(account(shop__api=code)) if "covered" in line]
    assert lines == ["14 rest-framework rewritten covered"]


def test_calls_of_factories_and_of_those_of_their_parts() -> None:
    code = """
        import factory
        from django.db import models
        from shop.models import Order

        class Line(models.Model):
            order = models.ForeignKey(Order, on_delete=models.CASCADE)

            class Meta:
                app_label = "shop"

        class OrderFactory(factory.django.DjangoModelFactory):
            class Meta:
                model = Order

        class LineFactory(factory.django.DjangoModelFactory):
            order = factory.SubFactory(OrderFactory)

            class Meta:
                model = Line

        def test(order):
            OrderFactory()
            OrderFactory.create_batch(3)
            OrderFactory.build()
            LineFactory.create()
            LineFactory.create(order=order)
    """
    lines = told(account(shop__factories=code))
    assert lines == [
        "12 factory rewritten",
        "23 factory rewritten covered",
        "24 factory rewritten covered",
        "26 factory rewritten covered",
    ]


def test_a_file_that_cannot_be_read_is_an_entry() -> None:
    firings = account(shop__broken="def save(order:\n    Order.objects.create()\n")
    (entry,) = [f for f in firings if f.surface == "unread-file"]
    assert (entry.file, entry.span, entry.tier) == ("shop/broken.py", None, "possible")


FACTORIES = """
    import factory
    from shop.models import Order

    class OrderFactory(factory.django.DjangoModelFactory):
        class Meta:
            model = Order
"""
TESTS = """
    from shop.models import Order
    def test_one(order_factory):
        order_factory()

    def test_three(order_factory):
        order_factory.create_batch(3)

    def test_other(order_factory):
        order_factory = print
        order_factory()
"""


@pytest.mark.parametrize(
    "register",
    ["register(OrderFactory)", "for cls in vars(factories).values():\n            register(cls)"],
)
def test_a_factory_that_pytest_hands_to_tests(register: str) -> None:
    code = f"""
        from pytest_factoryboy import register
        from shop import factories
        from shop.factories import OrderFactory

        {register}
    """
    firings = account(shop__factories=FACTORIES, conftest=code, shop__test_orders=TESTS)
    places = [(f.file, f.span.line) for f in firings if f.note == "through OrderFactory" and f.span]
    assert places == [("shop/test_orders.py", 4), ("shop/test_orders.py", 7)]


def test_a_line_that_the_work_has_nothing_to_do_for_fires_all_the_same() -> None:
    signals = """
        from django.db.models.signals import post_save
        from django.dispatch import receiver
        from shop.models import Order

        @receiver(post_save, sender=Order)
        def welcome(sender, instance, created, **kwargs):
            if created:
                print(instance.email)
    """
    code = """
        from shop.models import Order

        def rename(request):
            order = Order.objects.get()
            order.email = "a"
            order.save()

        def order(request):
            Order.objects.create(email="b")
    """
    firings = account(shop__signals=signals, shop__views=code)
    assert told(firings) == ["7 model-save rewritten covered", "10 manager-create rewritten"]
    assert firings[0].note == f"Order.objects.get(), {GUARDED}"


@pytest.mark.parametrize("handed", ["", "; on_commit(topic.delete)"], ids=["called", "handed on"])
def test_an_unknown_object_that_may_take_rows_along(handed: str) -> None:
    models = """
        from django.db import models

        class Topic(models.Model):
            def is_lonely(self):
                return True

        class Order(models.Model):
            topic = models.ForeignKey(Topic, models.CASCADE)
    """
    signals = SIGNALS.replace("post_save", "post_delete").replace(".email", ".pk")
    code = f"""
        def leave(topic):
            if topic.is_lonely():
                topic.delete(){handed}
    """
    found = told(account(shop__models=models, shop__signals=signals, shop__commons=code))
    assert "4 model-delete rewritten covered" in found, found
    assert "4 handed-on rewritten covered" in found or not handed
