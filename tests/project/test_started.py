"""What Django starts with, and what comes later."""

from __future__ import annotations

import pytest

from codemod.project.late import Late
from codemod.project.project import Project
from codemod.project.started import Gone

FILES = {
    "config/__init__.py": "from .celery import app\n",
    "config/celery.py": "app = None\n",
    "config/settings.py": 'INSTALLED_APPS = ["django.contrib.admin", "shop"]\n'
    'MIDDLEWARE = ["shop.middleware.Shop"]\n',
    "shop/__init__.py": "",
    "shop/apps.py": "from django.apps import AppConfig\n\n\nclass ShopConfig(AppConfig):\n"
    '    name = "shop"\n\n    def ready(self):\n        from . import signals\n',
    "shop/models.py": "from django.db import models\n\n\ndef later():\n    from . import jobs\n",
    "shop/signals.py": "from .search import index\n",
    "shop/search.py": "index = []\n",
    "shop/jobs.py": "",
    "shop/admin.py": "from . import pages\n",
    "shop/pages.py": "",
    "shop/middleware.py": "Shop = None\n",
    "shop/urls.py": "from . import views\n",
    "shop/views.py": "from . import forms\n",
    "shop/forms.py": "",
    "shop/alone.py": "",
    "shop/one.py": "from . import two\n",
    "shop/two.py": "from . import one\n",
}


@pytest.fixture
def project() -> Project:
    return Project.build(list(FILES.items()))


@pytest.mark.parametrize("name", ["signals", "search", "pages", "admin", "models"])
def test_started_with(project: Project, name: str) -> None:
    assert project.loaded.late(f"shop/{name}.py") is None


@pytest.mark.parametrize(
    ("name", "late"),
    [
        ("forms", Late(True, "shop/urls.py")),
        ("middleware", Late(True, "config/settings.py")),
        ("jobs", Late(False, "shop/models.py")),
        ("alone", None),  # nothing tells
        ("one", None),
    ],
)
def test_loaded_later(project: Project, name: str, late: Late | None) -> None:
    assert project.loaded.late(f"shop/{name}.py") == late


def test_left_out_without_the_imports_that_are_gone(project: Project) -> None:
    gone = Gone(imports=frozenset({("shop/signals.py", "shop/search.py")}))
    assert project.loaded.is_left_out("shop/search.py", gone)
    assert project.loaded.is_left_out("shop/search.py", Gone(frozenset({"shop/signals.py"})))
    assert not project.loaded.is_left_out("shop/pages.py", gone)


LAZY = "def forget(order):\n    from .hooks.signals import index\n"
CONFIG = (
    "from django.apps import AppConfig\nfrom django.db.models.signals import post_delete\n\n\n"
    'class ShopConfig(AppConfig):\n    name = "shop"\n\n    def ready(self):\n        {}\n\n\n'
)
BY_NAME = 'def connect():\n    import_module("shop.hooks.signals")\n'


@pytest.mark.parametrize(
    ("apps", "models", "started"),
    [
        (CONFIG.format("pass") + LAZY, "", False),
        (CONFIG.format("post_delete.connect(forget)") + LAZY, "", False),  # with the first delete
        (CONFIG.format("forget(None)") + LAZY, "", True),
        (CONFIG.format("self.connect()") + "    " + BY_NAME.replace("\n", "\n    "), "", True),
        (CONFIG.format("import_module('shop.hooks.signals')"), "", True),
        (CONFIG.format("post_delete.connect(print)"), BY_NAME, False),
        (CONFIG.format("pass"), BY_NAME + "\n\ndef start():\n    connect()\n\n\nstart()\n", True),
        (CONFIG.format("pass"), "from importlib import import_module\n" + LAZY, False),
    ],
)
def test_imports_in_functions(apps: str, models: str, started: bool) -> None:
    files = {**FILES, "shop/hooks/signals.py": "index = []\n"}
    files |= {"shop/apps.py": apps, "shop/models.py": models, "shop/hooks/__init__.py": ""}
    found = Project.build(list(files.items())).loaded.late("shop/hooks/signals.py")
    assert (found is None) == started
