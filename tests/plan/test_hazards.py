"""Each hazard where it is one, and the neighbours that are none."""

from __future__ import annotations

import pytest

from codemod import hazards
from codemod.codes import CODES
from codemod.hazards import Findings
from codemod.plan.plan import find_sites
from codemod.values.account import Reason
from tests.project.helpers import project

MODELS = """
    from django.contrib.auth.models import User
    from django.db import models

    class Customer(models.Model):
        name = models.CharField(max_length=9)
        orders_count = models.IntegerField(default=0)
        spent = models.IntegerField(default=0)

    class Tag(models.Model):
        name = models.CharField(max_length=9)

    class Order(models.Model):
        customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
        tags = models.ManyToManyField(Tag)
        total = models.IntegerField(default=0)
        number = models.IntegerField(default=0)

    class Profile(models.Model):
        user = models.OneToOneField(User, on_delete=models.CASCADE)
"""
HEAD = """
    from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
    from django.dispatch import receiver
    from shop.models import Customer, Order, Profile, Tag, User
"""


def findings(signals: str, head: str = "", **files: str) -> Findings:
    made = project(shop__models=MODELS, shop__signals=HEAD + head + signals, **files)
    return hazards.find(made, find_sites(made))


def found(signals: str, head: str = "", **files: str) -> list[str]:
    """ "code: text" of every hazard."""
    result = findings(signals, head, **files)
    return [f"{r.code}: {r.text}" for reasons in result.hazards.values() for r in reasons]


def only(signals: str, head: str = "", **files: str) -> Reason:
    result = findings(signals, head, **files)
    (reasons,) = result.hazards.values()
    (reason,) = reasons
    return reason


# Recursion and cycles


def test_a_receiver_that_saves_its_instance_runs_again() -> None:
    reason = only("""
    @receiver(post_save, sender=Order)
    def count(sender, instance, **kwargs):
        instance.total = 3
        instance.save()
    """)
    assert (reason.code, reason.file, reason.line) == ("recursion", "shop/signals.py", 9)
    assert reason.text == "its save of shop.Order fires it again: nothing here ends that"


def test_a_flag_on_the_instance_is_named() -> None:
    assert (
        "the flag instance._busy is what ends it"
        in only("""
    @receiver(post_save, sender=Order)
    def count(sender, instance, **kwargs):
        if hasattr(instance, "_busy"):
            return
        instance._busy = True
        instance.save()
    """).text
    )


@pytest.mark.parametrize(
    "body",
    [
        # for new objects only: the save inside updates
        "if created:\n            instance.total = 3\n            instance.save()",
        "Order.objects.filter(pk=instance.pk).update(total=3)",
        "instance.customer.save()",
    ],
)
def test_what_does_not_run_it_again(body: str) -> None:
    assert not found(f"""
    @receiver(post_save, sender=Order)
    def count(sender, instance, created, **kwargs):
        {body}
    """)


def test_a_save_while_it_is_disconnected_is_none() -> None:
    codes = found("""
    @receiver(post_save, sender=Order)
    def count(sender, instance, **kwargs):
        post_save.disconnect(count, sender=Order)
        instance.save()
        post_save.connect(count, sender=Order)
    """)
    assert not [c for c in codes if c.startswith("recursion")]


def test_a_save_in_a_method_that_it_calls() -> None:
    reason = only(
        """
    from shop.work import refresh

    @receiver(post_save, sender=Order)
    def count(sender, instance, **kwargs):
        refresh(instance)
    """,
        shop__work="""
    from shop.models import Order

    def refresh(order: Order, commit=True):
        order.total = 3
        order.save()
    """,
    )
    assert reason.code == "recursion"
    assert (reason.file, reason.line) == ("shop/signals.py", 10)
    assert reason.text.endswith("through refresh() at shop/work.py:6")


def test_a_save_that_the_caller_asks_for_is_none() -> None:
    assert not found(
        """
    from shop.work import refresh

    @receiver(post_save, sender=Order)
    def count(sender, instance, **kwargs):
        refresh(instance, commit=False)
    """,
        shop__work="""
    from shop.models import Order

    def refresh(order: Order, commit=True):
        order.total = 3
        if commit:
            order.save()
    """,
    )


def test_deleting_the_parent_takes_the_row_along() -> None:
    text = only("""
    @receiver(pre_delete, sender=Profile)
    def delete_user(sender, instance, **kwargs):
        instance.user.delete()
    """).text
    assert text.startswith("its delete of auth.User, which takes shop.Profile along, fires it")


def test_after_the_row_is_gone_its_parent_takes_nothing_along() -> None:
    assert not found("""
    @receiver(post_delete, sender=Profile)
    def delete_user(sender, instance, **kwargs):
        instance.user.delete()
    """)


