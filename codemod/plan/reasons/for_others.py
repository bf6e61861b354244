"""Packages of apps for others' projects: those who install one may leave out another.

    tests/settings.py     INSTALLED_APPS = ["wiki", "wiki.alerts"]     only tests and examples
    example/settings.py   INSTALLED_APPS = ["wiki", "wiki.alerts"]     have settings: users have
                                                                       their own

What users can't do without is what an app imports, or its models point to, and so on; and what
is in a template of settings that the project makes theirs from.
"""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

from codemod.project.project import Project
from codemod.project.registrations.installed import installed_lists
from codemod.project.registrations.terms import Reader
from codemod.values.inventory import is_test

_EXAMPLE = re.compile(r"(?:tests?|examples?|demo|sandbox|samples?)(?:[_-]?(?:app|project|site))?")

_QUOTED = re.compile(r"""["']([\w.]+?)(?:\.apps\.\w+)?["']""")


def may_lack(project: Project, theirs: str, own: str) -> bool:
    """Whether users of a package may install one of its apps without another."""
    if not project.once(_is_for_others) or own in project.once(_given):
        return False
    needs = project.once(_needs)
    found, pending = {theirs}, [theirs]
    while pending:
        more = needs.get(pending.pop(), set()) - found
        found |= more
        pending += more
    return own not in found


def _is_for_others(project: Project) -> bool:
    """Whether all settings that name apps of the project are those of tests and examples."""
    packages = {
        app.package for model in project.models.all() if (app := project.app_of(model.file))
    }
    paths = [
        found.path
        for found in installed_lists(Reader(project))
        if not packages.isdisjoint(name.partition(".apps.")[0] for name in found.apps)
    ]
    return bool(paths) and all(is_test(path) or _is_example(path) for path in paths)


def _is_example(path: str) -> bool:
    return any(_EXAMPLE.fullmatch(folder) for folder in PurePosixPath(path).parts[:-1])


def _given(project: Project) -> frozenset[str]:
    """The names of apps in the templates of settings that the project has for its users."""
    texts = project.settings_templates()
    return frozenset(name for text in texts for name in _QUOTED.findall(text))


def _needs(project: Project) -> dict[str, set[str]]:
    """By app the others that its code imports, tests aside, and that its models point to."""
    found: dict[str, set[str]] = {}
    for facts in project.read():
        app = project.app_of(facts.path)
        if app is None or is_test(facts.path) or _is_example(facts.path):
            continue
        for_types = {node for block in facts.for_types for node in ast.walk(block)}
        for binding in facts.imports:
            if binding.target is not None and binding.node not in for_types:
                _note(project, found, app.package, binding.target)
        for module in facts.stars:
            _note(project, found, app.package, module)
    for model in project.models.all():
        own = project.app_of(model.file)
        for field in model.fields.values() if own is not None else ():
            target = project.models.by_label.get(field.target or "")
            other = project.app_of(target.file) if target is not None else None
            if own is not None and other is not None:
                found.setdefault(own.package, set()).add(other.package)
    return found


def _note(project: Project, found: dict[str, set[str]], package: str, dotted: str) -> None:
    """Note the app that a dotted name, of a module or of what is in one, belongs to."""
    info = project.modules.find(dotted) or project.modules.find(dotted.rpartition(".")[0])
    app = project.app_of(info.path) if info is not None else None
    if app is not None:
        found.setdefault(package, set()).add(app.package)
