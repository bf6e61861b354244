"""A generated project as files, with the scenario that drives it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import indent

from tests.generated import classes, contexts, hooks, operations, programs
from tests.generated.handlers import START, imports_of, loading_of, write_apps, write_module
from tests.generated.models import accessor, write_models
from tests.generated.spec import Project, Shape, Site
from tests.generated.surroundings import TOOLS as APP_TOOLS

MODELS = ("Document", "Line", "Log", "Note", "OpenOrder", "Order", "Owner", "RushOrder", "Tag")
SETTINGS = """INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "shop",
    "stats",
]
"""
TOOLS = """
class Box:
    value = None


def count():
    return 0


def show(*values, **named):
    return [str(value) for value in (*values, *named.values())]
"""
STORE = """
def store({m}):
    {m}.save()
"""
REMOVE = """
def remove({m}):
    {m}.delete()
"""
ROWS = '''
def rows(model, name, parent):
    """Two new forms, one that is changed and one that goes."""
    found = model.objects.order_by("name")[:2]
    data = {"form-TOTAL_FORMS": 4, "form-INITIAL_FORMS": 2}
    for number, row in enumerate(found):
        data[f"form-{number}-id"] = row.pk
        data[f"form-{number}-name"] = name
        data[f"form-{number}-count"] = number
    data["form-1-DELETE"] = "on"
    for number in (2, 3):
        data[f"form-{number}-name"] = f"{name} {number}"
        data[f"form-{number}-count"] = number
    if parent is not None:
        for number in range(4):
            data[f"form-{number}-order"] = parent
    return data
'''


def is_program(site: Site) -> bool:
    """Whether a site is a function of several statements."""
    return site.operation == programs.OPERATION


def surface(site: Site) -> str:
    """The kind of thing that fires there."""
    if is_program(site):
        return programs.OPERATION
    if hooks.is_class(site):
        return hooks.of(site).surface
    return operations.OPERATIONS[site.operation].surface


def context(site: Site) -> str:
    """What stands around it."""
    return "lines" if is_drawn(site) else site.context


def is_drawn(site: Site) -> bool:
    """Whether its context are lines that were drawn."""
    return is_program(site) or site.operation in hooks.HOOKS


def files(project: Project) -> dict[str, str]:
    """The files of a project, by path."""
    shape = project.shape
    found = {"config/settings.py": SETTINGS, "shop/models.py": write_models(shape)}
    numbered = list(enumerate(project.handlers))
    for app in ("shop", "stats"):
        place = f"{app}.signals"
        mine = [(n, h) for n, h in numbered if h.place == place]
        loading = loading_of(app, mine, project.loading)
        if mine:
            found[f"{app}/signals.py"] = write_module(mine, shape, place)
        if mine and loading == "third":
            found[f"{app}/start.py"] = START
        if mine and loading == "models":
            found["shop/models.py"] += f"\n\n{START}"
        if mine or app == "shop":
            found[f"{app}/apps.py"] = write_apps(app, mine, loading)
    mine = [(n, h) for n, h in numbered if h.place == "shop.models"]
    if mine:
        text = write_module(mine, shape, "shop.models")
        head, _, functions = text.partition("\n\n\n")
        found["shop/models.py"] = _with_imports(found["shop/models.py"], head) + "\n\n" + functions
    found |= {f"{app}/tools.py": APP_TOOLS.format(app=app) for app in {h.app for _, h in numbered}}
    parts: dict[str, list[str]] = {}
    for number, site in enumerate(project.sites):
        if hooks.is_class(site):
            path, text, _ = classes.write(hooks.of(site), site, number, shape)
        else:
            path, text = f"work{number % 2 or ''}.py", _function(site, number, shape)
        parts.setdefault(path, []).append(text)
    whole = "".join(text for texts in parts.values() for text in texts)
    for path, texts in parts.items():
        place = f"shop/{path}" if path != "work1.py" else "stats/work.py"
        found[place] = _module(place, texts)
    if any(path.startswith("stats/") for path in found):
        found.setdefault("stats/apps.py", write_apps("stats", [], "ready"))
    if "Form" in whole:
        found["shop/forms.py"] = _forms(shape, whole)
    if "Serializer" in whole:
        found["shop/serializers.py"] = _serializers(shape, whole)
    if "Factory" in whole:
        found["shop/factories.py"] = _factories(whole)
    return found


def place(project: Project, number: int, texts: Mapping[str, str]) -> tuple[str, range]:
    """The file of a call site, and its lines."""
    site = project.sites[number]
    if hooks.is_class(site):
        path, text, _ = classes.write(hooks.of(site), site, number, project.shape)
    else:
        path, text = f"work{number % 2 or ''}.py", _function(site, number, project.shape)
    path = f"shop/{path}" if path != "work1.py" else "stats/work.py"
    before, _, _ = texts[path].partition(text)
    first = before.count("\n") + 1
    return path, range(first, first + text.count("\n") + 1)


def _with_imports(models: str, head: str) -> str:
    """The models with the imports of the receivers above them."""
    own = next(line for line in models.splitlines(True) if line.startswith("from django.db "))
    imports = "".join(
        line for line in head.splitlines(keepends=True) if not line.startswith("from probe")
    )
    return models.replace(own, f"{own}{imports}\nfrom probe import record\n", 1)


def _awaits(site: Site) -> bool:
    return not is_program(site) and operations.OPERATIONS[site.operation].awaits


def _asks_the_flag(site: Site) -> bool:
    if is_program(site):
        return "flag" in site.context
    setup = operations.OPERATIONS[site.operation].setup
    return "flag" in contexts.CONTEXTS[site.context] + "".join(setup)


def _function(site: Site, number: int, shape: Shape) -> str:
    if is_program(site):
        return programs.write(site, number, shape)
    pre, setup, expression = operations.write(site, shape)
    body = contexts.write(site.context, pre, setup, expression)
    start = "async def" if _awaits(site) else "def"
    text = f"{start} site_{number}(name, names, flag):\n{indent(body, '    ')}\n"
    known = operations.words(site, shape)
    for name, helper in (("store", STORE), ("remove", REMOVE)):
        if f"{name}(" in expression:
            text = text.replace(f"{name}(", f"{name}_{number}(")
            helper = helper.format(**known).replace(f"{name}(", f"{name}_{number}(")
            text = f"{helper.lstrip()}\n\n{text}"
    if "FormSet(" in text:
        made = f"{site.model}FormSet_{number}"
        text = text.replace(f"{site.model}FormSet(", f"{made}(")
        wanted = classes.names(site, number, shape)["fields"]
        arguments = f"{site.model}, fields={wanted}, can_delete=True"
        text = f"{made} = modelformset_factory({arguments})\n\n\n{text}"
    return text


# What a text has, and the import that it needs then.
IMPORTS = {
    "suppress(": "from contextlib import suppress\n",
    "copy(": "from copy import copy\n",
    "sync_to_async(": "from asgiref.sync import sync_to_async\n",
    "transaction.": "from django.db import transaction\n",
    "modelformset_factory": "from django.forms import modelformset_factory\n",
    "apps.": "from django.apps import apps\n",
    "get_object_or_404": "from django.shortcuts import get_object_or_404\n",
}


def _module(path: str, texts: list[str]) -> str:
    """A module with the imports that its texts need."""
    body = "\n\n".join(texts)
    name = path.rpartition("/")[2]
    head = next((h for file, h in classes.HEADS.items() if file in path), "")
    if name == "work.py":
        head += imports_of(body, IMPORTS)
        if "rows(" in body:
            body = f"{ROWS.strip()}\n\n\n{body}"
        body = f"{TOOLS.strip()}\n\n\n{body}"
    elif "transaction." in body and "import transaction" not in head:
        head = f"from django.db import transaction\n{head}"
    head += "\n" if head else ""
    package = "." if path.startswith("shop/") and "management" not in path else "shop."
    for module, kind in (("factories", "Factory"), ("forms", "Form")):
        head += _import(package + module, _used(body, kind))
    head += _import(package + "models", [m for m in MODELS if _mentions(body, m)])
    head += _import(package + "serializers", _used(body, "Serializer"))
    return f"{head.lstrip()}\n\n{body}"


def _import(module: str, names: Iterable[str]) -> str:
    wanted = sorted(names)
    return f"from {module} import {', '.join(wanted)}\n" if wanted else ""


def _used(text: str, kind: str) -> set[str]:
    found = {f"{first}{m}{kind}" for m in MODELS for first in ("", "Counting", "Sub", "Late")}
    return {name for name in found if _mentions(text, name)}


def _mentions(text: str, name: str) -> bool:
    import re

    return re.search(rf"(?<![\w.\"']){name}(?!\w)", text) is not None


def _fields(model: str, shape: Shape) -> str:
    return classes.names(Site("save_new", model, ""), 0, shape)["fields"]


def _forms(shape: Shape, whole: str) -> str:
    parts = ["from django import forms\n\n"]
    wanted = [m for m in MODELS if _mentions(whole, f"{m}Form")]
    counting = [m for m in MODELS if _mentions(whole, f"Counting{m}Form")]
    parts[0] += _import(".models", {*wanted, *counting})
    for model in sorted({*wanted, *counting}):
        meta = (
            f"    class Meta:\n        model = {model}\n        fields = {_fields(model, shape)}\n"
        )
        parts.append(f"class {model}Form(forms.ModelForm):\n{meta}")
    for model in counting:
        parts.append(
            f"class Counting{model}Form({model}Form):\n    def save(self, commit=True):\n"
            "        self.instance.count += 1\n        return super().save(commit=commit)\n"
        )
    return "\n\n".join(parts)


def _serializers(shape: Shape, whole: str) -> str:
    wanted = [m for m in MODELS if _mentions(whole, f"{m}Serializer")]
    parts = ["from rest_framework import serializers\n\n" + _import(".models", wanted)]
    for model in wanted:
        meta = (
            f"    class Meta:\n        model = {model}\n        fields = {_fields(model, shape)}\n"
        )
        parts.append(f"class {model}Serializer(serializers.ModelSerializer):\n{meta}")
    return "\n\n".join(parts)


# Kinds of factories: what stands before the model's name, and their fields below that of the name.
FACTORIES = {
    "": "",
    "Sub": "    {p} = factory.SubFactory({sub})\n",
    "Late": "\n    @factory.post_generation\n    def late(self, create, extracted, **kwargs):\n"
    "        if create:\n            self.count = 6\n",
}


def _factories(whole: str) -> str:
    wanted = [(k, m) for k in FACTORIES for m in MODELS if _mentions(whole, f"{k}{m}Factory")]
    if ("Sub", "Line") in wanted and ("Sub", "Order") not in wanted:
        wanted.append(("Sub", "Order"))
    if ("Sub", "Order") in wanted and ("", "Owner") not in wanted:
        wanted.append(("", "Owner"))
    wanted.sort(key=lambda pair: (pair[0], pair[1] != "Order"))
    parts = [
        "import factory\nfrom factory.django import DjangoModelFactory\n\n"
        + _import(".models", {m for _, m in wanted})
    ]
    for kind, model in wanted:
        parent = "Order" if model == "Line" else "Owner"
        sub = "SubOrderFactory" if model == "Line" else "OwnerFactory"
        parts.append(
            f"class {kind}{model}Factory(DjangoModelFactory):\n    class Meta:\n"
            f'        model = {model}\n\n    name = factory.Sequence("n{{}}".format)\n'
            + FACTORIES[kind].format(p=parent.lower(), sub=sub)
        )
    return "\n\n".join(parts)


# The scenario

STEPS = """
from actions import action, admin_client, admin_post, api, data, first, page, post, request
from actions import relate, run_test, shown, stock
from asgiref.sync import async_to_sync
from django.core.management import call_command


