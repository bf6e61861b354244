"""Registrations that Django makes otherwise than they look: found by `tests.fuzz_registry`."""

from __future__ import annotations

import pytest

from tests.project.test_receivers import HEAD, connections, project, rows

BODY = "def f(**kwargs): pass\ndef g(**kwargs): pass\n"

CONDITIONAL = {
    "if False:\n    post_save.connect(f, sender=Order)": "False",
    "if True:\n    pass\nelse:\n    post_save.connect(f, sender=Order)": "True",
    "settings.ON and post_save.connect(f, sender=Order)": "settings.ON",
    "post_save.connect(f, sender=Order) if settings.ON else None": "settings.ON",
    "for n in ():\n    post_save.connect(f, sender=Order)": "for n in ()",
    "with suppress(LookupError):\n    x()\n    post_save.connect(f, sender=Order)": (
        "suppress(LookupError)"
    ),
    "for m in (Order, Customer):\n    if m is Order:\n        continue\n"
    "    post_save.connect(f, sender=m)": "not (m is Order)",
    "for m in (Order, Customer):\n    post_save.connect(f, sender=m)\n    break": "not (break)",
    "[post_save.connect(f, sender=m) for m in (Order, Customer) if m.on]": "m.on",
    "[post_save.connect(f, sender=m) for m in (Order,) for n in (1,) if n.on]": "n.on",
    "[post_save.connect(f, sender=Order) for n in found()]": "for n in found()",
    "def connect():\n    raise x\n    post_save.connect(f, sender=Order)\nconnect()": "raise",
    "if ready():\n    class Work:\n        @receiver(post_save, sender=Order)\n"
    "        def h(sender, **kwargs): pass": "ready()",
    "saved = receiver(post_save, sender=Order)\nif ready():\n    @saved\n"
    "    def h(**kwargs): pass": "ready()",
}


@pytest.mark.parametrize("text", CONDITIONAL)
def test_conditions(text: str) -> None:
    found = project(shop__signals=HEAD + BODY + text)
    told = {(c.code, c.expression) for r in found.receivers for c in r.receiver.connections}
    assert told == {("conditional-connection", CONDITIONAL[text])}


ASKED = {
    "if settings.ON:\n    {}": "settings.ON",
    "if settings.ON:\n    pass\nelse:\n    {}": "not settings.ON",
    "if not settings.ON:\n    pass\nelif 'a' in settings.APPS:\n    {}": (
        "settings.ON and 'a' in settings.APPS"
    ),
    "if settings.A or settings.B:\n    if settings.C == 1:\n        {}": (
        "(settings.A or settings.B) and settings.C == 1"
    ),
    "if getattr(settings, 'ON', None) and settings.BACKENDS.get('a'):\n    {}": (
        "getattr(settings, 'ON', None) and settings.BACKENDS.get('a')"
    ),
    "def connect():\n    if settings.TESTING:\n        return\n    {}\n"
    "if settings.ON:\n    connect()": "settings.ON and not settings.TESTING",
}


UNASKED = (
    "if settings.ON and ready():\n    {}",
    "if settings.check(1):\n    {}",
    "if getattr(settings, 'ON', default=1):\n    {}",
    "if settings.ON:\n    try:\n        {}\n    except ValueError:\n        pass",
    "import conf as settings\nif settings.ON:\n    {}",
    "def connect():\n    {}\nif settings.A:\n    connect()\nif settings.B:\n    connect()",
)


@pytest.mark.parametrize("text", (*ASKED, *UNASKED))
def test_conditions_that_the_settings_answer(text: str) -> None:
    """They are told as a question, since whoever asks it later gets the same answer."""
    head = f"{HEAD}from django.conf import settings\n{BODY}"
    code = text.format("post_save.connect(f, sender=Order)")
    found = project(shop__signals=head + code)
    told = {(c.code, c.condition) for r in found.receivers for c in r.receiver.connections}
    question = ASKED.get(text)
    assert told == {(None if question else "conditional-connection", question)}


ALWAYS = (
    "if True:\n    post_save.connect(f, sender=Order)",
    "try:\n    x()\nfinally:\n    post_save.connect(f, sender=Order)",
    "for m in (Order,):\n    for n in (1, 2):\n        if n:\n            break\n"
    "    post_save.connect(f, sender=m)",
    "with open('x') as file:\n    post_save.connect(f, sender=Order)",
    "def connect():\n    def leave():\n        return 1\n    post_save.connect(f, sender=Order)\n"
    "connect()",
    "class Work:\n    post_save.connect(f, sender=Order)",
)


@pytest.mark.parametrize("text", ALWAYS)
def test_no_condition(text: str) -> None:
    assert connections(BODY + text) == [("f", "post_save", "shop.Order", None)]


