"""Fields that a function of the project makes, or `functools.partial`.

Weak = partial(models.ForeignKey, on_delete=models.CASCADE)

def weak(to, **kwargs):
    kwargs.setdefault("null", True)
    return models.ForeignKey(to, on_delete=models.CASCADE, **kwargs)

order = weak(Order, related_name="lines")   is   ForeignKey(Order, on_delete=..., ...)

LINES = {"related_name": "lines", "on_delete": models.CASCADE}
order = models.ForeignKey(Order, **LINES)   is   the same
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codemod.facts.nodes import is_name, last_name, own_nodes
from codemod.facts.tables import FileFacts, Scope
from codemod.project.field_classes import UNTOLD, defaults, is_parameter, stated
from codemod.project.symbols import Definition, Symbols

_PARTIAL = "functools.partial"
_DEEP = 3  # makers that call others are followed this far
_RELATIONS = ("Key", "OneToOneField", "ManyToManyField", "Relation")
Function = ast.FunctionDef | ast.Lambda


@dataclass(frozen=True, eq=False)
class Terms:
    """Where an expression is written: what its names mean."""

    scope: Scope
    facts: FileFacts


@dataclass(frozen=True, eq=False)
class Made:
    """A call as it comes to a class: with the arguments that it got on the way there."""

    call: ast.Call
    terms: Terms  # of what is called
    dotted: str | None  # the canonical name of that
    foreign: Mapping[ast.expr, Terms]  # the arguments that are written elsewhere


def followed(call: ast.Call, terms: Terms, symbols: Symbols) -> Made:
    """What a call comes to by way of the project's functions and partials."""
    foreign: dict[ast.expr, Terms] = {}
    for _ in range(_DEEP):
        call = _unpacked(call, terms, symbols, foreign)
        dotted = symbols.resolve(plain(call.func), terms.scope, terms.facts)
        known = dotted is None or dotted.startswith("django.")
        definition = symbols.definition(dotted) if dotted is not None and not known else None
        step = _step(call, definition, symbols) if definition is not None else None
        if step is None:
            break
        further, terms, written = step
        foreign |= dict.fromkeys(written, terms)
        call = ast.copy_location(further, call)
    return Made(call, terms, dotted, foreign)


def _unpacked(
    call: ast.Call, terms: Terms, symbols: Symbols, foreign: dict[ast.expr, Terms]
) -> ast.Call:
    """A call with the entries of the dictionaries that it unpacks as its arguments; where these
    are written is added to `foreign`."""
    keywords: list[ast.keyword] = []
    for keyword in call.keywords:
        entries, where = _entries(keyword, terms, symbols)
        foreign |= {} if where is terms else dict.fromkeys((e.value for e in entries), where)
        keywords += entries
    if keywords == call.keywords:
        return call
    return ast.copy_location(ast.Call(call.func, call.args, keywords), call)


def _entries(
    keyword: ast.keyword, terms: Terms, symbols: Symbols
) -> tuple[list[ast.keyword], Terms]:
    """What an argument passes, and where that is written: `**WEAK` the entries of a dictionary
    that is spelled out and assigned once, anything else itself."""
    value = keyword.value
    if keyword.arg is None and isinstance(value, (ast.Name, ast.Attribute)):
        dotted = symbols.resolve(value, terms.scope, terms.facts)
        definition = symbols.definition(dotted) if dotted is not None else None
        if definition is not None and definition.binding.value is not None:
            value = definition.binding.value
            terms = Terms(definition.scope, definition.facts)
    if keyword.arg is None and isinstance(value, ast.Dict):
        names = [getattr(key, "value", None) for key in value.keys]
        if all(isinstance(name, str) for name in names):
            pairs = zip(names, value.values, strict=True)
            return [ast.keyword(name, given) for name, given in pairs], terms
    if keyword.arg is None and isinstance(value, ast.Call) and is_name(value.func, "dict"):
        if not value.args and all(each.arg is not None for each in value.keywords):
            return value.keywords, terms
    return [keyword], terms


def plain(cls: ast.expr) -> ast.expr:
    """A class without the types that it is given: `models.ForeignKey["User"]` (django-stubs)."""
    return cls.value if isinstance(cls, ast.Subscript) else cls


