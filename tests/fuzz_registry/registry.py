"""What Django has connected in a project: a server that sets projects up in forks of itself.

    python registry.py       for each line "FOLDER ROOT" of stdin, one line of JSON

An answer is a list of [signal, what runs, sender, whether the sender is a model], or a text if the
project doesn't start.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sys
import traceback
import weakref
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

NAMES = (
    "pre_save",
    "post_save",
    "pre_delete",
    "post_delete",
    "m2m_changed",
    "pre_init",
    "post_init",
)
CONTRIB = ["django.contrib.auth", "django.contrib.contenttypes"]


def serve() -> None:
    """Answer until there are no more lines."""
    import django
    from django.conf import settings

    sys.dont_write_bytecode = True
    settings.configure(
        INSTALLED_APPS=CONTRIB,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()
    for line in sys.stdin:
        folder, root = line.rstrip("\n").split(" ")
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.close(reader)
            with os.fdopen(writer, "w") as answer, redirect_stdout(sys.stderr):
                try:
                    answer.write(json.dumps(connected(Path(folder), root)))
                except BaseException:
                    answer.write(json.dumps(traceback.format_exc()))
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            print(answer.read(), flush=True)
        os.wait()


def connected(folder: Path, root: str) -> list[list[Any]]:
    """Start a project and list what is connected."""
    from django.apps import apps
    from django.conf import settings

    own: dict[str, Any] = {}
    exec((folder / "settings.py").read_text("utf-8"), own)
    sys.path.insert(0, str(folder / root))
    for name, value in own.items():
        if name.isupper() and name != "INSTALLED_APPS":
            setattr(settings, name, value)
    apps.set_installed_apps(own["INSTALLED_APPS"])
    return [list(row) for row in rows()]


def rows() -> Iterator[tuple[str, str, str | None, bool]]:
    """What is connected, signal by signal, in the order of its calls."""
    from django.apps import apps
    from django.db import models
    from django.db.models import signals

    installed = {id(model): model for model in apps.get_models(include_auto_created=True)}
    others = {id(model): model for model in _subclasses(models.Model)}
    for name in NAMES:
        for (_, sender), reference, *_ in getattr(signals, name).receivers:
            handler = reference() if isinstance(reference, weakref.ReferenceType) else reference
            if handler is None or _module(handler).startswith("django."):
                continue
            model = installed.get(sender) or others.get(sender)
            label = model._meta.label if model is not None else None
            if label is None and sender not in (id(None), id(type(None))):
                label = "?"
            asked = [model] if model is not None else []
            runs = _asked(handler, [*asked, *installed.values()])
            yield name, runs, label, sender in installed


def _subclasses(model: Any) -> Iterator[Any]:
    for child in model.__subclasses__():
        yield child
        yield from _subclasses(child)


def _module(handler: Any) -> str:
    return str(getattr(handler, "__module__", ""))


def _asked(handler: Any, models: list[Any]) -> str:
    """The name that a handler returns."""
    for model in models:
        instance = None if model._meta.abstract else model()
        found = handler(sender=model, instance=instance, signal=None)
        if inspect.isawaitable(found):
            found = asyncio.run(_awaited(found))
        if found is not None:
            return str(found)
    return f"{_module(handler)}:?"


async def _awaited(found: Any) -> Any:
    return await found


if __name__ == "__main__":
    serve()
