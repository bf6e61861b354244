"""The facts of one file: what it binds, defines and calls. No knowledge of other files.

The tables keep the `ast` nodes they were read from, so that later rooms can look closer
without a second parse.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from codemod.facts.nodes import SCOPES, is_name, is_type_checking, nested
from codemod.values.span import Lines

_WORD = re.compile(r"\w+")

ScopeKind = Literal["module", "class", "function", "lambda", "comprehension"]
BindingKind = Literal[
    "import", "assign", "annotation", "augmented", "param", "loop", "with", "except",
    "function", "class", "walrus", "delete", "match",
]  # fmt: skip


@dataclass(eq=False, slots=True)  # not frozen: they are many, and that costs
class Binding:
    """One place where a scope gives a name a value."""

    name: str
    kind: BindingKind
    node: ast.AST  # the statement, argument, comprehension or walrus that binds
    value: ast.expr | None = None  # right-hand side, iterable of a loop, context of a with, default
    path: tuple[int, ...] = ()  # position in an unpacked target: `a, (b, c) = v` binds c at (1, 1)
    annotation: ast.expr | None = None
    target: str | None = None  # import: the absolute dotted name it stands for


@dataclass(eq=False, slots=True)  # not frozen: they are many, and that costs
class Store:
    """One place that gives an attribute or an item a value: `self.order = ...`, `rows[1] = ...`."""

    target: ast.Attribute | ast.Subscript
    kind: BindingKind
    value: ast.expr | None = None  # as of a binding
    path: tuple[int, ...] = ()
    annotation: ast.expr | None = None


@dataclass(eq=False, slots=True)
class Scope:
    """A namespace, what is bound in it, and the attributes that its code uses."""

    kind: ScopeKind
    name: str  # "" for the module
    qualname: str  # as in __qualname__, "" for the module
    node: ast.AST
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    children: list[Scope] = field(default_factory=list)
    attributes: list[ast.Attribute] = field(default_factory=list)  # read or set
    stores: list[Store] = field(default_factory=list)
    outer: frozenset[str] = frozenset()  # names declared global or nonlocal

    def chain(self) -> Iterator[Scope]:
        """This scope, then the scopes its names are looked up in (class bodies are skipped)."""
        yield self
        scope = self.parent
        while scope is not None:
            if scope.kind != "class":
                yield scope
            scope = scope.parent

    def inside(self) -> Iterator[Scope]:
        """This scope and all below it."""
        yield self
        for child in self.children:
            yield from child.inside()

    def function(self) -> Scope | None:
        """The nearest enclosing function scope, this one included."""
        scope: Scope | None = self
        while scope is not None and scope.kind != "function":
            scope = scope.parent
        return scope

    def class_(self) -> Scope | None:
        """The class whose body directly holds the enclosing function (or this scope)."""
        function = self.function()
        scope = function.parent if function is not None else self
        while scope is not None and scope.kind != "class":
            if scope.kind == "function":
                return None
            scope = scope.parent
        return scope


@dataclass(eq=False, slots=True)  # not frozen: they are many, and that costs
class CallSite:
    """A call, with where it stands."""

    node: ast.Call
    name: str  # `save` of `order.save()`, `Order` of `Order()`, "" for anything else
    scope: Scope
    statement: ast.stmt  # the innermost statement that holds the call
    block: list[ast.stmt]  # the list of statements that holds `statement`
    parents: tuple[ast.AST, ...]  # from the statement (first) to the call's parent (last)
    compounds: tuple[
        ast.stmt, ...
    ]  # enclosing compound statements within the scope, outermost first


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_AROUND = ("decorator_list", "returns", "bases", "keywords")


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a class in order, those in `if` and other blocks included; none that is
    for type checkers alone."""
    inside = nested(node)
    if isinstance(node, ast.If) and is_type_checking(node.test):
        inside = iter(node.orelse)
    for inner in inside:
        if isinstance(inner, ast.stmt):
            yield inner
        if not isinstance(inner, SCOPES):
            yield from _statements(inner)


