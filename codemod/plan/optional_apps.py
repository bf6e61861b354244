"""Apps that need not be installed: they connect to others' models, which must do without them.

INSTALLED_APPS = ["shop", ...]                 settings that name apps of the project
INSTALLED_APPS += [e.app() for e in plugins]   and leave others to be found when it starts

A receiver in such an app runs where the app is installed; a call in the other app's code would
always run, and import models that Django doesn't know.
"""

from __future__ import annotations

from codemod.plan.excused import is_test
from codemod.project.project import Project
from codemod.values.account import Connection


def optional_app(project: Project, connection: Connection) -> str | None:
    """The package of the app that makes a connection to another app's model, if no settings name
    it, though they name others of the project."""
    app = project.app_of(connection.file)
    model = project.models.by_label.get(connection.sender or "")
    if app is None or not app.package or model is None or model.external:
        return None
    theirs = project.app_of(model.file)
    if theirs is None or theirs.package == app.package or not project.once(_lists_its_own):
        return None
    return None if _is_listed(project, app.package) else app.package


def _lists_its_own(project: Project) -> bool:
    """Whether the settings name any app of the project."""
    apps = {app.package for m in project.models.all() if (app := project.app_of(m.file))}
    named = project.apps.named or frozenset()
    return any(package in named for package in apps)


def _is_listed(project: Project, package: str) -> bool:
    """Whether settings name an app, or any file of the project outside of it does in quotes."""
    known = project.once(_listed)
    if package not in known:
        known[package] = _find(project, package)
    return known[package]


def _listed(project: Project) -> dict[str, bool]:
    return {}


def _find(project: Project, package: str) -> bool:
    named = project.apps.named
    if named is None:
        return True
    parts = package.split(".")
    above = {".".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
    if any(
        n in above or n.endswith(f".{package}") or package.endswith(f".{n}") for n in named if n
    ):
        return True
    quoted = [f"{quote}{package}{end}" for quote in "\"'" for end in (quote, ".apps.")]
    return any(
        text in project.text(path)
        for path in project.paths
        if project.module_of(path).partition(".")[0] != parts[0] and not is_test(path)
        for text in quoted
    )
