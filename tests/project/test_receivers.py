"""Every form in which a receiver is connected, and where it is muted."""

from __future__ import annotations

from textwrap import dedent

import pytest

from codemod.project.project import Project
from codemod.values.account import Connection

HEAD = """
from functools import partial
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import signals
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver
from shop.models import Customer, Order
import shop.models
"""
MODELS = """
from django.db import models
from tagulous.models import TagField
class Tag(models.Model): pass
class Customer(models.Model): pass
class Line(models.Model):
    order = models.ForeignKey("Order", models.CASCADE)
    tag = models.ForeignKey(Tag, models.CASCADE)
class Order(models.Model):
    tags = models.ManyToManyField(Tag)
    others = models.ManyToManyField(Tag, through=Line, related_name="orders")
    labels = TagField()
"""


def project(**files: str) -> Project:
    """A project of an app `shop`; `a__b` is the file a/b.py."""
    texts = {"shop/__init__.py": "", "shop/models.py": MODELS}
    for name, text in files.items():
        path = name.replace("__", "/").replace("INIT", "__init__")
        texts[f"{path}.py"] = dedent(text)
    return Project.build(sorted(texts.items()))


def rows(found: Project) -> list[tuple[str, str, str | None, str | None]]:
    """(handler without its module, signal, sender, code) in the order of connection."""
    listed = [
        (c.order, r.receiver.name.removeprefix("shop.signals."), c.signal, c.sender, c.code)
        for r in found.receivers
        for c in r.receiver.connections
    ]
    return [row[1:] for row in sorted(listed, key=lambda row: row[0])]


def connections(text: str) -> list[tuple[str, str, str | None, str | None]]:
    """The connections that shop/signals.py makes."""
    return rows(project(shop__signals=HEAD + dedent(text)))


SENDERS = {
    "Order": "shop.Order",
    "shop.models.Order": "shop.Order",
    '"shop.Order"': "shop.Order",
    "settings.AUTH_USER_MODEL": "auth.User",
    "get_user_model()": "auth.User",
    'apps.get_model("shop", "Order")': "shop.Order",
    'apps.get_model("shop.Order")': "shop.Order",
    "Order.tags.through": "shop.Order_tags",
    "Order.others.through": "shop.Line",
    "Order.labels.through": "shop.Order_labels",
    "shop.models.Tag.order_set.through": "shop.Order_tags",
    "shop.models.Tag.orders.through": "shop.Line",
    "get_user_model().groups.through": "auth.User_groups",
    "None": None,
}


@pytest.mark.parametrize("expression", SENDERS)
@pytest.mark.parametrize("form", ["decorator", "call", "positional"])
def test_senders(expression: str, form: str) -> None:
    texts = {
        "decorator": "@receiver(post_save, sender={})\ndef f(sender, **kwargs): pass",
        "call": "def f(**kwargs): pass\npost_save.connect(f, sender={})",
        "positional": "def f(**kwargs): pass\nsignals.post_save.connect(f, {}, False, 'uid')",
    }
    found = connections(texts[form].format(expression))
    assert found == [("f", "post_save", SENDERS[expression], None)]


def test_names_bound_to_senders() -> None:
    found = connections("""
        User = get_user_model()
        Alias = Order
        A, B = apps.get_model("shop", "Order"), apps.get_model("shop", "Customer")
        TABLE = {"order": Order}
        @receiver(post_save, sender=User)
        def f(**kwargs): pass
        @receiver(post_save, sender=Alias)
        def g(**kwargs): pass
        @receiver(post_save, sender=B)
        def h(**kwargs): pass
        @receiver(post_save, sender=TABLE["order"])
        def i(**kwargs): pass
        @receiver(post_save, **{"sender": Order})
        def j(**kwargs): pass
    """)
    senders = ["auth.User", "shop.Order", "shop.Customer", "shop.Order", "shop.Order"]
    assert [row[2] for row in found] == senders


@pytest.mark.parametrize(
    "import_, used",
    [
        ("from django.db.models.signals import post_save as ps", "ps"),
        ("import django.db.models.signals", "django.db.models.signals.post_save"),
        ("import django.db.models.signals as s", "s.post_save"),
        ("from django.db import models", "models.signals.post_save"),
        ("from django.db.models import signals as s", "s.post_save"),
        ("from django.db.models import signals", 'getattr(signals, "post_save")'),
        ("from django.dispatch import receiver as receiver, Signal", "post_save"),
        ("SAVED = post_save", "SAVED"),
        ("SAVED = [post_save]", "SAVED"),
        ("", "(post_save,)"),
        ("", "{post_save}"),
    ],
)
def test_signals(import_: str, used: str) -> None:
    found = connections(f"{import_}\n@receiver({used}, sender=Order)\ndef f(**kwargs): pass")
    assert found == [("f", "post_save", "shop.Order", None)]


