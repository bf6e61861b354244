"""Edits, sorted by the node that they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import libcst as cst

from codemod.rewrite.anchors import StatementNode, Tree
from codemod.rewrite.errors import RewriteError
from codemod.rewrite.snippets import is_expression
from codemod.values.edits import (
    AddBase,
    AddImport,
    AddMethod,
    Bind,
    Edit,
    Insert,
    Replace,
    Unwrap,
    Where,
    Wrap,
)

Node = cst.CSTNode


@dataclass(frozen=True)
class Range:
    """Statements of one block, from the one it is filed under to `last`."""

    last: StatementNode
    code: str
    comments: bool = True
    heads: bool = False
    apart: bool = False


@dataclass
class Orders:
    """What is to be done, by node. Whoever does it says `done`; what is left over is an error."""

    inserts: dict[tuple[Node, Where], list[str]] = field(default_factory=lambda: defaultdict(list))
    replaced: dict[Node, Range] = field(default_factory=dict)
    wraps: dict[Node, list[Range]] = field(default_factory=lambda: defaultdict(list))
    unwrapped: dict[Node, Unwrap] = field(default_factory=dict)
    bound: dict[Node, str] = field(default_factory=dict)
    expressions: dict[Node, str] = field(default_factory=dict)
    whole: set[Node] = field(default_factory=set)  # expressions that go with their parentheses
    removed: set[Node] = field(default_factory=set)  # arguments, decorators, elements, items
    methods: dict[Node, list[AddMethod]] = field(default_factory=lambda: defaultdict(list))
    bases: dict[Node, str] = field(default_factory=dict)
    imports: dict[Node, list[AddImport]] = field(default_factory=lambda: defaultdict(list))
    aliases: dict[Node, frozenset[str]] = field(default_factory=dict)  # names to stop importing
    in_list: dict[Node, int] = field(default_factory=dict)  # statements, by line
    in_place: dict[Node, int] = field(default_factory=dict)  # all other nodes, by line
    firsts: set[Node] = field(default_factory=set)
    lasts: set[Node] = field(default_factory=set)

    def file(self, edits: Iterable[Edit], tree: Tree) -> None:
        """Sort in all edits that have an anchor."""
        seen: set[Edit] = set()
        for edit in edits:
            # The same edit, found twice, is one; but two equal inserts may be meant.
            if edit in seen and not isinstance(edit, (Insert, AddMethod)):
                continue
            seen.add(edit)
            self._file(edit, tree)

    def _file(self, edit: Edit, tree: Tree) -> None:
        if isinstance(edit, Insert):
            node = tree.statement(edit.anchor)
            self.inserts[node, edit.where].append(edit.code)
            (self.lasts if edit.where in (Where.AFTER, Where.BELOW) else self.firsts).add(node)
            self.in_list[node] = edit.anchor.line
        elif isinstance(edit, Replace):
            self._replace(edit, tree)
        elif isinstance(edit, Bind):
            node = tree.statement(edit.anchor)
            if not isinstance(node, (cst.Expr, cst.Return)):
                raise RewriteError("the value of this can't be bound", edit.anchor.line)
            if node in self.bound:
                raise RewriteError("two edits bind this value", edit.anchor.line)
            self.bound[node] = edit.target
            self.in_place[node] = edit.anchor.line
        elif isinstance(edit, Wrap):
            first, last = tree.statement(edit.first), tree.statement(edit.last)
            self.wraps[first].append(Range(last, edit.header))
            self._range(first, last, edit.first.line)
        elif isinstance(edit, Unwrap):
            node = tree.statement(edit.anchor)
            self.unwrapped[node] = edit
            self.in_list[node] = edit.anchor.line
        elif isinstance(edit, AddMethod):
            owner = tree.class_def(edit.anchor)
            self.methods[owner].append(edit)
            self.in_place[owner] = edit.anchor.line
        elif isinstance(edit, AddBase):
            owner = tree.class_def(edit.anchor)
            self.bases[owner] = edit.name
            self.in_place[owner] = edit.anchor.line
        elif isinstance(edit, AddImport) and edit.local_to is not None:
            function = tree.function(edit.local_to)
            self.imports[function].append(edit)
            self.in_place[function] = edit.local_to.line

    def _replace(self, edit: Replace, tree: Tree) -> None:
        line, bare = edit.first.line, not edit.code.strip()
        if edit.last is None and (bare or is_expression(edit.code)):
            node = tree.expression(edit.first)
            if node is not None and not (bare and node not in tree.slots):
                target: Node = tree.slots[node] if bare else node
                self._claim(target, line)
                if bare:
                    self.removed.add(target)
                else:
                    self.expressions[target] = edit.code
                    if edit.first not in tree.expressions:
                        self.whole.add(target)
                return
        if edit.last is None and edit.first in tree.arguments:
            argument = tree.arguments[edit.first]
            self._claim(argument, line)
            if bare:
                self.removed.add(argument)
            else:
                self.expressions[argument] = edit.code
            return
        first = tree.statement(edit.first)
        last = first if edit.last is None else tree.statement(edit.last)
        self.remove(first, line, last, edit.code, edit.comments, edit.heads, edit.apart)

    def remove(
        self,
        first: StatementNode,
        line: int,
        last: StatementNode | None = None,
        code: str = "",
        comments: bool = True,
        heads: bool = False,
        apart: bool = False,
    ) -> None:
        """Put code, or nothing, in place of statements."""
        if first in self.replaced:
            raise RewriteError("two edits replace this statement", line)
        self.replaced[first] = Range(last or first, code, comments, heads, apart)
        self._range(first, last or first, line)

    def _range(self, first: StatementNode, last: StatementNode, line: int) -> None:
        self.firsts.add(first)
        self.lasts.add(last)
        self.in_list[first] = self.in_list[last] = line

    def _claim(self, node: Node, line: int) -> None:
        if node in self.in_place:
            raise RewriteError("two edits replace this code", line)
        self.in_place[node] = line

    def finish(self) -> None:
        """Raise if an edit found no place."""
        left = [*self.in_list.values(), *self.in_place.values()]
        if left:
            raise RewriteError("the code of this edit is replaced or removed by another", min(left))

    def forget(self, node: Node) -> None:
        """Removals inside code that is dropped anyway have nothing left to do."""
        for inner in _walk(node):
            if inner in self.removed or (
                inner in self.replaced and not self.replaced[inner].code.strip()
            ):
                self.in_place.pop(inner, None)
                if inner in self.in_list and not any(
                    (inner, where) in self.inserts for where in Where
                ):
                    last = self.replaced[inner].last
                    del self.in_list[inner]
                    self.in_list.pop(last, None)


def _walk(node: Node) -> Iterable[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)
