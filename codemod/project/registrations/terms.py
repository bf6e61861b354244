"""Expressions where they stand, with what loops and calls give to the names in them."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from codemod.facts.tables import Binding, FileFacts, FunctionDef, Scope
from codemod.project.symbols import dotted_parts

if TYPE_CHECKING:
    from codemod.project.project import Project

_STEPS = 12  # names are followed this far; longer chains are cycles
_ASSIGNED = ("assign", "annotation", "walrus")
_FILLS = ("append", "extend", "insert", "add", "update", "setdefault", "remove", "pop", "clear")
_SAME_ELEMENTS = ("list", "tuple", "set", "frozenset", "sorted", "reversed", "iter")


@dataclass(frozen=True, eq=False)
class Term:
    """An expression, the scope it is evaluated in, and the values of loop variables there."""

    expr: ast.expr
    scope: Scope
    facts: FileFacts
    given: Mapping[Binding, Term] = field(default_factory=dict)
    function: FunctionDef | None = None  # the function itself, where it is known by its node
    parts: tuple[Term, ...] | None = None  # of a tuple that is made on the way: zip, items()

    def at(self, expr: ast.expr) -> Term:
        """Another expression at the same place."""
        return replace(self, expr=expr, function=None, parts=None)

    @property
    def source(self) -> str:
        """The text of the expression, on one line."""
        return ast.unparse(self.expr)


class Reader:
    """Follows terms through names, literals and imports."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._tables: dict[str, dict[ast.AST, FunctionDef]] = {}
        self._depth = 0  # values that are being settled to settle others: `order, line = order`

    def function_at(self, node: ast.AST, facts: FileFacts) -> FunctionDef | None:
        """The facts of a `def` by its node."""
        table = self._tables.get(facts.path)
        if table is None:
            table = {function.node: function for function in facts.functions}
            self._tables[facts.path] = table
        return table.get(node)

    def given(self, term: Term) -> Term | None:
        """The value that a loop or a call gave to a bare name, as far as it keeps that: a parameter
        may get another one, `senders = senders or [Order]`."""
        if not isinstance(term.expr, ast.Name) or not term.given:
            return None
        found = self.project.symbols.bindings(term.expr.id, term.scope)
        bindings = found[1] if found is not None else []
        if len(bindings) > 1 and any(binding.kind == "param" for binding in bindings):
            return None
        return next((term.given[b] for b in bindings if b in term.given), None)

    def dotted(self, term: Term) -> str | None:
        """The canonical name of what a name or attribute stands for."""
        value = self.given(term)
        if value is not None:
            return self.dotted(value)
        expr = term.expr
        if isinstance(expr, ast.Attribute) and term.given:
            parts = dotted_parts(expr)
            head = term.at(ast.Name(parts[0], ast.Load())) if parts else None
            value = self.given(head) if head is not None else None
            if value is not None:
                base = self.dotted(value)
                if base is None:
                    return None
                return self.project.symbols.canonical(".".join([base, *parts[1:]]))
        if not isinstance(expr, (ast.Name, ast.Attribute)):
            return None
        return self.project.symbols.resolve(expr, term.scope, term.facts)

    def step(self, term: Term) -> Term | None:
        """The expression that a term gets its value from; None where it can't be told."""
        value = self.given(term)
        if value is not None:
            return value
        expr = term.expr
        if isinstance(expr, ast.Name):
            return self._name_step(expr.id, term)
        if isinstance(expr, ast.Attribute):
            return self._attribute_step(expr, term)
        if isinstance(expr, ast.Subscript):
            return self._item(term.at(expr.value), expr.slice)
        if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Name):
            if expr.func.id == "getattr" and len(expr.args) >= 2:
                name = self.constant(term.at(expr.args[1]))
                if isinstance(name, str) and name.isidentifier():
                    return term.at(ast.Attribute(expr.args[0], name, ast.Load()))
        if isinstance(expr, ast.Call):
            return self._returned(expr, term)
        return None

    def _returned(self, call: ast.Call, term: Term) -> Term | None:
        """What a function of the project returns that does nothing else."""
        dotted = self.dotted(term.at(call.func))
        place = self.project.symbols.definition(dotted) if dotted is not None else None
        node = place.binding.node if place is not None else None
        if place is None or not isinstance(node, ast.FunctionDef) or node.decorator_list:
            return None
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
            return None
        scope = place.facts.scopes[node]
        names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        values = dict(zip(names, takewhile(lambda a: not isinstance(a, ast.Starred), call.args)))
        values |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        given: dict[Binding, Term] = {}
        for binding in itertools.chain(*scope.bindings.values()):
            if binding.kind == "param" and binding.name in values:
                given[binding] = term.at(values[binding.name])
            elif binding.kind == "param" and binding.value is not None:
                given[binding] = Term(binding.value, place.scope, place.facts)
        return Term(body[0].value, scope, place.facts, given)

    def settled(self, term: Term) -> Term:
        """The last expression on the way from a name to its value."""
        if self._depth > _STEPS:
            return term
        self._depth += 1
        for _ in range(_STEPS):
            after = self.step(term)
            if after is None:
                break
            term = after
        self._depth -= 1
        return term

    def constant(self, term: Term) -> object:
        """The value of a constant, None for anything else."""
        expr = self.settled(term).expr
        if isinstance(expr, ast.UnaryOp) and isinstance(expr.op, ast.USub):
            number = self.constant(term.at(expr.operand))
            return -number if isinstance(number, int) else None
        return expr.value if isinstance(expr, ast.Constant) else None

    def elements(self, term: Term, depth: int = 0) -> list[Term] | None:
        """What a loop over a term goes through; None where that is not written down."""
        if depth > _STEPS:
            return None
        term = self.settled(term)
        expr = term.expr
        if term.parts is not None:
            return [*term.parts]
        if isinstance(expr, (ast.Tuple, ast.List, ast.Set)) and expr.elts:  # empty: filled later
            return self._joined([term.at(item) for item in expr.elts], depth)
        if isinstance(expr, ast.Dict):
            return [term.at(key) for key in expr.keys if key is not None]
        if isinstance(expr, ast.BinOp) and isinstance(expr.op, (ast.Add, ast.BitOr)):
            left = self.elements(term.at(expr.left), depth + 1)
            right = self.elements(term.at(expr.right), depth + 1)
            return [*left, *right] if left is not None and right is not None else None
        if isinstance(expr, ast.Call):
            return self._called_elements(expr, term, depth)
        return None

    def part(self, term: Term, path: Sequence[int]) -> Term | None:
        """The part of an unpacked value at a position."""
        for index in path:
            items = self.elements(term)
            if items is None or not -len(items) <= index < len(items):
                return None
            term = items[index]
        return term

    def _joined(self, items: Sequence[Term], depth: int) -> list[Term] | None:
        found: list[Term] = []
        for item in items:
            if isinstance(item.expr, ast.Starred):
                inner = self.elements(item.at(item.expr.value), depth + 1)
                if inner is None:
                    return None
                found += inner
            else:
                found.append(item)
        return found

    def _called_elements(self, call: ast.Call, term: Term, depth: int) -> list[Term] | None:
        function = call.func
        if isinstance(function, ast.Name) and function.id in _SAME_ELEMENTS and call.args:
            found = self.elements(term.at(call.args[0]), depth + 1)
            return found[::-1] if found and function.id == "reversed" else found
        name = function.id if isinstance(function, ast.Name) else ""
        if isinstance(function, ast.Attribute):
            name = function.attr
            base = self.settled(term.at(function.value))
            if isinstance(base.expr, ast.Dict) and None not in base.expr.keys:
                keys = [key for key in base.expr.keys if key is not None]
                if name == "keys":
                    return [base.at(key) for key in keys]
                if name == "values":
                    return [base.at(value) for value in base.expr.values]
                if name == "items":
                    pairs = zip(keys, base.expr.values)
                    return [_tuple(term, (base.at(k), base.at(v))) for k, v in pairs]
        lists = [self.elements(term.at(argument), depth + 1) for argument in call.args]
        known = [items for items in lists if items is not None]
        if not known or len(known) != len(lists):
            return None
        if name == "chain":
            return [item for items in known for item in items]
        if name == "product":
            return [_tuple(term, items) for items in itertools.product(*known)]
        if name == "zip":
            return [_tuple(term, items) for items in zip(*known)]
        if name == "enumerate":
            count = (term.at(ast.Constant(index)) for index in itertools.count())
            return [_tuple(term, items) for items in zip(count, known[0])]
        return None

    def _item(self, base: Term, key: ast.expr) -> Term | None:
        """`TABLE["key"]` of a literal table."""
        wanted = self.constant(base.at(key))
        table = self.settled(base)
        if wanted is None:
            return None
        if isinstance(table.expr, ast.Dict):
            for name, value in zip(table.expr.keys, table.expr.values):
                if name is not None and self.constant(table.at(name)) == wanted:
                    return table.at(value)
        elif isinstance(wanted, int):
            return self.part(table, [wanted])
        return None

    def _name_step(self, name: str, term: Term) -> Term | None:
        found = self.project.symbols.bindings(name, term.scope)
        if found is None or all(binding.kind == "import" for binding in found[1]):
            return self._defined(term)
        if len(found[1]) != 1:
            return None
        binding = found[1][0]
        if binding.kind not in _ASSIGNED or binding.value is None:
            return None
        if _is_filled(term.facts, name, binding.value):
            return None
        value = Term(binding.value, found[0], term.facts, term.given)
        return self.part(value, binding.path)

    def _attribute_step(self, expr: ast.Attribute, term: Term) -> Term | None:
        if isinstance(expr.value, ast.Name) and expr.value.id in ("self", "cls"):
            owner = self.class_of(term)
            found = self.project.classes.attribute(owner, expr.attr) if owner else None
            if found is not None:
                return Term(found[1], found[0].scope, found[0].facts)
            return None
        return self._defined(term)

    def _defined(self, term: Term) -> Term | None:
        """The value of a module's or class's variable that a term names."""
        dotted = self.dotted(term)
        place = self.project.symbols.definition(dotted) if dotted is not None else None
        if place is None or len(place.bindings) != 1:
            return None
        binding = place.binding
        if binding.kind not in _ASSIGNED or binding.value is None:
            return None
        if _is_filled(place.facts, binding.name, binding.value):
            return None
        return self.part(Term(binding.value, place.scope, place.facts), binding.path)

    def class_of(self, term: Term) -> str | None:
        """The canonical name of the class whose method a term stands in."""
        scope = term.scope.class_()
        if scope is None:
            return None
        return f"{self.project.module_of(term.facts.path)}.{scope.qualname}"


def _is_filled(facts: FileFacts, name: str, value: ast.expr) -> bool:
    """Whether a list or table of a name gets items, or loses some, after it is made."""
    if not isinstance(value, (ast.List, ast.Dict, ast.Set, ast.Call)):
        return False
    if any(
        site.name in _FILLS
        and isinstance(site.node.func, ast.Attribute)
        and isinstance(site.node.func.value, ast.Name)
        and site.node.func.value.id == name
        for site in facts.calls
    ):
        return True
    return any(
        isinstance(store.target, ast.Subscript)
        and isinstance(store.target.value, ast.Name)
        and store.target.value.id == name
        for scope in facts.scopes.values()
        for store in scope.stores
    )


def _tuple(term: Term, items: Sequence[Term]) -> Term:
    return replace(term.at(ast.Tuple([], ast.Load())), parts=tuple(items))