def test_other_signals_are_not_listed() -> None:
    assert not connections("""
        from django.core.signals import request_finished
        from django.db.models.signals import class_prepared, post_migrate
        from django.dispatch import Signal
        paid = Signal()
        @receiver([request_finished, class_prepared, post_migrate, paid])
        def f(**kwargs): pass
        paid.connect(f)
        connection.connect(f)
        """)


def test_stacked_decorators_apply_from_the_bottom_up() -> None:
    found = project(
        shop__signals=HEAD
        + dedent("""
        from shop.other import guarded
        @receiver([post_save, pre_save], sender=Order)
        @guarded
        @receiver(post_delete)
        def f(**kwargs): pass
        """)
    )
    assert [row[1:3] for row in rows(found)] == [
        ("post_delete", None),
        ("post_save", "shop.Order"),
        ("pre_save", "shop.Order"),
    ]
    (receiver,) = found.receivers
    assert [getattr(d, "id", "") for d in receiver.decorators] == ["guarded"]
    assert receiver.function is not None
    assert receiver.receiver.span.line == receiver.receiver.line - 3


def test_loops() -> None:
    found = connections("""
        MODELS = (Order, Customer)
        def f(**kwargs): pass
        def g(**kwargs): pass
        for model in MODELS:
            for signal in [post_save, post_delete]:
                signal.connect(f, sender=model)
        for model, handler in ((Order, f), (Customer, g)):
            pre_save.connect(handler, sender=model)
        for name in ["Order", "Customer"]:
            m2m_changed.connect(g, sender=apps.get_model("shop", name))
        for field in [Order.tags, Order.others]:
            m2m_changed.connect(f, sender=field.through)
        [pre_save.connect(f, sender=model, dispatch_uid="x") for model in MODELS]
    """)
    assert [row[:3] for row in found] == [
        ("f", "post_save", "shop.Order"),
        ("f", "post_delete", "shop.Order"),
        ("f", "post_save", "shop.Customer"),
        ("f", "post_delete", "shop.Customer"),
        ("f", "pre_save", "shop.Order"),
        ("g", "pre_save", "shop.Customer"),
        ("g", "m2m_changed", "shop.Order"),
        ("g", "m2m_changed", "shop.Customer"),
        ("f", "m2m_changed", "shop.Order_tags"),
        ("f", "m2m_changed", "shop.Line"),
        ("f", "pre_save", "shop.Order"),
        ("f", "pre_save", "shop.Customer"),
    ]


def test_decorated_in_a_loop_over_an_unknown_list() -> None:
    found = connections("""
        def f(**kwargs): pass
        for model in apps.get_models():
            post_save.connect(f, sender=model)
    """)
    assert found == [("f", "post_save", "?", "undecided-sender")]


def test_conditions() -> None:
    found = project(
        shop__signals=HEAD
        + dedent("""
        def f(**kwargs): pass
        if settings.SEARCH:
            post_save.connect(f, sender=Order)
            @receiver(post_save, sender=Customer)
            def g(**kwargs): pass
        try:
            post_delete.connect(f, sender=Order)
        except Exception:
            pass
        def never_called():
            pre_save.connect(f, sender=Order)
        def called():
            pre_save.connect(f, sender=Customer)
        called()
        """)
    )
    assert [(c.signal, c.sender, c.code, c.expression) for c in in_order(found)] == [
        ("post_save", "shop.Order", "conditional-connection", "settings.SEARCH"),
        ("post_save", "shop.Customer", "conditional-connection", "settings.SEARCH"),
        ("post_delete", "shop.Order", "conditional-connection", "try"),
        ("pre_save", "shop.Order", "conditional-connection", "never_called()"),
        ("pre_save", "shop.Customer", None, ""),
    ] or rows(found)


def in_order(found: Project) -> list[Connection]:
    """All connections by line."""
    listed = [c for r in found.receivers for c in r.receiver.connections]
    return sorted(listed, key=lambda c: c.line)


