"""Registrations as the files of a project."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import Template

from tests.fuzz_registry import shapes

FLAGS = "ON = True\nOFF = False\n"


@dataclass(frozen=True)
class Layout:
    """Where the packages of a project are."""

    root: str = ""  # the folder that is on the path
    parent: str = ""  # the package that holds the apps
    shop_label: str = "shop"
    own_user: bool = False

    def package(self, app: str) -> str:
        """The dotted name of an app's package."""
        return f"{self.parent}.{app}" if self.parent else app

    def path(self, module: str) -> str:
        """The file of a module, given by its name within the parent package."""
        return self.root + self.package(module).replace(".", "/") + ".py"


@dataclass(frozen=True)
class Registration:
    """One registration: keys of the tables of shapes."""

    number: int
    form: str
    frame: str
    handler: str
    option: str
    place: str  # a module: "shop.signals"
    signals: tuple[str, str]
    signal_form: str
    models: tuple[str, str]
    sender_form: str
    second_form: str

    def __str__(self) -> str:
        sender = f"{self.models[0]} by {self.sender_form}"
        return (
            f"{self.form} | {self.frame} | handler {self.handler} | {self.option} | {self.place} | "
            f"{'/'.join(self.signals)} by {self.signal_form} | {sender}"
        )


@dataclass(frozen=True)
class Project:
    """What is written."""

    layout: Layout
    registrations: tuple[Registration, ...]


@dataclass
class _Module:
    imports: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)


MODELS = """
from django.db import models

class Stamped(models.Model):
    class Meta:
        abstract = True

class Tag(models.Model):
    pass

class Customer(models.Model):
    friends = models.ManyToManyField("self")

class Order(Stamped):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True)
    tags = models.ManyToManyField(Tag)

class OpenOrder(Order):
    class Meta:
        proxy = True

class RushOrder(Order):
    pass

class Product(Stamped):
    shelves = models.ManyToManyField("Shelf", related_name="products", through="Placement")

class Shelf(models.Model):
    pass

class Placement(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE)
"""

USER = """
from django.contrib.auth.models import AbstractUser

class User(AbstractUser):
    pass
"""

COMMON = """
from functools import partial, wraps
from django.db.models.signals import *
from django.dispatch import receiver

def logged(func):
    @wraps(func)
    def wrapper(*args, **kwargs):
        return func(*args, **kwargs)
    return wrapper

def guarded(func):
    def wrapper(sender, **kwargs):
        if kwargs.get("raw"):
            return None
        return func(sender, **kwargs)
    return wrapper

def told(word):
    def decorate(func):
        @wraps(func)
        def wrapper(sender, **kwargs):
            return func(sender, **kwargs)
        return wrapper
    return decorate

def at_once(func):
    func()
    return func

def register(signal, handler, model):
    signal.connect(handler, sender=model)

def on_saved(model):
    return receiver(post_save, sender=model)

def on_change(signal, **options):
    def decorate(func):
        @receiver(signal, **options)
        @wraps(func)
        def wrapper(sender, **kwargs):
            return func(sender, **kwargs)
        return wrapper
    return decorate

def connected(signal, model):
    def decorate(func):
        signal.connect(func, sender=model)
        return func
    return decorate

def any_saved(func):
    post_save.connect(func)
    return func

def on_all(signals, *models):
    def decorate(func):
        for model in models:
            for signal in signals:
                signal.connect(func, sender=model)
        return func
    return decorate
"""


def files(project: Project) -> dict[str, str]:
    """The text of every file."""
    layout = project.layout
    made: dict[str, _Module] = {}
    ready: list[str] = []
    methods: list[str] = []
    for one in project.registrations:
        _add(one, layout, made, ready, methods)
    shop, stats = layout.package("shop"), layout.package("stats")
    common = _common(made)
    apps = made.pop("shop.apps", _Module())
    late = made.pop("shop.models", _Module())
    texts = {
        "shop.models": _join(MODELS, USER if layout.own_user else "", *late.imports, *late.body),
        "shop.common": common,
        "shop.api": "from .models import *\n",
        "shop.apps": _config(layout, apps, ready, methods),
        "stats.models": "from django.db import models\n\nclass Entry(models.Model):\n    pass\n",
        "stats.apps": (
            "from django.apps import AppConfig\n\nclass StatsConfig(AppConfig):\n"
            f'    name = "{stats}"\n    def ready(self):\n        from . import receivers\n'
        ),
        "stats.receivers.__init__": "from .orders import *\n",
    }
    for name in ("shop.signals", "stats.receivers.orders", *made):
        module = made.get(name, _Module())
        texts[name] = _join(*module.imports, *module.body)
    found = {layout.path(name): text for name, text in texts.items()}
    for app in ("shop", "stats"):
        found[layout.path(f"{app}.__init__")] = ""
    if layout.parent:
        found[f"{layout.root}{layout.parent}/__init__.py"] = ""
    found["settings.py"] = (
        f'INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "{shop}", "{stats}"]\n'
        + FLAGS
        + (f'AUTH_USER_MODEL = "{layout.shop_label}.User"\n' if layout.own_user else "")
    )
    return found


def _common(made: Mapping[str, _Module]) -> str:
    """The helpers that the other modules import."""
    taken = "\n".join(
        line for module in made.values() for line in module.imports if "common" in line
    )
    head, *helpers = COMMON.split("\ndef ")
    used = [
        f"def {helper}" for helper in helpers if f"import {helper.split('(')[0]}\n" in f"{taken}\n"
    ]
    return _join(head, *used)


def _join(*parts: str) -> str:
    return "\n".join(dict.fromkeys(part.strip("\n") for part in parts if part)) + "\n"


