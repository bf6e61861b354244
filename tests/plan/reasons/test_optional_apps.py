"""Apps that need not be installed, by what settings and other files say of them."""

from __future__ import annotations

import pytest

from codemod.plan.reasons.optional_apps import optional_app
from tests.project.helpers import of

MODELS = "from django.db import models\nclass Order(models.Model): pass\n"
HANDLERS = """
    from django.db.models.signals import post_save
    from django.dispatch import receiver
    from shop.models import Order

    @receiver(post_save, sender=Order)
    def pack(sender, instance, **kwargs): print(instance)
    """
APPS = {
    "shop/__init__.py": "",
    "shop/models.py": MODELS,
    "parcels/__init__.py": "",
    "parcels/models.py": "",
    "parcels/handlers.py": HANDLERS,
    "depots/__init__.py": "",
    "depots/models.py": "",
}
NEEDS = "class Migration:\n    dependencies = [('parcels', '0001')]\n"


@pytest.mark.parametrize(
    ("installed", "more", "expected"),
    [
        ("'shop'", {}, "parcels"),
        ("'shop.apps.ShopConfig'", {}, "parcels"),
        ("'shop', 'parcels'", {}, None),
        ("'shop', 'parcels.apps.ParcelsConfig'", {}, None),
        ("", {}, None),  # they name no app of the project
        ("'shop'", {"shop/plugins.py": "KNOWN = ['parcels']"}, None),
        ("'shop'", {"parcels/plugins.py": "KNOWN = ['parcels']"}, "parcels"),
        ("'shop'", {"depots/plugins.py": "KNOWN = ['parcels']"}, None),
        ("'shop', 'depots'", {"depots/migrations/0001.py": NEEDS}, None),
        # Both may be missing.
        ("'shop'", {"depots/migrations/0001.py": NEEDS}, "parcels"),
    ],
)
def test_optional_app(installed: str, more: dict[str, str], expected: str | None) -> None:
    settings = {"site/__init__.py": "", "site/settings.py": f"INSTALLED_APPS = [{installed}]\n"}
    project = of({**APPS, **settings, **more})
    [found] = project.receivers
    [connection] = found.receiver.connections
    assert optional_app(project, connection) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("settings.configure(INSTALLED_APPS=['shop'])", "parcels"),
        ("settings.configure(**{'INSTALLED_APPS': ['shop']})", "parcels"),
        ("OPTIONS = dict(INSTALLED_APPS=['shop'])\nsettings.configure(**OPTIONS)", "parcels"),
        ("settings.configure(INSTALLED_APPS=['shop', 'parcels'])", None),
        ("settings.configure(INSTALLED_APPS=['shop', *more()])", None),
        ("override_settings(INSTALLED_APPS=['shop'])", None),
    ],
)
def test_settings_of_a_script(script: str, expected: str | None) -> None:
    """Settings that a script for tests is made with, beside those of a site."""
    files = {
        "site/__init__.py": "",
        "site/settings.py": "INSTALLED_APPS = ['shop', 'parcels']\n",
        "runtests.py": f"from django.conf import settings\n{script}\n",
    }
    project = of({**APPS, **files})
    [found] = project.receivers
    [connection] = found.receiver.connections
    assert optional_app(project, connection) == expected
