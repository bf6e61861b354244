"""The receivers of a generated project, as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from textwrap import indent

from tests.generated.models import INHERITED, accessor
from tests.generated.spec import Handler, Shape
from tests.generated.surroundings import SURROUNDINGS

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
BODIES = (
    "record", "key", "log", "row", "related", "tags", "set", "resave", "line", "helper", "later",
    "counter", "parent", "changed", "lines", "caught", "early",
)  # fmt: skip
PLACES = ("shop.signals", "stats.signals", "shop.models")
CONNECTIONS = (
    "decorator", "ready", "module", "string", "uid", "list", "loop", "function", "any_sender",
)  # fmt: skip
# Decorators that stand below the connection, with what they need.
DECORATORS = {
    "none": "",
    "atomic": "",
    "logged": """
def logged(function):
    @wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)

    return inner
""",
    "skip_raw": """
def skip_raw(function):
    @wraps(function)
    def inner(sender, **kwargs):
        if kwargs.get("raw"):
            return
        function(sender, **kwargs)

    return inner
""",
}
TRACKED = ("tracked", "tracked_in_base")  # saves that know what they change
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
    if handler.connection == "any_sender" and handler.body in ("resave", "parent"):
        return False  # runs for what it writes, too
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
    if handler.body == "changed":
        own = shape.save if shape.save != "none" else INHERITED.get(shape.base)
        kept = {"Order": own, "Line": shape.line_save}.get(model)
        return kept in TRACKED and handler.signal.endswith("save")
    if handler.body in ("counter", "parent", "lines"):
        return model == "Order"
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
    body = "\n".join(_body(handler, name, extra, shape))
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
    if handler.connection == "any_sender":
        text = f"if sender not in ({', '.join(handler.senders)},):\n    return\n{text}"
    connected = CONNECTING.get(handler.connection, "")
    receivers = "".join(
        f"{connected.format(signal=handler.signal, sender=sender, name=name)}\n"
        for sender in (handler.senders if connected else ())
    )
    if handler.connection == "any_sender":
        receivers = f"@receiver({handler.signal})\n"
    decorator = {"none": "", "atomic": "@transaction.atomic\n"}
    own = decorator.get(handler.decorator, f"@{handler.decorator}\n")
    function = f"{receivers}{own}{head}\n{indent(text, '    ')}\n"
    if handler.body == "helper":
        function = f"{HELPER.format(name=name)}\n\n{function}"
    connects = [f"{handler.signal}.connect({name}, sender={s})\n" for s in handler.senders]
    if handler.connection == "module":
        function += "\n\n" + "".join(connects)
    elif handler.connection == "function":
        function += f"\n\ndef connect_{name}():\n{indent(''.join(connects), '    ')}"
    elif handler.connection == "loop":
        function += f"\n\nfor model in ({', '.join(handler.senders)},):\n"
        function += f"    {handler.signal}.connect({name}, sender=model)\n"
    return function


CONNECTING = {
    "decorator": "@receiver({signal}, sender={sender})",
    "list": "@receiver([{signal}], sender={sender})",
    "uid": '@receiver({signal}, sender={sender}, dispatch_uid="{name}")',
    "string": '@receiver({signal}, sender="shop.{sender}")',
}
HELPER = """def note_{name}(row):
    Log.objects.create(text=row.name)
