"""The arguments of a signal, by whatever name or lookup a handler's code reads them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from codemod.facts.nodes import is_name, parameters
from codemod.plan.reading.extras import Extra
from codemod.plan.reading.handler import GIVEN, Use
from codemod.plan.reading.names import inner_parameters
from codemod.values.span import Lines


@dataclass
class Arguments:
    """What a handler gets by name, and out of `**kwargs`."""

    names: set[str]
    kwargs: str | None
    alias: str | None = None  # what the body calls the instance throughout
    hints: dict[str, ast.expr] = field(default_factory=dict)  # the types that it says, by argument
    extras: tuple[Extra, ...] = ()  # what no signal gives

    @classmethod
    def of(cls, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Arguments:
        """Those of a function."""
        return cls({*parameters(node)}, node.args.kwarg.arg if node.args.kwarg else None)

    def copy(self) -> Arguments:
        """One that can change on its own."""
        return replace(self, names={*self.names}, hints={**self.hints})

    def is_instance(self, node: ast.AST) -> bool:
        """Whether an expression is the instance."""
        by_name = "instance" in self.names and is_name(node, "instance")
        return by_name or self.is_alias(node) or self.lookup(node) == "instance"

    def is_alias(self, node: ast.AST) -> bool:
        """Whether an expression is the body's own name for the instance."""
        return self.alias is not None and is_name(node, self.alias)

    def flag(self, term: ast.expr) -> tuple[str | None, bool]:
        """(argument, the value for which the term holds) of `created`, `not created`, ..."""
        holds = True
        while isinstance(term, ast.UnaryOp) and isinstance(term.op, ast.Not):
            holds, term = not holds, term.operand
        if isinstance(term, ast.Compare) and len(term.ops) == 1:
            right = term.comparators[0]
            if isinstance(right, ast.Constant) and isinstance(right.value, bool):
                if isinstance(term.ops[0], (ast.Is, ast.Eq)):
                    holds, term = holds == right.value, term.left
                elif isinstance(term.ops[0], (ast.IsNot, ast.NotEq)):
                    holds, term = holds != right.value, term.left
            elif self.is_instance(term.left) and ast.unparse(right) == "None":
                if isinstance(term.ops[0], (ast.Is, ast.IsNot)):
                    holds, term = holds == isinstance(term.ops[0], ast.IsNot), term.left
        if self.is_alias(term):
            return "instance", holds
        if isinstance(term, ast.Name) and term.id in self.names:
            return term.id, holds
        return self.lookup(term), holds

    def lookup(self, node: ast.AST) -> str | None:
        """The argument that `kwargs["x"]`, `kwargs.get("x")` or `kwargs.pop("x")` reads."""
        if self.kwargs is None:
            return None
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript) and is_name(node.value, self.kwargs):
            key = node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if is_name(node.func.value, self.kwargs) and node.func.attr in ("get", "pop"):
                key = node.args[0]
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            return key.value or None
        return None

    def uses(
        self, body: Sequence[ast.stmt], gone: Collection[ast.AST], lines: Lines
    ) -> tuple[list[Use], bool]:
        """Where `body`, without the nodes that are gone, reads arguments, and whether **kwargs is
        handed on or read otherwise."""
        uses: list[Use] = []
        forwards = False
        extras = {extra.reader: extra for extra in self.extras}
        inner = {*inner_parameters(body)}
        for node in self._left(body, gone):
            if node in inner:
                continue
            if isinstance(node, ast.Name) and node.id in self.names:
                uses.append(Use(node.id, lines.span(node), True))
            elif node in extras:
                uses.append(Use(extras[node].name, lines.span(node), False))
            elif isinstance(node, ast.expr) and (argument := self.lookup(node)) is not None:
                forwards = forwards or argument not in GIVEN
                uses.append(Use(argument, lines.span(node), False))
            elif isinstance(node, ast.Name) and node.id == self.kwargs:
                forwards = True
        return uses, forwards

    def _left(self, body: Sequence[ast.stmt], gone: Collection[ast.AST]) -> Iterator[ast.AST]:
        """All nodes that remain, without the inside of lookups in **kwargs."""
        # The guards that stay in front of the body (`if not instance: return`) are in `body`.
        pending: list[ast.AST] = [*reversed(body)]
        while pending:
            node = pending.pop()
            if any(node is one for one in gone):
                continue
            yield node
            if self.lookup(node) is None and not any(node is e.reader for e in self.extras):
                pending.extend(reversed(list(ast.iter_child_nodes(node))))