def test_ready() -> None:
    found = project(
        shop__signals=HEAD + "def f(**kwargs): pass\ndef g(**kwargs): pass\n",
        shop__apps="""
        from django.apps import AppConfig
        from django.db.models.signals import post_save, pre_save, post_delete
        class ShopConfig(AppConfig):
            name = "shop"
            def ready(self):
                from . import signals
                from .models import Order
                post_save.connect(signals.f, sender=Order)
                pre_save.connect(signals.g, sender=self.get_model("Customer"))
                if self.testing:
                    return
                post_delete.connect(signals.g, sender=Order)
        """,
    )
    assert rows(found) == [
        ("f", "post_save", "shop.Order", None),
        ("g", "pre_save", "shop.Customer", None),
        ("g", "post_delete", "shop.Order", "conditional-connection"),
    ]
    assert all(made.call is not None for r in found.receivers for made in r.made)


def test_handlers() -> None:
    found = connections("""
        class Search:
            @staticmethod
            def static(**kwargs): pass
            @classmethod
            def on_class(cls, **kwargs): pass
            def method(self, **kwargs): pass
            def __call__(self, **kwargs): pass
            @receiver(post_save, sender=Order)
            def decorated(sender, **kwargs): pass
            def setup(self):
                pre_save.connect(self.method, sender=Customer)
        search = Search()
        def f(**kwargs): pass
        def make(name):
            def inner(**kwargs): pass
            return inner
        post_save.connect(Search.static, sender=Order)
        post_save.connect(Search.on_class, sender=Order)
        post_save.connect(search.method, sender=Order)
        post_save.connect(search, sender=Order)
        post_save.connect(partial(f, 1), sender=Order)
        post_save.connect(lambda **kwargs: None, sender=Order)
        post_save.connect(make("x"), sender=Order)
        search.setup()
    """)
    assert [(row[0], row[3]) for row in found] == [
        ("Search.decorated", None),
        ("Search.static", None),
        ("Search.on_class", None),
        ("Search.method", None),
        ("Search.__call__", "callable-instance"),
        ("f", "held-weakly"),
        ("<lambda>", "held-weakly"),
        ("make.<locals>.inner", "held-weakly"),
        ("Search.method", None),
    ]


def test_connect_as_a_decorator() -> None:
    found = connections("""
        @post_save.connect
        def f(**kwargs): pass
        @partial(post_save.connect, sender=Order)
        def g(**kwargs): pass
        def h(**kwargs): pass
        receiver(pre_save, sender=Order)(h)
        on_order = receiver(post_delete, sender=Order)
        @on_order
        def i(**kwargs): pass
    """)
    assert found == [
        ("f", "post_save", None, "held-weakly"),  # `connect` returns None: nothing holds it
        ("g", "post_save", "shop.Order", "held-weakly"),
        ("h", "pre_save", "shop.Order", None),
        ("i", "post_delete", "shop.Order", "indirect-connection"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "    return receiver(post_save, sender=model)",
        "    def wrap(func):\n        post_save.connect(func, sender=model)\n        return func\n"
        "    return wrap",
        "    def wrap(func):\n        @receiver(post_save, sender=model, **kw)\n"
        "        def inner(sender, **kwargs):\n            func(**kwargs)\n"
        "        return inner\n    return wrap",
    ],
)
def test_decorators_of_the_project(body: str) -> None:
    found = rows(
        project(
            shop__hooks=HEAD + f"def saved(model, **kw):\n{body}\n",
            shop__signals="""
            from shop.hooks import saved
            from shop.models import Customer, Order
            @saved(Order)
            def f(**kwargs): pass
            @saved(model=Customer)
            def g(**kwargs): pass
            """,
        )
    )
    assert found == [
        ("f", "post_save", "shop.Order", None),
        ("g", "post_save", "shop.Customer", None),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "    print(model)\n    return receiver(post_save, sender=model)",
        "    def wrap(func):\n        post_save.connect(func, sender=model)\n"
        "        HANDLERS.append(func)\n        return func\n    return wrap",
        "    def wrap(func):\n        def inner(**kwargs):\n            func(**kwargs)\n"
        "        post_save.connect(inner, sender=model, weak=False)\n"
        "        return func\n    return wrap",
    ],
)
def test_decorators_that_do_more(body: str) -> None:
    found = connections(f"""
def saved(model):
{body}
@saved(Order)
def f(**kwargs): pass
""")
    assert found == [("f", "post_save", "shop.Order", "indirect-connection")]


