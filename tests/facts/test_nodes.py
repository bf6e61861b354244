"""The nodes below a node."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from codemod.facts.nodes import descend

SOURCES = sorted((Path(__file__).resolve().parents[2] / "codemod" / "facts").glob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_nodes_are_those_of_ast_but_contexts(path: Path) -> None:
    tree = ast.parse(path.read_bytes())
    wanted = [node for node in ast.walk(tree) if not isinstance(node, ast.expr_context)]
    assert [*descend(tree)] == wanted
