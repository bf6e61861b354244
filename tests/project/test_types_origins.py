"""What an unknown object can't be of for what it is taken from, and for how it is called."""

from __future__ import annotations

import pytest

from codemod.facts.tables import CallSite

from .helpers import facts_of, of

MODELS = """
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django_extensions.db.models import TimeStampedModel
from memberships.abstract import AbstractMembership
from somewhere import target

class Shop(models.Model):
    name = models.CharField(max_length=9)
    @property
    def best(self):
        return mystery(self)

class Order(TimeStampedModel):
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE)

class Log(models.Model):
    note = models.CharField(max_length=9)
    def save(self, *args, **kwargs):
        super().save(*args, **kwargs)
    def delete(self, *args, **kwargs):
        self.save_note()
        super().delete(*args, **kwargs)

class Quiet(models.Model):
    note = models.CharField(max_length=9)
    def save(self, *args, **kwargs):
        if kwargs.pop("silent", False):
            pass
        super().save(*args, **kwargs)

class Membership(AbstractMembership):
    pass

class Odd(models.Model):
    far = models.ForeignKey(target(), on_delete=models.CASCADE)
"""
HEAD = "from shop.models import Log, Order, Quiet, Shop\n"


def could_be(code: str, label: str, *, rows: bool = False, models: str = MODELS) -> bool:
    """Whether the last save or delete in a module may be of a model."""
    project = of({"shop/__init__.py": "", "shop/models.py": models, "shop/code.py": HEAD + code})
    facts = facts_of(project, "shop/code.py")
    call: CallSite = [c for c in facts.calls if c.name in ("save", "delete")][-1]
    ask = project.could_be_rows if rows else project.could_be
    return ask(call, facts, label)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f():\n    Shop().membership_rows.first().delete()", False),
        ("def f():\n    for m in Shop().membership_rows.all():\n        m.delete()", False),
        ("def f():\n    m = Shop().membership_rows.get()\n    m.delete()", False),
        # A property, what is set from elsewhere, what is not known at all.
        ("def f():\n    Shop().best.delete()", True),
        ("def f(x):\n    Shop().given.delete()\ndef g(x):\n    x.given = 1", True),
        ("def f(x):\n    s = Shop()\n    s.given = x\n    s.given.delete()", True),
        ("def f(x):\n    x.membership_rows.delete()", True),
        ("def f(x):\n    m = Shop().membership_rows.get() if x else x\n    m.delete()", True),
        ("def f(x):\n    m = Shop().membership_rows.get()\n    m = x\n    m.delete()", True),
        # Set on what is no shop.
        ("def f(x):\n    Shop().given.delete()\ndef g():\n    Log().given = 1", False),
        ("def f(x):\n    Shop().given.delete()\ndef g(x):\n    setattr(x, 'given', 1)", True),
        ("def f(x):\n    Shop().given.delete()\ndef g(x):\n    setattr(Log(), 'given', 1)", False),
    ],
)
def test_what_is_taken_from_an_attribute(code: str, expected: bool) -> None:
    assert could_be(code, "shop.Order") is expected


@pytest.mark.parametrize(
    ("code", "label", "expected"),
    [
        ("m.badge_rows.all().delete()", "shop.Log", False),
        ("m.badge_rows.order_by('x').delete()", "shop.Log", False),
        ("m.badge_rows.first().badge_set.all().delete()", "shop.Log", False),
        # A generic key leads anywhere; a relation of the project's leads to its rows.
        ("m.badge.delete()", "shop.Log", True),
        ("m.log_set.all().delete()", "shop.Log", True),
        # The project gives the name to something.
        ("m.badge_rows.all().delete()\n    x.badge_rows = 1", "shop.Log", True),
    ],
)
def test_what_is_taken_from_an_object_of_a_package(code: str, label: str, expected: bool) -> None:
    function = f"def f(x):\n    m = Shop().membership_rows.first()\n    {code}"
    models = MODELS.partition("class Membership")[0]
    assert could_be(function, label, rows=True, models=models) is expected
    # Where a model comes from a package, or has a relation that can't be read, it may be there.
    assert could_be(function, "shop.Membership", rows=True)
    assert could_be(function, "shop.Odd", rows=True) or "_set" in code  # its own is `odd_set`


