"""Calls in a handler that hand on `**kwargs` to a helper which never reads them as such.

def handle_log(sender, instance, **kwargs):          def handle_log(log, *, created):
    update_activity(instance, **kwargs)       ->         update_activity(log, created=created)

def update_activity(instance, created=False, **kwargs):
    ...                                                  (as it was)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from codemod.facts.nodes import is_name, parameters
from codemod.facts.tables import FileFacts, FunctionDef
from codemod.plan.reading.handler import Use
from codemod.plan.reading.names import reads
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.values.edits import Replace

_PLAIN = (ast.Name, ast.Constant, ast.Attribute, ast.Call, ast.keyword, ast.expr_context)
# What the signals pass besides the sender and the instance (SEMANTICS 1.1, 3.1).
_SAVED = ("signal", "raw", "using", "update_fields")
_DELETED = ("signal", "using", "origin")
_PASSED = {
    "pre_save": _SAVED,
    "post_save": ("created", *_SAVED),
    "pre_delete": _DELETED,
    "post_delete": _DELETED,
}


@dataclass(frozen=True)
class Forwarding:
    """A call that goes without the `**kwargs` that it hands on."""

    call: ast.Call
    stars: ast.Name
    filled: tuple[str, ...]  # the helper's parameters that got something out of them
    open: frozenset[str]  # those that no signal gives anything: a call of the handler may


def idle(project: Project, receiver: FoundReceiver) -> tuple[Forwarding, ...]:
    """The calls whose helper ignores the `**kwargs` that a handler hands on, but for what its
    own parameters take out of them."""
    function, facts = receiver.function, receiver.facts
    stars = function.node.args.kwarg if function is not None else None
    if function is None or stars is None:
        return ()
    signals = [c.signal for c in receiver.receiver.connections]
    if any(signal not in _PASSED for signal in signals):
        return ()
    passed = {"sender", "instance", *(name for s in signals for name in _PASSED[s])}
    own = set(parameters(function.node))
    passed -= own
    handlers = {found.function.node for found in project.receivers if found.function}
    scope = facts.scopes[function.node]
    found: list[Forwarding] = []
    for node in ast.walk(function.node):
        if not isinstance(node, ast.Call) or not all(map(_is_plain, _given(node))):
            continue
        handed = [k.value for k in node.keywords if k.arg is None]
        name = project.symbols.resolve(node.func, scope, facts)
        helper = project.function(name) if name is not None else None
        if len(handed) != 1 or not is_name(handed[0], stars.arg) or helper is None:
            continue
        if helper[1].node in handlers or not _ignores_stars(helper[1]):
            continue
        left = _filled(helper[1], node)
        filled = left & passed
        if not filled or not _pops(function, stars.arg):
            ordered = tuple(n for n in parameters(helper[1].node) if n in filled)
            found.append(Forwarding(node, handed[0], ordered, frozenset(left - passed - own)))
    return tuple(found)


def _given(call: ast.Call) -> list[ast.expr]:
    """The arguments of a call that are not unpacked."""
    return [*call.args, *(k.value for k in call.keywords if k.arg is not None)]


def _filled(helper: FunctionDef, call: ast.Call) -> set[str]:
    """The parameters of a helper that a call leaves to its `**kwargs`, save for a guard against
    raw saves: a service is called for none."""
    names = set(parameters(helper.node)[len(call.args) :]) - {k.arg for k in call.keywords}
    arguments = helper.node.args
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults = dict(zip(reversed(plain), reversed(arguments.defaults)))
    defaults |= {a: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults) if d is not None}
    idle = {
        a.arg for a, d in defaults.items() if a.arg == "raw" and getattr(d, "value", 1) is False
    }
    return names - idle


def _pops(function: FunctionDef, stars: str) -> bool:
    """Whether a handler changes its `**kwargs`, so that another gets less, or more."""
    return any(
        (isinstance(node, ast.Attribute) and is_name(node.value, stars) and node.attr != "get")
        or (
            isinstance(node, ast.Subscript)
            and is_name(node.value, stars)
            and not isinstance(node.ctx, ast.Load)
        )
        for node in ast.walk(function.node)
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
    calls: Iterable[Forwarding], facts: FileFacts, uses: Iterable[Use], texts: Mapping[str, str]
) -> list[Replace]:
    """Edits that take the `**kwargs` out, and name what the helper got from them; the arguments of
    the signal read as `texts` has them."""
    lines = facts.lines
    edits: list[Replace] = []
    for each in calls:
        call = each.call
        arguments: list[str] = []
        given = [("", value) for value in call.args]
        given += [(f"{k.arg}=", k.value) for k in call.keywords if k.arg is not None]
        for name, value in given:
            span = lines.span(value)
            told = [(use.span, texts[use.argument]) for use in uses if span.contains(use.span)]
            arguments.append(f"{name}{lines.changed(span, told)}")
        arguments += [f"{name}={texts[name]}" for name in each.filled]
        function = lines.source(lines.span(call.func))
        edits.append(Replace(lines.span(call), f"{function}({', '.join(arguments)})"))
    return edits
