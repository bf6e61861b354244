"""Imports added to a file in the file's own style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from codemod.rewrite.anchors import Tree
from codemod.rewrite.blocks import suite_line
from codemod.rewrite.import_lines import (
    Bound,
    ImportNode,
    absolute,
    aliases,
    bound,
    local_name,
    local_remark,
    one_per_line,
    remarked,
    with_name,
    without_names,
)
from codemod.rewrite.import_order import after_imports, place
from codemod.rewrite.layout import (
    Statement,
    at_least,
    for_types,
    is_definition,
    is_docstring,
    is_import,
    join,
    lines_of,
    with_lead,
)
from codemod.rewrite.sections import Isort, Sections
from codemod.values.edits import AddImport

DEFAULT_LINE_LENGTH = 88
TYPE_CHECKING = AddImport("typing", "TYPE_CHECKING")


@dataclass(frozen=True)
class Importer:
    """How one file imports: who it is, and what it imported when it was read."""

    module: str
    is_package: bool
    sections: Sections
    line_length: int
    indent: str
    one_by_one: bool  # each name has an import line of its own
    imports: tuple[ImportNode, ...]  # all of the file, nested ones too
    top: frozenset[Bound]  # what the top of the file binds
    remark: str | None = None  # a word to linters behind those in functions
    below: int = 0  # how many packages further down the imports are from, if of another file

    @property
    def package(self) -> str:
        return self.module if self.is_package else self.module.rpartition(".")[0]

    def add_top(self, module: cst.Module, edit: AddImport) -> cst.Module:
        """The module with the import, if it lacks it."""
        if _wanted(edit) in set(top_bindings(module.body, self.package)):
            return module
        if edit.for_types:
            return self._add_for_types(module, edit)
        body: list[Statement] = list(module.body)
        return module.with_changes(body=self._add(body, edit, top=True))

    def _add_for_types(self, module: cst.Module, edit: AddImport) -> cst.Module:
        """The module with the import under `if TYPE_CHECKING:`, which it gets if it lacks that."""
        body: list[Statement] = list(module.body)
        for index, statement in enumerate(body):
            block = for_types(statement)
            if block is not None:
                if _wanted(edit) not in set(_direct(block.body, self.package)):
                    inner = self._add(lines_of(block), edit, top=False)
                    block = block.with_changes(body=inner)
                body[index] = statement.with_changes(body=block)
                return module.with_changes(body=body)
        module = self.add_top(module, TYPE_CHECKING)
        body = list(module.body)
        line = self._line(_wanted(edit), len(self.indent))
        choice = cst.If(cst.Name("TYPE_CHECKING"), cst.IndentedBlock([line]))
        index = after_imports(body)
        body.insert(index, at_least(choice, 1))
        for below in body[index + 1 : index + 2]:
            body[index + 1] = at_least(below, 2 if is_definition(below) else 1)
        return module.with_changes(body=body)

    def add_local(self, function: cst.FunctionDef, edit: AddImport) -> cst.FunctionDef:
        """The function with the import as its first statement, if the file lacks it."""
        wanted = _wanted(edit)
        block = function.body
        if isinstance(block, cst.SimpleStatementSuite):
            block = cst.IndentedBlock(body=[suite_line(block)])
        assert isinstance(block, cst.IndentedBlock)
        body = lines_of(block)
        if wanted in self.top or wanted in set(_direct(body, self.package)):
            return function
        return function.with_changes(body=block.with_changes(body=self._add(body, edit, top=False)))

    def add_to_all(
        self, statements: list[Statement], edits: Sequence[AddImport]
    ) -> list[Statement]:
        """Functions that are yet to be written, each with the imports as its first statements."""
        result: list[Statement] = []
        for statement in statements:
            for edit in edits if isinstance(statement, cst.FunctionDef) else ():
                assert isinstance(statement, cst.FunctionDef)
                statement = self.add_local(statement, edit)
            result.append(statement)
        return result

    def _add(self, body: list[Statement], edit: AddImport, *, top: bool) -> list[Statement]:
        wanted = _wanted(edit)
        outer = edit.local_to.column if edit.local_to is not None else len(self.indent)
        column = 0 if top else outer + len(self.indent) * (not edit.for_types)
        body = self._supersede(body, wanted)
        for index, statement in enumerate(body):
            merged = self._merged(statement, wanted, column)
            if merged is not None:
                body[index] = merged
                return body
            if not top and not is_docstring(statement) and not is_import(statement):
                break
        line = self._line(wanted, column)
        if self.remark is not None and not top:
            line = remarked(line, self.remark)
        return place(body, line, self.sections, top=top)

    def _supersede(self, body: list[Statement], wanted: Bound) -> list[Statement]:
        """Drop another import of the same name: from now on it means the new one."""
        result: list[Statement] = []
        carried: Sequence[cst.EmptyLine] | None = None
        for statement in body:
            left = self._without(statement, wanted.local)
            if left is None:
                carried = statement.leading_lines
                continue
            if carried is not None:
                gap = join(tuple(carried), tuple(left.leading_lines), first=not result)
                left, carried = with_lead(left, gap), None
            result.append(left)
        return result

    def _without(self, statement: Statement, name: str) -> Statement | None:
        if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
            return statement
        node = statement.body[0]
        if not isinstance(node, (cst.Import, cst.ImportFrom)):
            return statement
        names = [local_name(alias) for alias in aliases(node)]
        if name not in names or (isinstance(node, cst.Import) and "." in _dotted(node, name)):
            return statement
        if len(names) == 1:
            return None
        return statement.with_changes(body=[without_names(node, [name])])

    def _merged(self, statement: Statement, wanted: Bound, column: int) -> Statement | None:
        """The import line with the name taken in, if it is one of the same module."""
        if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
            return None
        node = statement.body[0]
        if wanted.name is None or not isinstance(node, cst.ImportFrom):
            return None
        if isinstance(node.names, cst.ImportStar) or absolute(node, self.package) != wanted.module:
            return None
        if self.one_by_one and len(node.names) == 1:
            return None
        alias = wanted.local if wanted.local != wanted.name else None
        renaming = [item.asname is not None for item in node.names]
        # isort keeps `import a as b` on a line of its own unless told otherwise.
        apart = not (any(renaming) and not all(renaming)) if alias is not None else all(renaming)
        if apart and not self.sections.isort.together:
            return None
        merged = with_name(node, wanted.name, alias)
        if merged.lpar is None and self._is_split(node, merged, column):
            merged = one_per_line(merged, self.indent)
            behind = statement.trailing_whitespace.comment
            if behind is not None and behind.value == self.remark:
                bare = statement.with_changes(trailing_whitespace=cst.TrailingWhitespace())
                return remarked(bare.with_changes(body=[merged]), self.remark)
        return statement.with_changes(body=[merged])

    def _is_split(self, before: cst.ImportFrom, after: cst.ImportFrom, column: int) -> bool:
        """Whether an import that has got a name more has to have each on a line of its own."""
        empty = cst.Module([])
        if "\\" in empty.code_for_node(before):
            return False
        grid = self.sections.isort.grid
        if grid and len(aliases(before)) < grid <= len(aliases(after)):
            return True
        return column + len(empty.code_for_node(after)) > self.line_length

    def _line(self, wanted: Bound, column: int) -> cst.SimpleStatementLine:
        if wanted.name is None:
            suffix = (
                "" if wanted.local == wanted.module.partition(".")[0] else f" as {wanted.local}"
            )
            code = f"import {wanted.module}{suffix}"
        else:
            suffix = "" if wanted.local == wanted.name else f" as {wanted.local}"
            code = f"from {self._written(wanted.module)} import {wanted.name}{suffix}"
        line = cst.parse_statement(code)
        assert isinstance(line, cst.SimpleStatementLine)
        node = line.body[0]
        if column + len(code) > self.line_length and isinstance(node, cst.ImportFrom):
            return line.with_changes(body=[one_per_line(node, self.indent)])
        return line

    def _written(self, target: str) -> str:
        """The module as this file would write it: relative or absolute."""
        here, there = self.package.split("."), target.split(".")
        common = 0
        while common < min(len(here), len(there)) and here[common] == there[common]:
            common += 1
        if not self.package or not common:
            return target
        dots = len(here) - common + 1
        froms = [node for node in self.imports if isinstance(node, cst.ImportFrom)]
        levels = [max(len(n.relative) - self.below, 1) if n.relative else 0 for n in froms]
        absolute_used = any(name.partition(".")[0] == here[0] for name in self._absolute_names())
        if dots == 1:
            relative = any(levels) or not absolute_used
        else:
            # Another app is named in full, unless the file climbs already.
            relative = max(levels, default=0) >= dots or (
                not absolute_used and any(levels) and len(there) - common <= 1
            )
        return "." * dots + ".".join(there[common:]) if relative else target

    def _absolute_names(self) -> Iterator[str]:
        for node in self.imports:
            if isinstance(node, cst.Import):
                yield from (alias.evaluated_name for alias in node.names)
            elif not node.relative:
                yield absolute(node, self.package)


def importer(
    tree: Tree,
    edits: Sequence[AddImport],
    name: str,
    is_package: bool,
    names: tuple[frozenset[str], Isort],
    line_length: int,
    like: Tree | None = None,
    below: int = 0,
) -> Importer:
    """What the imports of a file as it was read say about its style.

    `names`: the project's own top-level ones, and what its settings say of sections.
    `like`: a file whose style one without imports follows, `below` packages further down.
    """
    package = name if is_package else name.rpartition(".")[0]
    first_party, isort = names
    model = like if like is not None and not tree.imports else tree
    shown = tuple(model.imports)
    return Importer(
        name,
        is_package,
        Sections(
            first_party or _guess_first_party(edits, name),
            isort.as_shown(model.code),
        ),
        max([line_length, *map(_length, shown)]),
        (tree if tree.module.body or like is None else like).module.default_indent,
        _are_one_by_one([*_nodes(model.module.body)]),
        shown,
        frozenset(top_bindings(tree.module.body, package)),
        local_remark(model.code),
        0 if tree.imports else below,
    )


LONGEST = 120  # columns; longer lines are nobody's style


def _length(node: ImportNode) -> int:
    """The length of an import that stands on one line, as a style."""
    code = cst.Module([]).code_for_node(node)
    return len(code) if len(code) <= LONGEST and "\n" not in code else 0


def _nodes(body: Sequence[cst.BaseStatement]) -> Iterator[ImportNode]:
    """The import statements at the top of a file."""
    for statement in body:
        if isinstance(statement, cst.SimpleStatementLine):
            yield from (s for s in statement.body if isinstance(s, (cst.Import, cst.ImportFrom)))


def _are_one_by_one(nodes: Sequence[ImportNode]) -> bool:
    """Whether modules are imported from in several lines, one for each name. `nodes`: those at the
    top; functions import one name of a module each anyway."""
    found = [n for n in nodes if isinstance(n, cst.ImportFrom) and len(aliases(n)) == 1]
    modules = [cst.Module([]).code_for_node(n).partition(" import ")[0] for n in found]
    others = sum(isinstance(n, cst.ImportFrom) and len(aliases(n)) > 1 for n in nodes)
    return not others and len(set(modules)) < len(modules)


def _guess_first_party(edits: Sequence[AddImport], name: str) -> frozenset[str]:
    """Names are added from the standard library, from frameworks, and else from the project."""
    known = {"django", "rest_framework", "factory", "pytest"}
    tops = {edit.module.partition(".")[0] for edit in edits}
    return frozenset({name.partition(".")[0], *(tops - known)})


def top_bindings(body: Sequence[cst.BaseStatement], package: str) -> Iterator[Bound]:
    """What imports at the top of a file bind at run time, in `try` blocks too."""
    for statement in body:
        if isinstance(statement, cst.Try) and isinstance(statement.body, cst.IndentedBlock):
            yield from _direct(statement.body.body, package)
    yield from _direct(body, package)


def _direct(body: Sequence[cst.BaseStatement], package: str) -> Iterator[Bound]:
    for statement in body:
        if isinstance(statement, cst.SimpleStatementLine):
            for small in statement.body:
                if isinstance(small, (cst.Import, cst.ImportFrom)):
                    yield from bound(small, package)


def _dotted(node: cst.Import, name: str) -> str:
    return next((a.evaluated_name for a in node.names if local_name(a) == name), "")


def _wanted(edit: AddImport) -> Bound:
    if edit.name is None:
        return Bound(edit.module, None, edit.alias or edit.module.partition(".")[0])
    if not edit.module:  # a module of no package
        return Bound(edit.name, None, edit.alias or edit.name)
    return Bound(edit.module, edit.name, edit.alias or edit.name)
