"""Names that only a call had read which goes without a service's call in its place.

log = Log.objects.create(text="x")          Log.objects.create(text="x")
log_saved(Log, log, raw=True)          ->
"""

from __future__ import annotations

import ast
import re

from codemod.facts.nodes import is_name
from codemod.facts.tables import CallSite, FileFacts
from codemod.plan.book import Book
from codemod.values.edits import Bind, Insert, Replace


def unbind(book: Book, facts: FileFacts, gone: CallSite) -> None:
    """Take the names off that nothing reads without a call, as far as no edit reads them."""
    inside = {id(node) for node in ast.walk(gone.node)}
    function = gone.scope.function()
    for name in {n.id for n in ast.walk(gone.node) if isinstance(n, ast.Name)}:
        bindings = function.bindings.get(name, []) if function is not None else []
        if function is None or len(bindings) != 1 or bindings[0].value is None:
            continue
        statement = bindings[0].node
        if not isinstance(statement, ast.Assign):
            continue
        if len(statement.targets) > 1 or not is_name(statement.targets[0], name):
            continue
        reads = [
            node
            for node in ast.walk(function.node)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        ]
        if any(id(node) not in inside for node in reads) or _reads(book, facts.path, name):
            continue
        value = facts.lines.source(facts.lines.span(statement.value))
        book.add(facts.path, Replace(facts.lines.span(statement), value))


def _reads(book: Book, path: str, name: str) -> bool:
    """Whether code that is added to a file mentions a name."""
    return any(
        re.search(rf"\b{name}\b", edit.target if isinstance(edit, Bind) else edit.code)
        for edit in book.edits.get(path, ())
        if isinstance(edit, (Bind, Insert, Replace))
    )