CYCLE = """
    @receiver(post_save, sender=Order)
    def total(sender, instance, **kwargs):
        instance.customer.save()

    @receiver(post_save, sender=Customer)
    def renumber(sender, instance, **kwargs):
        for order in instance.orders.all():
            order.save()
"""


def test_a_cycle_is_named_from_both_ends() -> None:
    assert found(CYCLE) == [
        "cycle: total -> shop.Customer -> renumber -> shop.Order -> total",
        "cycle: renumber -> shop.Order -> total -> shop.Customer -> renumber",
    ]
    (cycle,) = findings(CYCLE).cycles
    assert [(s.receiver, s.model) for s in cycle] == [
        ("shop.signals.total", "shop.Customer"),
        ("shop.signals.renumber", "shop.Order"),
    ]


# Slow work, queues, the request, exceptions


def test_mail_http_and_programs_are_slow() -> None:
    assert found(
        """
    @receiver(post_save, sender=Order)
    def tell(sender, instance, **kwargs):
        send_mail("a", "b", "c", ["d"])
        requests.post("https://example.com", json={})
        subprocess.run(["true"])
        EmailMessage("a", "b").send()
        User.objects.first().email_user("a", "b")
    """,
        """
    import subprocess
    import requests
    from django.core.mail import EmailMessage, send_mail
    """,
    ) == [
        "slow-work: send_mail() sends mail",
        "slow-work: requests.post() makes an HTTP request",
        "slow-work: subprocess.run() runs another program",
        "slow-work: EmailMessage('a', 'b').send() sends mail",
        "slow-work: User.objects.first().email_user() sends mail",
    ]


def test_work_after_the_commit_is_not_slow() -> None:
    assert not found(
        """
    @receiver(post_save, sender=Order)
    def tell(sender, instance, **kwargs):
        transaction.on_commit(lambda: send_mail("a", "b", "c", ["d"]))

        def later():
            send_mail("a", "b", "c", ["d"])
            work.delay(instance.pk)
        transaction.on_commit(later)
        transaction.on_commit(partial(work.delay, instance.pk))
    """,
        """
    from functools import partial
    from django.core.mail import send_mail
    from django.db import transaction
    from shop.tasks import work
    """,
        shop__tasks="""
    from celery import shared_task

    @shared_task
    def work(pk):
        pass
    """,
    )


def test_a_dictionary_is_no_http_client() -> None:
    assert not found("""
    @receiver(post_save, sender=Order)
    def tell(sender, instance, **kwargs):
        requests = {}
        requests.get("x")
    """)


def test_a_loop_over_a_whole_table_that_writes() -> None:
    assert "slow-work: writes in a loop over all of User.objects.all()" in found("""
    @receiver(post_save, sender=Tag)
    def tell(sender, instance, **kwargs):
        for user in User.objects.all():
            Profile.objects.create(user=user)
    """)


def test_a_task_before_the_commit() -> None:
    reason = only(
        """
    @receiver(post_save, sender=Order)
    def convert(sender, instance, **kwargs):
        work.delay(instance.pk)
    """,
        "\n    from shop.tasks import work\n",
        shop__tasks="""
    from celery import shared_task

    @shared_task
    def work(pk):
        pass
    """,
    )
    assert reason.code == "no-on-commit"
    assert reason.text == "work.delay() is not in transaction.on_commit"


def test_django_tasks_before_the_commit_and_a_method_that_waits_itself() -> None:
    texts = found(
        """
    @receiver(post_save, sender=Order)
    def convert(sender, instance, **kwargs):
        work.enqueue(instance.pk)
        Job.enqueue(instance.pk)
    """,
        "\n    from shop.tasks import Job, work\n",
        shop__tasks="""
    from django.db import transaction
    from django.tasks import task

    @task
    def work(pk):
        pass

    class Job:
        @classmethod
        def enqueue(cls, pk):
            transaction.on_commit(lambda: work.enqueue(pk))
    """,
    )
    assert texts == ["no-on-commit: work.enqueue() is not in transaction.on_commit"]


REQUEST = """
    import threading

    _state = threading.local()

    def current_user():
        return getattr(_state, "user", None)

    def depth():
        return _state.depth
"""


def test_a_thread_local_user() -> None:
    reason = only(
        """
    @receiver(pre_save, sender=Order)
    def stamp(sender, instance, **kwargs):
        instance.number = current_user().pk
    """,
        "\n    from shop.middleware import current_user\n",
        shop__middleware=REQUEST,
    )
    assert reason.code == "needs-request"
    assert reason.text == "current_user() reads _state.user, which a middleware sets"


def test_a_thread_local_of_something_else_is_none() -> None:
    assert not found(
        """
    @receiver(pre_save, sender=Order)
    def stamp(sender, instance, **kwargs):
        instance.number = depth()
    """,
        "\n    from shop.middleware import depth\n",
        shop__middleware=REQUEST,
    )


