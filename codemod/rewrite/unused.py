"""Imports that an edit left without a use."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst

from codemod.rewrite.anchors import parsed, restored
from codemod.rewrite.import_lines import aliases, local_name
from codemod.rewrite.orders import Node, Orders
from codemod.rewrite.transformer import Rewriter
from codemod.syntax.older import read

Scope = tuple[str, ...]
Binding = tuple[Scope, str]  # the enclosing functions and classes, and the name


def remove_unused(before: str, after: str, exported: frozenset[str] = frozenset()) -> str:
    """`after` without the imports that `before` used and `after` does not.

    An import that nothing used before stays: somebody wanted it for another reason. So does
    `from x import *` beside another one, for either may have had the names; but for models, which
    Django loads without it.
    """
    if not _loses_code(before, after):
        return after
    earlier, starred = _uses(before), _starred(before, exported)
    while True:
        later = _uses(after)
        gone = {
            binding
            for binding, used in later.items()
            if not used and earlier.get(binding) and not (not binding[0] and binding[1] in exported)
        }
        stars = bool(starred) and not _starred(after, exported)
        again = _repeated(after) - _repeated(before)
        result = _without(after, gone, again, stars=stars) if gone or again or stars else after
        if result == after:
            return after
        # An emptied `if TYPE_CHECKING:` frees one more name.
        after = result


def _loses_code(before: str, after: str) -> bool:
    """Whether lines are gone that may have used a name: others than imports."""
    gone = Counter(before.splitlines()) - Counter(after.splitlines())
    return any(line.strip() and not line.startswith(("from ", "import ")) for line in gone)


def _uses(text: str) -> dict[Binding, bool]:
    """The names that imports bind, by scope, and whether the scope's code uses them."""
    try:
        tree, table = read(
            text, lambda words: (ast.parse(words), symtable.symtable(words, "<text>", "exec"))
        )
    except (SyntaxError, ValueError):
        return {}
    annotated = frozenset(_annotation_names(tree))
    public = _public(tree)
    found: dict[Binding, bool] = {}
    for scope, inner in _tables(table, ()):
        for symbol in inner.get_symbols():
            if not symbol.is_imported():
                continue
            name = symbol.get_name()
            used = name in annotated or (not scope and (public is None or name in public))
            used = used or symbol.is_referenced() or _is_used_below(inner, name, not scope)
            found[scope, name] = found.get((scope, name), False) or used
    return found


def _starred(text: str, exported: frozenset[str]) -> frozenset[str]:
    """The names that a text with `import *` doesn't bind, of those that it reads or others take
    from it; none without such an import.

    A text that says what is public may mean the names that it doesn't bind.
    """
    if "import *" not in text or "__all__" in text:
        return frozenset()
    try:
        tree, table = read(
            text, lambda words: (ast.parse(words), symtable.symtable(words, "<text>", "exec"))
        )
    except (SyntaxError, ValueError):
        return frozenset()
    known, asked = {*vars(builtins), "__file__"}, {*_annotation_names(tree), *exported}
    for scope, inner in _tables(table, ()):
        for symbol in inner.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() or not scope):
                asked.add(symbol.get_name())
            if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace():
                if not scope or symbol.is_declared_global():
                    known.add(symbol.get_name())
    return frozenset(asked - known)


