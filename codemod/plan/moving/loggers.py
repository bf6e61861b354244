"""Loggers that have another name in the module that a body moves to.

# shop/signals.py                              # shop/services.py
logger = logging.getLogger(__name__)    ->     logger = logging.getLogger(__name__)

LOGGING = {"loggers": {"shop.signals": ...}}   hears nothing of it any more
"""

from __future__ import annotations

from collections.abc import Iterator

from codemod.facts.nodes import descend, is_name
from codemod.facts.tables import FileFacts
from codemod.plan.case import Case
from codemod.plan.moving.along import bound_by, names_reached
from codemod.plan.reading.names import is_logger
from codemod.project.project import Project
from codemod.project.references import mentions_module, module_names

Place = tuple[str, str, int]  # the name, the file and the line


def loggers_renamed(project: Project, case: Case) -> Iterator[Place]:
    """Where the project names the logger of a module whose work takes it along."""
    facts, function = case.found.facts, case.found.function
    if function is None or case.service is None or case.service.path == facts.path:
        return
    if names_reached(facts, function.node.body) & _loggers(facts):
        yield from _named(project, project.module_of(facts.path))


def _loggers(facts: FileFacts) -> set[str]:
    """The names of a file's loggers that are called like their module."""
    return {
        name
        for statement in facts.tree.body
        if is_logger(statement) and any(is_name(node, "__name__") for node in descend(statement))
        for name in bound_by(statement)
    }


def _named(project: Project, module: str) -> tuple[Place, ...]:
    """Where a string is the name of a module, and not there to import it."""
    known = project.once(_known)
    if module not in known:
        names = module_names(project, module)
        known[module] = tuple(
            (constant.value, facts.path, constant.lineno)
            for facts, constant in mentions_module(project, module)
            if isinstance(constant.value, str) and constant.value in names
            if not any(constant in call.node.args for call in facts.named("import_module"))
        )
    return known[module]


def _known(project: Project) -> dict[str, tuple[Place, ...]]:
    """What `_named` has found, by module."""
    return {}