def test_raising_in_a_delete() -> None:
    reason = only("""
    @receiver(pre_delete, sender=Order)
    def keep(sender, instance, **kwargs):
        if instance.total:
            raise ValueError("paid")
    """)
    assert (reason.code, reason.line) == ("raises", 9)
    assert reason.text == "raises ValueError inside the delete of shop.Order"


def test_a_check_of_the_instance_raises_what_it_finds() -> None:
    reason = only("""
    @receiver(pre_save, sender=Order)
    def check(sender, instance, **kwargs):
        with settings.strict:
            instance.full_clean()
    """)
    assert (reason.code, reason.line) == ("raises", 9)
    assert reason.text == "raises ValidationError inside the save of shop.Order"


def test_what_it_catches_itself_is_not_raised() -> None:
    assert not found("""
    @receiver(pre_delete, sender=Order)
    def keep(sender, instance, **kwargs):
        try:
            if instance.total:
                raise ValueError("paid")
        except ValueError:
            print("kept")

        def helper():
            raise ValueError
    """)


# Data


def test_many_to_many_before_a_form_sets_it() -> None:
    reason = only("""
    @receiver(post_save, sender=Order)
    def show(sender, instance, **kwargs):
        print(instance.tags.count(), instance.customer.orders.count())
    """)
    assert reason.code == "reads-m2m"
    assert "shop.Order.tags" in reason.text


STATE = """
    @receiver(pre_save, sender=Order)
    def remember(sender, instance, **kwargs):
        instance._before = instance.total

    @receiver(post_save, sender=Order)
    def compare(sender, instance, **kwargs):
        print(instance._before)
"""


def test_state_that_is_passed_on() -> None:
    assert found(STATE) == [
        "shared-state: leaves instance._before for compare",
        "shared-state: takes instance._before from remember",
    ]


def test_what_another_receiver_creates_first() -> None:
    body = """
    @receiver(post_save, sender=User)
    def create(sender, instance, created, **kwargs):
        if created:
            Profile.objects.create(user=instance)

    @receiver(post_save, sender=User)
    def save(sender, instance, **kwargs):
        {}
    """
    told = "relies-on-order: uses instance.profile, which create creates first"
    assert told in found(body.format("instance.profile.save()"))
    careful = "if hasattr(instance, 'profile'):\n            instance.profile.save()"
    assert told not in found(body.format(careful))


def test_bulk_operations_that_pass_it_by() -> None:
    work = """
    from shop.models import Customer, Order

    def pay(order: Order, settings: dict):
        Order.objects.bulk_create([order])
        Order.objects.filter(number=1).update(total=2)
        Order.objects.filter(number=1).update(number=2)
        Customer.objects.update(name="x")
        settings.update(total=2)
    """
    told = found(
        """
    @receiver(post_save, sender=Order)
    def show(sender, instance, **kwargs):
        print(instance.total)

    @receiver(post_save, sender=Order)
    def welcome(sender, instance, created, **kwargs):
        if created:
            print(instance.total)
    """,
        shop__work=work,
        shop__tests=work,
    )
    bulk = "bypassed-by-bulk: bulk_create() on shop.Order does not run it"
    assert sorted(told) == sorted(
        [bulk, "bypassed-by-bulk: update() of total on shop.Order does not run it", bulk]
    )


def test_a_signal_that_is_sent_for_what_is_written_in_bulk() -> None:
    texts = found(
        """
    @receiver(post_save, sender=Order)
    def show(sender, instance, **kwargs):
        print(instance.total)
    """,
        shop__work="""
    from django.db.models.signals import post_save
    from shop.models import Order

    def load(orders):
        for order in Order.objects.bulk_create(orders):
            post_save.send(sender=Order, instance=order, created=True)
    """,
    )
    assert texts == ["sent-by-hand: post_save of shop.Order is sent by hand"]


def test_the_receivers_own_update_is_meant() -> None:
    assert not found("""
    @receiver(post_save, sender=Order)
    def show(sender, instance, **kwargs):
        Order.objects.filter(pk=instance.pk).update(total=instance.total + 1)
    """)


