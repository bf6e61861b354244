"""The project as a whole."""

from __future__ import annotations

from codemod.project.wanted import is_wanted
from tests.project.helpers import of, project


def test_files_are_read_when_needed() -> None:
    made = project(constants="X = 1", a="import django", b="from constants import X\nclass B: pass")
    assert [facts.path for facts in made.read()] == ["a.py", "b.py"]
    assert made.facts("constants.py") is made.facts("constants.py") is not None
    assert made.module_of("b.py") == "b"
    assert [*made.paths] == ["constants.py", "a.py", "b.py"]
    assert made.text("constants.py") == "X = 1"


def test_migrations_wait() -> None:
    text = "class Migration(migrations.Migration): pass"
    assert not is_wanted("shop/migrations/0001_initial.py", text)
    assert is_wanted("shop/models.py", "class A: pass")
    assert is_wanted("shop/helpers.py", "def f(order): return twice(order.save)")
    assert is_wanted("shop/helpers.py", "def f(users): return users.create_user('a')")
    assert is_wanted("shop/helpers.py", "def f(kept, order, data): return kept.update(order, data)")
    assert is_wanted("shop/helpers.py", "def f(order, name): setattr(order, name, None)")
    helper = 'from {}\n\ndef fill(apps):\n    apps.get_model("shop", "A").objects.create()\n'
    for line in ("django.db.models import F", "django.db import models"):
        assert not is_wanted("shop/migrations/helpers.py", helper.format(line))
    for line in ("shop.models import A", "shop import models", "..models.orders import A"):
        assert is_wanted("shop/migrations/helpers.py", helper.format(line))


def test_unreadable_files_are_named() -> None:
    made = project(a="class A:\n  x = (", b="class B: pass")
    ((path, message),) = made.unreadable
    assert path == "a.py" and message.startswith("a.py:2: ")


def test_import_graph() -> None:
    names = ("typed", "real", "inner", "late", "fast", "slow")
    made = of(
        {
            "shop/__init__.py": "",
            "shop/models.py": "from core.deep.base import Base\nimport os",
            "shop/views.py": """
                from typing import TYPE_CHECKING
                from . import models, NAME
                if TYPE_CHECKING:
                    from core import typed
                else:
                    from core import real
                class V:
                    from core import inner
                    def f(self):
                        from core import late
                try:
                    import core.fast
                except ImportError:
                    import core.slow as fast
                """,
            "shop/star.py": "from core.deep import *",
            "core/__init__.py": "",
            "core/deep/__init__.py": "from .base import Base",
            "core/deep/base.py": "class Base: pass",
            **{f"core/{name}.py": "" for name in names},
        }
    )
    graph = made.import_graph()
    assert graph["shop.models"] == {"core", "core.deep", "core.deep.base"}
    assert graph["shop.views"] == {
        "shop", "shop.models", "core", "core.real", "core.inner", "core.fast", "core.slow",
    }  # fmt: skip
    assert graph["shop.star"] == {"core", "core.deep"}
    assert graph["core.deep"] == {"core.deep.base"}
    assert graph["core.deep.base"] == set()
