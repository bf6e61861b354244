"""The shapes in which receivers are registered, each as a text with holes.

    $n       the number of the registration: names that it makes end in it
    $signal  the first signal as an expression, $other the second one
    $sender  the first sender as an expression, $second the second one
    $by      the argument for the first sender, with its comma; "" where there is none
    $rest    other arguments: dispatch_uid, weak
    $handler the handler as an expression
    $model   a model's name, $label that of its app, $shop and $stats the packages

A handler returns its own name, so that whoever calls what is connected learns what runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SIGNALS = ("pre_save", "post_save", "pre_delete", "post_delete", "pre_init", "post_init")
MODELS = ("Customer", "Order", "Product", "Shelf", "Placement", "OpenOrder", "RushOrder", "Entry")


@dataclass(frozen=True)
class Expression:
    """A way to write a signal or a sender."""

    text: str
    imports: str = ""  # that can stand anywhere
    models: str = ""  # imports of models: not in apps.py, but within its ready()
    before: str = ""  # statements
    early: bool = True  # whether models.py can have it


@dataclass(frozen=True)
class Handler:
    """A way to write a handler: its definition, the expression for it, and its name."""

    text: str
    define: str = ""
    name: str = "h$n"
    imports: str = ""
    elsewhere: bool = False  # in a module of handlers


@dataclass(frozen=True)
class Form:
    """A way to connect. `defines`: the name of the function that it defines itself, if it does."""

    text: str
    imports: str = ""
    defines: str = ""
    signals: int = 1
    senders: int = 1
    keywords: bool = True  # whether it has a place for dispatch_uid and weak
    before: str = ""  # stands outside of the frame


@dataclass(frozen=True)
class Frame:
    """What a registration stands in. `inner`: what the names of functions defined there begin with."""

    text: str
    inner: str = ""
    imports: str = ""
    ready: str = ""  # a line for the ready() of the app: the registration stands in its module
    place: str = "module"  # or "ready", "config": in ready() itself, in the AppConfig


SIGNAL_FORMS: Mapping[str, Expression] = {
    "name": Expression("$signal", "from django.db.models.signals import $signal"),
    "alias": Expression("sent_$n", "from django.db.models.signals import $signal as sent_$n"),
    "module": Expression("signals.$signal", "from django.db.models import signals"),
    "module alias": Expression("ms.$signal", "from django.db.models import signals as ms"),
    "of models": Expression("dj_models.signals.$signal", "from django.db import models as dj_models"),
    "dotted": Expression("django.db.models.signals.$signal", "import django.db.models.signals"),
    "bound": Expression("sent_$n", "from django.db.models import signals", before="sent_$n = signals.$signal"),
    "exported": Expression("$signal", "from $shop.common import $signal"),
    "star": Expression("$signal", "from $shop.common import *"),
    "getattr": Expression('getattr(signals, "$signal")', "from django.db.models import signals"),
    "table": Expression('SENT_$n["it"]', "from django.db.models import signals", before='SENT_$n = {"it": signals.$signal}'),
    "attribute": Expression("Sent_$n.it", "from django.db.models import signals", before="class Sent_$n:\n    it = signals.$signal"),
}  # fmt: skip

SENDER_FORMS: Mapping[str, Expression] = {
    "name": Expression("$model", models="from $app.models import $model"),
    "alias": Expression("${model}_$n", models="from $app.models import $model as ${model}_$n"),
    "module": Expression("${label}_models.$model", models="from $app import models as ${label}_models"),
    "dotted": Expression("$app.models.$model", models="import $app.models"),
    "exported": Expression("$model", models="from $shop.api import $model"),
    "package": Expression("api.$model", models="from $shop import api"),
    "text": Expression('"$label.$model"'),
    "get_model": Expression('apps.get_model("$label.$model")', "from django.apps import apps", early=False),
    "get_model of two": Expression('apps.get_model("$label", "$model")', "from django.apps import apps", early=False),
    "get_model by name": Expression('registry.get_model(app_label="$label", model_name="$model")', "from django.apps import apps as registry", early=False),
    "got": Expression("Got_$n", "from django.apps import apps", before='Got_$n = apps.get_model("$label", "$model")', early=False),
    "config": Expression('apps.get_app_config("$label").get_model("$model")', "from django.apps import apps", early=False),
    "bound": Expression("Bound_$n", models="from $app.models import $model", before="Bound_$n = $model"),
    "unpacked": Expression("Second_$n", models="from $shop.models import Tag\nfrom $app.models import $model", before="First_$n, Second_$n = Tag, $model"),
    "attribute": Expression("Holder_$n.model", models="from $app.models import $model", before="class Holder_$n:\n    model = $model"),
    "table": Expression('MODELS_$n["it"]', models="from $app.models import $model", before='MODELS_$n = {"it": $model}'),
    "item": Expression("MODELS_$n[-1]", models="from $app.models import $model", before="MODELS_$n = [None, $model]"),
    "text in a name": Expression("LABEL_$n", before='LABEL_$n = "$label.$model"'),
    "call": Expression("pick_$n()", models="from $app.models import $model", before="def pick_$n():\n    return $model"),
    "choice": Expression("$model if settings.ON else None", "from django.conf import settings", models="from $app.models import $model"),
    "guarded import": Expression("Tried_$n", models="try:\n    from $app.models import $model as Tried_$n\nexcept ImportError:\n    Tried_$n = None"),
    "rebound": Expression("Again_$n", models="from $app.models import $model\nfrom $shop.models import Tag", before="Again_$n = Tag\nAgain_$n = $model"),
}  # fmt: skip

USER_FORMS: Mapping[str, Expression] = {
    "setting": Expression("settings.AUTH_USER_MODEL", "from django.conf import settings"),
    "user setting": Expression("USER_$n", "from django.conf import settings", before="USER_$n = settings.AUTH_USER_MODEL"),
    "get_user_model": Expression("get_user_model()", "from django.contrib.auth import get_user_model", early=False),
    "user": Expression("User", "from django.contrib.auth import get_user_model", before="User = get_user_model()", early=False),
    "auth": Expression("auth.get_user_model()", "from django.contrib import auth", early=False),
}  # fmt: skip

THROUGH_FORMS: Mapping[str, Expression] = {
    "through": Expression("Order.tags.through", models="from $shop.models import Order"),
    "reverse": Expression("Tag.order_set.through", models="from $shop.models import Tag"),
    "related name": Expression("models.Shelf.products.through", models="from $shop import models"),
    "table": Expression("Placement", models="from $shop.models import Placement"),
    "inherited": Expression("RushOrder.tags.through", models="from $shop.models import RushOrder"),
    "got": Expression('apps.get_model("$shop_label", "Order").tags.through', "from django.apps import apps", early=False),
    "got table": Expression('apps.get_model("$shop_label.Order_tags")', "from django.apps import apps", early=False),
    "bound": Expression("Through_$n", models="from $shop.models import Order", before="Through_$n = Order.tags.through"),
    "field": Expression('Order._meta.get_field("tags").remote_field.through', models="from $shop.models import Order", early=False),
    "self": Expression("Customer.friends.through", models="from $shop.models import Customer"),
}  # fmt: skip

ODD_FORMS: Mapping[str, Expression] = {
    "none": Expression(""),
    "None": Expression("None"),
    "abstract": Expression("Stamped", models="from $shop.models import Stamped"),
}

OPTIONS: Mapping[str, str] = {
    "none": "",
    "uid": ', dispatch_uid="work_$n"',
    "uid of a name": ', dispatch_uid=f"{__name__}.work_$n"',
    "strong": ", weak=False",
    "both": ', weak=False, dispatch_uid="work_$n"',
    "shared uid": ', dispatch_uid="shared"',
    "unpacked": ', **{"weak": False}',
}

_BODY = 'return "$name"'
DEFINITION = f"def h$n(sender, **kwargs):\n    {_BODY}"

HANDLERS: Mapping[str, Handler] = {
    "function": Handler("h$n", DEFINITION),
    "elsewhere": Handler("h$n", imports="from $shop.work import h$n", elsewhere=True),
    "alias elsewhere": Handler("other_$n", imports="from $shop.work import h$n as other_$n", elsewhere=True),
    "module": Handler("work.h$n", imports="from $shop import work", elsewhere=True),
    "wrapped": Handler("h$n", f"@logged\n{DEFINITION}", imports="from $shop.common import logged"),
    "guarded": Handler("h$n", f"@guarded\n{DEFINITION}", imports="from $shop.common import guarded"),
    "told": Handler("h$n", f'@told("x")\n{DEFINITION}', imports="from $shop.common import told"),
    "async": Handler("h$n", f"async {DEFINITION}"),
    "static": Handler("Box_$n.h$n", f"class Box_$n:\n    @staticmethod\n    def h$n(sender, **kwargs):\n        {_BODY}", "Box_$n.h$n"),
    "class": Handler("Box_$n.h$n", f"class Box_$n:\n    @classmethod\n    def h$n(cls, sender, **kwargs):\n        {_BODY}", "Box_$n.h$n"),
    "inherited": Handler("Box_$n.h$n", f"class Base_$n:\n    @staticmethod\n    def h$n(sender, **kwargs):\n        {_BODY}\nclass Box_$n(Base_$n):\n    pass", "Base_$n.h$n"),
    "method": Handler("box_$n.h$n", f"class Box_$n:\n    def h$n(self, sender, **kwargs):\n        {_BODY}\nbox_$n = Box_$n()", "Box_$n.h$n"),
    "method of nothing": Handler("Box_$n().h$n", f"class Box_$n:\n    def h$n(self, sender, **kwargs):\n        {_BODY}", "Box_$n.h$n"),
    "object": Handler("box_$n", f"class Box_$n:\n    def __call__(self, sender, **kwargs):\n        {_BODY}\nbox_$n = Box_$n()", "Box_$n.__call__"),
    "object of nothing": Handler("Box_$n()", f"class Box_$n:\n    def __call__(self, sender, **kwargs):\n        {_BODY}", "Box_$n.__call__"),
    "lambda": Handler('lambda sender, **kwargs: "$name"', name="<lambda>"),
    "named lambda": Handler("h$n", 'h$n = lambda sender, **kwargs: "$name"', "<lambda>"),
    "partial": Handler("partial(h$n, deep=True)", DEFINITION, imports="from functools import partial"),
    "named partial": Handler("deep_$n", f"{DEFINITION}\ndeep_$n = partial(h$n, deep=True)", imports="from functools import partial"),
    "closure": Handler("make_$n(1)", f"def make_$n(number):\n    def h$n(sender, **kwargs):\n        {_BODY}\n    return h$n", "make_$n.<locals>.h$n"),
    "named closure": Handler("made_$n", f"def make_$n(number):\n    def h$n(sender, **kwargs):\n        {_BODY}\n    return h$n\nmade_$n = make_$n(1)", "make_$n.<locals>.h$n"),
    "bound": Handler("same_$n", f"{DEFINITION}\nsame_$n = h$n"),
    "table": Handler('WORK_$n["it"]', f'{DEFINITION}\nWORK_$n = {{"it": h$n}}'),
    "guard by sender": Handler("h$n", f"def h$n(sender, **kwargs):\n    if sender.__name__ in ('Order', 'Tag'):\n        {_BODY}"),
    "guard by instance": Handler("h$n", f"def h$n(sender, instance=None, **kwargs):\n    if not isinstance(instance, Order):\n        return None\n    {_BODY}", imports="from $shop.models import Order"),
}  # fmt: skip

_AFTER = f"\n{DEFINITION}"
FORMS: Mapping[str, Form] = {
    "decorator": Form(f"@receiver($signal$by$rest){_AFTER}", "from django.dispatch import receiver", "h$n"),
    "decorator alias": Form(f"@on($signal$by$rest){_AFTER}", "from django.dispatch import receiver as on", "h$n"),
    "decorator of a module": Form(f"@dispatch.receiver($signal$by$rest){_AFTER}", "from django import dispatch", "h$n"),
    "decorator, dotted": Form(f"@django.dispatch.receiver($signal$by$rest){_AFTER}", "import django.dispatch", "h$n"),
    "decorator, old": Form(f"@receiver($signal$by$rest){_AFTER}", "from django.dispatch.dispatcher import receiver", "h$n"),
    "decorator by keyword": Form(f"@receiver(signal=$signal$by$rest){_AFTER}", "from django.dispatch import receiver", "h$n"),
    "list": Form(f"@receiver([$signal, $other]$by$rest){_AFTER}", "from django.dispatch import receiver", "h$n", 2),
    "named list": Form(f"@receiver(BOTH_$n$by$rest){_AFTER}", "from django.dispatch import receiver", "h$n", 2, before="BOTH_$n = ($signal, $other)"),
    "added list": Form(f"@receiver([*ONE_$n, $other]$by$rest){_AFTER}", "from django.dispatch import receiver", "h$n", 2, before="ONE_$n = [$signal]"),
    "stacked": Form(f"@receiver($signal$by$rest)\n@receiver($other, sender=$second$rest){_AFTER}", "from django.dispatch import receiver", "h$n", 2, 2),
    "over another decorator": Form(f"@receiver($signal$by$rest)\n@logged{_AFTER}", "from django.dispatch import receiver\nfrom $shop.common import logged", "h$n"),
    "under another decorator": Form(f"@logged\n@receiver($signal$by$rest){_AFTER}", "from django.dispatch import receiver\nfrom $shop.common import logged", "h$n"),
    "in a class": Form(f"class Set_$n:\n    @receiver($signal$by$rest)\n    def h$n(sender, **kwargs):\n        {_BODY}", "from django.dispatch import receiver", "Set_$n.h$n"),
    "static in a class": Form(f"class Set_$n:\n    @staticmethod\n    @receiver($signal$by$rest)\n    def h$n(sender, **kwargs):\n        {_BODY}", "from django.dispatch import receiver", "Set_$n.h$n"),
    "connect as a decorator": Form(f"@$signal.connect{_AFTER}", "", "h$n", senders=0, keywords=False),
    "partial as a decorator": Form(f"@partial($signal.connect$by$rest){_AFTER}", "from functools import partial", "h$n"),
    "decorator in a name": Form(f"@when_$n{_AFTER}", "from django.dispatch import receiver", "h$n", before="when_$n = receiver($signal$by$rest)"),
    "the same name again": Form(f"@receiver($signal$by$rest){_AFTER}\n\n@receiver($other$by)\ndef h$n(sender, **kwargs):\n    {_BODY}", "from django.dispatch import receiver", "h$n", 2),
    "called": Form("receiver($signal$by$rest)($handler)", "from django.dispatch import receiver"),
    "connect": Form("$signal.connect($handler$by$rest)"),
    "connect by keywords": Form("$signal.connect(receiver=$handler$by$rest)"),
    "connect by position": Form("$signal.connect($handler, $sender$rest)"),
    "connect unpacked": Form("$signal.connect($handler, **{'sender': $sender}$rest)"),
    "connect with named options": Form("$signal.connect($handler, **OPTIONS_$n)", before="OPTIONS_$n = dict(sender=$sender$rest)"),
    "connect twice": Form("$signal.connect($handler$by$rest)\n$signal.connect($handler$by$rest)"),
    "connect in a name": Form("connect_$n = $signal.connect\nconnect_$n($handler$by$rest)"),
    "partial": Form("partial($signal.connect, $handler$by$rest)()", "from functools import partial"),
    "partial of the sender": Form("partial($signal.connect$by)($handler$rest)", "from functools import partial"),
    "two lines": Form("$signal.connect($handler$by$rest)\n$other.connect($handler, sender=$second$rest)", "", "", 2, 2),
    "loop over models": Form("for model_$n in ($sender, $second):\n    $signal.connect($handler, sender=model_$n$rest)", senders=2),
    "loop over named models": Form("for model_$n in MODELS_OF_$n:\n    $signal.connect($handler, sender=model_$n$rest)", senders=2, before="MODELS_OF_$n = [$sender]\nMODELS_OF_$n += [$second]"),
    "loop over a list": Form("for model_$n in LIST_$n:\n    $signal.connect($handler, sender=model_$n$rest)", senders=2, before="LIST_$n = [$sender, $second]"),
    "loop over an appended list": Form("for model_$n in LIST_$n:\n    $signal.connect($handler, sender=model_$n$rest)", senders=2, before="LIST_$n = [$sender]\nLIST_$n.append($second)"),
    "loop over signals": Form("for sig_$n in [$signal, $other]:\n    sig_$n.connect($handler$by$rest)", signals=2),
    "loop over names of signals": Form("for name_$n in ('pre_save', 'post_delete'):\n    getattr(all_signals, name_$n).connect($handler$by$rest)", "from django.db.models import signals as all_signals"),
    "two loops": Form("for sig_$n in ($signal, $other):\n    for model_$n in ($sender, $second):\n        sig_$n.connect($handler, sender=model_$n$rest)", signals=2, senders=2),
    "loop over pairs": Form("for sig_$n, model_$n in (($signal, $sender), ($other, $second)):\n    sig_$n.connect($handler, sender=model_$n$rest)", signals=2, senders=2),
    "loop over a table": Form("for sig_$n, models_$n in {$signal: ($sender, $second), $other: ($second,)}.items():\n    for model_$n in models_$n:\n        sig_$n.connect($handler, sender=model_$n$rest)", signals=2, senders=2),
    "loop over a product": Form("for sig_$n, model_$n in product([$signal, $other], [$sender, $second]):\n    sig_$n.connect($handler, sender=model_$n$rest)", "from itertools import product", signals=2, senders=2),
    "loop with a condition": Form("for model_$n in ($sender, $second):\n    if model_$n is not $second:\n        $signal.connect($handler, sender=model_$n$rest)", senders=2),
    "loop with continue": Form("for model_$n in ($sender, $second):\n    if model_$n is $second:\n        continue\n    $signal.connect($handler, sender=model_$n$rest)", senders=2),
    "loop with break": Form("for model_$n in ($sender, $second):\n    $signal.connect($handler, sender=model_$n$rest)\n    break", senders=2),
    "comprehension": Form("[$signal.connect($handler, sender=model$rest) for model in ($sender, $second)]", senders=2),
    "loop over the app's models": Form("for model_$n in apps.get_app_config('$shop_label').get_models():\n    $signal.connect($handler, sender=model_$n$rest)", "from django.apps import apps", senders=0),
    "loop over subclasses": Form("for model_$n in Stamped.__subclasses__():\n    $signal.connect($handler, sender=model_$n$rest)", "from $shop.models import Stamped", senders=0),
    "map": Form("list(map(lambda model: $signal.connect($handler, sender=model$rest), [$sender, $second]))", senders=2),
    "registrar": Form("register_$n($handler, $sender, $second)", senders=2, before="def register_$n(handler, *models):\n    for model in models:\n        $signal.connect(handler, sender=model$rest)"),
    "registrar by keywords": Form("register_$n(handler=$handler, model=$sender)", before="def register_$n(model, handler, signal=$signal):\n    signal.connect(handler, sender=model$rest)"),
    "registrar of keywords": Form("register_$n($handler, sender=$sender)", before="def register_$n(handler, **options):\n    $signal.connect(handler, **options$rest)"),
    "registrar elsewhere": Form("register($signal, $handler, $sender)", "from $shop.common import register", keywords=False),
    "registrar in a loop": Form("for model_$n in ($sender, $second):\n    register($signal, $handler, model_$n)", "from $shop.common import register", senders=2, keywords=False),
    "registrar of a registrar": Form("twice_$n($handler, $sender)", "from $shop.common import register", keywords=False, before="def twice_$n(handler, model):\n    register($signal, handler, model)\n    register($other, handler, model)", signals=2),
    "own decorator": Form(f"@on_saved($sender){_AFTER}", "from $shop.common import on_saved", "h$n", keywords=False, signals=0),
    "own decorator, wrapped": Form(f"@on_change($signal$by$rest){_AFTER}", "from $shop.common import on_change", "h$n"),
    "own decorator, connecting": Form(f"@connected($signal, $sender){_AFTER}", "from $shop.common import connected", "h$n", keywords=False),
    "own decorator, bare": Form(f"@any_saved{_AFTER}", "from $shop.common import any_saved", "h$n", signals=0, senders=0, keywords=False),
    "own decorator, of many": Form(f"@on_all([$signal, $other], $sender, $second){_AFTER}", "from $shop.common import on_all", "h$n", 2, 2, keywords=False),
    "setup of an object": Form(f"class Unit_$n:\n    def setup(self):\n        $signal.connect(self.h$n$by$rest)\n    def h$n(self, sender, **kwargs):\n        {_BODY}\nunit_$n = Unit_$n()\nunit_$n.setup()", defines="Unit_$n.h$n"),
    "init of an object": Form(f"class Unit_$n:\n    def __init__(self, model):\n        $signal.connect(self.h$n, sender=model$rest)\n    def h$n(self, sender, **kwargs):\n        {_BODY}\nunit_$n = Unit_$n($sender)", defines="Unit_$n.h$n"),
    "model of a class": Form(f"class Unit_$n:\n    model = $sender\n    @classmethod\n    def setup(cls):\n        $signal.connect(cls.h$n, sender=cls.model$rest)\n    @classmethod\n    def h$n(cls, sender, **kwargs):\n        {_BODY}\nUnit_$n.setup()", defines="Unit_$n.h$n"),
    "init of subclasses": Form(f"class Root_$n:\n    def __init_subclass__(cls):\n        $signal.connect(cls.h$n, sender=cls.model$rest)\nclass Unit_$n(Root_$n):\n    model = $sender\n    @staticmethod\n    def h$n(sender, **kwargs):\n        {_BODY}", defines="Unit_$n.h$n"),
    "disconnected": Form("$signal.connect($handler$by$rest)\n$signal.disconnect($handler$by)"),
    "disconnected elsewhere": Form("$signal.connect($handler$by$rest)\ndef silent_$n():\n    $signal.disconnect($handler$by)\n    $signal.connect($handler$by$rest)"),
}  # fmt: skip

FRAMES: Mapping[str, Frame] = {
    "module": Frame("$body"),
    "if on": Frame("if settings.ON:\n$body", imports="from django.conf import settings"),
    "if off": Frame("if settings.OFF:\n$body", imports="from django.conf import settings"),
    "else": Frame("if settings.OFF:\n    pass\nelse:\n$body", imports="from django.conf import settings"),
    "elif": Frame("if settings.OFF:\n    pass\nelif 'x' not in settings.INSTALLED_APPS:\n$body", imports="from django.conf import settings"),
    "if getattr": Frame("if getattr(settings, 'ABSENT', False):\n$body", imports="from django.conf import settings"),
    "if true": Frame("if True:\n$body"),
    "if false": Frame("if False:\n$body"),
    "main": Frame("if __name__ == '__main__':\n$body"),
    "type checking": Frame("if TYPE_CHECKING:\n$body", imports="from typing import TYPE_CHECKING"),
    "try": Frame("try:\n$body\nexcept LookupError:\n    pass"),
    "try import": Frame("try:\n    import missing_$n\nexcept ImportError:\n    pass\nelse:\n$body"),
    "except import": Frame("try:\n    import missing_$n\nexcept ImportError:\n$body"),
    "after a failed import": Frame("try:\n    import missing_$n\n$body\nexcept ImportError:\n    pass"),
    "finally": Frame("try:\n    pass\nfinally:\n$body"),
    "with": Frame("with suppress(LookupError):\n$body", imports="from contextlib import suppress"),
    "with after a failure": Frame("with suppress(LookupError):\n    {}['x']\n$body", imports="from contextlib import suppress"),
    "once": Frame("for _ in range(1):\n$body"),
    "never": Frame("for _ in ():\n$body"),
    "while": Frame("while settings.OFF:\n$body\n    break", imports="from django.conf import settings"),
    "match": Frame("match settings.ON:\n    case False:\n        pass\n    case _:\n$deep", imports="from django.conf import settings"),
    "class": Frame("class Frame_$n:\n$body", "Frame_$n."),
    "function": Frame("def frame_$n():\n$body\nframe_$n()", "frame_$n.<locals>."),
    "function, not called": Frame("def frame_$n():\n$body", "frame_$n.<locals>."),
    "function, called if off": Frame("def frame_$n():\n$body\nif settings.OFF:\n    frame_$n()", "frame_$n.<locals>.", "from django.conf import settings"),
    "function, left early": Frame("def frame_$n():\n    if settings.ON:\n        return\n$body\nframe_$n()", "frame_$n.<locals>.", "from django.conf import settings"),
    "function, raising": Frame("def frame_$n():\n    raise LookupError\n$body\ntry:\n    frame_$n()\nexcept LookupError:\n    pass", "frame_$n.<locals>."),
    "function, by another": Frame("def frame_$n():\n$body\ndef outer_$n():\n    frame_$n()\nouter_$n()", "frame_$n.<locals>."),
    "function, in a class": Frame("class Frame_$n:\n    @classmethod\n    def setup(cls):\n$deep\nFrame_$n.setup()", "Frame_$n.setup.<locals>."),
    "function, of ready": Frame("def frame_$n():\n$body", "frame_$n.<locals>.", ready="from $module import frame_$n\nframe_$n()"),
    "function, by its module": Frame("def frame_$n():\n$body", "frame_$n.<locals>.", ready="from $package import $stem as module_$n\nmodule_$n.frame_$n()"),
    "function, decorated": Frame("@at_once\ndef frame_$n():\n$body", "frame_$n.<locals>.", "from $shop.common import at_once"),
    "lambda": Frame("def frame_$n():\n$body\n(lambda: frame_$n())()", "frame_$n.<locals>."),
    "class_prepared": Frame("def frame_$n(sender, **kwargs):\n$body\nclass_prepared.connect(frame_$n)", "frame_$n.<locals>.", "from django.db.models.signals import class_prepared"),
    "ready": Frame("$body", "$config.ready.<locals>.", place="ready"),
    "ready if on": Frame("if settings.ON:\n$body", "$config.ready.<locals>.", "from django.conf import settings", place="ready"),
    "method of the config": Frame("$body", "$config.more_$n.<locals>.", place="config"),
}  # fmt: skip