MIGRATION = """
    from django.db import migrations

    def fill(apps, schema_editor):
        Order = apps.get_model("shop", "Order")
        {}

    class Migration(migrations.Migration):
        operations = [migrations.RunPython(fill)]
"""
LOOP = """for order in Order.objects.all():
            order.{} = 2
            order.save()
"""
WRITER = """
    @receiver(post_save, sender=Order)
    def show(sender, instance, **kwargs):
        Tag.objects.create(name=str(instance.total))
"""


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("Order.objects.create(total=1)", "creates"),
        ("Order.objects.bulk_create([Order(total=1)])", "creates"),
        (
            "for order in Order.objects.all():\n"
            "            order.total = 2\n            order.save()",
            "saves",
        ),
        (
            "for order in Order.objects.all():\n"
            "            order.number = 2\n            order.save()",
            "",
        ),
        ("Order.objects.filter(total=1).count()", ""),
        ("Order.objects.get(pk=1).copies.create(total=1)", ""),
    ],
)
def test_data_migrations(code: str, told: str) -> None:
    texts = found(WRITER, **{"shop__migrations__0002_fill": MIGRATION.format(code)})
    wanted = [f"not-in-migrations: a data migration {told} shop.Order without it"] if told else []
    assert texts == wanted


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("Order.objects.filter(total=1).delete()", True),
        ("order = Order.objects.first()\n        order.delete()", True),
        ("order = Order.objects.first()\n        order.copies.all().delete()", False),
        ("Through = Order.tags.through\n        Through.objects.all().delete()", False),
    ],
)
def test_deletes_in_data_migrations(code: str, told: bool) -> None:
    writer = WRITER.replace("post_save", "post_delete")
    texts = found(writer, **{"shop__migrations__0002_fill": MIGRATION.format(code)})
    wanted = ["not-in-migrations: a data migration deletes shop.Order without it"]
    assert texts == (wanted if told else [])


@pytest.mark.parametrize(
    ("body", "query"),
    [
        (
            "customer = instance.customer\n"
            "        customer.orders_count = customer.orders.count()\n"
            "        customer.save()",
            'orders_count=Count("orders")',
        ),
        (
            "customer = instance.customer\n"
            "        customer.spent = customer.orders.aggregate(n=Sum('total'))['n'] or 0\n"
            "        customer.save()",
            'spent=Sum("orders__total")',
        ),
        (
            "Customer.objects.filter(pk=instance.customer_id).update("
            "orders_count=Order.objects.filter(customer=instance.customer, number=1).count())",
            'orders_count=Count("orders", filter=Q(orders__number=1))',
        ),
        (
            "instance.customer.orders_count += 1\n        instance.customer.save()",
            'orders_count=Count("orders")',
        ),
    ],
)
def test_columns_that_a_query_could_give(body: str, query: str) -> None:
    texts = found(
        f"""
    @receiver(post_save, sender=Order)
    def count(sender, instance, **kwargs):
        {body}
    """,
        "\n    from django.db.models import Sum\n",
    )
    (text,) = [t for t in texts if t.startswith("derived-value")]
    assert text.endswith(f": Customer.objects.annotate({query})")


def test_a_count_of_something_else_is_none() -> None:
    assert not found("""
    @receiver(post_save, sender=Order)
    def count(sender, instance, **kwargs):
        customer = instance.customer
        customer.orders_count = Tag.objects.count()
        customer.spent = customer.spent + instance.total
        customer.save()
    """)


# What others do to it


def test_sent_by_hand_disconnected_and_third_party() -> None:
    texts = found(
        """
    @receiver(post_save, sender=User)
    def welcome(sender, instance, **kwargs):
        print(instance)
    """,
        shop__work="""
    from django.db.models.signals import post_save
    from shop.models import User
    from shop.signals import welcome

    def load(user):
        post_save.disconnect(welcome, sender=User)
        try:
            print(user)
        finally:
            post_save.connect(welcome, sender=User)
        post_save.send(sender=User, instance=user)
    """,
    )
    assert "sent-by-hand: post_save of auth.User is sent by hand" in texts
    assert "disconnected: disconnected from post_save until line 11" in texts
    (third,) = [t for t in texts if t.startswith("third-party-sender")]
    assert "also saved by createsuperuser, login (last_login)" in third


def test_every_hazard_can_be_explained() -> None:
    listed = {code for code, entry in CODES.items() if entry.hazard}
    assert listed >= {"recursion", "cycle", "slow-work", "derived-value", "bypassed-by-bulk"}
    for code in listed:
        entry = CODES[code]
        assert all((entry.title, entry.why, entry.example, entry.remedy))


def test_receivers_in_tests_have_no_hazards() -> None:
    made = project(
        shop__models=MODELS,
        shop__tests=HEAD
        + """
    @receiver(post_save, sender=Order)
    def count(sender, instance, **kwargs):
        instance.save()
    """,
    )
    assert hazards.find(made, find_sites(made)).hazards == {}


def test_a_proxy_or_unknown_thing_is_no_crash() -> None:
    assert not found("""
    @receiver(post_save, sender=Order)
    def odd(sender, instance, **kwargs):
        getattr(instance, "x")()
        instance.nothing.save()
        (lambda: instance)().save_all()
        for name in ():
            globals()[name](instance)
    """)
