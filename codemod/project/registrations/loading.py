"""Modules of receivers that are imported where the settings say so, and nowhere else.

class ShopConfig(AppConfig):
    def ready(self):
        if settings.SHOP_MAILS:            whoever asks the settings later gets the same answer as
            from . import signals          if `signals` asked them before each of its connections
"""

from __future__ import annotations

import ast

from codemod.project.registrations.conditions import Condition, Conditions


class ImportQuestions:
    """Says what the import of a module depends on."""

    def __init__(self, conditions: Conditions) -> None:
        self._conditions = conditions
        self._project = conditions.project
        self._known: dict[str, Condition | None] = {}

    def question(self, path: str) -> Condition | None:
        """What the one import of a file's module depends on, if the settings alone answer it.

        Tests that import it count as well: they connect its receivers, whatever the settings say.
        """
        if path not in self._known:
            self._known[path] = self._question(path)
        return self._known[path]

    def _question(self, path: str) -> Condition | None:
        project = self._project
        found = (
            project.loaded.only_import(path) if project.loaded.condition(path) is not None else None
        )
        if found is None:
            return None
        facts, node = project.known(found[0]), found[1]
        around = [f for f in facts.functions if any(inner is node for inner in ast.walk(f.node))]
        innermost = max(around, key=lambda f: f.node.lineno, default=None)
        if innermost is None or not self._conditions.is_ready(innermost.scope, facts):
            return None
        asked = self._conditions.of(node, innermost.scope, facts)
        return asked if asked is not None and asked.test is not None else None