def test_registrar() -> None:
    found = connections("""
        def f(**kwargs): pass
        def register(model, *signals_, handler=f):
            for signal in signals_:
                signal.connect(handler, sender=model)
        for model in (Order, Customer):
            register(model, post_save, post_delete)
    """)
    assert [row[:3] for row in found] == [
        ("f", "post_save", "shop.Order"),
        ("f", "post_delete", "shop.Order"),
        ("f", "post_save", "shop.Customer"),
        ("f", "post_delete", "shop.Customer"),
    ]


def test_undecided_parameters() -> None:
    found = connections("""
        def f(**kwargs): pass
        def register(model, signal):
            post_save.connect(f, sender=model)
            signal.connect(f, sender=Order)
        class Field:
            def contribute_to_class(self, cls, name):
                pre_save.connect(self.update, sender=cls)
            def update(self, **kwargs): pass
    """)
    assert sorted(found) == [
        ("Field.update", "pre_save", "?", "undecided-sender"),
        ("f", "?", "shop.Order", "undecided-signal"),
        ("f", "post_save", "?", "undecided-sender"),
    ]


def test_the_same_connection_twice_is_one() -> None:
    found = project(
        shop__signals=HEAD
        + dedent("""
        @receiver(post_save, sender=Order)
        def f(**kwargs): pass
        post_save.connect(f, sender=Order)
        post_save.connect(f, sender=Order, dispatch_uid="again")
        """)
    )
    (receiver,) = found.receivers
    assert len(receiver.made) == 3
    assert [c.dispatch_uid for c in receiver.receiver.connections] == [None, "again"]


def test_functions_of_one_name_are_told_apart() -> None:
    found = project(
        shop__signals=HEAD
        + dedent("""
        @receiver(post_save, sender=Order)
        def f(**kwargs): pass
        @receiver(post_delete, sender=Order)
        def f(**kwargs): pass
        """)
    )
    names = [receiver.receiver.name for receiver in found.receivers]
    assert names == ["shop.signals.f@13", "shop.signals.f"]


def test_order_over_apps() -> None:
    handler = "@receiver(post_save, sender=Order)\ndef f(**kwargs): pass\n"
    config = (
        "from django.apps import AppConfig\nclass C(AppConfig):\n    name = '{0}'\n"
        "    def ready(self):\n        import {0}.signals\n"
    )
    found = project(
        settings="A = ['z.apps.C']\nINSTALLED_APPS = A + ['m', 'a']\nINSTALLED_APPS += ['shop']\n",
        a__INIT="",
        a__apps=config.format("a"),
        a__signals=HEAD + handler,
        z__INIT="",
        z__apps=config.format("z"),
        z__signals=HEAD + handler,
        m__INIT="",
        m__models=HEAD + handler,
        b__signals=HEAD + handler,
    )
    assert [row[0].partition(".")[0] for row in rows(found)] == ["m", "z", "a", "b"]


def test_a_package_connects_before_what_is_in_it() -> None:
    handler = "@receiver(post_save, sender=Order)\ndef f(**kwargs): pass\n"
    found = project(
        settings="INSTALLED_APPS = ['shop']\n",
        shop__models=f"{MODELS}import shop.parts.more\n",
        shop__parts__INIT=HEAD + handler,
        shop__parts__more=HEAD + handler,
    )
    assert [row[0] for row in rows(found)] == ["shop.parts.f", "shop.parts.more.f"]


MUTE = """
        @receiver(post_save, sender=Order)
        def f(**kwargs): pass
        @receiver(post_save, sender=Order, dispatch_uid="u")
        def g(**kwargs): pass
"""


@pytest.mark.parametrize(
    "body, region, dissolves",
    [
        ("off(f); one()\ntwo()\non(f)", 2, False),
        ("off(f)\ntry:\n    one()\n    two()\nfinally:\n    on(f)", 2, True),
        ("off(f)\none()\ntry:\n    two()\nfinally:\n    on(f)", 2, True),
        ("try:\n    off(f)\n    one()\nfinally:\n    on(f)", 1, True),
        ("off(f)\ntry:\n    one()\nfinally:\n    on(f)\n    two()", 1, False),
        ("off(f)\ntry:\n    yield\nfinally:\n    on(f)", 0, False),
        ("if x:\n    off(f)\none()\nif x:\n    on(f)", 0, False),
    ],
)
def test_mutes(body: str, region: int, dissolves: bool) -> None:
    text = body.replace("off(f)", "post_save.disconnect(f, sender=Order)")
    text = text.replace("on(f)", "post_save.connect(f, sender=Order)")
    work = "\n".join("    " + line for line in text.splitlines())
    found = project(shop__signals=HEAD + dedent(MUTE) + f"def load(x):\n{work}\n")
    (mute,) = found.mutes
    assert (mute.receiver, mute.signal, mute.sender) == (
        "shop.signals.f",
        "post_save",
        "shop.Order",
    )
    assert mute.reconnect is not None
    assert len(mute.region) == region
    assert (mute.dissolves is not None) == dissolves
    assert len(rows(found)) == 2  # the reconnect is no connection


