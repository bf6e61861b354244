"""Who deletes the rows of a package's model."""

from __future__ import annotations

import pytest

from codemod.plan.third_party.package_rows import culprits
from codemod.project.project import Project

MODELS = (
    "shop/models.py",
    "from django.db import models\n\n\nclass Order(models.Model):\n    pass\n",
)
ADMIN = "from django.contrib import admin\nfrom django.contrib.auth.models import User\n\n"


def of(*apps: str, admin: str = "", label: str = "auth.User") -> str | None:
    """The answer for a project with these apps and this admin.py."""
    listed = "".join(f"    {app!r},\n" for app in apps)
    files = [MODELS, ("shop/settings.py", f"INSTALLED_APPS = [\n    # 'x',\n{listed}]\n")]
    if admin:
        files.append(("shop/admin.py", ADMIN + admin))
    return ", ".join(culprits(Project.build(files), label)) or None


def test_without_an_admin_only_the_project() -> None:
    assert of("django.contrib.auth", "shop") is None


def test_who_asks_for_the_admin_does_not_install_it() -> None:
    asks = 'if "django.contrib.admin" in settings.INSTALLED_APPS:\n    pass\n'
    files = [MODELS, ("shop/settings.py", 'INSTALLED_APPS = ["shop"]\n'), ("shop/urls.py", asks)]
    assert culprits(Project.build(files), "auth.User") == ()


def test_settings_that_are_not_seen_may_have_the_admin() -> None:
    assert culprits(Project.build([MODELS]), "auth.User") == ("the admin",)


@pytest.mark.parametrize(
    ("admin", "found"),
    [
        ("", "the admin"),
        ("admin.site.register(User)\n", None),
        ("@admin.register(User)\nclass UserAdmin(admin.ModelAdmin):\n    pass\n", None),
        ("own = admin.AdminSite()\nown.register(User)\n", "the admin"),
        ("admin.site.unregister(User)\n", None),
        ("admin.site.unregister([User])\n", None),
        ("try:\n    admin.site.unregister(User)\nexcept LookupError:\n    pass\n", None),
        ("if DEBUG:\n    admin.site.unregister(User)\n", "the admin"),
        ("def ready():\n    admin.site.unregister(User)\n", "the admin"),
        ("own = admin.AdminSite()\nown.unregister(User)\n", "the admin"),
    ],
)
def test_the_admin_deletes_users_on_a_page_of_its_own(admin: str, found: str | None) -> None:
    assert of("django.contrib.auth", "django.contrib.admin", "shop", admin=admin) == found


@pytest.mark.parametrize("app", ["djoser", "oscar.apps.customer.apps.CustomerConfig"])
def test_packages_that_delete_users(app: str) -> None:
    assert of("django.contrib.auth", app) is not None


def test_models_of_other_packages_are_deleted_by_these() -> None:
    assert of("wagtail", label="wagtailcore.Page") == "its package"


@pytest.mark.parametrize("label", ["contenttypes.ContentType", "auth.Permission"])
def test_content_types_go_with_models_that_are_no_more(label: str) -> None:
    assert of("django.contrib.admin", label=label) is None


def test_packages_delete_beside_the_admin() -> None:
    assert of("django.contrib.admin", "djoser") == "the admin, djoser"


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ('INSTALLED_APPS = ["shop"]\nGROUP = "registration"\n', ()),
        ('OURS = ("shop",)\nINSTALLED_APPS = OURS + ("registration",)\n', ("registration",)),
        ('INSTALLED_APPS = ["shop"]\nINSTALLED_APPS.append("registration")\n', ("registration",)),
        ('settings.configure(INSTALLED_APPS=["shop", "registration"])\n', ("registration",)),
    ],
)
def test_an_app_is_installed_by_a_list_of_apps(settings: str, found: tuple[str, ...]) -> None:
    files = [MODELS, ("shop/settings.py", settings)]
    assert culprits(Project.build(files), "auth.User") == found
