"""The one pass over a file's tree that carries out the orders."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import cast

import libcst as cst

from codemod.rewrite import snippets
from codemod.rewrite.blocks import indented, nodes_of, other_parts, rebuild, suite_line
from codemod.rewrite.classes import add_base, add_method
from codemod.rewrite.errors import RewriteError
from codemod.rewrite.import_lines import without_names
from codemod.rewrite.imports import Importer
from codemod.rewrite.layout import Statement, lead, without_blank_end, without_blank_tail
from codemod.rewrite.orders import Node, Orders
from codemod.rewrite.substitution import fit, last_comma, requote
from codemod.values.edits import AddMethod

Left = Node | cst.RemovalSentinel | cst.FlattenSentinel[Node]


class Rewriter(cst.CSTTransformer):
    """Carries out orders; `results` holds what became of each function.

    `touched`: the top-level statements that orders are about; all others are passed over.
    """

    def __init__(
        self,
        orders: Orders,
        newline: str,
        touched: Collection[Node],
        importer: Importer | None = None,
    ) -> None:
        super().__init__()
        self.orders = orders
        self.touched = touched
        self.newline = newline
        self.importer = importer
        self.results: dict[Node, Node] = {}
        self._stack: list[Node] = []
        self._dropped: set[Node] = set()  # not visited: nothing of it stays
        self._commas: dict[Node, object] = {}

    def on_visit(self, node: Node) -> bool:
        parent = self._stack[-1] if self._stack else None
        if isinstance(parent, cst.If) and parent.orelse is node and node in self.orders.in_list:
            raise RewriteError("an elif is no statement of its own", self.orders.in_list[node])
        self._stack.append(node)
        if isinstance(parent, cst.Module) and node not in self.touched:
            return False
        if node in self._dropped or node in self.orders.expressions or node in self.orders.removed:
            return False
        if node in self.orders.unwrapped:
            for part in other_parts(node, self.orders.unwrapped[node]):
                self._dropped.add(part)
                self.orders.forget(part)
        if isinstance(node, (cst.Module, cst.BaseSuite)):
            self._drop_replaced(node)
        if self.orders.removed:
            found = last_comma(node, self.orders.removed)
            if found is not None:
                self._commas[found[0]] = found[1]
        return super().on_visit(node)

    def _drop_replaced(self, block: cst.Module | cst.BaseSuite) -> None:
        """Statements that are replaced are not visited, so edits inside are left over."""
        lines = [block] if isinstance(block, cst.SimpleStatementSuite) else block.body
        nodes = [node for line in lines for node in nodes_of(line)]
        for index, node in enumerate(nodes):
            replaced = self.orders.replaced.get(node)
            if replaced is None or replaced.last not in nodes:
                continue
            for inner in nodes[index : nodes.index(replaced.last) + 1]:
                self._dropped.add(inner)
                if not replaced.code.strip():
                    # All of it goes; edits inside that only remove are at one with that.
                    for child in inner.children:
                        self.orders.forget(child)

    # Narrower than the base on purpose: one kind of node in, the same kind out.
    def on_leave(self, original_node: Node, updated_node: Node) -> Left:  # type: ignore[override]
        self._stack.pop()
        if original_node in self.orders.expressions:
            return self._substitute(original_node, updated_node)
        if original_node in self.orders.removed:
            self.orders.in_place.pop(original_node, None)
            return cst.RemoveFromParent()
        node = cast(Node, super().on_leave(original_node, updated_node))
        if original_node in self._commas:
            node = node.with_changes(comma=self._commas[original_node])
        return node

    def _substitute(self, original: Node, updated: Node) -> Node:
        self.orders.in_place.pop(original, None)
        code = self.orders.expressions[original]
        for holder in reversed(self._stack):
            if isinstance(holder, cst.FormattedString):
                code = requote(code, holder)
        if isinstance(updated, cst.Arg):
            new = snippets.argument(code, self.newline)
            return new.with_changes(
                comma=updated.comma, whitespace_after_arg=updated.whitespace_after_arg
            )
        assert isinstance(updated, cst.BaseExpression)
        return fit(
            snippets.expression(code, self.newline),
            updated,
            self._stack[-1],
            original in self.orders.whole,
        )

    def leave_Expr(self, original_node: cst.Expr, updated_node: cst.Expr) -> cst.BaseSmallStatement:
        return self._bind(original_node, updated_node)

    def leave_Return(
        self, original_node: cst.Return, updated_node: cst.Return
    ) -> cst.BaseSmallStatement:
        return self._bind(original_node, updated_node)

    def _bind(
        self, original_node: cst.Expr | cst.Return, updated_node: cst.Expr | cst.Return
    ) -> cst.BaseSmallStatement:
        target = self.orders.bound.get(original_node)
        if target is None or updated_node.value is None:
            return updated_node
        self.orders.in_place.pop(original_node, None)
        names = snippets.expression(target, self.newline)
        if not isinstance(names, cst.BaseAssignTargetExpression):
            raise RewriteError(f"nothing can be assigned to {target!r}")
        where = cst.AssignTarget(names)
        return cst.Assign([where], updated_node.value, semicolon=updated_node.semicolon)

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> cst.Import:
        names = self.orders.aliases.get(original_node)
        return updated_node if names is None else without_names(updated_node, names)

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom:
        names = self.orders.aliases.get(original_node)
        return updated_node if names is None else without_names(updated_node, names)

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        statements = cast("list[Statement]", list(updated_node.body))
        done = rebuild(original_node.body, statements, self.orders, self.newline)
        return updated_node if done is None else indented(*done, updated_node)

    def leave_SimpleStatementSuite(
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.BaseSuite:
        done = rebuild(  # the suite stands for its only line
            [cast(cst.BaseStatement, original_node)],
            [suite_line(updated_node)],
            self.orders,
            self.newline,
        )
        if done is None:
            return updated_node
        body, tail = done
        if not body and not tail:
            return updated_node.with_changes(body=[cst.Pass()])
        line = body[0] if len(body) == 1 else None
        if isinstance(line, cst.SimpleStatementLine) and not line.leading_lines:
            return updated_node.with_changes(
                body=line.body, trailing_whitespace=line.trailing_whitespace
            )
        return indented(body, tail, cst.IndentedBlock(body=[]))

    def leave_ClassDef(
        self, original_node: cst.ClassDef, updated_node: cst.ClassDef
    ) -> cst.ClassDef:
        edits: list[AddMethod] = self.orders.methods.get(original_node, [])
        for edit in edits:
            updated_node = add_method(updated_node, edit, self.newline, self.importer)
            self.orders.in_place.pop(original_node, None)
        if original_node in self.orders.bases:
            updated_node = add_base(updated_node, self.orders.bases[original_node])
            self.orders.in_place.pop(original_node, None)
        return updated_node

    def leave_FunctionDef(
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        for edit in self.orders.imports.get(original_node, []):
            if self.importer is None:
                raise RewriteError("no imports here")
            updated_node = self.importer.add_local(updated_node, edit)
            self.orders.in_place.pop(original_node, None)
        self.results[original_node] = updated_node
        return updated_node

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        statements = cast("list[Statement]", list(updated_node.body))
        header = updated_node.header
        if statements:
            # As if the lines at the top were the first statement's own.
            statements[0] = lead(statements[0], header)
            header = ()
        done = rebuild(original_node.body, statements, self.orders, self.newline, top=True)
        body, tail = done or (statements, ())
        footer, ended = tuple(updated_node.footer), updated_node.has_trailing_newline
        if self._loses_its_end(original_node.body):
            # The last line had what is gone below it, blank lines and all.
            footer, ended = without_blank_end(footer), True
            body = [*body[:-1], *map(without_blank_tail, body[-1:])]
        if body:
            footer = (*tail, *footer)
        else:
            header = (*header, *tail)
        # A file of which nothing is left is empty, not one blank line.
        ended = ended and bool(header or body or footer)
        return updated_node.with_changes(
            header=header, body=body, footer=footer, has_trailing_newline=ended
        )

    def _loses_its_end(self, body: Sequence[cst.BaseStatement]) -> bool:
        """Whether the last statement goes, or the last within it."""
        last = body[-1] if body else None
        if isinstance(last, (cst.ClassDef, cst.FunctionDef)) and last not in self._dropped:
            inner = last.body
            return isinstance(inner, cst.IndentedBlock) and self._loses_its_end(inner.body)
        return last is not None and any(node in self._dropped for node in nodes_of(last))