@pytest.mark.parametrize(
    ("code", "label", "expected"),
    [
        ("x.scan.delete()", "shop.Log", False),
        ("x.scan.save('scan.pdf', x)", "shop.Log", False),
        # A package may reach a model of its own by the name; anything has that of a form's field.
        ("x.scan.delete()", "shop.Membership", True),
        ("x.scan.delete()\nclass Scan:\n    scan = mystery()", "shop.Log", True),
        ("x.scan.delete()\n    x.scan = y", "shop.Log", True),
        ("x.scans.delete()", "shop.Log", True),
        ("x.scan.delete()\n    y = mystery(scan=Log())", "shop.Log", True),
        ("x.scan.delete()\n    y = mystery(scan=x)", "shop.Log", False),
        ("x.scan.save()", "shop.Log", True),  # a file asks for its name
    ],
)
def test_what_the_project_calls_like_its_files(code: str, label: str, expected: bool) -> None:
    model = "class Letter(models.Model):\n    scan = models.FileField()\n"
    form = "class LetterForm(forms.Form):\n    scan = forms.FileField()\n"
    models = f"{MODELS}\nfrom django import forms\n{model}\n{form}"
    for rows in (False, "save" not in code):
        assert could_be(f"def f(x, y):\n    {code}", label, rows=rows, models=models) is expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [("shop.Order", False), ("shop.Log", False), ("shop.Membership", True), ("shop.Odd", True)],
)
def test_rows_of_a_relation_that_no_model_names(label: str, expected: bool) -> None:
    code = "def f():\n    Shop().membership_rows.all().delete()"
    assert could_be(code, label, rows=True) is expected


@pytest.mark.parametrize(
    ("call", "label", "expected"),
    [
        ("x.delete(ignore=404)", "shop.Order", False),
        ("x.save(update_modified=False)", "shop.Order", True),
        ("x.save(silent=True)", "shop.Quiet", True),
        ("x.save(silent=True)", "shop.Log", False),
        ("x.delete(save=False)", "shop.Log", False),
        ("x.delete(save=False)", "shop.Membership", False),
        ("x.delete(keep_parents=True)", "shop.Log", True),
        ("x.delete(url)", "shop.Log", False),
        ("x.delete(using)", "shop.Log", True),
        ("x.search().query('all').delete()", "shop.Log", False),
        ("x.fetch('all').delete()", "shop.Log", True),
        # Django's methods give None and a tuple.
        ("x.files().delete().execute()", "shop.Shop", False),
        ("print(x.delete().count(0), x.delete()[0])", "shop.Shop", True),
        ("x.files().delete().execute()", "shop.Log", True),
        ("x.files().delete().execute()", "shop.Membership", True),
    ],
)
def test_how_it_is_called(call: str, label: str, expected: bool) -> None:
    assert could_be(f"def f(x, url, using):\n    {call}", label) is expected


@pytest.mark.parametrize(("label", "expected"), [("shop.Shop", False), ("shop.Log", True)])
def test_nobody_awaits_a_tuple(label: str, expected: bool) -> None:
    code = "async def f(x):\n    await x.delete()"
    assert could_be(code, label) is expected
    assert could_be(code, label, rows=True) is False


