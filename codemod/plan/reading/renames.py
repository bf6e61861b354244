"""Assignments that give arguments of a signal other names: the service has parameters of them.

order = instance                        (gone: the service's parameter is `order`)
created = kwargs["created"]             (gone)
amount = kwargs.pop("amount", 1)        (gone: `*, amount=1`)
"""

from __future__ import annotations

import ast
import builtins
from itertools import takewhile

from codemod.facts.nodes import descend, is_name
from codemod.plan.reading.guards import Guards
from codemod.plan.reading.handler import PARAMETERS
from codemod.plan.reading.names import is_docstring, stores
from codemod.values.edits import Replace, Unwrap

_Assignment = ast.Assign | ast.AnnAssign
_ALWAYS = frozenset(("instance", "sender", "signal", "using"))  # what every signal gives


class Renames(Guards):
    """What is found while the assignments that only rename arguments are dropped."""

    def without_aliases(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Drop leading `instance = kwargs["instance"]`: the service has a parameter of the name.

        And `order = instance`: the service's parameter is called as its body calls it. Several may
        be one statement, and imports may stand above them.
        """
        imports = [*takewhile(lambda s: isinstance(s, (ast.Import, ast.ImportFrom)), body)]
        body = body[len(imports) :]
        while body and isinstance(body[0], (ast.Assign, ast.AnnAssign)) and len(body) > 1:
            first = body[0]
            parts = _parts(first)
            if not self.are_arguments(parts, body[1:]):
                break
            texts = {
                name: self.lines.source(self.lines.span(part.value))
                for part in parts
                if part.value is not None and (name := self.arguments.lookup(part.value))
            }
            for part in parts:
                if (alias := self.alias_in(part)) is None:
                    self.take_name(self.looked_up(part) or "", part)
                    continue
                self.take_alias(alias, part)
                if texts:
                    self.sources["instance"] = alias
            if imports or not texts:
                self.below.append((self.lines.span(first), texts))
            self.drop(first)
            body = body[1:]
        return imports + body

    def are_arguments(self, parts: list[_Assignment], below: list[ast.stmt]) -> bool:
        """Whether all of some assignments give arguments their names, or the instance another."""
        aliases = [part for part in parts if self.alias_in(part) is not None]
        names = [name for part in parts if (name := self.looked_up(part)) is not None]
        return (
            len(aliases) <= 1
            and len(aliases) + len(names) == len(parts)
            and not any(stores(below, name) for name in names)
        )

    def settle_below(self, *, asked: bool) -> None:
        """Keep what looks arguments up below imports out of a delegate, but where a guard of it
        may ask for the names."""
        for span, texts in self.below:
            if not (texts and asked):
                self.sources.update(texts)
                self.dropped.append(span)
        self.below.clear()

    def without_unread(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Drop `_sender = sender`, `_using = kwargs["using"]`: a name that nothing reads."""
        kept: list[ast.stmt] = []
        for statement in body:
            if len(body) > 1 and isinstance(statement, ast.Assign) and self.is_unread(statement):
                self.drop(statement)
            else:
                kept.append(statement)
        return kept or body

    def is_unread(self, statement: ast.Assign) -> bool:
        """Whether an assignment gives an argument a name that is not mentioned anywhere else."""
        target, value = _target(statement), statement.value
        if target is None:
            return False
        mentions = [n for n in ast.walk(self.node) if isinstance(n, ast.Name) and n.id == target.id]
        given = isinstance(value, ast.Name) and value.id in self.arguments.names
        looked_up = isinstance(value, ast.Subscript) and self.arguments.lookup(value) in _ALWAYS
        return len(mentions) == 1 and (given or looked_up)

    def without_lookups(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The same for `created = kwargs["created"]`, `order = instance` below something else."""
        kept: list[ast.stmt] = []
        for statement in body:
            alias = self.alias_in(statement) if len(body) > 1 else None
            name = self.looked_up(statement) if len(body) > 1 else None
            others = [other for other in body if other is not statement]
            if alias is not None:
                name = "instance"
            elif name is None or stores(others, name) or "pop" in ast.unparse(statement):
                kept.append(statement)
                continue
            assert isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value
            if alias is not None:
                self.take_alias(alias, statement)
            else:
                self.take_name(name, statement)
            self.sources[name] = self.lines.source(self.lines.span(statement.value))
            self.dropped.append(self.lines.span(statement))
            self.drop(statement)
        return kept

    def without_extras(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The same for `amount = kwargs.pop("amount", 1)`, which no signal gives."""
        for extra in self.arguments.extras:
            if extra.binding in body and len(body) > 1:
                assert isinstance(extra.binding, ast.Assign)
                self.sources[extra.name] = self.lines.source(self.lines.span(extra.lookup))
                self.dropped.append(self.lines.span(extra.binding))
                self.drop(extra.binding)
                body = [statement for statement in body if statement is not extra.binding]
        return body

    def drop_nested(self, body: list[ast.stmt]) -> None:
        """The same for `instance = kwargs.pop("instance")` in an `if`, the only one of its name."""
        mentions = [n for n in ast.walk(self.node) if is_name(n, self.arguments.kwargs or "")]
        lookups = [name for n in ast.walk(self.node) if (name := self.arguments.lookup(n))]
        if len(mentions) != len(lookups):
            return  # handed on
        for statement in (inner for outer in body for inner in descend(outer)):
            block = getattr(statement, "body", None)
            first = block[0] if isinstance(block, list) and len(block) > 1 else None
            name = self.looked_up(first) if first is not None else None
            if name is None or lookups.count(name) > 1 or name in self.arguments.names:
                continue
            assert isinstance(first, (ast.Assign, ast.AnnAssign)) and first.value
            stored = [n for n in ast.walk(self.node) if is_name(n, name)]
            if all(isinstance(n.ctx, ast.Load) for n in stored if n is not _target(first)):
                self.take_name(name, first)
                self.sources[name] = self.lines.source(self.lines.span(first.value))
                self.dropped.append(self.lines.span(first))
                self.edits.append(Replace(self.lines.span(first), "", heads=True))
                self.gone += ast.walk(first)

    def looked_up(self, statement: ast.stmt) -> str | None:
        """The argument that `created = kwargs["created"]` gives its own name."""
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
            return None
        target = _target(statement)
        name = self.arguments.lookup(statement.value)
        known = target is not None and target.id == name and name in PARAMETERS
        return name if known else None

    def drop(self, statement: _Assignment) -> None:
        """Take out an assignment: the service has a parameter of the name."""
        outer = self.alone.get(statement, statement)
        span = self.lines.span(outer)
        self.edits = [e for e in self.edits if e != Unwrap(span)]
        self.edits.append(Replace(span, "", heads=self.heads(outer)))
        self.gone += ast.walk(statement)

    def heads(self, statement: ast.stmt) -> bool:
        """Whether a comment above it is at the top of the body, and about all of it."""
        top = next(s for s in self.node.body if not is_docstring(s))
        return self.lines.span(statement) == self.lines.span(top)

    def take_alias(self, alias: str, statement: _Assignment) -> None:
        """Call the instance as the body does, and take its type from there."""
        self.arguments.alias = alias
        self.take_type("instance", statement)

    def take_name(self, name: str, statement: _Assignment) -> None:
        """Read an argument by its name, and take its type from there."""
        self.arguments.names.add(name)
        self.take_type(name, statement)

    def take_type(self, name: str, statement: _Assignment) -> None:
        """Keep the type that a statement says for an argument."""
        if isinstance(statement, ast.AnnAssign):
            self.arguments.hints[name] = statement.annotation

    def alias_in(self, statement: ast.stmt) -> str | None:
        """The name in `order = instance` that is nothing else in the whole function."""
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
            return None
        target = _target(statement)
        if self.arguments.alias is not None or target is None or target.id == "instance":
            return None
        if not self.arguments.is_instance(statement.value):
            return None
        name = target.id
        stored = [
            node
            for node in ast.walk(self.node)
            if (isinstance(node, ast.arg) and node.arg == name)
            or (is_name(node, name) and not isinstance(getattr(node, "ctx", None), ast.Load))
        ]
        line = statement.lineno
        only = (
            len(stored) == 1
            and not stores(self.node.body, "instance")
            and not hasattr(builtins, name)
            and "#" not in self.lines.line(line)
            and (self.heads(statement) or not self.lines.line(line - 1).lstrip().startswith("#"))
        )
        return name if only else None


def _parts(statement: _Assignment) -> list[_Assignment]:
    """`order, created = kwargs["instance"], kwargs["created"]` as an assignment for each name."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
            if len(names) == len(values):
                each = zip(names, values, strict=True)
                return [ast.copy_location(ast.Assign([n], v), statement) for n, v in each]
    return [statement]


def _target(statement: _Assignment) -> ast.Name | None:
    """The one name that an assignment gives a value."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    [first, *more] = targets
    return first if isinstance(first, ast.Name) and not more else None
