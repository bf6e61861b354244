"""Apps that need not be installed: they connect to others' models, which must do without them.

INSTALLED_APPS = ["shop", ...]                 settings that name apps of the project
INSTALLED_APPS += [e.app() for e in plugins]   and leave others to be found when it starts
if DEBUG: INSTALLED_APPS += ["shop_debug"]     or name them under a condition
INSTALLED_APPS = CORE_APPS + SHOP_APPS         or not all of them, in settings of a site of its own
                                               or are for tests alone: see `plan.reasons.for_others`

A receiver in such an app runs where the app is installed; a call in the other app's code would
always run, and import models that Django doesn't know.
"""

from __future__ import annotations

from dataclasses import replace

from codemod.plan.excused import is_test
from codemod.plan.reasons.for_others import may_lack
from codemod.project.project import Project
from codemod.project.registrations.installed import Installed, installed_lists
from codemod.project.registrations.terms import Reader
from codemod.values.account import Connection


def optional_app(project: Project, connection: Connection) -> str | None:
    """The package of the app that makes a connection to another app's model, if no settings name
    it, though they name others of the project, if some name the other app alone, or if users who
    have settings of their own may do so."""
    app = project.app_of(connection.file)
    relation = project.relations.get(connection.sender or "")
    sender = relation.owner if relation is not None else connection.sender
    model = project.models.by_label.get(sender or "")
    if app is None or model is None or model.external:
        return None
    theirs = project.app_of(model.file)
    if theirs is None or theirs.package == app.package:
        return None
    apart = _is_apart(project, theirs.package, app.package)
    if apart or app.package in project.once(_unlisted):
        return app.package
    return app.package if may_lack(project, theirs.package, app.package) else None


def _is_apart(project: Project, theirs: str, own: str) -> bool:
    """Whether some settings install an app without another one that others install.

    A list that others go on with may be there for that alone, and says nothing of what it lacks.
    """
    lists = project.once(_lists)
    having = [found for found in lists if own in found.apps]
    if not having:  # the app is one of the packages in another
        having = [found for found in lists if _is_named(frozenset(found.apps), own)]
    if not having or not all(found.whole for found in having):
        return False
    bases = {path for found in lists for path in found.bases}
    return any(
        found.whole
        and found.path not in bases
        and _is_named(frozenset(found.apps), theirs)
        and not any(text in project.text(found.path) for text in _quoted(own))
        for found in lists
        if found not in having
    )


def _lists(project: Project) -> tuple[Installed, ...]:
    return tuple(
        replace(found, apps=tuple(name.partition(".apps.")[0] for name in found.apps))
        for found in installed_lists(Reader(project))
    )


def _quoted(package: str) -> list[str]:
    """What a file has that names an app, or its AppConfig, in quotes."""
    return [f"{quote}{package}{end}" for quote in "\"'" for end in (quote, ".apps.")]


def _unlisted(project: Project) -> frozenset[str]:
    """The apps with connections that neither settings nor files outside of them name; none where
    the settings name no app of the project at all."""
    named = project.apps.named or frozenset()
    models = {app.package for m in project.models.all() if (app := project.app_of(m.file))}
    if models.isdisjoint(named):
        return frozenset()
    connections = [c for found in project.receivers for c in found.receiver.connections]
    files = {connection.file for connection in connections}
    apps = {app.package for file in files if (app := project.app_of(file)) and app.package}
    optional = {name.partition(".apps.")[0] for name in project.apps.conditional}
    unlisted = {p for p in apps if not _is_named(named, p) and not _is_quoted(project, p, named)}
    return frozenset(unlisted | (apps & optional))


def _is_named(named: frozenset[str], package: str) -> bool:
    """Whether settings name an app, or a package around it."""
    parts = package.split(".")
    above = {".".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
    return any(
        n in above or n.endswith(f".{package}") or package.endswith(f".{n}") for n in named if n
    )


def _is_quoted(project: Project, package: str, named: frozenset[str]) -> bool:
    """Whether a file outside of an app has its name in quotes: not a migration of another app that
    the settings don't name either, which may be installed together with it."""
    top = package.partition(".")[0]

    def counts(path: str) -> bool:
        app = project.app_of(path) if "/migrations/" in path else None
        return app is None or _is_named(named, app.package)

    return any(
        any(text in project.text(path) for text in _quoted(package)) and counts(path)
        for path in project.paths
        if project.module_of(path).partition(".")[0] != top and not is_test(path)
    )