def _assigned(statements: Iterable[ast.stmt]) -> dict[str, ast.expr]:
    """The values assigned to plain names (the last of a name)."""
    found: dict[str, ast.expr] = {}
    for node in statements:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    found[target.id] = node.value
    return found


def _is_setter(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is `@total.setter` or `@total.deleter`, which nobody calls by name."""
    return any(
        isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "deleter")
        for decorator in node.decorator_list
    )


@dataclass(frozen=True, eq=False)
class ClassDef:
    """A class statement."""

    node: ast.ClassDef
    scope: Scope  # of its body
    outer: Scope  # where it is defined
    qualname: str

    @cached_property
    def functions(self) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
        """The functions of the body in order, each of a name; of a property, its getter."""
        every = [node for node in _statements(self.node) if isinstance(node, _FUNCTIONS)]
        return tuple(n for n in every if not _is_setter(n) and n.name not in self._taken_back)

    @cached_property
    def _taken_back(self) -> frozenset[str]:
        """The names that the body deletes: `del save`."""
        deletes = (node for node in self.node.body if isinstance(node, ast.Delete))
        targets = (target for node in deletes for target in node.targets)
        return frozenset(target.id for target in targets if isinstance(target, ast.Name))

    @cached_property
    def methods(self) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
        """The functions of the body by name (the last of a name)."""
        return {node.name: node for node in self.functions}

    @cached_property
    def conditional(self) -> frozenset[str]:
        """The names of functions that the body has under a condition only: `if X: def save()`."""
        return frozenset(name for name, node in self.methods.items() if node not in self.node.body)

    @cached_property
    def attributes(self) -> dict[str, ast.expr]:
        """The values assigned to plain names in the body (the last of a name)."""
        return _assigned(self.node.body)

    @cached_property
    def given(self) -> frozenset[str]:
        """The names that the body gives a value. `save: Callable` alone gives none."""
        every = self.scope.bindings.items()
        return frozenset(
            name
            for name, found in every
            if any(b.kind != "annotation" or b.value for b in found)
            if name not in self._taken_back
        )

    @cached_property
    def perhaps(self) -> dict[str, ast.expr]:
        """The values that names have under a condition only: `if X: order = ForeignKey(...)`."""
        found = _assigned(_statements(self.node))
        return {name: value for name, value in found.items() if name not in self.attributes}

    @cached_property
    def alternatives(self) -> dict[str, list[ast.expr]]:
        """All values of each name, in order, if the body gives some under conditions."""
        statements = [*_statements(self.node)]
        found: dict[str, list[ast.expr]] = {}
        for statement in statements if len(statements) > len(self.node.body) else ():
            for name, value in _assigned([statement]).items():
                found.setdefault(name, []).append(value)
        return found


@dataclass(eq=False, slots=True)  # not frozen: they are many, and that costs
class FunctionDef:
    """A function statement or a method."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    scope: Scope  # of its body
    outer: Scope  # where it is defined
    qualname: str
    block: list[ast.stmt]  # the list of statements that holds it


@dataclass(frozen=True, eq=False)
class FileFacts:
    """Everything read off one file."""

    path: str
    text: str
    lines: Lines
    tree: ast.Module
    scope: Scope  # of the module
    imports: tuple[Binding, ...]  # all import bindings of the file, in every scope
    stars: tuple[str, ...]  # absolute dotted modules of `from x import *`
    calls: tuple[CallSite, ...]
    classes: tuple[ClassDef, ...]
    functions: tuple[FunctionDef, ...]
    scopes: dict[ast.AST, Scope]  # of module, class, function, lambda and comprehension nodes
    for_types: tuple[ast.If, ...]  # `if TYPE_CHECKING:`
    augments: bool  # it has a `+=` or the like

    @cached_property
    def is_told(self) -> bool:
        """Whether a comment may speak to this tool: `# unsignal: skip`."""
        return "unsignal:" in self.text

    @cached_property
    def asked_for_classes(self) -> frozenset[str]:
        """The texts of the names and other expressions that `isinstance` asks for their class."""
        subjects = (call.node.args[0] for call in self.named("isinstance") if call.node.args)
        return frozenset(s.id if isinstance(s, ast.Name) else ast.unparse(s) for s in subjects)

    @cached_property
    def changes_classes(self) -> bool:
        """Whether the file gives objects another class."""
        return ".__class__ = " in self.text

    @cached_property
    def declaring(self) -> tuple[Scope, ...]:
        """The functions that declare names of others: `global orders`, `nonlocal order`."""
        return tuple(scope for scope in self.scopes.values() if scope.outer)

    def bound_inside(self, binding: Binding, scope: Scope) -> bool:
        """Whether a binding of a scope stands in a function within that declares the name."""
        line = getattr(binding.node, "lineno", 0)
        return any(
            binding.name in inner.outer
            and inner is not scope
            and getattr(inner.node, "lineno", 0) <= line <= getattr(inner.node, "end_lineno", 0)
            for inner in self.declaring
        )

    @cached_property
    def calls_by_name(self) -> dict[str, list[CallSite]]:
        """The calls under their names, in the order of the text."""
        found: dict[str, list[CallSite]] = {}
        for call in self.calls:
            found.setdefault(call.name, []).append(call)
        return found

    def below(self, node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, Scope]]:
        """The nodes right below one of a scope, each with the scope that it is in: what decorates
        a function or a class, and what a class comes from, is outside of it."""
        inner = self.scopes.get(node, scope)
        for name, value in ast.iter_fields(node):
            holder = scope if name in _AROUND else inner
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield child, holder

    def nodes(self) -> Iterator[tuple[ast.AST, Scope]]:
        """All nodes of the file, each with the scope that it is in."""
        pending: list[tuple[ast.AST, Scope]] = [(self.tree, self.scope)]
        while pending:
            node, scope = pending.pop()
            yield node, scope
            pending += self.below(node, scope)

    def words(self) -> set[str]:
        """The names that its code calls, binds, imports or takes from something; all words of a
        file that has names which it doesn't import by name."""
        if self.stars:
            return {*_WORD.findall(self.text)}
        found = set(self.calls_by_name)
        for scope in self.scopes.values():
            found.update(scope.bindings)
            found.update([attribute.attr for attribute in scope.attributes])
        found.update([(binding.target or "").rpartition(".")[2] for binding in self.imports])
        return found

    def named(self, *names: str) -> Iterator[CallSite]:
        """The calls of these names: `save` for `order.save()`, `Order` for `Order()`."""
        for name in names:
            yield from self.calls_by_name.get(name, ())

    @cached_property
    def exported(self) -> frozenset[str] | None:
        """The names in a literal `__all__`; None where there is none, or it can't be read."""
        bindings = self.scope.bindings.get("__all__")
        if not bindings or any(is_name(a.value, "__all__") for a in self.scope.attributes):
            return None  # `__all__.extend(...)`
        names: set[str] = set()
        for binding in bindings:
            if not isinstance(binding.value, (ast.List, ast.Tuple, ast.Set)):
                return None
            for item in binding.value.elts:
                if not (isinstance(item, ast.Constant) and isinstance(item.value, str)):
                    return None
                names.add(item.value)
        return frozenset(names)

    @cached_property
    def outermost_functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """The functions (and methods) that are in no other, in the order of the text."""
        return [f.node for f in self.functions if f.outer.function() is None]

    @cached_property
    def binders(self) -> dict[str, list[Scope]]:
        """For each name the scopes that bind it."""
        found: dict[str, list[Scope]] = {}
        for scope in self.scopes.values():
            for name in scope.bindings:
                found.setdefault(name, []).append(scope)
        return found