"""


NAMED = ("named", "defaults")


def _read(signature: str, flag: str) -> str:
    if signature in NAMED:
        return flag
    return f'kwargs["{flag}"]' if signature == "keywords" else f'kwargs.get("{flag}")'


def _body(handler: Handler, name: str, extra: str, shape: Shape) -> Iterator[str]:
    model = handler.models[0]
    if handler.body == "early":
        yield "if not instance.name:\n    return"
    if handler.body == "set":
        yield "instance.count = 5"
    if handler.body == "key":
        extra += ", key=instance.pk"
    if handler.body == "related":
        extra += f", to=instance.{'owner' if model == 'Order' else 'order'}.name"
    if handler.body == "tags":
        extra += ", tags=instance.tags.count()"
    if handler.body == "changed":
        extra += ", changed=instance.known != instance.count"
    around = SURROUNDINGS[handler.surrounding]
    if around.expression:
        extra += f", told={around.expression.format(app=handler.app)}"
    if around.inside:
        yield around.inside.format(app=handler.app)
    if handler.body == "later":
        yield f'transaction.on_commit(lambda: record("{name}", instance{extra}))'
        return
    if handler.body == "caught":
        yield "try:\n    Log.objects.get(text=instance.name)\nexcept Log.DoesNotExist:"
        yield f'    record("{name}", instance{extra})'
        return
    yield f'record("{name}", instance{extra})'
    if handler.body == "helper":
        yield f"note_{name}(instance)"
    if handler.body == "counter":
        yield 'Owner.objects.filter(pk=instance.owner_id).update(count=F("count") + 1)'
    if handler.body == "parent":
        yield "instance.owner.count += 1\ninstance.owner.save()"
    if handler.body == "lines":
        yield f"for line in instance.{accessor(shape, 'Line')}.all():"
        yield f'    record("{name}_line", line)'
    if handler.body == "log":
        yield "Log.objects.create(text=instance.name)"
    if handler.body == "row":
        yield "Owner.objects.filter(count=instance.count).update(count=7)"
    if handler.body == "resave":
        yield "instance.count = 3"
        yield "instance.save()"
    if handler.body == "line":
        yield 'Line.objects.create(order=instance, name="made")'


# What a text has, and the import that it needs then.
IMPORTS = {
    "@wraps": "from functools import wraps\n\n",
    "transaction.": "from django.db import transaction\n",
    "F(": "from django.db.models import F\n",
}


def imports_of(text: str, imports: Mapping[str, str]) -> str:
    """The imports that a text needs, in their order."""
    return "".join(line for word, line in imports.items() if word in text)


def write_module(handlers: list[tuple[int, Handler]], shape: Shape, place: str) -> str:
    """A module of receivers. Those of models.py come without an import of the models."""
    functions = [write_handler(handler, number, shape) for number, handler in handlers]
    used = [DECORATORS[name].strip() for name in sorted({h.decorator for _, h in handlers})]
    around = [SURROUNDINGS[name] for name in sorted({h.surrounding for _, h in handlers})]
    app = place.partition(".")[0]
    used += [each.above.format(app=app).strip() for each in around]
    text = "\n\n".join([*(f"{part}\n" for part in used if part), *functions])
    signals = sorted({h.signal for _, h in handlers if h.connection != "ready"})
    models = sorted(
        {m for m in ("Log", "Owner", "Line") if f"{m}.objects" in text}
        | {m for _, h in handlers if h.connection not in ("ready", "string") for m in h.models}
    )
    head = imports_of(text, IMPORTS)
    head += "".join(each.imports.format(app=app) for each in around)
    if signals:
        head += f"from django.db.models.signals import {', '.join(signals)}\n"
    if "@receiver" in text:
        head += "from django.dispatch import receiver\n"
    head += "\nfrom probe import record\n"
    if models and place != "shop.models":
        module = ".models" if place.startswith("shop.") else "shop.models"
        head += f"\nfrom {module} import {', '.join(models)}\n"
    return f"{head.lstrip()}\n\n{text}"


# How an app has its module of receivers loaded: what stands in its `ready()`. Where that is nothing,
# it is its models that import it.
LOADING = {
    "ready": "from . import signals",
    "third": "from . import start",
    "name": 'from importlib import import_module\n\nimport_module("{app}.signals")',
    "found": "from django.utils.module_loading import autodiscover_modules\n\n"
    'autodiscover_modules("signals")',
    "models": "",
}
START = "from . import signals  # noqa: F401\n"  # of the third module, and below the models


def loading_of(app: str, handlers: list[tuple[int, Handler]], loading: str) -> str:
    """How an app's module of receivers is loaded, where it could be in a way: its `ready()` may
    need the module itself, and only the shop has models."""
    named = any(h.connection in ("ready", "function") for _, h in handlers)
    return "ready" if named or (loading == "models" and app != "shop") else loading


def write_apps(app: str, handlers: list[tuple[int, Handler]], loading: str) -> str:
    """The AppConfig, which imports and connects."""
    lines = [
        "from django.apps import AppConfig\n\n\n",
        f"class {app.title()}Config(AppConfig):\n",
        f'    name = "{app}"\n',
    ]
    ready = [(n, h) for n, h in handlers if h.connection == "ready"]
    functions = [(n, h) for n, h in handlers if h.connection == "function"]
    load = LOADING[loading].format(app=app) if handlers else ""
    if load:
        lines.append("\n    def ready(self):\n")
    if ready:
        kinds = ", ".join(sorted({h.signal for _, h in ready}))
        models = ", ".join(sorted({m for _, h in ready for m in h.models}))
        lines.append(f"        from django.db.models.signals import {kinds}\n\n")
        lines.append(f"        from shop.models import {models}\n\n")
    if load:
        lines.append(indent(f"{load}\n", " " * 8))
        if ready or functions:
            lines.append("\n")
    lines += [f"        signals.connect_{h.name(n)}()\n" for n, h in functions]
    for number, handler in ready:
        lines += [
            f"        {handler.signal}.connect(signals.{handler.name(number)}, sender={sender})\n"
            for sender in handler.senders
        ]
    return "".join(lines)
