"""The arguments of `receiver(...)`, `signal.connect(...)` and `signal.disconnect(...)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from codemod.facts.tables import Binding, FileFacts, FunctionDef
from codemod.project.registrations.terms import Reader, Term

_PARTIALS = ("functools.partial",)
_CONNECT = ("receiver", "sender", "weak", "dispatch_uid")
_DISCONNECT = ("receiver", "sender", "dispatch_uid")


@dataclass(frozen=True, eq=False)
class Arguments:
    """What a registration says. `open`: it also passes on arguments that can't be seen."""

    signal: Term
    handler: Term | None
    sender: Term | None
    uid: Term | None
    weak: Term | None
    open: bool

    @property
    def terms(self) -> tuple[Term, ...]:
        """The terms there are."""
        found = (self.signal, self.handler, self.sender)
        return tuple(term for term in found if term is not None)


def of_receiver(reader: Reader, call: Term) -> Arguments | None:
    """The arguments of the decorator."""
    named, closed = _named(reader, call, ("signal",))
    if "signal" not in named:
        return None
    return Arguments(
        named["signal"],
        None,
        named.get("sender"),
        named.get("dispatch_uid"),
        named.get("weak"),
        not closed,
    )


def of_connect(reader: Reader, call: Term) -> Arguments | None:
    """The arguments of `signal.connect(...)`, `signal.disconnect(...)` or a partial of these."""
    call = _put_together(reader, call)
    node = call.expr
    assert isinstance(node, ast.Call)
    function, at = node.func, call.at(node.func)
    if isinstance(function, ast.Name):  # connect = post_save.connect
        at = reader.settled(at)
        function = at.expr
    if not isinstance(function, ast.Attribute):
        return None
    names = _DISCONNECT if function.attr == "disconnect" else _CONNECT
    named, closed = _named(reader, call, names)
    return Arguments(
        at.at(function.value),
        named.get("receiver"),
        named.get("sender"),
        named.get("dispatch_uid"),
        named.get("weak"),
        not closed,
    )


def is_partial(reader: Reader, term: Term) -> bool:
    """Whether a term is a partial of `signal.connect`."""
    call = term.expr
    if not isinstance(call, ast.Call) or not call.args or not _is_method(call.args[0]):
        return False
    return reader.dotted(term.at(call.func)) in _PARTIALS


def _put_together(reader: Reader, call: Term) -> Term:
    """`partial(post_save.connect, sender=Order)(handler)` as one call; the partial alone, too."""
    node = call.expr
    assert isinstance(node, ast.Call)
    first = reader.settled(call.at(node.func))
    if is_partial(reader, first):
        inner = first.expr
        assert isinstance(inner, ast.Call)
        made = ast.Call(
            inner.args[0], [*inner.args[1:], *node.args], [*inner.keywords, *node.keywords]
        )
    elif is_partial(reader, call):
        made = ast.Call(node.args[0], node.args[1:], node.keywords)
    else:
        return call
    return call.at(ast.copy_location(made, node))


def bound(
    reader: Reader, function: FunctionDef, home: FileFacts, call: Term, is_method: bool
) -> Mapping[Binding, Term]:
    """The values that a call gives to the parameters of a project function."""
    node, arguments = call.expr, function.node.args
    assert isinstance(node, ast.Call)
    positional = [arg.arg for arg in (*arguments.posonlyargs, *arguments.args)]
    names = tuple(positional[1:] if is_method else positional)
    values, _ = _named(reader, call, names)
    passed, whole = _positional(reader, call)
    given: dict[Binding, Term] = {}
    known = {*positional, *(arg.arg for arg in arguments.kwonlyargs)}
    for bindings in function.scope.bindings.values():
        for binding in bindings:
            if binding.kind != "param":
                continue
            if binding.node is arguments.vararg:
                if not whole:
                    continue
                made = call.at(ast.Tuple([], ast.Load()))
                given[binding] = replace(made, parts=tuple(passed[len(names) :]))
            elif binding.node is arguments.kwarg:
                others = {k.arg: k.value for k in node.keywords if k.arg and k.arg not in known}
                keys: list[ast.expr | None] = [ast.Constant(key) for key in others]
                given[binding] = call.at(ast.Dict(keys, [*others.values()]))
            elif binding.name in values:
                given[binding] = values[binding.name]
            elif binding.value is not None:
                given[binding] = Term(binding.value, function.outer, home)
    return given


def _named(reader: Reader, call: Term, names: tuple[str, ...]) -> tuple[dict[str, Term], bool]:
    """The arguments by name, and whether these are all."""
    node = call.expr
    assert isinstance(node, ast.Call)
    positional, closed = _positional(reader, call)
    found = dict(zip(names, positional))
    for keyword in node.keywords:
        if keyword.arg is not None:
            found[keyword.arg] = call.at(keyword.value)
            continue
        pairs = _pairs(reader.settled(call.at(keyword.value)))
        if pairs is None:
            closed = False
        else:
            found.update(pairs)
    return found, closed


def _positional(reader: Reader, call: Term) -> tuple[list[Term], bool]:
    """The arguments by position, those of `*args` too, and whether these are all."""
    found: list[Term] = []
    assert isinstance(call.expr, ast.Call)
    for argument in call.expr.args:
        if isinstance(argument, ast.Starred):
            items = reader.elements(call.at(argument.value))
            if items is None:
                return found, False
            found += items
        else:
            found.append(call.at(argument))
    return found, True


def _pairs(term: Term) -> dict[str, Term] | None:
    """The items of `{"sender": Order}` or `dict(sender=Order)`."""
    expr = term.expr
    if isinstance(expr, ast.Dict):
        return {
            key.value: term.at(value)
            for key, value in zip(expr.keys, expr.values)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        }
    if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Name) and expr.func.id == "dict":
        return {k.arg: term.at(k.value) for k in expr.keywords if k.arg is not None}
    return None


def _is_method(expr: ast.expr) -> bool:
    return isinstance(expr, ast.Attribute) and expr.attr in ("connect", "disconnect")


def names_in(expr: ast.expr) -> Iterator[ast.Name]:
    """The names that an expression reads."""
    for node in ast.walk(expr):
        if isinstance(node, ast.Name):
            yield node
