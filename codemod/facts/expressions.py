"""The walk over expressions: the names they bind, the scopes they open, the calls they make."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from codemod.facts.tables import (
    Binding,
    BindingKind,
    CallSite,
    ClassDef,
    FunctionDef,
    Scope,
    ScopeKind,
    Store,
)

_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_LEAVES = frozenset({ast.Name, ast.Constant, ast.Pass, ast.Break, ast.Continue})
# What the fields of a node hold that has no calls in it, texts and numbers included.
_SIGNS = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
_NOTHING = _LEAVES.union((type(None), str, int, bool), *(sign.__subclasses__() for sign in _SIGNS))
DEPTH = 200
"""Levels of nesting within a statement, or of blocks, that a file may have.

Real code has up to 60, and what comes after the walk has to get as deep on Python's stack.
"""
_COMPREHENSION_NAMES: dict[type[ast.AST], str] = {
    ast.ListComp: "<listcomp>",
    ast.SetComp: "<setcomp>",
    ast.DictComp: "<dictcomp>",
    ast.GeneratorExp: "<genexpr>",
}


class ExpressionWalker:
    """The state of one walk: where it is, and the tables that it fills."""

    def __init__(self, tree: ast.Module, package: str) -> None:
        self.package = package
        self.scope = Scope("module", "", "", tree, None)
        self.module = self.scope
        self.scopes: dict[ast.AST, Scope] = {tree: self.scope}
        self.imports: list[Binding] = []
        self.stars: list[str] = []
        self.calls: list[CallSite] = []
        self.classes: list[ClassDef] = []
        self.functions: list[FunctionDef] = []
        self.for_types: list[ast.If] = []
        self.augments = False
        self.block: list[ast.stmt] = tree.body
        self.statement: ast.stmt = tree.body[0] if tree.body else ast.Pass()
        self.parents: list[ast.AST] = []
        self.compounds: tuple[ast.stmt, ...] = ()
        self.outer: dict[tuple[Scope, str], Scope] = {}  # where a declared name really lives

    # Scopes

    def lambda_(self, node: ast.Lambda) -> None:
        self.parents.append(node)
        self.signature(node.args)
        outer = self.scope
        self.enter("lambda", "<lambda>", node)
        self.parameters(node.args)
        self.visit(node.body)
        self.scope = outer
        self.parents.pop()

    def comprehension(self, node: _Comprehension) -> None:
        outer = self.scope
        self.parents.append(node)
        # The first iterable is evaluated outside, everything else inside.
        self.parents.append(node.generators[0])
        self.visit(node.generators[0].iter)
        self.parents.pop()
        self.enter("comprehension", _COMPREHENSION_NAMES[type(node)], node)
        for index, generator in enumerate(node.generators):
            self.parents.append(generator)
            if index:
                self.visit(generator.iter)
            self.target(generator.target, "loop", generator, generator.iter)
            self.visit_all(generator.ifs)
            self.parents.pop()
        if isinstance(node, ast.DictComp):
            self.visit(node.key)
            self.visit(node.value)
        else:
            self.visit(node.elt)
        self.scope = outer
        self.parents.pop()

    def enter(self, kind: ScopeKind, name: str, node: ast.AST) -> Scope:
        """Make a scope below the current one and make it current."""
        outer = self.scope
        prefix = outer.qualname
        if prefix:
            prefix += "." if outer.kind == "class" else ".<locals>."
        self.scope = scope = Scope(kind, name, prefix + name, node, outer)
        outer.children.append(scope)
        self.scopes[node] = scope
        return scope

    def signature(self, args: ast.arguments) -> None:
        """Walk what a signature evaluates: defaults and annotations."""
        self.parents.append(args)
        self.visit_all(args.defaults)
        self.visit_all([default for default in args.kw_defaults if default is not None])
        for arg in _all_args(args):
            if arg.annotation is not None:
                self.visit(arg.annotation)
        self.parents.pop()

    def parameters(self, args: ast.arguments) -> None:
        """Bind the parameters of the current function scope."""
        positional = [*args.posonlyargs, *args.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
        pairs = [*zip(positional, [*defaults, *args.defaults], strict=True)]
        pairs += zip(args.kwonlyargs, args.kw_defaults, strict=True)
        pairs += [(arg, None) for arg in (args.vararg, args.kwarg) if arg is not None]
        for arg, default in pairs:
            self.bind(Binding(arg.arg, "param", arg, default, (), arg.annotation))

    def type_parameters(self, node: ast.AST) -> None:
        for parameter in getattr(node, "type_params", ()):  # Python 3.12
            self.bind(Binding(parameter.name, "param", parameter))

    # Names

    def bind(self, binding: Binding) -> None:
        """Enter a binding where its name lives."""
        scope = self.scope
        if scope.outer and binding.name in scope.outer:
            scope = self.outer.get((scope, binding.name), scope)
        found = scope.bindings.get(binding.name)
        if found is None:
            scope.bindings[binding.name] = [binding]
        else:
            found.append(binding)

    def bind_import(self, binding: Binding) -> None:
        self.imports.append(binding)
        self.bind(binding)

    def target(
        self,
        target: ast.expr,
        kind: BindingKind,
        node: ast.AST,
        value: ast.expr | None,
        path: tuple[int, ...] = (),
    ) -> None:
        """Bind the names of an assignment target; walk what else it holds."""
        if isinstance(target, ast.Name):
            self.bind(Binding(target.id, kind, node, value, path))
        elif isinstance(target, (ast.Tuple, ast.List)):
            after_star = False
            for index, item in enumerate(target.elts):
                if isinstance(item, ast.Starred):
                    # A starred name is a list of an unknown stretch: its value is not known.
                    self.target(item.value, kind, node, None)
                    after_star = True
                else:
                    place = index - len(target.elts) if after_star else index
                    self.target(item, kind, node, value, (*path, place) if value else ())
        else:
            if isinstance(target, (ast.Attribute, ast.Subscript)):
                self.scope.stores.append(Store(target, kind, value, path))
            self.visit(target)

    def walrus(self, node: ast.NamedExpr) -> None:
        self.parents.append(node)
        self.visit(node.value)
        self.parents.pop()
        inner = self.scope
        while self.scope.kind == "comprehension" and self.scope.parent is not None:
            self.scope = self.scope.parent
        self.bind(Binding(node.target.id, "walrus", node, node.value))
        self.scope = inner

    def capture(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name is not None:
            self.bind(Binding(name, "match", node))
        self.parents.append(node)
        self.fields(node)
        self.parents.pop()

    # Expressions

    def call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Name):
            name = function.id
        elif isinstance(function, ast.Attribute):
            name = function.attr
        else:
            name = ""
        parents = self.parents
        self.calls.append(
            CallSite(
                node, name, self.scope, self.statement, self.block, tuple(parents), self.compounds
            )
        )
        parents.append(node)
        if not isinstance(function, ast.Name):
            self.visit(function)
        for argument in node.args:
            if type(argument) not in _LEAVES:
                self.visit(argument)
        for keyword in node.keywords:
            if type(keyword.value) not in _LEAVES:
                parents.append(keyword)
                self.visit(keyword.value)
                parents.pop()
        parents.pop()

    def attribute(self, node: ast.Attribute) -> None:
        self.scope.attributes.append(node)
        if type(node.value) not in _LEAVES:
            self.parents.append(node)
            self.visit(node.value)
            self.parents.pop()

    def binary(self, node: ast.BinOp) -> None:
        # Chains of `+` are as deep as they are long: go down them without recursion.
        chain = [node]
        self.parents.append(node)
        while isinstance(node.left, ast.BinOp):
            node = node.left
            chain.append(node)
            self.parents.append(node)
        if len(chain) > DEPTH:
            raise RecursionError
        self.visit(node.left)
        for node in reversed(chain):
            self.visit(node.right)
            self.parents.pop()

    def visit(self, node: ast.AST) -> None:
        """Walk an expression (or another node that is no statement)."""
        kind = type(node)
        if kind in _LEAVES:
            return
        if len(self.parents) > DEPTH:
            raise RecursionError
        handler = _EXPRESSIONS.get(kind)
        if handler is not None:
            handler(self, node)
        else:
            self.parents.append(node)
            self.fields(node)
            self.parents.pop()

    def visit_all(self, nodes: Sequence[ast.AST]) -> None:
        for node in nodes:
            if type(node) not in _LEAVES:
                self.visit(node)

    def fields(self, node: ast.AST) -> None:
        """Walk the children of a node that is already among the parents."""
        for name in node._fields:
            value: Any = getattr(node, name, None)
            kind = type(value)
            if kind is list:
                for item in value:
                    if type(item) not in _NOTHING:
                        self.visit(item)
            elif kind not in _NOTHING:
                self.visit(value)


def _all_args(args: ast.arguments) -> list[ast.arg]:
    found = [*args.posonlyargs, *args.args, *args.kwonlyargs]
    return found + [arg for arg in (args.vararg, args.kwarg) if arg is not None]


_EXPRESSIONS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Call: ExpressionWalker.call,
    ast.Attribute: ExpressionWalker.attribute,
    ast.BinOp: ExpressionWalker.binary,
    ast.Lambda: ExpressionWalker.lambda_,
    ast.ListComp: ExpressionWalker.comprehension,
    ast.SetComp: ExpressionWalker.comprehension,
    ast.DictComp: ExpressionWalker.comprehension,
    ast.GeneratorExp: ExpressionWalker.comprehension,
    ast.NamedExpr: ExpressionWalker.walrus,
    ast.MatchAs: ExpressionWalker.capture,
    ast.MatchStar: ExpressionWalker.capture,
    ast.MatchMapping: ExpressionWalker.capture,
}
