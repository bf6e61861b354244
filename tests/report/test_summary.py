"""The summary of a run."""

from __future__ import annotations

from dataclasses import replace

from codemod.plan.plan import Options, make_plan
from codemod.report.summary import firing_line, reason_line, summary
from codemod.values.account import Firing, Outcome, Reason
from codemod.values.files import Unreadable
from tests.project.helpers import project

FILES = {
    "shop__models": """
        from django.db import models
        class Order(models.Model):
            total = models.IntegerField()
    """,
    "shop__signals": """
        from django.db.models.signals import post_delete
        from django.dispatch import receiver
        from shop.models import Order
        @receiver(post_delete, sender=Order)
        def log_order(sender, instance, **kwargs):
            print(instance.total)
    """,
    "shop__admin": """
        from django.contrib import admin
        from shop.models import Order
        admin.site.register(Order)
    """,
    "shop__views": "from shop.models import Order\n"
    + "".join(f"def drop{n}(order: Order):\n    order.delete()\n" for n in range(8)),
}


def test_a_place_is_told_once() -> None:
    """An admin deletes by two methods."""
    plan = make_plan(project(**FILES), Options())
    told = summary(plan.decisions, (), ()).splitlines()
    places = [line for line in told if line.startswith("  rewritten:")]
    assert "  rewritten: shop/admin.py:4 model-admin (registered in the admin)" in places
    assert len(places) == len(set(places)) == 9


def test_the_last_line_counts() -> None:
    decisions = make_plan(project(**FILES), Options()).decisions
    assert summary(decisions, (), ()).endswith("\n1 receiver: 1 retired, 0 delegating, 0 kept")
    assert summary((), (), ()) == "0 receivers: 0 retired, 0 delegating, 0 kept"


def test_no_code_hides_behind_the_places_of_another() -> None:
    plan = make_plan(project(**FILES), Options())
    many = [Reason("delete-order", "", f"shop/views{n}.py", 1) for n in range(30)]
    notes = (*many, Reason("raw", "no longer runs for it"))
    [decision] = (replace(each, notes=notes) for each in plan.decisions)
    told = summary([decision], (), ()).splitlines()
    assert [line for line in told if "differs" in line] == [
        *(f"  differs: delete-order: shop/views{n}.py:1" for n in range(5)),
        "  differs: delete-order: ... and 25 more places",
        "  differs: raw: no longer runs for it",
    ]


def test_a_file_that_does_not_parse_has_no_line() -> None:
    firing = Firing(
        "shop/old.py", None, "post_save", "shop.Order", "unread-file", "possible", None,
        Outcome.REWRITTEN, note="it names the model",
    )  # fmt: skip
    assert firing_line(firing) == "shop/old.py unread-file (it names the model)"
    reason = Reason("unread-file", "it names the model", "shop/old.py", 0)
    assert reason_line(reason) == "unread-file: shop/old.py it names the model"


def test_what_many_receivers_differ_by_is_told_once() -> None:
    [decision] = make_plan(project(**FILES), Options()).decisions
    alike = replace(decision, notes=(Reason("raw", "no longer runs for it"),))
    two, three = (
        [line for line in summary([alike] * n, (), ()).splitlines() if "differ" in line]
        for n in (2, 3)
    )
    assert two == ["  differs: raw: no longer runs for it"] * 2
    assert three == ["3 receivers differ: raw: no longer runs for it"]


def test_what_many_receivers_differ_by_comes_in_the_order_of_their_differences() -> None:
    [decision] = make_plan(project(**FILES), Options()).decisions
    notes = tuple(Reason("raw", f"no longer runs for {n}") for n in range(9))
    lines = summary([replace(decision, notes=notes)] * 3, (), ()).splitlines()
    told = [line for line in lines if "receivers differ" in line]
    assert told == [f"3 receivers differ: raw: {note.text}" for note in notes]


def test_what_many_receivers_differ_by_at_a_place_stays_with_each() -> None:
    [decision] = make_plan(project(**FILES), Options()).decisions
    alike = replace(decision, notes=(Reason("timing", "runs later", "shop/views.py", 12),))
    lines = summary([alike] * 3, (), ()).splitlines()
    assert lines.count("  differs: timing: shop/views.py:12 runs later") == 3


def test_what_nearly_all_differ_by_at_a_place_is_told_once() -> None:
    [decision] = make_plan(project(**FILES), Options()).decisions
    alike = replace(decision, notes=(Reason("silenced", "post_save", "tests/conftest.py", 12),))
    told = [line for line in summary([alike] * 9, (), ()).splitlines() if "silenced" in line]
    assert told == ["9 receivers differ: silenced: tests/conftest.py:12 post_save"]


def test_what_was_not_read_stands_above_the_totals() -> None:
    decisions = make_plan(project(**FILES), Options()).decisions
    lines = summary(decisions, [Unreadable("shop/old.py", "2: invalid syntax")], ()).splitlines()
    assert lines[-3:] == [
        "not read: shop/old.py: 2: invalid syntax",
        "more: unsignal explain RECEIVER, with all lines; unsignal explain CODE",
        "1 receiver: 1 retired, 0 delegating, 0 kept",
    ]
