"""What a handler takes from its module, as text: where names come from that move with its body.

In the texts `{app}` is the app that the module is in. The two apps have a `tools.py` each, so that
a relative import that moves must not change its meaning.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Surrounding:
    """Text around a handler, and the expression in its body that needs it."""

    expression: str = ""
    imports: str = ""
    above: str = ""  # module level, below the imports
    inside: str = ""  # first lines of the body


TOOLS = '''"""Tools of {app}."""

__all__ = ["LIMIT", "describe"]
LIMIT = 3


def describe(row):
    return f"{app} {{row.name}}"
'''
SURROUNDINGS = {
    "none": Surrounding(),
    "constant": Surrounding("LABEL", above='LABEL = "{app}"\n'),
    "annotated": Surrounding("WORD", above='WORD: str = "{app}"\n'),
    "chain": Surrounding("TOTAL", above="# Twice as much.\nBASE = 2\nTOTAL = BASE * 2\n"),
    "unpacked": Surrounding("LEFT + RIGHT", above='LEFT, RIGHT = "{app}", "right"\n'),
    "choice": Surrounding(
        "KIND", above='if LIMIT > 2:\n    KIND = "many"\nelse:\n    KIND = "few"\n',
        imports="from .tools import LIMIT\n",
    ),
    "function": Surrounding(
        "upper(instance)", above="def upper(row):\n    return row.name.upper() + '{app}'\n"
    ),
    "two_functions": Surrounding(
        "outer(instance)",
        above="def inner(row):\n    return row.name[::-1]\n\n\n"
        "def outer(row):\n    return inner(row) + '{app}'\n",
    ),
    "used_elsewhere": Surrounding(
        "shared(instance)",
        above="def shared(row):\n    return row.name + '{app}'\n\n\n"
        "def sharing():\n    return [shared]\n",
    ),
    "lambda": Surrounding("short(instance)", above="short = lambda row: row.name[:2]\n"),
    "class": Surrounding(
        "Teller()(instance)",
        above='class Teller:\n    word = "{app}"\n\n    def __call__(self, row):\n'
        "        return self.word + row.name\n",
    ),
    "table": Surrounding(
        'TABLE.get(instance.name, plain)(instance)',
        above="def plain(row):\n    return row.name\n\n\n"
        'TABLE = {{"first": lambda row: "one"}}\n',
    ),
    "cached": Surrounding(
        "turned(instance.name)", imports="from functools import lru_cache\n",
        above="@lru_cache\ndef turned(name):\n    return name[::-1]\n",
    ),
    "mutable": Surrounding("len(SEEN)", above="SEEN = set()\n", inside="SEEN.add(1)\n"),
    "global": Surrounding("calls > 0", above="calls = 0\n", inside="global calls\ncalls += 1\n"),
    "logger": Surrounding(
        '"logged"', imports="import logging\n", above="logger = logging.getLogger(__name__)\n",
        inside='logger.debug("%s", instance)\n',
    ),
    "package": Surrounding('__name__.partition(".")[0]'),
    "imported": Surrounding("describe(instance)", imports="from .tools import describe\n"),
    "imported_as": Surrounding("told(instance)", imports="from .tools import describe as told\n"),
    "module": Surrounding("tools.describe(instance)", imports="from . import tools\n"),
    "module_as": Surrounding("kit.describe(instance)", imports="from . import tools as kit\n"),
    "dotted": Surrounding("{app}.tools.describe(instance)", imports="import {app}.tools\n"),
    "star": Surrounding("describe(instance)", imports="from .tools import *\n"),
    "inside": Surrounding("describe(instance)", inside="from .tools import describe\n\n"),
    "tried": Surrounding(
        "json.dumps(instance.name)",
        imports="\ntry:\n    import ujson as json\nexcept ImportError:\n    import json\n\n",
    ),
    "settings": Surrounding("settings.DEBUG", imports="from django.conf import settings\n"),
    "models": Surrounding("m.Tag.objects.count()", imports="import shop.models as m\n"),
    "models_late": Surrounding(
        "models.Tag.objects.count()", inside="from shop import models\n\n"
    ),
    "typed": Surrounding(
        "measure(instance)",
        imports="from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"
        "    from shop.models import Tag\n\n",
        above='def measure(row: "Tag") -> int:\n    return len(row.name)\n',
    ),
}  # fmt: skip


def fits(name: str, place: str) -> bool:
    """Whether a handler of a module can have it: models.py does not import itself."""
    return place != "shop.models" or not name.startswith(("models", "star"))