WEAK = (
    "def connect():\n    def h(**kwargs): pass\n    post_save.connect(h, sender=Order)\nconnect()",
    "def connect():\n    @receiver(post_save, sender=Order)\n    def h(**kwargs): pass\nconnect()",
    "def connect():\n    h = partial(f)\n    post_save.connect(h, sender=Order)\nconnect()",
    "class Work:\n    def h(self, **kwargs): pass\npost_save.connect(Work().h, sender=Order)",
    "class Work:\n    def __call__(self, **kwargs): pass\npost_save.connect(Work(), sender=Order)",
    "post_save.connect(lambda **kwargs: None, sender=Order)",
    "def make():\n    def h(**kwargs): pass\n    return h\npost_save.connect(make(), sender=Order)",
)
HELD = (
    "def connect():\n    def h(**kwargs): pass\n"
    "    post_save.connect(h, sender=Order, weak=False)\nconnect()",
    "def connect():\n    def h(**kwargs): pass\n    post_save.connect(h, sender=Order)\n"
    "    return h\nh = connect()",
    "class Work:\n    @staticmethod\n    def h(**kwargs): pass\n"
    "post_save.connect(Work().h, sender=Order)",
    "work = partial(f)\npost_save.connect(work, sender=Order)",
    "def find():\n    return f\npost_save.connect(find(), sender=Order)",
)


@pytest.mark.parametrize("text", [*WEAK, *HELD])
def test_what_only_a_signal_holds(text: str) -> None:
    ((_, signal, sender, code),) = connections(BODY + text)
    assert (signal, sender) == ("post_save", "shop.Order")
    assert (code == "held-weakly") == (text in WEAK)


def test_one_id_for_two() -> None:
    found = connections(f"""{BODY}
post_save.connect(f, sender=Order, dispatch_uid="u")
post_save.connect(g, sender=Order, dispatch_uid="u")
post_save.connect(g, sender=Customer, dispatch_uid="u")
pre_save.connect(g, sender=Order, dispatch_uid="u")
""")
    assert found == [
        ("f", "post_save", "shop.Order", "uid-shared"),
        ("g", "post_save", "shop.Order", "uid-shared"),
        ("g", "post_save", "shop.Customer", None),
        ("g", "pre_save", "shop.Order", None),
    ]


FOUND = {
    "partial(post_save.connect, sender=Order)(f)": "shop.Order",
    "partial(post_save.connect, f, Order)()": "shop.Order",
    "connect = partial(post_save.connect, sender=Order)\nconnect(f)": "shop.Order",
    "def pick():\n    return Order\npost_save.connect(f, sender=pick())": "shop.Order",
    "MODELS = [Customer, Order]\npost_save.connect(f, sender=MODELS[-1])": "shop.Order",
    "MODELS = [Customer]\nMODELS.append(Order)\nfor m in MODELS:\n"
    "    post_save.connect(f, sender=m)": "?",
    "TABLE = {'a': Customer}\nTABLE['a'] = Order\npost_save.connect(f, sender=TABLE['a'])": "?",
    "def inner(h, model):\n    post_save.connect(h, sender=model)\n"
    "def outer(model):\n    inner(f, model)\nouter(Order)": "shop.Order",
    "class Unit:\n    def __init__(self, model):\n        post_save.connect(f, sender=model)\n"
    "unit = Unit(Order)": "shop.Order",
    "def connect():\n    from shop.models import Order as Local\n"
    "    saved = receiver(post_save, sender=Local, weak=False)\n"
    "    @saved\n    def f(**kwargs): pass\nconnect()": "shop.Order",
}


@pytest.mark.parametrize("text", FOUND)
def test_senders(text: str) -> None:
    ((name, signal, sender, _),) = connections(BODY + text)
    assert (name.rpartition(".")[2], signal, sender) == ("f", "post_save", FOUND[text])


def test_called_decorator_alone_in_its_file() -> None:
    found = project(
        shop__signals="from django.dispatch import receiver\n"
        "from django.db.models.signals import post_save\n"
        "from shop.models import Order\n"
        "from shop.work import f\n"
        "receiver(post_save, sender=Order)(f)\n",
        shop__work="def f(**kwargs): pass\n",
    )
    assert rows(found) == [("shop.work.f", "post_save", "shop.Order", None)]


def test_bare_decorator_stands_where_it_is_used() -> None:
    found = project(
        shop__common=HEAD + "def any_saved(func):\n    post_save.connect(func)\n    return func\n",
        shop__signals="from shop.common import any_saved\n@any_saved\ndef f(**kwargs): pass\n",
    )
    (receiver,) = found.receivers
    (connection,) = receiver.receiver.connections
    assert (connection.file, connection.line) == ("shop/signals.py", 2)
    assert receiver.decorators == ()