def test_mute_by_uid_and_without_end() -> None:
    found = project(
        shop__signals=HEAD
        + dedent(MUTE)
        + dedent("""
        def off():
            post_save.disconnect(sender=Order, dispatch_uid="u")
            for model in (Order, Customer):
                post_save.disconnect(f, sender=model)
        def other():
            post_save.disconnect(unrelated.handler, sender=Order)
        """)
    )
    assert [(m.receiver, m.sender, m.reconnect) for m in found.mutes] == [
        ("shop.signals.g", "shop.Order", None),
        ("shop.signals.f", "shop.Order", None),
        ("shop.signals.f", "shop.Customer", None),
        ("?", "shop.Order", None),
    ]


def test_mute_over_two_methods() -> None:
    found = project(
        shop__signals=HEAD
        + dedent(MUTE)
        + dedent("""
        class Test:
            def setUp(self):
                post_save.disconnect(f, sender=Order)
            def tearDown(self):
                post_save.connect(f, sender=Order)
        """)
    )
    (mute,) = found.mutes
    assert mute.reconnect is not None
    assert mute.region == ()
    assert len(rows(found)) == 2


def test_no_mute_of_what_an_object_connects_itself() -> None:
    found = project(
        shop__signals=HEAD
        + dedent("""
        class Index:
            def setup(self):
                post_save.connect(self.save, sender=Order)
            def save(self, **kwargs): pass
            def teardown(self):
                post_save.disconnect(self.save, sender=Order)
        """)
    )
    assert [(name, sender) for name, _, sender, _ in rows(found)] == [("Index.save", "shop.Order")]
    assert [mute.reconnect for mute in found.mutes] == [None]


def test_mute_by_a_context_manager_of_the_project() -> None:
    found = project(
        shop__signals=HEAD
        + dedent(MUTE)
        + dedent("""
        from contextlib import contextmanager
        @contextmanager
        def muted(signal, handler, sender):
            signal.disconnect(handler, sender=sender)
            try:
                yield
            finally:
                signal.connect(handler, sender=sender)
        def load():
            with muted(post_save, f, Order):
                one()
                two()
        """)
    )
    (mute,) = found.mutes
    assert (mute.receiver, mute.signal, mute.sender) == (
        "shop.signals.f",
        "post_save",
        "shop.Order",
    )
    assert len(mute.region) == 2
    assert len(rows(found)) == 2


def test_bare_decorator_of_the_project() -> None:
    found = connections("""
        def on_order(func):
            post_save.connect(func, sender=Order)
            return func
        @on_order
        def f(**kwargs): pass
        @on_order
        def g(**kwargs): pass
    """)
    assert [row[:3] for row in found] == [
        ("f", "post_save", "shop.Order"),
        ("g", "post_save", "shop.Order"),
    ]


def test_cycles_end() -> None:
    found = connections("""
        A = A + A
        B = C
        C = B
        def register(model, signal):
            register(model, signal)
            signal.connect(register, sender=model)
        @receiver(B, sender=C)
        @receiver(A, sender=A.x.through)
        def f(**kwargs): pass
        for f in f:
            f.connect(f, sender=f)
        post_save.connect(B, sender=B)
    """)
    assert all(row[3] is not None for row in found)


@pytest.mark.parametrize(
    "made", ["order, line = order", "[order] = order", "order = order['a']", "order = order[order]"]
)
def test_a_sender_that_is_made_of_itself(made: str) -> None:
    code = f"""
        from django.db.models.signals import post_save

        {made}

        def note(sender, **kwargs): ...

        post_save.connect(note, sender=order)
    """
    project = Project.build([("shop/signals.py", dedent(code))])
    [found] = project.receivers
    assert [each.code for each in found.receiver.connections] == ["undecided-sender"]
