"""The places that take all receivers of a signal away, or put them back.

kept, post_save.receivers = post_save.receivers, []      for signal in (pre_save, post_save):
post_save.receivers = kept                                   signal.receivers.clear()

with patch.object(post_save, "send"):                    (Signal.send goes through `receivers`)
    Order.objects.create()
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codemod.facts.nodes import last_name
from codemod.facts.tables import Binding, FileFacts, Scope, Store
from codemod.plan.silences.values import is_everything, is_kept, is_silent, replaces_all, stored
from codemod.project.project import Project
from codemod.project.registrations.readings import signal_of
from codemod.project.registrations.terms import Reader, Term
from codemod.values.account import SIGNALS

_SILENCING = ("receivers", "send")  # `send_robust` is not for what the ORM does
_REPLACING = ("object", "setattr")
_PATCHING = ("patch", "object", "multiple")
_EMPTYING = ("clear", "remove", "pop")
_FILLING = ("extend", "append", "insert")
# "shop.models.post_save.send", or of all signals "django.dispatch.Signal.send"
_PATCHED = re.compile(
    rf"(?:[\w.]+\.({'|'.join(SIGNALS)})|django\.[\w.]+\.\w*Signal)\.(?:{'|'.join(_SILENCING)})"
)
_SPEAKING = ("signal", *SIGNALS)
_WORDS = re.compile(r"""\breceivers\b|\bsend["']|\bsend\s*=""")

Given = Mapping[Binding, Term]


@dataclass(frozen=True, eq=False)
class Switch:
    """A place that takes the receivers of a signal away (`off`), or puts them back."""

    signal: ast.expr | str  # an expression, or the name in the text that a test patches; "" for all
    node: ast.expr
    scope: Scope
    facts: FileFacts
    off: bool
    whole: bool = True  # whether it surely leaves none

    @property
    def is_patch(self) -> bool:
        """Whether it is `patch(...)`, which is entered and left."""
        return isinstance(self.node, ast.Call) and last_name(self.node.func) in _PATCHING


def switches(project: Project) -> tuple[Switch, ...]:
    """Every such place, in the order of the files."""
    found: list[Switch] = []
    for path in sorted(project.paths):
        text = project.text(path)
        facts = project.facts(path) if _may_switch(text) else None
        if facts is not None:
            stores = {id(s.target): s for scope in facts.scopes.values() for s in scope.stores}
            for node, scope in facts.nodes():
                if isinstance(node, ast.expr):
                    found += _switch(node, scope, facts, stores)
    return tuple(found)


def signals(reader: Reader, switch: Switch, given: Given) -> tuple[frozenset[str], bool]:
    """The signals that a switch may be for, and whether it surely is for each of them."""
    if isinstance(switch.signal, str):
        return frozenset([switch.signal] if switch.signal else SIGNALS), switch.whole
    named = _named(reader, Term(switch.signal, switch.scope, switch.facts, given))
    if named is not None:
        return frozenset(named), switch.whole
    found = _may_be(reader, Term(switch.signal, switch.scope, switch.facts, given), frozenset())
    if found is None:
        found = frozenset(SIGNALS if _speaks_of_signals(switch) else ())
    return found, False


def _may_switch(text: str) -> bool:
    """Whether a text speaks of a signal's receivers. (Plain words first: most texts end there.)"""
    if "receivers" not in text and "send" not in text:
        return False
    return any(word in text for word in _SPEAKING) and _WORDS.search(text) is not None


def _switch(
    node: ast.expr, scope: Scope, facts: FileFacts, stores: Mapping[int, Store]
) -> Iterator[Switch]:
    """`signal.receivers = []`, `del signal.receivers[:]`, `signal.receivers.clear()`,
    `patch.object(signal, "send")`."""
    if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
        owner = _owner(node.value if isinstance(node, ast.Subscript) else node)
        if owner is not None:
            all_of_it = not isinstance(node, ast.Subscript) or is_everything(node.slice)
            store = stores.get(id(node))
            if store is None or store.kind == "delete":
                yield Switch(owner, node, scope, facts, True, all_of_it)
            else:
                value = stored(store)
                off = store.kind != "augmented" and not (value and is_kept(value, scope))
                whole = all_of_it and value is not None and is_silent(value, scope)
                yield Switch(owner, node, scope, facts, off, whole)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = _owner(node.func.value)
        if owner is not None and node.func.attr in (*_EMPTYING, *_FILLING):
            off, whole = node.func.attr in _EMPTYING, node.func.attr == "clear"
            yield Switch(owner, node, scope, facts, off, whole)
    if isinstance(node, ast.Call) and node.args:
        first, *rest = node.args
        name = rest[0].value if rest and isinstance(rest[0], ast.Constant) else None
        patched = isinstance(first, ast.Constant) and _PATCHED.fullmatch(str(first.value))
        if last_name(node.func) == "multiple":
            yield from _of_several(node, first, scope, facts)
        elif patched:
            yield Switch(
                patched[1] or "", node, scope, facts, True, replaces_all(node, rest[:1], scope)
            )
        elif name in _SILENCING and last_name(node.func) in _REPLACING:
            value = rest[1] if last_name(node.func) == "setattr" and len(rest) > 1 else None
            off = value is None or not is_kept(value, scope)
            yield Switch(first, node, scope, facts, off, replaces_all(node, rest[1:2], scope))


