"""Migrations that import a model itself, whose saves and deletes fire.

    from shop.models import Order          Order.objects.create() in RunPython runs the receivers;
                                           a historical model does not (SEMANTICS 9.7)

    migration.fill(django.apps.apps, None)     so does what RunPython is given, with models of today

A migration is what was run at its time and gets no call; that it no longer runs the work is named.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemod.facts.tables import FileFacts
from codemod.project.project import Project

_WRITES = re.compile(r"\.a?(?:save|create|get_or_create|update_or_create|delete)\(")
_MANAGERS = "(?:objects|_default_manager|_base_manager)"


def writers(project: Project, label: str) -> Iterator[tuple[str, int]]:
    """(file, line) where a migration takes up the model's own class, or is given it."""
    model = project.models.by_label.get(label)
    if model is None or model.external:
        return
    word = model.name.rpartition(".")[2]
    # As it is called, asked for its managers, or given another name; `"shop.Order"` is none of it.
    used = re.compile(rf"\b{word}\s*(?:\(|\.\s*{_MANAGERS}\b|as\b)|=[\s\w.]*\b{word}\b")
    for path in project.paths:
        text = project.text(path) if "migrations/" in path else ""
        if word not in text or "models" not in text or "migrations.Migration" not in text:
            continue
        if not used.search(text):
            continue
        facts = project.facts(path)
        line = _use(project, facts, model.name) if facts is not None else None
        if line is not None:
            yield path, line
    yield from _given(project, label)


def _given(project: Project, label: str) -> Iterator[tuple[str, int]]:
    """The places outside of migrations that name the module of one that asks `apps` for a model
    and writes its rows, and have the `apps` of today to give it."""
    for path, text, module in project.once(_modules_named):
        app, _, model = label.partition(".")
        asked = rf"""get_model\(\s*["']{app}(?:["'],\s*["']|\.){model}["']"""
        if re.search(asked, module, re.IGNORECASE):
            yield path, text.count("\n") + 1


def _modules_named(project: Project) -> tuple[tuple[str, str, str], ...]:
    """(file, its text up to there, the text of the migration) for each place that names the module
    of a migration that writes rows, in a file that imports `django.apps`."""
    written: dict[str, str] = {}  # by name, which migrations of several apps may have
    for path in project.paths:
        text = project.text(path) if "migrations/" in path else ""
        if "get_model(" in text and _WRITES.search(text):
            name = path.rpartition("/")[2].removesuffix(".py")
            written[name] = written.get(name, "") + text
    names = "|".join(map(re.escape, written))
    named = re.compile(rf"\bmigrations(?:\.| import )({names})\b")
    texts = (
        (path, project.text(path))
        for path in (project.paths if written else ())
        if "migrations/" not in path
    )
    return tuple(
        (path, text[: found.start()], written[found[1]])
        for path, text in texts
        if "django.apps" in text
        for found in named.finditer(text)
    )


def _use(project: Project, facts: FileFacts, name: str) -> int | None:
    """The first line that makes an object of a class, or asks its managers."""
    used = [(call.node.func, call.scope) for call in facts.calls]
    used += [
        (attribute.value, scope)
        for scope in facts.scopes.values()
        for attribute in scope.attributes
        if re.fullmatch(_MANAGERS, attribute.attr)
    ]
    lines = [
        node.lineno
        for node, scope in used
        if isinstance(node, (ast.Name, ast.Attribute))
        and project.symbols.resolve(node, scope, facts) == name
    ]
    return min(lines, default=None)
