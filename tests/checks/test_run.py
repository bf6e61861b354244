"""All checks together."""

from __future__ import annotations

from codemod.checks.run import Result, run_checks

SIGNALS = """\
from django.db.models.signals import post_save
from django.dispatch import receiver

from shop.models import Invoice, Order


# Accounting wants the number at once.
@receiver(post_save, sender=Order)
def create_invoice(sender, instance, created, **kwargs):
    if created:  # once
        Invoice.objects.create(order=instance)
"""
SERVICES = """\
from shop.models import Invoice


# Accounting wants the number at once.
def create_invoice(order):
    Invoice.objects.create(order=order)
"""
VIEWS = "def buy(order):\n    order.save()\n"
CALLING = "from shop.services import create_invoice\n\n\n" + VIEWS + "    create_invoice(order)\n"

BEFORE = {"shop/signals.py": SIGNALS, "shop/views.py": VIEWS}
AFTER = {"shop/services.py": SERVICES, "shop/views.py": CALLING}
GRAPH = {"shop.signals": {"shop.models"}, "shop.views": set[str]()}
NEW_GRAPH = {"shop.services": {"shop.models"}, "shop.views": {"shop.services"}}


def test_a_migration_passes() -> None:
    assert run_checks(Result(BEFORE, AFTER, GRAPH, NEW_GRAPH, gone=["# once"])) == ()


def test_every_check_runs_and_failures_are_in_order() -> None:
    after = {
        "shop/services.py": SERVICES.replace("from shop.models import Invoice", ""),
        "shop/views.py": CALLING + "return order\n",
    }
    graph = NEW_GRAPH | {"shop.models": {"shop.services"}}
    places = {"shop.models": "shop/models.py"}
    failures = run_checks(Result(BEFORE, after, GRAPH, graph, places))
    assert [(failure.file, failure.line, failure.check) for failure in failures] == [
        ("shop/models.py", 0, "cycles"),
        ("shop/services.py", 6, "names"),
        ("shop/signals.py", 10, "elsewhere"),
        ("shop/views.py", 7, "names"),
        ("shop/views.py", 7, "syntax"),
    ]


def test_exported_names_are_handed_on() -> None:
    before, after = {"a.py": "import os\nos\n"}, {"a.py": "import os\n"}
    assert len(run_checks(Result(before, after))) == 1
    assert run_checks(Result(before, after, exported={"a.py": {"os"}})) == ()