def _config(layout: Layout, module: _Module, ready: list[str], methods: list[str]) -> str:
    label = f'    label = "{layout.shop_label}"\n' if layout.shop_label != "shop" else ""
    lines = [f"import {layout.package('shop')}.signals", *ready]
    body = textwrap.indent("\n".join(lines), " " * 8)
    more = "".join(textwrap.indent(method, "    ") + "\n" for method in methods)
    return _join(
        "from django.apps import AppConfig",
        *module.imports,
        *module.body,
        f"class ShopConfig(AppConfig):\n"
        f'    name = "{layout.package("shop")}"\n{label}    def ready(self):\n{body}\n{more}',
    )


def holes(one: Registration, layout: Layout, model: str) -> dict[str, str]:
    """What fills the holes that every text may have."""
    app = "stats" if model == "Entry" else "shop"
    module = layout.package(one.place)
    return {
        "n": str(one.number),
        "model": model,
        "app": layout.package(app),
        "label": layout.shop_label if app == "shop" else "stats",
        "shop_label": layout.shop_label,
        "shop": layout.package("shop"),
        "module": module,
        "package": module.rpartition(".")[0],
        "stem": module.rpartition(".")[2],
        "config": "ShopConfig",
    }


def sender_form(key: str) -> shapes.Expression:
    """A way to write a sender."""
    tables: Sequence[Mapping[str, shapes.Expression]] = (
        shapes.SENDER_FORMS, shapes.USER_FORMS, shapes.ODD_FORMS
    )  # fmt: skip
    kind, _, name = key.rpartition(":")
    if kind == "through":
        return shapes.THROUGH_FORMS[name]
    return next(table[name] for table in tables if name in table)


def _add(
    one: Registration,
    layout: Layout,
    made: dict[str, _Module],
    ready: list[str],
    methods: list[str],
) -> None:
    form, frame, handler = (
        shapes.FORMS[one.form],
        shapes.FRAMES[one.frame],
        shapes.HANDLERS[one.handler],
    )
    first, second = sender_form(one.sender_form), shapes.SENDER_FORMS[one.second_form]
    signal = shapes.SIGNAL_FORMS[one.signal_form]
    known = holes(one, layout, one.models[0])
    fill = Template
    imports, models, before = [form.imports, frame.imports], [], []

    def take(what: shapes.Expression, values: Mapping[str, str]) -> str:
        imports.append(fill(what.imports).substitute(values))
        models.append(fill(what.models).substitute(values))
        if what.before:
            before.append(fill(what.before).substitute(values))
        return fill(what.text).substitute(values)

    values = dict(known)
    values["signal"] = take(signal, {**known, "signal": one.signals[0]}) if form.signals else ""
    if form.signals > 1:
        other = shapes.SIGNAL_FORMS["name"]
        values["other"] = take(other, {**known, "signal": one.signals[1]})
    elif "$other" in form.text:
        values["other"] = take(shapes.SIGNAL_FORMS["name"], {**known, "signal": "post_delete"})
    sender = take(first, known) if form.senders else ""
    values["sender"] = sender or "None"
    values["by"] = f", sender={sender}" if sender else ""
    if form.senders > 1:
        theirs = holes(one, layout, one.models[1])
        values["second"] = take(second, {**theirs, "n": f"{one.number}b"})
    values["rest"] = fill(shapes.OPTIONS[one.option]).substitute(known) if form.keywords else ""
    inner = fill(frame.inner).substitute(known)
    name = form.defines or handler.name
    name = fill(name).substitute(known)
    in_frame = form.defines or not (handler.define or handler.elsewhere)
    qualname = inner + name if in_frame else name
    elsewhere = handler.elsewhere and not form.defines
    home = f"{layout.package('shop')}.work" if elsewhere else known["module"]
    values["name"] = f"{home}:{qualname}"
    if not form.defines:
        values["handler"] = fill(handler.text).substitute(values)
        imports.append(fill(handler.imports).substitute(known))
        if elsewhere:
            work = made.setdefault("shop.work", _Module())
            work.body.append(fill(shapes.DEFINITION).substitute(values))
        elif handler.define:
            before.append(fill(handler.define).substitute(values))
    outside = fill(form.before).substitute(values) if form.before else ""
    text = fill(form.text).substitute(values)
    imports = [fill(line).substitute(known) for line in imports]
    lines = [line for block in (*imports, *models) if block for line in _statements(block)]
    early = [line for line in lines if not _needs_models(line)]
    late = [line for line in lines if _needs_models(line)]
    framed = fill(frame.text).substitute(
        {
            **known,
            "body": text if frame.text == "$body" else textwrap.indent(text, "    "),
            "deep": textwrap.indent(text, " " * 8),
        }
    )
    module = made.setdefault(one.place, _Module())
    module.imports += early
    if one.place != "shop.apps":
        module.imports += late
        module.body += [*before, *([outside] if outside else []), framed]
        if frame.ready:
            ready += fill(frame.ready).substitute(known).splitlines()
        return
    inside = [*late]
    for part in before:  # what speaks of models has to wait for them
        (module.body if _is_definition(part) else inside).append(part)
    inside += [outside] if outside else []
    inside.append(framed)
    if frame.place == "ready":
        ready += [line for part in inside for line in part.splitlines()]
    else:
        body = textwrap.indent("\n".join(inside), "    ")
        methods.append(f"def more_{one.number}(self):\n{body}")
        ready.append(f"self.more_{one.number}()")


def _statements(block: str) -> list[str]:
    return [block] if block.startswith("try") else block.splitlines()


def _needs_models(line: str) -> bool:
    return "django" not in line and re.search(r"\b(models|api)\b", line) is not None


def _is_definition(part: str) -> bool:
    return (
        part.startswith(("def h", "@", "async", "class Box", "class Base", "def make"))
        or "lambda" in part
    )
