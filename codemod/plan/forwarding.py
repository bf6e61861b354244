"""Calls in a handler that hand on `**kwargs` to a helper which never reads them.

def handle_log(sender, instance, **kwargs):              def handle_log(log):
    update_activity(sender, instance, **kwargs)   ->         update_activity(Log, log)

def update_activity(sender, instance, **kwargs):
    ...                                                  (as it was)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from codemod.facts.nodes import is_name
from codemod.facts.tables import FileFacts, FunctionDef
from codemod.plan.handler import Use
from codemod.plan.names import reads
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.values.edits import Replace

_PLAIN = (ast.Name, ast.Constant, ast.Attribute, ast.Call, ast.keyword, ast.expr_context)


def idle(project: Project, receiver: FoundReceiver) -> tuple[ast.Call, ...]:
    """The calls whose helper ignores the `**kwargs` that a handler hands on."""
    function, facts = receiver.function, receiver.facts
    stars = function.node.args.kwarg if function is not None else None
    if function is None or stars is None:
        return ()
    if any(c.signal == "m2m_changed" for c in receiver.receiver.connections):
        return ()
    handlers = {found.function.node for found in project.receivers if found.function}
    scope = facts.scopes[function.node]
    return tuple(
        node
        for node in ast.walk(function.node)
        if isinstance(node, ast.Call)
        and any(k.arg is None and is_name(k.value, stars.arg) for k in node.keywords)
        and all(_is_plain(a) for a in node.args)
        and all(k.arg is None or _is_plain(k.value) for k in node.keywords)
        and (name := project.symbols.resolve(node.func, scope, facts)) is not None
        and (found := project.function(name)) is not None
        and found[1].node not in handlers
        and _ignores_stars(found[1])
    )


def _is_plain(node: ast.expr) -> bool:
    """Whether an argument is names, constants and calls in one line, without stars."""
    inner = [*ast.walk(node)]
    starred = any(isinstance(n, ast.keyword) and n.arg is None for n in inner)
    return (
        node.lineno == node.end_lineno and not starred and all(isinstance(n, _PLAIN) for n in inner)
    )


def _ignores_stars(function: FunctionDef) -> bool:
    stars = function.node.args.kwarg
    return stars is not None and not any(reads(s, stars.arg) for s in function.node.body)


def without_stars(
    calls: Iterable[ast.Call], facts: FileFacts, uses: Iterable[Use], texts: Mapping[str, str]
) -> list[Replace]:
    """Edits that take the `**kwargs` out; the arguments of the signal read as `texts` has them."""
    lines = facts.lines
    edits: list[Replace] = []
    for call in calls:
        arguments: list[str] = []
        given = [("", value) for value in call.args]
        given += [(f"{k.arg}=", k.value) for k in call.keywords if k.arg is not None]
        for name, value in given:
            span = lines.span(value)
            told = [(use.span, texts[use.argument]) for use in uses if span.contains(use.span)]
            arguments.append(f"{name}{lines.changed(span, told)}")
        function = lines.source(lines.span(call.func))
        edits.append(Replace(lines.span(call), f"{function}({', '.join(arguments)})"))
    return edits
