"""Draws projects from a seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from tests.fuzz_registry import shapes
from tests.fuzz_registry.writing import Layout, Project, Registration, sender_form

SIZE = 8
_AROUND = ("exported", "package", "guarded import", "dotted")  # a circle of imports in models.py
PLACES = ("shop.signals",) * 4 + ("shop.models", "stats.receivers.orders", "shop.lost_signals")


def drawn(seed: int) -> Project:
    """The project of a seed."""
    dice = random.Random(seed)
    layout = Layout(
        root=dice.choice(("", "", "src/")),
        parent=dice.choice(("", "", "acme")),
        shop_label=dice.choice(("shop", "shop", "store")),
        own_user=dice.random() < 0.3,
    )
    return Project(layout, tuple(_registration(dice, number) for number in range(SIZE)))


def _common(dice: random.Random, table: Mapping[str, object], share: float) -> str:
    """A key; the first with a probability of its own."""
    keys = list(table)
    return keys[0] if dice.random() < share else dice.choice(keys)


def _registration(dice: random.Random, number: int) -> Registration:
    first, second = dice.sample(shapes.SIGNALS, 2)
    models = dice.sample(shapes.MODELS, 2)
    if dice.random() < 0.5:
        first = dice.choice(("post_save", "post_delete"))
        second = "pre_save"
    sender = _common(dice, shapes.SENDER_FORMS, 0.3)
    kind = dice.random()
    if kind < 0.1:
        sender = dice.choice(list(shapes.USER_FORMS))
    elif kind < 0.22:
        sender, first = f"through:{dice.choice(list(shapes.THROUGH_FORMS))}", "m2m_changed"
    elif kind < 0.3:
        sender = dice.choice(list(shapes.ODD_FORMS))
    found = Registration(
        number=number,
        form=dice.choice(list(shapes.FORMS)) if dice.random() < 0.85 else "decorator",
        frame=_common(dice, shapes.FRAMES, 0.4),
        handler=_common(dice, shapes.HANDLERS, 0.2),
        option=_common(dice, shapes.OPTIONS, 0.6),
        place=dice.choice(PLACES),
        signals=(first, second),
        signal_form=_common(dice, shapes.SIGNAL_FORMS, 0.3),
        models=(models[0], models[1]),
        sender_form=sender,
        second_form=_common(dice, shapes.SENDER_FORMS, 0.5),
    )
    return _mended(found)


def _mended(one: Registration) -> Registration:
    """The same, of parts that go together and that start."""
    frame, form = shapes.FRAMES[one.frame], shapes.FORMS[one.form]
    if frame.place != "module":
        one = replace(one, place="shop.apps")
        if "models" in shapes.HANDLERS[one.handler].imports:
            one = replace(one, handler="function")
    elif frame.ready and one.place != "shop.signals":
        one = replace(one, place="shop.signals")
    if one.place == "shop.models":
        if not sender_form(one.sender_form).early or "stats" in form.imports:
            one = replace(one, sender_form="name")
        if not shapes.SENDER_FORMS[one.second_form].early:
            one = replace(one, second_form="name")
        models = [m if m != "Entry" else "Shelf" for m in one.models]
        if models[0] == models[1]:
            models[1] = "Order"
        one = replace(one, models=(models[0], models[1]))
        if one.sender_form in _AROUND or "shop.models" in form.imports:
            one = replace(one, sender_form="name")
        if one.second_form in _AROUND:
            one = replace(one, second_form="name")
        if "get_models" in form.text or "work" in shapes.HANDLERS[one.handler].imports:
            one = replace(one, place="shop.signals")
    if one.form == "map" and one.handler == "lambda":
        one = replace(one, handler="named lambda")  # a lambda in a lambda has another name
    entry = [m if m != "Entry" else "Tag" for m in one.models]
    if {one.sender_form, one.second_form} & {"exported", "package"}:
        one = replace(one, models=(entry[0], entry[1]))
    return one
