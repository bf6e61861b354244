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
}


@pytest.fixture
def project() -> Project:
    return Project.build(list(FILES.items()))


@pytest.mark.parametrize("name", ["signals", "search", "pages", "admin", "models"])
def test_started_with(project: Project, name: str) -> None:
    assert project.loading.late(f"shop/{name}.py") is None


@pytest.mark.parametrize(
    ("name", "late"),
    [
        ("forms", Late(True, "shop/urls.py")),
        ("middleware", Late(True, "config/settings.py")),
        ("jobs", Late(False, "shop/models.py")),
        ("alone", None),  # nothing tells
    ],
)
def test_loaded_later(project: Project, name: str, late: Late | None) -> None:
    assert project.loading.late(f"shop/{name}.py") == late


def test_left_out_without_the_imports_that_are_gone(project: Project) -> None:
    gone = Gone(imports=frozenset({("shop/signals.py", "shop/search.py")}))
    assert project.loading.is_left_out("shop/search.py", gone)
    assert project.loading.is_left_out("shop/search.py", Gone(frozenset({"shop/signals.py"})))
    assert not project.loading.is_left_out("shop/pages.py", gone)
