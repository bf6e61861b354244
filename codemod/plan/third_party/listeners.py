"""Packages whose own receivers hear of the saves and deletes of any model, to index what is there.

    INSTALLED_APPS = ["shop", "haystack"]    the receivers of shop are connected first, and haystack
                                             indexes what they wrote; a service writes after it

They connect in `ready()`, in the order of INSTALLED_APPS (haystack/apps.py,
django_elasticsearch_dsl/apps.py), after everything that is connected while models are imported.
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.project.project import Project
from codemod.project.registrations.installed import installed_apps
from codemod.project.registrations.terms import Reader
from codemod.values.account import Connection

_SIGNALS = ("post_save", "post_delete")
# The app, and the setting without which it hears of nothing.
_PACKAGES = {
    "haystack": "HAYSTACK_SIGNAL_PROCESSOR",
    "django_elasticsearch_dsl": "ELASTICSEARCH_DSL",
    "django_opensearch_dsl": "OPENSEARCH_DSL",
}


def overtaken(project: Project, connection: Connection) -> Iterator[str]:
    """The packages that hear of a signal after a receiver, and before its service."""
    if connection.signal not in _SIGNALS:
        return
    apps = project.once(_installed)
    app = project.app_of(connection.file)
    named = [n for n, name in enumerate(apps) if app is not None and _is(name, app.package)]
    if not named:
        return
    models = "models" in project.module_of(connection.file).split(".")
    for package, setting in _PACKAGES.items():
        heard = [n for n, name in enumerate(apps) if _is(name, package)]
        if heard and (models or heard[0] > named[0]) and project.once(_settings).get(setting):
            yield package


def _is(named: str, package: str) -> bool:
    """Whether an entry of INSTALLED_APPS is a package's, or its AppConfig."""
    return named == package or named.startswith(f"{package}.apps.")


def _installed(project: Project) -> tuple[str, ...]:
    return tuple(installed_apps(Reader(project)))


def _settings(project: Project) -> dict[str, bool]:
    """Which of the packages' settings the project has."""
    return {
        setting: any(f"{setting} =" in project.text(path) for path in project.paths)
        for setting in _PACKAGES.values()
    }
