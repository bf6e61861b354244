"""Small projects for tests."""

from __future__ import annotations

import ast
import textwrap

from codemod.facts.tables import FileFacts, Scope
from codemod.project.project import Project


def project(**files: str) -> Project:
    """A project of files; `shop__models` stands for `shop/models.py`."""
    return of({name.replace("__", "/") + ".py": text for name, text in files.items()})


def of(files: dict[str, str]) -> Project:
    """A project of paths and texts."""
    return Project.build([(path, textwrap.dedent(text)) for path, text in files.items()])


def facts_of(made: Project, path: str) -> FileFacts:
    facts = made.facts(path)
    assert facts is not None
    return facts


def scope_of(facts: FileFacts, qualname: str) -> Scope:
    return next(s for s in facts.scopes.values() if s.qualname == qualname)


def resolve(made: Project, path: str, code: str, where: str = "") -> str | None:
    """What an expression resolves to in a scope of a file, below all that is there."""
    facts = facts_of(made, path)
    expr = ast.increment_lineno(ast.parse(code, mode="eval"), 1_000).body
    return made.symbols.resolve(expr, scope_of(facts, where), facts)


def label(made: Project, path: str, code: str, where: str = "") -> str | None:
    """The model that an expression names in a scope of a file."""
    facts = facts_of(made, path)
    expr = ast.parse(code, mode="eval").body
    return made.models.label_of(expr, scope_of(facts, where), facts)
