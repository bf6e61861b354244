"""Calls of packages that save: users, nodes of trees, and rows that are made when read."""

from __future__ import annotations

import textwrap
from types import ModuleType

import pytest

from codemod.surfaces import auto_one_to_one, package_calls, packages
from tests.surfaces.sites import found, told

USER = "save of auth.User: third-party-sender"


def sites(code: str, surface: ModuleType = package_calls) -> list[str]:
    return told(found(surface, textwrap.dedent(code)))


@pytest.mark.parametrize(
    "code",
    [
        "from django.contrib.auth import login\nlogin(request, find(request))",
        "from django.contrib.auth import login\nif login(request, user): pass",
        "from django.contrib.auth import alogin\nalogin(request, user)",
        "from django.contrib.auth import authenticate\nauthenticate(request, username='a')",
        "self.client.login(username='ann', password='x')",
        "client.login(username='ann', password='x')",
        "client.force_login(user)",
        "from django.contrib.auth.models import User\nUser.objects.get().check_password('x')",
        "from django.contrib.auth.forms import PasswordChangeForm\n"
        "form = PasswordChangeForm(user, data)\nform.save(commit=commit)",
        "from django.contrib.auth.views import LoginView\nclass Enter(LoginView):\n    pass",
        """
        from allauth.account.adapter import DefaultAccountAdapter


        class Adapter(DefaultAccountAdapter):
            def save_user(self, request, user, form, commit=True):
                return super().save_user(request, user, form, commit)
        """,
    ],
)
def test_the_user_is_saved(code: str) -> None:
    assert sites(code) == [USER]


def test_some_backends_create_the_user() -> None:
    code = "from django.contrib.auth import authenticate\nauthenticate(request, remote_user='a')"
    backend = "from django.contrib.auth.backends import RemoteUserBackend\n"
    assert [site.created for site in found(package_calls, code)] == ["false"]
    assert [site.created for site in found(package_calls, backend + code)] == ["dynamic"]


@pytest.mark.parametrize(
    "code",
    [
        "from django.contrib.auth import login\nlogin(request, user)",
        "from django.contrib import auth\nauth.login(request, user=self.user)",
        "from django.contrib.auth import login as enter\nenter(request, user)",
        "from django.contrib.auth import alogin\nasync def f(): await alogin(request, user)",
        "from django.contrib.auth.forms import PasswordChangeForm\n"
        "form = PasswordChangeForm(user, data)\nform.save()",
    ],
)
def test_a_call_can_stand_beside_it(code: str) -> None:
    assert sites(code) == ["save of auth.User"]


@pytest.mark.parametrize(
    "code",
    [
        "api.login(request)",  # some function of the project's
        "from .auth import login\nlogin(request, user)",
        "account.check_password('x')",
        "from django.contrib.auth.forms import PasswordResetForm\nPasswordResetForm(data).save()",
    ],
)
def test_nothing_is_said_of_others(code: str) -> None:
    assert sites(code) == []


TREE = """
    from treebeard.mp_tree import MP_Node


    class Root(MP_Node):
        class Meta:
            abstract = True

        @classmethod
        def add_root(cls, **kwargs):
            return super().add_root(**kwargs)


    class Topic(Root):
        class Meta:
            app_label = "shop"


    def use():
        Topic.add_root(name="a")
        Topic.objects.get().add_child(name="b")
        Topic.objects.all().delete()
    """


def test_nodes_are_saved() -> None:
    sites = found(package_calls, TREE)
    assert told(sites) == ["save of shop.Topic: package-saves"] * 3
    assert sorted((s.span.line, s.created) for s in sites) == [
        (11, "true"),
        (21, "true"),
        (22, "false"),
    ]


@pytest.mark.parametrize(
    ("base", "saved"),
    [("al_tree.AL_Node", [("false", 11)]), ("mp_tree.MP_Node", []), ("ns_tree.NS_Node", [])],
)
def test_the_moves_of_nodes_that_save(base: str, saved: list[tuple[str, int]]) -> None:
    module, _, name = base.partition(".")
    code = f"""
        from treebeard.{module} import {name}


        class Topic({name}):
            class Meta:
                app_label = "shop"


        def use():
            Topic.objects.get().move(Topic.objects.last())
        """
    assert [(s.created, s.span.line) for s in found(package_calls, code)] == saved


def test_whoever_deletes_a_node_saves_its_parent() -> None:
    assert told(found(packages, TREE)) == ["save of shop.Topic: package-saves"]


def test_a_row_that_is_made_when_it_is_read() -> None:
    code = """
        from annoying.fields import AutoOneToOneField
        from django.db import models

        from .models import Bill, Line


        class Note(models.Model):
            bill = AutoOneToOneField(Bill, on_delete=models.CASCADE)

            class Meta:
                app_label = "shop"


        def use(bill, line: Line):
            Bill.objects.get().note.text
            bill.note = None
            line.note
            return bill.note


        def use_twice():
            bill = Bill.objects.get()
            if bill.note.text:
                bill.note.delete()
        """
    sites = found(auto_one_to_one, code)
    assert told(sites) == ["save of shop.Note: package-saves"] * 4
    tiers = [(16, "proved"), (19, "possible"), (24, "proved"), (25, "inferred")]
    assert sorted((s.span.line, s.tier.value) for s in sites) == tiers


def test_a_soft_delete_saves() -> None:
    models = """
        from safedelete.models import SafeDeleteModel


        class Draft(SafeDeleteModel):
            pass
        """
    assert told(found(packages, "", models=models)) == [
        "save of shop.Draft: package-saves",
        "delete of shop.Draft: package-saves",
    ]


def test_formsets_of_extra_views() -> None:
    code = """
        from extra_views import InlineFormSetFactory, ModelFormSetView

        from .models import Bill, Line


        class LineInline(InlineFormSetFactory):
            model = Line


        class Bills(ModelFormSetView):
            model = Bill
        """
    assert told(found(packages, textwrap.dedent(code))) == [
        "save of shop.Line: package-saves",
        "save of shop.Bill: package-saves",
    ]


SAVING_METHODS = """
    from dirtyfields import DirtyFieldsMixin
    from django.db import models
    from ordered_model.models import OrderedModel
    from simple_history.models import HistoricalRecords


    class Task(OrderedModel):
        class Meta:
            app_label = "shop"


    class Order(DirtyFieldsMixin, models.Model):
        history = HistoricalRecords()

        class Meta:
            app_label = "shop"


    def use(order: Order, task: Task, other):
        task.up()
        task.to(3)
        order.save_dirty_fields()
        order.save_without_historical_record()
        other.up()
    """


def test_methods_of_packages_that_save_their_object() -> None:
    assert sorted(told(found(package_calls, SAVING_METHODS))) == [
        *["save of shop.Order: package-saves"] * 2,
        *["save of shop.Task: package-saves"] * 2,
    ]