def _of_several(
    call: ast.Call, first: ast.expr, scope: Scope, facts: FileFacts
) -> Iterator[Switch]:
    """`patch.multiple(signal, send=DEFAULT)`; the signal may be a text."""
    values = [keyword.value for keyword in call.keywords if keyword.arg in _SILENCING]
    text = f"{first.value!s}.send" if isinstance(first, ast.Constant) else ""
    named = _PATCHED.fullmatch(text)
    if values and (named or not text):
        whole = any(is_silent(value, scope) for value in values)
        yield Switch((named[1] or "") if named else first, call, scope, facts, True, whole)


def _owner(node: ast.expr) -> ast.expr | None:
    """`signal` of `signal.receivers`."""
    if not isinstance(node, ast.Attribute) or node.attr not in _SILENCING:
        return None
    own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
    return None if own else node.value


def _named(reader: Reader, term: Term) -> list[str] | None:
    """The signals that an expression surely means, one or all that a loop goes through."""
    known = _signal(reader, term)
    if known is not None:
        return [known] if known else []
    for iterable in _loops(reader, term):
        items = reader.elements(iterable)
        found = [_signal(reader, item) for item in items] if items is not None else [None]
        if None not in found:
            return [signal for signal in found if signal]
    return None


def _signal(reader: Reader, term: Term) -> str | None:
    """The ORM signal that an expression is; "" for another thing, None where that isn't told, as of
    an attribute of some object."""
    known = signal_of(reader, term)
    settled = reader.settled(term)
    untold = isinstance(settled.expr, ast.Attribute) and reader.dotted(settled) is None
    return None if known == "" and untold else known


def _loops(reader: Reader, term: Term) -> Iterator[Term]:
    """What the loops go through whose variable an expression is."""
    if not isinstance(term.expr, ast.Name):
        return
    found = reader.project.symbols.bindings(term.expr.id, term.scope)
    for binding in found[1] if found is not None else ():
        if binding.kind == "loop" and binding.value is not None and not binding.path:
            yield term.at(binding.value)


def _may_be(reader: Reader, term: Term, seen: frozenset[int]) -> frozenset[str] | None:
    """The signals that an expression, or what it holds, may be; None where that isn't told."""
    expr = term.expr
    if id(expr) in seen or isinstance(expr, ast.Constant):
        return frozenset()
    known = _signal(reader, term)
    if known is not None and term.parts is None:
        return frozenset([known] if known else ())
    found: set[str] = set()
    for part in _parts(reader, term):
        inside = _may_be(reader, part, seen | {id(expr)}) if part is not None else None
        if inside is None:
            return None
        found |= inside
    return frozenset(found)


def _parts(reader: Reader, term: Term) -> list[Term] | list[None]:
    """What an expression may be, or holds; [None] where that isn't told."""
    expr = term.expr
    if term.parts is not None:
        return [*term.parts]
    if isinstance(expr, ast.BoolOp):
        return [term.at(value) for value in expr.values]
    if isinstance(expr, ast.IfExp):
        return [term.at(expr.body), term.at(expr.orelse)]
    if isinstance(expr, (ast.Tuple, ast.List, ast.Set)):
        return [term.at(item) for item in expr.elts]
    if isinstance(expr, ast.Name):
        known = reader.project.symbols.bindings(expr.id, term.scope)
        bindings = known[1] if known is not None else []
        values = [
            term.given.get(b) or (term.at(b.value) if b.value is not None else None)
            for b in bindings
            if b in term.given or (b.kind in ("assign", "loop") and not b.path)
        ]
        told = [value for value in values if value is not None]
        if told and len(told) == len(bindings):
            return told
    after = reader.step(term)
    return [after] if after is not None else [None]


def _speaks_of_signals(switch: Switch) -> bool:
    """Whether the code around what can't be told has the word."""
    owner: Scope = switch.scope
    while owner.parent is not None and owner.parent.kind != "module":
        owner = owner.parent
    node = owner.node if isinstance(owner.node, ast.stmt) else None
    text = switch.facts.lines.source(switch.facts.lines.span(node)) if node is not None else ""
    return "signal" in (text or ast.unparse(switch.node)).lower()
