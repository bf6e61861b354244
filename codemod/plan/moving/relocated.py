"""Code that moves to another module: what it imports relatively, or takes from that very module.

# shop/signals/orders.py                     # shop/services.py
from .. import services                ->    def announce(order):
                                                 from .mail import send
def announce(sender, instance, **kwargs):
    from ..mail import send                      send(order)
                                                 note(order)
    send(instance)
    services.note(instance)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from codemod.facts.tables import FileFacts, Scope
from codemod.facts.walk import absolute_name
from codemod.project.project import Project
from codemod.values.edits import Replace
from codemod.values.span import Span


def relocated(project: Project, facts: FileFacts, node: ast.stmt, module: str) -> list[Replace]:
    """The edits of a statement that moves to `module`."""
    own = _own_names(project, facts, node, module)
    bound = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _is_bound(n)}
    bound |= {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
    if bound & {each.attr for each in own}:
        own = []  # the bare name would mean something else
    edits = [Replace(facts.lines.span(each), each.attr) for each in own]
    for child in ast.walk(node):
        if isinstance(child, ast.ImportFrom):
            edits += _rewritten(project, facts, child, module, untied=bool(own))
    return edits


def spliced(rows: Sequence[str], edits: Iterable[Replace], first: int) -> list[str]:
    """The lines of a file from its line `first` on, with the edits made."""
    text = list(rows)
    for edit in sorted(edits, key=lambda e: e.first, reverse=True):
        span = edit.first
        at, end = span.line - first, span.end_line - first
        if edit.code:
            joined = f"{text[at][: span.column]}{edit.code}{text[end][span.end_column :]}"
            text[at : end + 1] = [joined]
        else:
            blank = end + 1 < len(text) and not text[end + 1].strip()
            del text[at : end + 1 + blank]
    return text


def _own_names(
    project: Project, facts: FileFacts, node: ast.stmt, module: str
) -> list[ast.Attribute]:
    """The places that name something of the module through the module."""
    scope = facts.scopes.get(node, facts.scope)
    return [
        child
        for child in ast.walk(node)
        if isinstance(child, ast.Attribute) and _is(project, facts, child.value, scope, module)
    ]


def _is(project: Project, facts: FileFacts, node: ast.expr, scope: Scope, module: str) -> bool:
    if not isinstance(node, (ast.Name, ast.Attribute)):
        return False
    name = project.symbols.resolve(node, scope, facts)
    return name is not None and _names(project, name, facts.path, module)


def _names(project: Project, name: str, path: str, module: str) -> bool:
    known = project.modules.find(name, path)
    return known is not None and known.name == module


def _is_bound(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)


def _rewritten(
    project: Project, facts: FileFacts, node: ast.ImportFrom, module: str, *, untied: bool
) -> list[Replace]:
    """An import in the code. `untied`: what it gets through the module is named without it."""
    home = project.modules.by_path[facts.path].package
    package = module.rpartition(".")[0]
    source = absolute_name(home, node.level, node.module)
    span: Span = facts.lines.span(node)
    if _names(project, source, facts.path, module) and not any(a.asname for a in node.names):
        return [Replace(span, "")]
    names = [
        alias
        for alias in node.names
        if not (untied and _names(project, f"{source}.{alias.name}", facts.path, module))
    ]
    if not names:
        return [Replace(span, "")]
    if (not node.level or home == package) and len(names) == len(node.names):
        return []
    if node.level and f"{source}.".startswith(f"{package}.") and package:
        whole = ast.ImportFrom(source[len(package) + 1 :] or None, names, 1)
    else:
        whole = ast.ImportFrom(project.modules.import_name(source), names, 0)
    return [Replace(span, ast.unparse(whole))]
