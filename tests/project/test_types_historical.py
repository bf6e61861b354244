"""The `apps` of migrations, whose models fire nothing, and the registry, which may be called so."""

from __future__ import annotations

import pytest

from .test_types import HEAD, seen

USED = "def fill(apps):\n    see(apps.get_model('shop', 'Order'))\n"


def models(code: str, path: str = "shop/code.py") -> set[str]:
    """What the argument of `see()` may be: a class that is known, or nothing but "history"."""
    [answer] = seen({path: HEAD + code}, path)
    return {getattr(kind, "cls", "history") for kind in answer.types}


@pytest.mark.parametrize(
    ("head", "call"),
    [
        ("apps", ""),
        ("apps, schema_editor", "fill(state, editor)"),
        ("apps, **kwargs", "fill(state)"),
        ("apps=None, **kwargs", "fill(state)"),
    ],
)
def test_history(head: str, call: str) -> None:
    assert models(f"{USED.replace('apps', head, 1)}{call}\n") == {"history"}


@pytest.mark.parametrize("path", ["shop/migrations/helpers.py", "shop/tests/test_fill.py"])
def test_history_beside_migrations_and_in_tests(path: str) -> None:
    assert models(f"{USED}fill(state)\n", path) == {"history"}


@pytest.mark.parametrize(
    ("head", "call"),
    [
        ("apps", "fill(state)"),
        ("apps", "run(fill)"),
        ("apps, **kwargs", "fill(registry)"),
        ("apps, **kwargs", "fill(apps=registry)"),
        ("apps=registry, **kwargs", ""),
    ],
)
def test_the_registry(head: str, call: str) -> None:
    code = f"from django.apps import apps as registry\n{USED.replace('apps', head, 1)}{call}\n"
    assert models(code) == {"shop.models.Order"}
