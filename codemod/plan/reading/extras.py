"""Arguments that no signal gives: a handler has defaults for them, calls of its own may differ.

def count(sender, instance, **kwargs):               def count(order, *, amount=1):
    amount = kwargs.pop("amount", 1)          ->         Total.add(order.shop, amount)
    Total.add(instance.shop, amount)

count(Order, instance=order, amount=3)        ->     count(order, amount=3)

Django's signals give what SEMANTICS 1.1, 3.1 and 4.1 list, and nothing else.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterator
from dataclasses import dataclass, replace

from codemod.facts.nodes import is_name
from codemod.facts.tables import FunctionDef
from codemod.plan.reading.handler import GIVEN
from codemod.values.span import Lines

_AGAIN = (ast.For, ast.AsyncFor, ast.While, ast.comprehension)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True)
class Extra:
    """An argument that a handler looks up in its `**kwargs` with a default."""

    name: str
    default: str  # as source
    lookup: ast.Call
    binding: ast.Assign | ast.NamedExpr | None = None  # where it gets its own name

    @property
    def reader(self) -> ast.expr:
        """The lookup, or `name := lookup`."""
        return self.binding if isinstance(self.binding, ast.NamedExpr) else self.lookup


def extras(function: FunctionDef, lines: Lines) -> tuple[Extra, ...]:
    """The arguments that a handler looks up once, each with a constant for a default, and has no
    other use for the names of."""
    stars = function.node.args.kwarg
    if stars is None:
        return ()
    looked_up = [each for node in _walk(function) if (each := _read(node, stars.arg, lines))]
    names = [each.name for each in looked_up]
    named = (_with_binding(each, function) for each in looked_up if names.count(each.name) == 1)
    return tuple(filter(None, named))


def _walk(function: FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function that run once at most, by the names of the function itself."""
    pending: list[ast.AST] = [*function.node.body]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (*_SCOPES, *_AGAIN)):
            pending += [n for n in ast.iter_child_nodes(node)]


def _read(node: ast.AST, stars: str, lines: Lines) -> Extra | None:
    """The argument in `kwargs.get("amount", 1)`, `kwargs.pop("amount", 1)`, `kwargs.get("x")`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if not is_name(node.func.value, stars) or node.keywords or not 0 < len(node.args) < 3:
        return None
    key, default = node.args[0], node.args[1] if len(node.args) > 1 else ast.Constant(None)
    if node.func.attr != "get" and (node.func.attr != "pop" or len(node.args) == 1):
        return None
    if not isinstance(key, ast.Constant) or not isinstance(default, ast.Constant):
        return None
    name = key.value
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        return None
    if name in GIVEN:
        return None
    text = lines.source(lines.span(default)) if node.args[1:] else "None"
    return Extra(name, text, node) if "\n" not in text else None


def _with_binding(extra: Extra, function: FunctionDef) -> Extra | None:
    """The same with where it gets its own name; None if the name is another thing's as well."""
    name, nodes = extra.name, [*ast.walk(function.node)]
    if any(isinstance(n, ast.arg) and n.arg == name for n in nodes) or _otherwise(nodes, name):
        return None
    named = sorted((n.lineno, n.col_offset, n) for n in nodes if is_name(n, name))
    if not named:
        return extra
    _, _, first = named[0]
    for node in nodes:
        if isinstance(node, ast.Assign) and node in function.node.body:
            if node.value is extra.lookup and node.targets == [first]:
                return replace(extra, binding=node)
        elif isinstance(node, ast.NamedExpr):
            if node.value is extra.lookup and node.target is first:
                return replace(extra, binding=node)
    return None


def _otherwise(nodes: list[ast.AST], name: str) -> bool:
    """Whether a name is bound by more than assignments: an import, a function, `except ... as`."""
    for node in nodes:
        bound: list[str | None]
        if isinstance(node, ast.alias):
            bound = [node.asname or node.name.partition(".")[0]]
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            bound = [*node.names]
        else:  # functions, classes, handlers of exceptions, patterns
            bound = [getattr(node, "name", None), getattr(node, "rest", None)]
        if name in bound:
            return True
    return False