def prepare():
    stock("shop.Owner", "first", "second")
    stock("shop.Tag", "first", "second")
    stock("shop.Order", "first", "second")
    stock("shop.Line", "first", "second")
"""


NOTES = """    stock("shop.Note", "first", "second")
    from django.contrib.contenttypes.models import ContentType
    from shop.models import Note, Order

    kind = ContentType.objects.get_for_model(Order)
    Note.objects.update(content_type=kind, object_id=Order.objects.order_by("name").first().pk)
"""


def scenario(project: Project) -> str:
    """The steps: each site with the flag on and off."""
    text = STEPS.lstrip()
    if project.shape.child:
        text += '    stock("shop.RushOrder", "rush", "hurry")\n'
    if project.shape.notes:
        text += NOTES
    if project.shape.tags:
        text += '    relate("shop.Order", "tags")\n'
    for number, site in enumerate(project.sites):
        if hooks.is_class(site):
            for position, step in enumerate(
                classes.write(hooks.of(site), site, number, project.shape)[2]
            ):
                text += f"\n\ndef site_{number}_{position}():\n    return {step}\n"
            continue
        module = "shop" if number % 2 == 0 else "stats"
        for flag in (True, False):
            if not flag and not _asks_the_flag(site):
                continue
            function = f"work.site_{number}"
            if _awaits(site):
                function = f"async_to_sync({function})"
            text += (
                f"\n\ndef site_{number}_{'off' if not flag else 'on'}():\n"
                f"    from {module} import work\n\n"
                f'    return shown({function}("new", ["a", "b"], {flag}))\n'
            )
    return text


def lines_of(shape: Shape) -> str:
    """What the admin calls the formset of an order's lines."""
    return accessor(shape, "Line")
