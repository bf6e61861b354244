"""What work looks at of its instance, and of whatever it hands it to.

def record(sender, instance, **kwargs):
    if instance.paid:                              paid
        Event.objects.create(order=instance)       nothing; but an Event may look back at it
        announce(instance)                         what announce() looks at
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from codemod.facts.nodes import children, is_name, last_name
from codemod.facts.tables import FileFacts, Scope
from codemod.plan.reading.features import walk
from codemod.plan.reading.handler import Handler
from codemod.project.project import Project

_DEPTH = 4
_Function = ast.FunctionDef | ast.AsyncFunctionDef
# What is asked for rows of an object reads its key.
_QUERIES = frozenset("filter exclude get get_object_or_404".split())
_CREATES = frozenset("create get_or_create update_or_create".split())
_NAMING = ("getattr", "hasattr", "setattr")
_IDLE = ("isinstance", "type", "id", "bool")


@dataclass(frozen=True)
class Looks:
    """The attributes that are mentioned, and whether a row is made that leads to the instance."""

    attributes: frozenset[str]
    makes: bool = False

    def __or__(self, other: Looks) -> Looks:
        return Looks(self.attributes | other.attributes, self.makes or other.makes)


def looks(project: Project, handler: Handler, scope: Scope, facts: FileFacts) -> Looks | None:
    """What the work of a handler looks at; None if it can't be told. `scope` is the handler's."""
    if handler.hides_instance:
        return None
    gone = {id(node) for node in handler.gone}
    found = Looks(frozenset())
    nodes = [*walk(handler)]
    for name in sorted(handler.instances):
        inner = _Reader(project, scope, facts, gone).of(nodes, name, _DEPTH)
        if inner is None:
            return None
        found |= inner
    return found


@dataclass(frozen=True)
class _Reader:
    """Reads one function."""

    project: Project
    scope: Scope
    facts: FileFacts
    gone: set[int]

    def of(self, nodes: Iterable[ast.AST], name: str, depth: int) -> Looks | None:
        """What the nodes look at of what a name means."""
        found = Looks(frozenset())
        for parent, child, call in self._uses(nodes, name):
            inner = self._use(parent, child, call, name, depth)
            if inner is None:
                return None
            found |= inner
        return found

    def _uses(
        self, nodes: Iterable[ast.AST], name: str
    ) -> Iterator[tuple[ast.AST, ast.expr, ast.Call | None]]:
        """Each mention with what it stands in, and the call that it is an argument of."""
        shadowed: set[int] = set()
        for node in nodes:
            if isinstance(node, (*_FUNCTIONS, ast.Lambda)) and name in _parameters(node):
                shadowed |= {id(n) for n in ast.walk(node)}
            if id(node) in shadowed:
                continue
            for child in children(node):
                if (
                    isinstance(child, ast.expr)
                    and is_name(child, name)
                    and id(child) not in self.gone
                ):
                    if not isinstance(node, ast.keyword):
                        yield node, child, node if isinstance(node, ast.Call) else None
                elif isinstance(child, ast.keyword) and is_name(child.value, name):
                    yield child, child.value, node if isinstance(node, ast.Call) else None

    def _use(
        self, parent: ast.AST, child: ast.expr, call: ast.Call | None, name: str, depth: int
    ) -> Looks | None:
        if isinstance(parent, ast.Attribute):
            return Looks(frozenset((parent.attr,)))
        if _is_asked(parent, child):
            return Looks(frozenset())
        if isinstance(parent, ast.FormattedValue):
            return Looks(frozenset(("__str__",)))
        if call is None or call.func is child:
            return None
        function = call.func
        called = last_name(function)
        if isinstance(function, ast.Name) and called in _NAMING and child in call.args[:1]:
            match call.args[1:2]:
                case [ast.Constant(str(attribute))]:
                    return Looks(frozenset((attribute,)))
            return None
        if isinstance(function, ast.Name) and called in (*_IDLE, "str"):
            return Looks(frozenset(("__str__",) if called == "str" else ()))
        if isinstance(parent, ast.keyword) and called in _QUERIES:
            return Looks(frozenset())
        made = self.project.symbols.resolve(function, self.scope, self.facts)
        if isinstance(parent, ast.keyword):
            if called in _CREATES or made in self.project.models.by_class:
                return Looks(frozenset(), makes=True)
        return self._handed_on(call, child, made, depth)

    def _handed_on(
        self, call: ast.Call, child: ast.expr, dotted: str | None, depth: int
    ) -> Looks | None:
        """What the function looks at that is called with it."""
        target = self._function(call, dotted) if depth else None
        if target is None:
            return None
        node, scope, facts = target
        given = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        name = next((k.arg for k in call.keywords if k.value is child), None)
        if name is None:
            place = next((i for i, a in enumerate(call.args) if a is child), len(given))
            name = given[place] if place < len(given) else None
        known = {*given, *(a.arg for a in node.args.kwonlyargs)}
        if name not in known or any(isinstance(a, ast.Starred) for a in call.args):
            return None
        assert name is not None
        if len(scope.bindings.get(name, ())) != 1:
            return None  # it comes to mean something else
        body = [inner for statement in node.body for inner in ast.walk(statement)]
        return _Reader(self.project, scope, facts, set()).of(body, name, depth - 1)

    def _function(
        self, call: ast.Call, dotted: str | None
    ) -> tuple[_Function, Scope, FileFacts] | None:
        """The function that is called: one of the project, or one that the function defines."""
        own = self.scope.bindings.get(call.func.id, ()) if isinstance(call.func, ast.Name) else ()
        inner = [b.node for b in own if isinstance(b.node, _FUNCTIONS)]
        if own:
            plain = len(own) == 1 and len(inner) == 1 and not inner[0].decorator_list
            return (inner[0], self.facts.scopes[inner[0]], self.facts) if plain else None
        found = self.project.function(dotted) if dotted is not None else None
        if found is None or found[1].node.decorator_list:
            return None
        return found[1].node, found[1].scope, self.project.known(found[0])


def _is_asked(parent: ast.AST, child: ast.expr) -> bool:
    """Whether an expression only decides what is done: `if order`, `order == other`."""
    match parent:
        case ast.If(test=test) | ast.IfExp(test=test):
            return test is child
        case ast.BoolOp(op=ast.And(), values=[*_, last]):
            return last is not child
        case ast.Compare() | ast.UnaryOp(op=ast.Not()):
            return True
    return False


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _parameters(node: ast.AST) -> set[str]:
    arguments = getattr(node, "args", None)
    return {a.arg for a in ast.walk(arguments) if isinstance(a, ast.arg)} if arguments else set()
