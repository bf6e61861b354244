"""Which names files import from each other."""

from __future__ import annotations

import pytest

from tests.project.helpers import of

SIGNALS = "from django.conf import settings\ndef notify(order): settings.SHOP\n"


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ("", {"notify", "settings"}),
        ("__all__ = ['notify']\n", {"notify"}),
        ("__all__ = ['notify'] + more()\n", {"notify", "settings"}),
    ],
)
def test_names_taken_by_star(offered: str, expected: set[str]) -> None:
    """A module that says what it offers gives away nothing else by `import *`."""
    project = of(
        {
            "shop/__init__.py": "",
            "shop/signals.py": SIGNALS + offered,
            "shop/views.py": "from .signals import *\nnotify(settings.ORDER)\n",
        }
    )
    assert project.exported("shop/signals.py") == expected