def _repeated(text: str) -> frozenset[str]:
    """The names that a text imports, and imports again before anything reads them."""
    try:
        tree = read(text, ast.parse)
    except (SyntaxError, ValueError):
        return frozenset()
    waiting: dict[str, str] = {}
    known: set[str] = set()
    found: set[str] = set()
    for statement in tree.body:
        names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        imports = {
            alias.asname or alias.name.partition(".")[0]: f"{_source(node)}{alias.name}"
            for node in ast.walk(statement)
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        for name in names | imports.keys():
            target = waiting.pop(name, None)
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                if target == imports[name]:
                    found.add(name)
                elif name not in known:
                    waiting[name] = imports[name]
        known |= names | imports.keys()
    return frozenset(found)


def _source(node: ast.Import | ast.ImportFrom) -> str:
    """What stands before a name that is imported."""
    return f"{'.' * node.level}{node.module or ''}:" if isinstance(node, ast.ImportFrom) else ""


def _tables(
    table: symtable.SymbolTable, scope: Scope
) -> Iterator[tuple[Scope, symtable.SymbolTable]]:
    yield scope, table
    for child in table.get_children():
        yield from _tables(child, (*scope, child.get_name()))


def _is_used_below(table: symtable.SymbolTable, name: str, top: bool) -> bool:
    for child in table.get_children():
        if name in child.get_identifiers():
            symbol = child.lookup(name)
            if symbol.is_referenced() and (symbol.is_global() if top else symbol.is_free()):
                return True
        if _is_used_below(child, name, top):
            return True
    return False


def _annotation_names(tree: ast.Module) -> Iterator[str]:
    """Names in annotations, in quotes or not, and in the other strings that typing reads."""
    for node in ast.walk(tree):
        parts: list[ast.expr | None] = []
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            parts = [node.returns]
        elif isinstance(node, (ast.arg, ast.AnnAssign)):
            parts = [node.annotation]
        elif isinstance(node, ast.Call) and _last_name(node.func) in {"cast", "TypeVar"}:
            parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        for part in parts:
            if part is not None:
                yield from _names(part)


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _names(part: ast.AST) -> Iterator[str]:
    for node in ast.walk(part):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                yield from _names(ast.parse(node.value, mode="eval"))
            except (SyntaxError, ValueError):
                continue


def _public(tree: ast.Module) -> frozenset[str] | None:
    """The names in `__all__`; None if it is more than literals, so that any name may be in it."""
    names: set[str] = set()
    for node in tree.body:
        value: ast.expr | None = None
        if isinstance(node, ast.Assign):
            targets: list[ast.expr] = node.targets
            value = node.value
        elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
            targets, value = [node.target], node.value
        else:
            continue
        if not any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            continue
        try:
            names.update(ast.literal_eval(value) if value is not None else ())
        except (ValueError, TypeError):
            return None
    return frozenset(names)


@dataclass
class _Finder:
    """Finds the import statements to change, and files what to do with them."""

    gone: set[Binding]
    again: set[str]  # the first import of each goes, for another one follows
    orders: Orders
    stars: bool = False  # nothing needs what is imported by `*`
    alone: bool = False  # the file has one such import

    def search(self, node: Node, scope: Scope) -> bool:
        """Search a statement; whether there is something to do in it."""
        before = len(self.orders.in_list), len(self.orders.aliases)
        self._search(node, scope)
        return before != (len(self.orders.in_list), len(self.orders.aliases))

    def _search(self, node: Node, scope: Scope) -> None:
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            scope = (*scope, node.name.value)
        if isinstance(node, cst.SimpleStatementLine):
            if not _is_kept(node):
                for small in node.body:
                    self._file(small, scope)
            return
        if isinstance(node, (cst.Try, cst.TryStar)):
            # Whether an import works is what a try is about; its functions are searched.
            for child in _definitions(node):
                self._search(child, scope)
            return
        for child in node.children:
            if isinstance(child, (cst.BaseStatement, cst.BaseSuite, cst.Else, cst.Finally)):
                self._search(child, scope)
        if isinstance(node, cst.If) and node.orelse is None and self._is_emptied(node):
            for line in node.body.body:
                for inner in line.children:
                    self.orders.in_list.pop(inner, None)
                    self.orders.replaced.pop(inner, None)
            self.orders.remove(node, 0)

    def _file(self, small: Node, scope: Scope) -> None:
        if not isinstance(small, (cst.Import, cst.ImportFrom)):
            return
        if isinstance(small, cst.ImportFrom) and _is_future(small):
            return
        if isinstance(small, cst.ImportFrom) and isinstance(small.names, cst.ImportStar):
            if self.stars and not scope and (self.alone or _is_of_models(small)):
                self.orders.remove(small, 0)
            return
        unused = frozenset(
            local_name(alias)
            for alias in aliases(small)
            # `import x as x` says that the name is for others.
            if (
                (scope, local_name(alias)) in self.gone
                or (not scope and local_name(alias) in self.again)
            )
            and alias.evaluated_alias != alias.evaluated_name
        )
        if not scope:
            self.again -= {local_name(alias) for alias in aliases(small)}
        if len(unused) == 0:
            return
        if unused == {local_name(alias) for alias in aliases(small)}:
            self.orders.remove(small, 0)
        else:
            self.orders.aliases[small] = unused

    def _is_emptied(self, node: cst.If) -> bool:
        if not (
            isinstance(node.test, (cst.Name, cst.Attribute))
            and isinstance(node.body, cst.IndentedBlock)
        ):
            return False
        name = node.test.value if isinstance(node.test, cst.Name) else node.test.attr.value
        return name == "TYPE_CHECKING" and all(
            isinstance(line, cst.SimpleStatementLine)
            and all(small in self.orders.replaced for small in line.body)
            for line in node.body.body
        )


def _definitions(node: Node) -> Iterator[Node]:
    for child in node.children:
        if isinstance(child, (cst.FunctionDef, cst.ClassDef)):
            yield child
        elif not isinstance(child, cst.BaseExpression):
            yield from _definitions(child)


def _is_future(node: cst.ImportFrom) -> bool:
    return isinstance(node.module, cst.Name) and node.module.value == "__future__"


def _is_of_models(node: cst.ImportFrom) -> bool:
    module = node.module.attr if isinstance(node.module, cst.Attribute) else node.module
    return module is not None and module.value == "models"


def _is_kept(line: cst.SimpleStatementLine) -> bool:
    comment = line.trailing_whitespace.comment
    return comment is not None and "noqa" in comment.value


def _without(text: str, gone: set[Binding], again: frozenset[str], *, stars: bool) -> str:
    whole = parsed(text)
    module = whole.module
    orders = Orders()
    finder = _Finder(gone, {*again}, orders, stars, text.count("import *") == 1)
    touched = {node for node in module.body if finder.search(node, ())}
    rewritten = module.visit(Rewriter(orders, module.default_newline, touched))
    return restored(text, whole.code, rewritten.code)