def _step(
    call: ast.Call, definition: Definition, symbols: Symbols
) -> tuple[ast.Call, Terms, list[ast.expr]] | None:
    """The call that what is called makes in its turn, its terms, and which of its arguments are
    written in these; None of a class, and of what makes none."""
    binding, facts = definition.binding, definition.facts
    function, terms = binding.node, Terms(definition.scope, facts)
    if isinstance(binding.value, ast.Lambda):
        function = binding.value
    if isinstance(function, (ast.FunctionDef, ast.Lambda)):
        calls = sorted(_returned(function), key=_is_relation, reverse=True)
        if not calls:
            return None
        inner = Terms(facts.scopes.get(function, facts.scope), facts)
        merged = _through(call, function, calls[0] if len(calls) == 1 else _common(calls))
        given = {*call.args, *(k.value for k in call.keywords)}
        values = [*merged.args, *(k.value for k in merged.keywords)]
        return merged, inner, [value for value in values if value not in given]
    made = binding.value
    if not isinstance(made, ast.Call) or binding.path or not made.args:
        return None
    if symbols.resolve(made.func, terms.scope, facts) != _PARTIAL:
        return None
    func, *first = made.args
    named = {keyword.arg for keyword in call.keywords}
    kept = [keyword for keyword in made.keywords if keyword.arg not in named]
    merged = ast.Call(func, [*first, *call.args], [*call.keywords, *kept])
    return merged, terms, [*first, *(keyword.value for keyword in kept)]


def _returned(function: Function) -> Iterator[ast.Call]:
    """The calls of which a function returns one's result, itself or by a name."""
    if isinstance(function, ast.Lambda):
        pending: list[ast.expr | None] = [function.body]
    else:
        pending = [n.value for n in own_nodes(function) if isinstance(n, ast.Return)]
    names = set[str]()
    while pending:
        value = pending.pop()
        if isinstance(value, ast.Call):
            yield value
        elif isinstance(value, ast.IfExp):
            pending += [value.body, value.orelse]
        elif isinstance(value, ast.Name) and value.id not in names:
            names.add(value.id)
            pending += [
                node.value
                for node in own_nodes(function)
                if isinstance(node, ast.Assign) and any(is_name(t, value.id) for t in node.targets)
            ]


def _is_relation(call: ast.Call) -> bool:
    """Whether a call makes a relation, by its name: of several fields it is the one to heed."""
    return last_name(plain(call.func)).endswith(_RELATIONS)


def _through(call: ast.Call, function: Function, returned: ast.Call) -> ast.Call:
    """A call that a function returns, with the arguments that a call of the function has."""
    given = dict(_arguments(call, function))
    keywords: dict[str | None, ast.expr] = {}
    if any(keyword.arg is None for keyword in returned.keywords):
        named = {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
        keywords |= {k.arg: k.value for k in call.keywords if k.arg not in named}
        for name, value, firm in stated(function) if isinstance(function, ast.FunctionDef) else ():
            if firm or name not in keywords:
                keywords[name] = UNTOLD if is_parameter(value, function) else value
    args: list[ast.expr] = []
    for argument in returned.args:
        spread = isinstance(argument, ast.Starred)
        args += _spread(call, function) if spread else [_value(argument, given, function)]
    for keyword in returned.keywords:
        if keyword.arg is not None:
            keywords[keyword.arg] = _value(keyword.value, given, function)
    return ast.Call(returned.func, args, [ast.keyword(name, v) for name, v in keywords.items()])


def _arguments(call: ast.Call, function: Function) -> Iterator[tuple[str, ast.expr]]:
    """The values of a function's parameters in a call: those that it gives, else the defaults."""
    yield from defaults(function.args)
    places = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    yield from zip(places, call.args)
    yield from ((k.arg, k.value) for k in call.keywords if k.arg is not None)


def _spread(call: ast.Call, function: Function) -> list[ast.expr]:
    """What `*args` of a function holds in a call."""
    return call.args[len(function.args.posonlyargs) + len(function.args.args) :]


def _value(value: ast.expr, given: Mapping[str, ast.expr], function: Function) -> ast.expr:
    """What an expression of a function is in a call of it."""
    if isinstance(value, ast.Name) and value.id in given:
        return given[value.id]
    return UNTOLD if is_parameter(value, function) else value


def _common(calls: list[ast.Call]) -> ast.Call:
    """What several calls have in common, of the class of the first; what differs is untold."""
    first = calls[0]
    texts = [{k.arg: ast.unparse(k.value) for k in call.keywords} for call in calls]
    names = dict.fromkeys(name for each in texts for name in each)
    same = {name for name in names if len({each.get(name) for each in texts}) == 1}
    known = {k.arg: k.value for k in first.keywords if k.arg in same}
    keywords = [ast.keyword(name, known.get(name, UNTOLD)) for name in names]
    args = [
        arg if all(ast.unparse(arg) in map(ast.unparse, call.args[i : i + 1]) for call in calls)
        else UNTOLD
        for i, arg in enumerate(first.args)
    ]  # fmt: skip
    return ast.copy_location(ast.Call(first.func, args, keywords), first)
