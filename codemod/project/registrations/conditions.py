"""Whether a registration always runs when the project starts."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.facts.tables import FileFacts, Scope
from codemod.facts.walk import nested
from codemod.project.registrations.terms import Term
from codemod.project.registrations.uses import Uses

_DEPTH = 5
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_APART = (*_FUNCTIONS, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

_Step = tuple[list[ast.stmt], ast.stmt]  # a block, and the statement in it that leads further


class Conditions:
    """Says what a registration depends on."""

    def __init__(self, uses: Uses) -> None:
        self.uses = uses
        self.project = uses.reader.project

    def of(self, node: ast.AST, scope: Scope, facts: FileFacts, depth: int = 0) -> str | None:
        """What the running of a node of a scope depends on, None where it always runs."""
        found = self.within(node, scope, facts)
        return found or self._of_function(scope, facts, depth)

    def within(self, node: ast.AST, scope: Scope, facts: FileFacts) -> str | None:
        """The condition that a node stands under in its own function."""
        owner = scope.function()
        inside = owner.node if owner is not None else facts.tree
        steps = list(_steps(inside, node))
        for block, statement in steps:
            for earlier in block[: _index(block, statement)]:
                if isinstance(earlier, ast.Raise):
                    return "raise"
                left = _leaving(earlier, (ast.Return,), within_loops=True)
                if left is None:
                    left = _leaving(earlier, (ast.Break, ast.Continue))
                if left is not None:
                    return f"not ({_told(left)})"
            found = self._condition(statement, node, scope, facts)
            if found is not None:
                return found
        return _within_expression(steps[-1][1], node) if steps else None

    def _of_function(self, scope: Scope, facts: FileFacts, depth: int) -> str | None:
        """What the running of a function depends on."""
        owner = scope.function()
        if owner is None or self.is_ready(owner, facts):
            return None
        function = self.uses.reader.function_at(owner.node, facts)
        if function is None or depth >= _DEPTH:
            return f"{owner.name}()"
        for use in self.uses.of(function, facts):
            if use.site is not None:
                if self.of(use.site.node, use.site.scope, use.facts, depth + 1) is None:
                    return None
            elif use.decorated is not None:
                decorated = use.decorated
                if self.of(decorated.node, decorated.outer, use.facts, depth + 1) is None:
                    return None
        if function.outer.kind == "function":  # an inner decorator runs when the outer one is used
            return self.of(function.node, function.outer, facts, depth + 1)
        return f"{owner.qualname}()"

    def is_ready(self, scope: Scope, facts: FileFacts) -> bool:
        """Whether a function is the `ready()` of an AppConfig."""
        owner = scope.class_()
        if scope.name != "ready" or owner is None:
            return False
        name = f"{self.project.module_of(facts.path)}.{owner.qualname}"
        return self.project.apps.is_config(name)

    def _condition(
        self, statement: ast.stmt, node: ast.AST, scope: Scope, facts: FileFacts
    ) -> str | None:
        """The condition under which a compound statement runs what is in it."""
        if isinstance(statement, ast.If):
            if not isinstance(statement.test, ast.Constant):
                return ast.unparse(statement.test)
            runs = statement.body if statement.test.value else statement.orelse
            return None if _holds(runs, node) else ast.unparse(statement.test)
        if isinstance(statement, _LOOPS) and _holds(statement.body, node):
            return self._rounds(statement, scope, facts)
        if isinstance(statement, ast.Try):
            return None if _holds(statement.finalbody, node) else "try"
        if isinstance(statement, ast.Match):
            return ast.unparse(statement.subject)
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            texts = [ast.unparse(item.context_expr) for item in statement.items]
            return next((text for text in texts if "suppress(" in text), None)
        return "try" if type(statement).__name__ == "TryStar" else None

    def _rounds(
        self, loop: ast.For | ast.AsyncFor | ast.While, scope: Scope, facts: FileFacts
    ) -> str | None:
        """The condition of a loop that may have no round, or not all."""
        broken = next((n for s in loop.body if (n := _leaving(s, (ast.Break,)))), None)
        if broken is not None:
            return f"not ({_told(broken)})"
        if isinstance(loop, ast.While):
            return ast.unparse(loop.test)
        names = {n.id for n in ast.walk(loop.iter) if isinstance(n, ast.Name)}
        if any(
            binding.kind in ("param", "loop")
            for name in names
            for found in [self.project.symbols.bindings(name, scope)]
            for binding in (found[1] if found is not None else ())
        ):
            return None  # what it goes through is known by each use
        known = self.uses.reader.elements(Term(loop.iter, scope, facts)) is not None
        return None if known else f"for {ast.unparse(loop.target)} in {ast.unparse(loop.iter)}"


def _steps(inside: ast.AST, node: ast.AST) -> Iterator[_Step]:
    """The way from a function or module to a node: through classes, through no other function."""
    blocks = list(_blocks(inside))
    while blocks:
        block = blocks.pop()
        found = next((statement for statement in block if _spans(statement, node)), None)
        if found is None:
            continue
        yield block, found
        if isinstance(found, _FUNCTIONS):
            return
        blocks = list(_blocks(found))


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list) and block:
            yield block
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body


def _spans(statement: ast.stmt, node: ast.AST) -> bool:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
    return first <= getattr(node, "lineno", 0) <= (statement.end_lineno or statement.lineno)


def _holds(block: list[ast.stmt], node: ast.AST) -> bool:
    return any(_spans(statement, node) for statement in block)


def _index(block: list[ast.stmt], statement: ast.stmt) -> int:
    return next(i for i, one in enumerate(block) if one is statement)


def _leaving(
    statement: ast.stmt, kinds: tuple[type[ast.stmt], ...], within_loops: bool = False
) -> ast.stmt | None:
    """The outermost `if` of a statement with a `return` (a `break`) of the same function (loop)."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, kinds):
            return statement
        if isinstance(node, _APART) or (isinstance(node, _LOOPS) and not within_loops):
            continue
        pending += nested(node)
    return None


def _told(statement: ast.stmt) -> str:
    return ast.unparse(statement.test if isinstance(statement, ast.If) else statement).split("\n")[
        0
    ]


def _within_expression(statement: ast.stmt, node: ast.AST) -> str | None:
    """The condition within a statement: `FLAG and connect()`, `[... for m in models if m.on]`."""
    for outer in ast.walk(statement):
        if isinstance(outer, ast.IfExp):
            test, parts = outer.test, [outer.body, outer.orelse]
        elif isinstance(outer, ast.BoolOp):
            test, parts = outer.values[0], outer.values[1:]
        elif isinstance(outer, _COMPREHENSIONS) and outer.generators[0].ifs:
            test, parts = outer.generators[0].ifs[0], [outer]
        else:
            continue
        if any(inner is node for part in parts for inner in ast.walk(part)):
            return ast.unparse(test)
    return None
