"""Whether a registration always runs when the project starts.

post_save.connect(index, sender=Page)              always

if settings.SEARCH:                                depends on the settings alone: whoever
    post_save.connect(index, sender=Page)          asks them later gets the same answer

if running_tests():                                depends on something else
    post_save.connect(index, sender=Page)
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from codemod.facts.nodes import LOOPS, nested
from codemod.facts.tables import FileFacts, Scope
from codemod.project.registrations.terms import Term
from codemod.project.registrations.uses import Uses
from codemod.syntax.older import expression_of

_DEPTH = 5
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_APART = (*_FUNCTIONS, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

SETTINGS = "django.conf.settings"
# What a question may consist of that asks the settings and nothing else.
_ASKING = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List, ast.Set,
    ast.expr_context, ast.UnaryOp, ast.Not, ast.BoolOp, ast.boolop, ast.Compare, ast.cmpop,
    ast.Call,
)  # fmt: skip
_ASKED_BY = frozenset(("getattr", "hasattr", "bool", "len"))

_Step = tuple[list[ast.stmt], ast.stmt]  # a block, and the statement in it that leads further


@dataclass(frozen=True)
class Condition:
    """What the running of something depends on."""

    text: str
    test: str | None = None  # the same as a question that the settings alone answer

    @classmethod
    def all_of(cls, conditions: Iterable[Condition | None]) -> Condition | None:
        """That of something that needs all of them; None if there are none."""
        found = [one for one in conditions if one is not None]
        unasked = next((one for one in found if one.test is None), None)
        if unasked is not None or len(found) < 2:
            return unasked or next(iter(found), None)
        tests = dict.fromkeys(_operand(one.test or "") for one in found)
        return cls(" and ".join(one.text for one in found), " and ".join(tests))


class Conditions:
    """Says what a registration depends on."""

    def __init__(self, uses: Uses) -> None:
        self.uses = uses
        self.project = uses.reader.project

    def of(self, node: ast.AST, scope: Scope, facts: FileFacts, depth: int = 0) -> Condition | None:
        """What the running of a node of a scope depends on, None where it always runs."""
        found = self.within(node, scope, facts)
        if found is not None and found.test is None:
            return found
        return Condition.all_of((self._of_function(scope, facts, depth), found))

    def within(self, node: ast.AST, scope: Scope, facts: FileFacts) -> Condition | None:
        """The condition that a node stands under in its own function."""
        owner = scope.function()
        inside = owner.node if owner is not None else facts.tree
        steps = list(_steps(inside, node))
        found: list[Condition | None] = []
        for block, statement in steps:
            for earlier in block[: _index(block, statement)]:
                if isinstance(earlier, ast.Raise):
                    return Condition("raise")
                left = _leaving(earlier, (ast.Return,), within_loops=True)
                if left is None:
                    left = _leaving(earlier, (ast.Break, ast.Continue))
                if left is not None:
                    found.append(self._past(left, scope, facts))
            found.append(self._condition(statement, node, scope, facts))
        found.append(self._within_expression(steps[-1][1], node, scope, facts) if steps else None)
        return Condition.all_of(found)

    def _past(self, left: ast.stmt, scope: Scope, facts: FileFacts) -> Condition:
        """What it takes to get past a statement that may leave."""
        text = f"not ({_told(left)})"
        if isinstance(left, ast.If) and not left.orelse and isinstance(left.body[-1], ast.Return):
            asked = self.question(left.test, scope, facts)
            return Condition(text, _negated(asked, facts) if asked is not None else None)
        return Condition(text)

    def question(self, test: ast.expr, scope: Scope, facts: FileFacts) -> ast.expr | None:
        """The test of an `if`, where it asks the settings and nothing else."""
        functions = set()
        for node in ast.walk(test):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Name) and node.func.id in _ASKED_BY:
                    functions.add(node.func)
                elif not isinstance(node.func, ast.Attribute) or node.func.attr != "get":
                    return None
                if node.keywords:
                    return None
            elif not isinstance(node, _ASKING):
                return None
        asked = [n for n in ast.walk(test) if isinstance(n, ast.Name) and n not in functions]
        known = all(
            name.id == "settings"  # what it is imported as in a service
            and self.project.symbols.resolve(name, scope, facts) == SETTINGS
            for name in asked
        )
        return test if asked and known else None

    def _of_function(self, scope: Scope, facts: FileFacts, depth: int) -> Condition | None:
        """What the running of a function depends on."""
        owner = scope.function()
        if owner is None or self.is_ready(owner, facts):
            return None
        function = self.uses.reader.function_at(owner.node, facts)
        if function is None or depth >= _DEPTH:
            return Condition(f"{owner.name}()")
        found: list[Condition] = []
        for use in self.uses.of(function, facts):
            if use.site is not None:
                condition = self.of(use.site.node, use.site.scope, use.facts, depth + 1)
            elif use.decorated is not None:
                decorated = use.decorated
                condition = self.of(decorated.node, decorated.outer, use.facts, depth + 1)
            else:
                continue
            if condition is None:
                return None
            found.append(condition)
        if not found and function.outer.kind == "function":
            # An inner decorator runs when the outer one is used.
            return self.of(function.node, function.outer, facts, depth + 1)
        if len(found) == 1 and found[0].test is not None:
            return found[0]
        return Condition(f"{owner.qualname}()")

    def is_ready(self, scope: Scope, facts: FileFacts) -> bool:
        """Whether a function is the `ready()` of an AppConfig."""
        owner = scope.class_()
        if scope.name != "ready" or owner is None:
            return False
        name = f"{self.project.module_of(facts.path)}.{owner.qualname}"
        return self.project.apps.is_config(name)

    def _condition(
        self, statement: ast.stmt, node: ast.AST, scope: Scope, facts: FileFacts
    ) -> Condition | None:
        """The condition under which a compound statement runs what is in it."""
        if isinstance(statement, ast.If):
            runs, text = _holds(statement.body, node), ast.unparse(statement.test)
            if isinstance(statement.test, ast.Constant):
                return None if runs == bool(statement.test.value) else Condition(text)
            asked = self.question(statement.test, scope, facts)
            if asked is None:
                return Condition(text)
            return Condition(text, _source(asked, facts) if runs else _negated(asked, facts))
        if isinstance(statement, LOOPS) and _holds(statement.body, node):
            return self._loop(statement, scope, facts)
        if isinstance(statement, ast.Try):
            return None if _holds(statement.finalbody, node) else Condition("try")
        if isinstance(statement, ast.Match):
            return Condition(ast.unparse(statement.subject))
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            texts = [ast.unparse(item.context_expr) for item in statement.items]
            return next((Condition(text) for text in texts if "suppress(" in text), None)
        return Condition("try") if type(statement).__name__ == "TryStar" else None

    def _within_expression(
        self, statement: ast.stmt, node: ast.AST, scope: Scope, facts: FileFacts
    ) -> Condition | None:
        """The condition within a statement: `FLAG and connect()`, `[... for m in models if m]`."""
        for outer in ast.walk(statement):
            loops: list[ast.comprehension] = []
            if isinstance(outer, ast.IfExp):
                tests, parts = [outer.test], [outer.body, outer.orelse]
            elif isinstance(outer, ast.BoolOp):
                tests, parts = outer.values[:1], outer.values[1:]
            elif isinstance(outer, _COMPREHENSIONS):
                loops, parts = outer.generators, [outer]
                tests = [test for loop in loops for test in loop.ifs]
            else:
                continue
            if any(inner is node for part in parts for inner in ast.walk(part)):
                asked = [Condition(ast.unparse(test)) for test in tests]
                found = [
                    *asked,
                    *filter(None, (self._rounds(loop, scope, facts) for loop in loops)),
                ]
                if found:
                    return found[0]
        return None

    def _loop(
        self, loop: ast.For | ast.AsyncFor | ast.While, scope: Scope, facts: FileFacts
    ) -> Condition | None:
        """The condition of a loop that may have no round, or not all."""
        broken = next((n for s in loop.body if (n := _leaving(s, (ast.Break,)))), None)
        if broken is not None:
            return Condition(f"not ({_told(broken)})")
        if isinstance(loop, ast.While):
            return Condition(ast.unparse(loop.test))
        return self._rounds(loop, scope, facts)

    def _rounds(
        self, loop: ast.For | ast.AsyncFor | ast.comprehension, scope: Scope, facts: FileFacts
    ) -> Condition | None:
        """The condition of what goes through something that may be empty."""
        names = {n.id for n in ast.walk(loop.iter) if isinstance(n, ast.Name)}
        if any(
            binding.kind in ("param", "loop")
            for name in names
            for found in [self.project.symbols.bindings(name, scope)]
            for binding in (found[1] if found is not None else ())
        ):
            return None  # what it goes through is known by each use
        known = self.uses.reader.elements(Term(loop.iter, scope, facts)) is not None
        if known:
            return None
        return Condition(f"for {ast.unparse(loop.target)} in {ast.unparse(loop.iter)}")


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
        if isinstance(node, _APART) or (isinstance(node, LOOPS) and not within_loops):
            continue
        pending += nested(node)
    return None


def _told(statement: ast.stmt) -> str:
    text = ast.unparse(statement.test if isinstance(statement, ast.If) else statement)
    return text.partition("\n")[0]


def _source(test: ast.expr, facts: FileFacts) -> str:
    """A test as it is written, on one line."""
    one_line = test.lineno == test.end_lineno
    return facts.lines.source(facts.lines.span(test)) if one_line else ast.unparse(test)


def _negated(test: ast.expr, facts: FileFacts) -> str:
    """The source of a test that holds where this one doesn't."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _source(test.operand, facts)
    text = _source(test, facts)
    return f"not ({text})" if isinstance(test, (ast.BoolOp, ast.Compare)) else f"not {text}"


def _operand(test: str) -> str:
    """A test as one of several that are joined by `and`."""
    return f"({test})" if isinstance(expression_of(test), ast.BoolOp) else test
