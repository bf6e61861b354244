"""Where the project's functions are called or used as decorators, and what that gives them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from codemod.facts.tables import Binding, CallSite, FileFacts, FunctionDef, Scope
from codemod.project.registrations.arguments import bound, names_in
from codemod.project.registrations.terms import Reader, Term

_Given = Mapping[Binding, Term]
_DEPTH = 4  # functions that hand their arguments on to one another
_SELF = ("self", "cls", "mcs", "metacls")


@dataclass(frozen=True, eq=False)
class Use:
    """One call of a function, or one function that it decorates."""

    facts: FileFacts
    site: CallSite | None  # None for a decorator without arguments
    decorated: FunctionDef | None
    decorator: ast.expr | None = None  # without arguments

    @property
    def node(self) -> ast.Call:
        """The call; one that stands for a decorator without arguments."""
        if self.site is not None:
            return self.site.node
        assert self.decorator is not None
        return ast.copy_location(ast.Call(self.decorator, [], []), self.decorator)


class Uses:
    """Finds the uses of functions, and spreads calls over the loops they stand in."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._known: dict[FunctionDef, tuple[Use, ...]] = {}

    def of(self, function: FunctionDef, facts: FileFacts) -> tuple[Use, ...]:
        """The uses of a function."""
        known = self._known.get(function)
        if known is None:
            self._known[function] = ()  # ends a cycle of calls
            known = self._known[function] = tuple(self._find(function, facts))
        return known

    def given(
        self, function: FunctionDef, facts: FileFacts, use: Use, depth: int = 0
    ) -> list[_Given]:
        """What a use gives to the parameters of the function and of its inner decorator.

        A use that hands on parameters of a function around it gives what the uses of that give.
        """
        outer = [{}] if use.site is None else self._around(use.site, use.facts, depth)
        return [given for each in outer for given in self.handed(function, facts, use, each)]

    def handed(
        self, function: FunctionDef, facts: FileFacts, use: Use, outer: _Given
    ) -> list[_Given]:
        """The same, where `outer` is what the function around the use was given."""
        inner: dict[Binding, Term] = {}
        if use.decorated is not None:
            scopes = [function.scope]
            if use.site is not None:  # with arguments: the function returned is the decorator
                scopes = [child for child in function.scope.children if child.kind == "function"]
            name = ast.Name(use.decorated.node.name, ast.Load())
            target = Term(name, use.decorated.outer, use.facts, {}, use.decorated)
            for child in scopes:
                first = _first_parameter(child)
                if first is not None:
                    inner[first] = target
        if use.site is None:
            return [inner]
        is_method = function.outer.kind == "class" and not _is_static(function)
        return [
            {
                **bound(
                    self.reader,
                    function,
                    facts,
                    Term(use.site.node, use.site.scope, use.facts, given),
                    is_method,
                ),
                **inner,
            }
            for given in self.spread(use.site, use.facts, outer)
        ]

    def _around(self, site: CallSite, facts: FileFacts, depth: int) -> list[_Given]:
        """What the uses of the function around a call give to the parameters that it hands on."""
        if depth >= _DEPTH or not parameters(self.reader, site.node, site.scope):
            return [{}]
        function = outermost(self.reader, site.scope, facts)
        uses = self.of(function, facts) if function is not None else ()
        if function is None or not uses:
            return [{}]
        return [given for use in uses for given in self.given(function, facts, use, depth + 1)]

    def spread(self, site: CallSite, facts: FileFacts, given: _Given) -> list[_Given]:
        """What the loops around a call give to their variables, once for each round."""
        found = [given]
        scope = site.scope
        own = scope
        while own.kind in ("comprehension", "lambda") and own.parent is not None:
            own = own.parent
        for node in site.compounds:
            if isinstance(node, (ast.For, ast.AsyncFor)):
                found = [new for g in found for new in self._rounds(node, node.iter, own, facts, g)]
        if scope.kind == "comprehension" and scope.parent is not None:
            generators = getattr(scope.node, "generators", [])
            for index, generator in enumerate(generators):
                where = scope if index else scope.parent
                found = [
                    new
                    for g in found
                    for new in self._rounds(generator, generator.iter, where, facts, g, scope)
                ]
        return found

    def _rounds(
        self,
        node: ast.AST,
        iterable: ast.expr,
        scope: Scope,
        facts: FileFacts,
        given: _Given,
        holder: Scope | None = None,
    ) -> Iterator[_Given]:
        items = self.reader.elements(Term(iterable, scope, facts, given))
        if items is None:
            yield given
            return
        variables = [
            binding
            for bindings in (holder or scope).bindings.values()
            for binding in bindings
            if binding.node is node
        ]
        for item in items:
            new = {**given}
            for binding in variables:
                part = self.reader.part(item, binding.path) if binding.path else item
                if part is not None:
                    new[binding] = part
            yield new

    def _find(self, function: FunctionDef, home: FileFacts) -> Iterator[Use]:
        name = function.node.name
        canonical = f"{self.reader.project.module_of(home.path)}.{function.qualname}"
        wanted = {canonical: name}
        if name == "__init__":  # whoever calls the class calls it
            wanted = {made: made.rpartition(".")[2] for made in self._made_by(canonical)}
        files = [facts for word in wanted.values() for facts in self._files(word, home)]
        for facts in dict.fromkeys(files):
            names = {*wanted.values()}
            names |= {
                binding.name
                for binding in facts.imports
                if (binding.target or "").rpartition(".")[2] in wanted.values()
            }
            decorators = [
                (decorator, other)
                for other in facts.functions
                for decorator in other.node.decorator_list
            ]
            decorated = {id(decorator): other for decorator, other in decorators}
            for site in facts.calls:
                if site.name in names and self._is(site.node.func, site.scope, facts, wanted):
                    yield Use(facts, site, decorated.get(id(site.node)))
            for decorator, other in decorators:
                if isinstance(decorator, (ast.Name, ast.Attribute)) and self._is(
                    decorator, other.outer, facts, wanted
                ):
                    yield Use(facts, None, other, decorator)

    def _made_by(self, canonical: str) -> tuple[str, ...]:
        """The classes that an `__init__` makes objects of; none where some have another one."""
        classes = self.reader.project.classes
        owner = canonical.rpartition(".")[0]
        found = classes.heirs(owner)
        infos = [classes.get(name) for name in found[1:]]
        own = any(info is not None and "__init__" in info.definition.methods for info in infos)
        return () if own else found

    def _files(self, name: str, home: FileFacts) -> Iterator[FileFacts]:
        """The files that may use a function of `home`."""
        project = self.reader.project
        yield from project.naming(name)
        module = project.module_of(home.path).rpartition(".")[2]
        for path in [*project.not_read()]:  # too plain for it
            text = project.text(path)
            if name in text and module in text:
                facts = project.facts(path)
                if facts is not None:
                    yield facts

    def _is(self, expr: ast.expr, scope: Scope, facts: FileFacts, wanted: Collection[str]) -> bool:
        """Whether an expression names one of some canonical names."""
        term = Term(expr, scope, facts)
        if (
            isinstance(expr, ast.Attribute)
            and isinstance(expr.value, ast.Name)
            and expr.value.id in ("self", "cls")
        ):
            owner = self.reader.class_of(term)
            mro = self.reader.project.classes.mro(owner) if owner is not None else ()
            return any(f"{ancestor}.{expr.attr}" in wanted for ancestor in mro)
        dotted = self.reader.dotted(term)
        if dotted in wanted:
            return True
        if dotted is None or not isinstance(expr, ast.Attribute):
            return False
        # A method of an object that a module holds: `processor.setup()`.
        base = self.reader.settled(term.at(expr.value))
        if not isinstance(base.expr, ast.Call):
            return False
        owner = self.reader.dotted(base.at(base.expr.func))
        return owner is not None and f"{owner}.{expr.attr}" in wanted


def parameters(reader: Reader, node: ast.expr, scope: Scope) -> set[Binding]:
    """The parameters, of the functions around it, that an expression reads; `self` is none."""
    found: set[Binding] = set()
    for name in names_in(node):
        known = reader.project.symbols.bindings(name.id, scope)
        if known is None:
            continue
        is_method = known[0].parent is not None and known[0].parent.kind == "class"
        for binding in known[1]:
            if binding.kind == "param" and not (is_method and binding.name in _SELF):
                found.add(binding)
    return found


def outermost(reader: Reader, scope: Scope, facts: FileFacts) -> FunctionDef | None:
    """The outermost function around a scope; a method's class ends the way."""
    owner = scope.function()
    if owner is None:
        return None
    while owner.parent is not None and owner.parent.kind != "class":
        above = owner.parent.function()
        if above is None:
            break
        owner = above
    return reader.function_at(owner.node, facts)


def _first_parameter(scope: Scope) -> Binding | None:
    for bindings in scope.bindings.values():
        for binding in bindings:
            if binding.kind == "param":
                return binding
    return None


def _is_static(function: FunctionDef) -> bool:
    return any(
        isinstance(decorator, ast.Name) and decorator.id == "staticmethod"
        for decorator in function.node.decorator_list
    )
