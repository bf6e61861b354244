"""Read the facts of one file: text in, `FileFacts` out, in one walk over its syntax tree."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from codemod.facts.expressions import DEPTH, ExpressionWalker
from codemod.facts.nodes import is_type_checking, nested
from codemod.facts.tables import Binding, ClassDef, FileFacts, FunctionDef, Store
from codemod.syntax.older import tree_of
from codemod.values.span import Lines

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def read_facts(path: str, text: str, module: str, is_package: bool) -> FileFacts:
    """The facts of a file whose dotted module name is `module`; SyntaxError if it can't be read."""
    tree = parse(path, text)
    walker = _Walker(tree, module if is_package else module.rpartition(".")[0])
    try:
        walker.statements(tree.body)
    except RecursionError:
        line = walker.statement.lineno
        raise SyntaxError("nested too deeply to be read", (path, line, 1, "")) from None
    return FileFacts(
        path=path,
        text=text,
        lines=Lines(text.removeprefix("\ufeff")),
        tree=tree,
        scope=walker.scope,
        imports=tuple(walker.imports),
        stars=tuple(walker.stars),
        calls=tuple(walker.calls),
        classes=tuple(walker.classes),
        functions=tuple(walker.functions),
        scopes=walker.scopes,
        for_types=tuple(walker.for_types),
        augments=walker.augments,
    )


def parse(path: str, text: str) -> ast.Module:
    """The syntax tree of a file; SyntaxError, and nothing else, if it can't be read."""
    try:
        return tree_of(text.removeprefix("\ufeff"))
    except RecursionError:
        raise SyntaxError("nested too deeply to be read", (path, 1, 1, "")) from None
    except (MemoryError, ValueError) as error:  # parser stack overflow; null bytes
        raise SyntaxError(str(error) or "can't be parsed", (path, 1, 1, "")) from None


def absolute_name(package: str, level: int, name: str | None) -> str:
    """The absolute module of `from <level dots><name> import ...` inside `package`."""
    if level == 0:
        return name or ""
    parts = package.split(".") if package else []
    kept = parts[: len(parts) - (level - 1)] if level - 1 <= len(parts) else []
    return ".".join([*kept, name] if name else kept)


def statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """All statements of a module, those in blocks, classes and functions included."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt):
            yield node
        pending += nested(node)


def reaches(node: ast.AST, lines: Sequence[int]) -> bool:
    """Whether a node reaches over one of some lines, given in order; without a position it may."""
    start = getattr(node, "lineno", None)
    if start is None:
        return True
    # A decorator stands above its function.
    decorators = getattr(node, "decorator_list", None)
    start = decorators[0].lineno if decorators else start
    place = bisect_left(lines, start)
    return place < len(lines) and lines[place] <= (getattr(node, "end_lineno", None) or start)


class _Walker(ExpressionWalker):
    """The walk over statements, on top of the one over expressions."""

    def statements(self, block: list[ast.stmt]) -> None:
        """Walk a list of statements of the current scope."""
        before = self.block, self.statement, self.parents
        self.block = block
        for node in block:
            self.statement = node
            self.parents = [node]
            handler = _STATEMENTS.get(type(node))
            if handler is not None:
                handler(self, node)
            else:
                self.fields(node)
        self.block, self.statement, self.parents = before

    def blocks(self, owner: ast.stmt, *blocks: list[ast.stmt]) -> None:
        """Walk the bodies of a compound statement."""
        compounds = self.compounds
        self.compounds = (*compounds, owner)
        if len(self.compounds) > DEPTH:
            raise RecursionError
        for block in blocks:
            if block:
                self.statements(block)
        self.compounds = compounds

    def expression_statement(self, node: ast.Expr) -> None:
        self.visit(node.value)

    def assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.target(target, "assign", node, node.value)

    def annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
        self.visit(node.annotation)
        if isinstance(node.target, ast.Name):
            name = node.target.id
            self.bind(Binding(name, "annotation", node, node.value, (), node.annotation))
        else:
            store = Store(node.target, "annotation", node.value, (), node.annotation)
            self.scope.stores.append(store)
            self.visit(node.target)

    def augmented(self, node: ast.AugAssign) -> None:
        self.augments = True
        self.visit(node.value)
        self.target(node.target, "augmented", node, node.value)

    def delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            self.target(target, "delete", node, None)

    def import_(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name if alias.asname else alias.name.partition(".")[0]
            self.bind_import(Binding(alias.asname or top, "import", node, target=top))

    def import_from(self, node: ast.ImportFrom) -> None:
        source = absolute_name(self.package, node.level, node.module)
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(source)
                continue
            target = f"{source}.{alias.name}" if source else alias.name
            self.bind_import(Binding(alias.asname or alias.name, "import", node, target=target))

    def global_(self, node: ast.Global) -> None:
        self.scope.outer |= frozenset(node.names)
        for name in node.names:
            self.outer[self.scope, name] = self.module

    def nonlocal_(self, node: ast.Nonlocal) -> None:
        self.scope.outer |= frozenset(node.names)
        for name in node.names:
            functions = [s for s in self.scope.chain() if s.kind == "function"][1:]
            owner = next((s for s in functions if name in s.bindings), None)
            if functions:
                self.outer[self.scope, name] = owner or functions[0]

    def if_(self, node: ast.If | ast.While) -> None:
        if isinstance(node, ast.If) and is_type_checking(node.test):
            self.for_types.append(node)
        self.visit(node.test)
        self.blocks(node, node.body, node.orelse)

    def for_(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.target(node.target, "loop", node, node.iter)
        self.blocks(node, node.body, node.orelse)

    def with_(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.parents.append(item)
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self.target(item.optional_vars, "with", node, item.context_expr)
            self.parents.pop()
        self.blocks(node, node.body)

    def try_(self, node: ast.Try) -> None:
        self.blocks(node, node.body)
        for handler in node.handlers:
            if handler.type is not None:
                self.parents.append(handler)
                self.visit(handler.type)
                self.parents.pop()
            if handler.name is not None:
                self.bind(Binding(handler.name, "except", handler, handler.type))
            self.blocks(node, handler.body)
        self.blocks(node, node.orelse, node.finalbody)

    def match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        for case in node.cases:
            self.parents.append(case)
            self.visit(case.pattern)
            if case.guard is not None:
                self.visit(case.guard)
            self.parents.pop()
            self.blocks(node, case.body)

    def type_alias(self, node: ast.stmt) -> None:
        name, value = getattr(node, "name", None), getattr(node, "value", None)
        if isinstance(name, ast.Name) and isinstance(value, ast.expr):
            self.visit(value)
            self.bind(Binding(name.id, "assign", node, value))

    def class_(self, node: ast.ClassDef) -> None:
        self.visit_all(node.decorator_list)
        self.visit_all(node.bases)
        self.visit_all(node.keywords)
        self.bind(Binding(node.name, "class", node))
        outer = self.scope
        scope = self.enter("class", node.name, node)
        self.classes.append(ClassDef(node, scope, outer, scope.qualname))
        self.type_parameters(node)
        compounds, self.compounds = self.compounds, ()
        self.statements(node.body)
        self.scope, self.compounds = outer, compounds

    def function(self, node: _Function) -> None:
        self.visit_all(node.decorator_list)
        self.signature(node.args)
        if node.returns is not None:
            self.visit(node.returns)
        self.bind(Binding(node.name, "function", node))
        outer = self.scope
        scope = self.enter("function", node.name, node)
        self.functions.append(FunctionDef(node, scope, outer, scope.qualname, self.block))
        self.type_parameters(node)
        self.parameters(node.args)
        compounds, self.compounds = self.compounds, ()
        self.statements(node.body)
        self.scope, self.compounds = outer, compounds


_STATEMENTS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Expr: _Walker.expression_statement,
    ast.Assign: _Walker.assign,
    ast.AnnAssign: _Walker.annotated,
    ast.AugAssign: _Walker.augmented,
    ast.Delete: _Walker.delete,
    ast.Import: _Walker.import_,
    ast.ImportFrom: _Walker.import_from,
    ast.Global: _Walker.global_,
    ast.Nonlocal: _Walker.nonlocal_,
    ast.If: _Walker.if_,
    ast.While: _Walker.if_,
    ast.For: _Walker.for_,
    ast.AsyncFor: _Walker.for_,
    ast.With: _Walker.with_,
    ast.AsyncWith: _Walker.with_,
    ast.Try: _Walker.try_,
    ast.Match: _Walker.match,
    ast.ClassDef: _Walker.class_,
    ast.FunctionDef: _Walker.function,
    ast.AsyncFunctionDef: _Walker.function,
}
for _name, _handler in (("TryStar", _Walker.try_), ("TypeAlias", _Walker.type_alias)):
    if hasattr(ast, _name):  # Python 3.11, 3.12
        _STATEMENTS[getattr(ast, _name)] = _handler