ASKS = "def f(x):\n    by = None\n    if hasattr(x, 'note'):\n        by = x.note\n"
THEN = "    if by:\n        x.delete()"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(x):\n    if hasattr(x, 'note'):\n        x.delete()", False),
        (
            "def f(x):\n    if x and hasattr(x, 'note'):\n        with x:\n            x.delete()",
            False,
        ),
        ("def f(x):\n    if hasattr(x, 'name'):\n        x.delete()", True),
        (
            "def f(x):\n    if hasattr(x, 'note'):\n        pass\n    else:\n        x.delete()",
            True,
        ),
        ("def f(x):\n    if x or hasattr(x, 'note'):\n        x.delete()", True),
        ("def f(x):\n    if hasattr(x, 'note'):\n        x = y\n        x.delete()", True),
        ("def f(x):\n    if hasattr(x.y, 'note'):\n        x.y.delete()", False),
        ("def f(x):\n    if hasattr(x.y, 'note'):\n        x = y\n        x.y.delete()", True),
        # What was found is what is asked later.
        (ASKS + "    if by and y:\n        x.delete()", False),
        (
            ASKS + "    elif hasattr(x, 'name'):\n        by = 1\n    if by:\n        x.delete()",
            True,
        ),
        (
            ASKS + "    elif hasattr(x, 'badge'):\n        by = 1\n    if by:\n        x.delete()",
            False,
        ),
        (ASKS + "    else:\n        by = 1\n    if by:\n        x.save()", True),
        (ASKS + "    if not by:\n        x.delete()", True),
        (ASKS + "    for by in y:\n        pass\n" + THEN, True),
        (ASKS + "    for z in y:\n        if by:\n            x.delete()", True),
        (ASKS.replace("(x)", "(x, by)") + THEN, True),
    ],
)
def test_what_is_asked_for_on_the_way(code: str, expected: bool) -> None:
    assert could_be(code, "shop.Shop") is expected


@pytest.mark.parametrize(
    ("code", "label", "expected"),
    [
        ("x.token_set.all().delete()", "shop.Log", False),
        ("x.log_set.all().delete()", "shop.Log", True),
        ("x.token_set.all().delete()", "shop.Membership", True),
        ("x.token_set.all().delete()", "shop.Odd", False),
        ("x.odd_set.all().delete()", "shop.Odd", True),
        ("x.token_set.all().delete()\n    x.token_set = y", "shop.Log", True),
        ("x.tokens.all().delete()", "shop.Log", True),
        ("x.token_set.all().delete()\nclass Box:\n    token_set = y", "shop.Log", True),
    ],
)
def test_a_name_that_django_gives_to_other_rows(code: str, label: str, expected: bool) -> None:
    assert could_be(f"def f(x):\n    {code}", label, rows=True) is expected


def test_a_search_of_a_projects_own_manager() -> None:
    own = "class Search:\n    def query(self, text):\n        return mystery(text)\n"
    assert could_be(f"{own}def f(x):\n    x.query('all').delete()", "shop.Log")


PEOPLE = """
from django.contrib.auth.models import AbstractUser
from django.db import models

class User(AbstractUser):
    nick = models.CharField(max_length=9)

class Team(models.Model):
    lead = models.ForeignKey(User, on_delete=models.CASCADE)
    notifications = models.TextField()
    def rename(self):
        pass
"""


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("x.rename()", False),  # no user has it, and a relation of a package's is not called
        ("x.rename", True),
        ("x.notifications", True),  # a package's model may point to users, and be found so
        ("x.email_user('a')", True),
        ("x.set_password('a')", True),
        ("x.groups.all()", True),
        ("x.nick.strip()", True),
        ("x.objects_of_guardian('a')", True),
        ("y.rename()", True),
    ],
)
def test_what_no_user_has(use: str, expected: bool) -> None:
    assert could_be_a_user(f"def f(x, y):\n    {use}\n    x.delete()") is expected


@pytest.mark.parametrize(("name", "expected"), [("note", False), ("filter", True)])
def test_what_is_asked_for_tells_of_rows(name: str, expected: bool) -> None:
    code = f"def f(x):\n    if hasattr(x, '{name}'):\n        x.delete()"
    assert could_be(code, "shop.Log", rows=True) is expected


@pytest.mark.parametrize(
    ("name", "expected"), [("lead", False), ("notifications", True), ("nick", True)]
)
def test_what_leads_to_users_is_asked_of_others(name: str, expected: bool) -> None:
    code = f"def f(x):\n    if hasattr(x, '{name}'):\n        x.delete()"
    assert could_be_a_user(code) is expected


def could_be_a_user(code: str) -> bool:
    """Whether the last delete in a module may be of a user."""
    files = {"people/__init__.py": "", "people/models.py": PEOPLE, "people/code.py": code}
    project = of(files | {"settings.py": "AUTH_USER_MODEL = 'people.User'"})
    facts = facts_of(project, "people/code.py")
    call = next(c for c in facts.calls if c.name == "delete")
    return project.could_be(call, facts, "people.User")
