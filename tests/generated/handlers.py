"""The receivers of a generated project, as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import indent

from tests.generated.spec import Handler, Shape

# The first line of the body, and whether the rest stands under it. `{created}` and its like are
# how the handler reads its arguments.
GUARDS = {
    "none": "BODY",
    "if_created": "if {created}:\n    BODY",
    "return_unless_created": "if not {created}:\n    return\nBODY",
    "if_updated": "if not {created}:\n    BODY",
    "return_if_created": "if {created}:\n    return\nBODY",
    "created_argument": "BODY",
    "both": "if {created}:\n    BODY\nelse:\n    OTHER",
    "created_and_more": "if {created} and instance.name:\n    BODY",
    "return_or_more": "if not {created} or not instance.name:\n    return\nBODY",
    "in_the_middle": "OTHER\nif not {created}:\n    return\nBODY",
    "raw": "if {raw}:\n    return\nBODY",
    "raw_or_created": "if {raw} or not {created}:\n    return\nBODY",
    "fields": 'if {update_fields} is None or "count" in {update_fields}:\n    BODY',
    "fields_argument": "BODY",
    "named": 'if instance.name != "first":\n    BODY',
}
CREATED = {name for name, text in GUARDS.items() if "{created}" in text} | {"created_argument"}
SAVES_ONLY = CREATED | {"raw", "fields", "fields_argument"}
# Guards of `m2m_changed`: what the handler does by the action.
ACTIONS = {
    "added": 'if {action} == "post_add":\n    BODY',
    "before_added": 'if {action} == "pre_add":\n    BODY',
    "removed": 'if {action} == "post_remove":\n    BODY',
    "cleared": 'if {action} == "post_clear":\n    BODY',
    "before_cleared": 'if {action} == "pre_clear":\n    BODY',
    "branches": 'if {action} == "post_add":\n    BODY\nelif {action} == "post_remove":\n    OTHER',
    "listed": 'if {action} in ("post_add", "post_remove", "post_clear"):\n    BODY',
    "unless": 'if {action} not in ("post_add", "post_remove"):\n    return\nBODY',
    "prefix": 'if not {action}.startswith("post_"):\n    return\nBODY',
    "forward": 'if {action} == "post_add" and not {reverse}:\n    BODY',
    "any_action": "BODY",
}
SIGNATURES = ("named", "keywords", "get", "defaults")
BODIES = ("record", "key", "log", "row", "related", "tags", "set", "resave", "line")
PLACES = ("shop.signals", "stats.signals", "shop.models")
CONNECTIONS = ("decorator", "ready", "module")
SIGNALS = ("post_save", "pre_save", "post_delete", "pre_delete", "m2m_changed")
FLAGS = ("created", "raw", "update_fields", "action", "reverse", "pk_set")
RELATION_BODIES = ("record", "log", "ids", "side")


def fits(handler: Handler, shape: Shape) -> bool:
    """Whether a handler with these ingredients makes sense."""
    model = handler.models[0]
    if handler.signal == "m2m_changed" or handler.guard in ACTIONS:
        return (
            handler.signal == "m2m_changed"
            and shape.tags
            and handler.models == ("Order",)
            and handler.guard in ACTIONS
            and handler.body in RELATION_BODIES
        )
    if handler.body in ("ids", "side"):
        return False
    created = handler.guard in CREATED
    if created and handler.signal != "post_save":
        return False
    if handler.guard in SAVES_ONLY and not handler.signal.endswith("save"):
        return False
    if handler.body == "resave":
        guards = ("if_created", "return_unless_created", "raw_or_created")
        return handler.signal == "post_save" and handler.guard in guards
    if handler.body == "line":
        new = ("if_created", "return_unless_created", "created_and_more")
        return model == "Order" and handler.guard in new
    if handler.body == "set":
        return handler.signal == "pre_save"
    if handler.body == "tags":
        return model == "Order" and shape.tags and handler.signal != "pre_save"
    if handler.body == "related":
        return model in ("Order", "Line")
    if handler.body == "row":
        return handler.signal.startswith("post")
    return True


def write_handler(handler: Handler, number: int, shape: Shape) -> str:
    """The function, with its decorator."""
    name = handler.name(number)
    flags = {flag: _read(handler.signature, flag) for flag in FLAGS}
    extra = ""
    if handler.guard in ("created_argument", "in_the_middle", "return_or_more"):
        extra = f", created={flags['created']}"
    if handler.guard == "fields_argument":
        extra = f", update_fields={flags['update_fields']}"
    if handler.body == "ids":
        extra = f", ids={flags['pk_set']}"
    if handler.body == "side":
        extra = f", action={flags['action']}, reverse={flags['reverse']}"
    body = "\n".join(_body(handler, name, extra))
    other = f'record("{name}", instance, other=True)'
    if handler.guard == "none" and handler.body == "log" and handler.signature == "named":
        body = f'"""Keep it up to date."""\n{body}'
    text = (GUARDS | ACTIONS)[handler.guard].format(**flags)
    lines = []
    for line in text.splitlines():
        space = line[: len(line) - len(line.lstrip())]
        lines.append(indent(body, space) if line.strip() == "BODY" else line)
    text = "\n".join(lines).replace("OTHER", other)
    used = [f for f in flags if re.search(rf"\b{f}\b", text)] if handler.signature in NAMED else []
    if handler.signature == "get":
        text = f'instance = kwargs["instance"]\n{text}'
        head = f"def {name}(sender, **kwargs):"
    else:
        default = "=None" if handler.signature == "defaults" else ""
        parameters = ["sender", "instance", *(flag + default for flag in used), "**kwargs"]
        head = f"def {name}({', '.join(parameters)}):"
    decorators = ""
    if handler.connection == "decorator":
        decorators = "".join(f"@receiver({handler.signal}, sender={s})\n" for s in handler.senders)
    function = f"{decorators}{head}\n{indent(text, '    ')}\n"
    if handler.connection == "module":
        function += "\n\n" + "".join(
            f"{handler.signal}.connect({name}, sender={s})\n" for s in handler.senders
        )
    return function


NAMED = ("named", "defaults")


def _read(signature: str, flag: str) -> str:
    if signature in NAMED:
        return flag
    return f'kwargs["{flag}"]' if signature == "keywords" else f'kwargs.get("{flag}")'


def _body(handler: Handler, name: str, extra: str) -> Iterator[str]:
    model = handler.models[0]
    if handler.body == "set":
        yield "instance.count = 5"
    if handler.body == "key":
        extra += ", key=instance.pk"
    if handler.body == "related":
        extra += f", to=instance.{'owner' if model == 'Order' else 'order'}.name"
    if handler.body == "tags":
        extra += ", tags=instance.tags.count()"
    yield f'record("{name}", instance{extra})'
    if handler.body == "log":
        yield "Log.objects.create(text=instance.name)"
    if handler.body == "row":
        yield "Owner.objects.filter(count=instance.count).update(count=7)"
    if handler.body == "resave":
        yield "instance.count = 3"
        yield "instance.save()"
    if handler.body == "line":
        yield 'Line.objects.create(order=instance, name="made")'


def write_module(handlers: list[tuple[int, Handler]], shape: Shape, place: str) -> str:
    """A module of receivers. Those of models.py come without an import of the models."""
    functions = [write_handler(handler, number, shape) for number, handler in handlers]
    text = "\n\n".join(functions)
    signals = sorted({h.signal for _, h in handlers if h.connection != "ready"})
    models = sorted(
        {m for m in ("Log", "Owner", "Line") if f"{m}.objects" in text}
        | {m for _, h in handlers if h.connection != "ready" for m in h.models}
    )
    head = ""
    if signals:
        head += f"from django.db.models.signals import {', '.join(signals)}\n"
    if any(h.connection == "decorator" for _, h in handlers):
        head += "from django.dispatch import receiver\n"
    head += "\nfrom probe import record\n"
    if models and place != "shop.models":
        module = ".models" if place.startswith("shop.") else "shop.models"
        head += f"\nfrom {module} import {', '.join(models)}\n"
    return f"{head.lstrip()}\n\n{text}"


def write_apps(app: str, handlers: list[tuple[int, Handler]], signals: bool) -> str:
    """The AppConfig, which imports and connects."""
    lines = [
        "from django.apps import AppConfig\n\n\n",
        f"class {app.title()}Config(AppConfig):\n",
        f'    name = "{app}"\n',
    ]
    ready = [(n, h) for n, h in handlers if h.connection == "ready"]
    if ready or signals:
        lines.append("\n    def ready(self):\n")
    if ready:
        kinds = ", ".join(sorted({h.signal for _, h in ready}))
        models = ", ".join(sorted({m for _, h in ready for m in h.models}))
        lines.append(f"        from django.db.models.signals import {kinds}\n\n")
        lines.append(f"        from shop.models import {models}\n\n")
    if signals:
        lines.append("        from . import signals\n")
        if ready:
            lines.append("\n")
    for number, handler in ready:
        lines += [
            f"        {handler.signal}.connect(signals.{handler.name(number)}, sender={sender})\n"
            for sender in handler.senders
        ]
    return "".join(lines)
