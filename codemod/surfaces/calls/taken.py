"""Methods that are taken off an object and not called there, by what they are named with.

later = order.save                           written: save
getattr(order, "save")()                     literal: save
map(methodcaller("save"), orders)            literal: save
for step in ("save", "delete"):              worked out: save, delete
    getattr(order, step)()
def run(order, step):                        worked out: what its callers pass; any method,
    getattr(order, step)()                   where that can't be told
getattr(order, f"get_{name}_display")()      worked out: none that fires
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from codemod.facts.nodes import all_given, is_name, last_name
from codemod.facts.tables import Binding, CallSite, FileFacts, Scope
from codemod.project.project import Project
from codemod.project.types.kinds import FIRING, NONE, Text

# Functions that call what they are given.
RUNNERS = frozenset(
    "addCleanup addClassCleanup apply async_to_sync callback map methodcaller on_commit partial "
    "register run_in_executor starmap submit sync_to_async to_thread Thread Timer".split()
)
_BY_TEXT = ("getattr", "methodcaller", "attrgetter")


@dataclass(frozen=True, eq=False)
class Taken:
    """A method that is taken off an object."""

    facts: FileFacts
    scope: Scope
    node: ast.Attribute  # as if it was written out
    call: CallSite | None  # the call that takes it by its name, or else that is given it
    run: ast.Call | None  # the call that runs it, as far as that is seen
    told: bool = True  # whether it is known to be this method
    quoted: bool = True  # or else code that may give the name has one as a text

    @property
    def as_if(self) -> CallSite | None:
        """The call that runs it, as if the method was written out there."""
        if self.call is None or self.run is None:
            return self.call
        written = ast.Call(self.node, self.run.args, self.run.keywords)
        return replace(self.call, node=ast.copy_location(written, self.node), name=self.node.attr)


def handed(project: Project, methods: Collection[str]) -> Iterator[Taken]:
    """The methods with one of these names, by a literal text or as attributes."""
    yield from literal(project, methods)
    yield from written(project, methods)


def written(project: Project, methods: Collection[str]) -> Iterator[Taken]:
    """The attributes with one of these names that are not called where they are."""
    named_only = re.compile(rf"\.\s*(?:{'|'.join(methods)})\b(?!\s*\()")
    for facts in project.read():
        if not named_only.search(facts.text):
            continue
        called = {id(call.node.func) for call in facts.named(*methods)}
        named = [
            (scope, attribute)
            for scope in facts.scopes.values()
            for attribute in scope.attributes
            if attribute.attr in methods
            and id(attribute) not in called
            and isinstance(attribute.ctx, ast.Load)
        ]
        if not named:
            continue
        # `order.save.assert_called()` asks the method something.
        asked = {id(a.value) for scope in facts.scopes.values() for a in scope.attributes}
        given = {id(value): call for call in facts.calls for value in all_given(call.node)}
        for scope, attribute in named:
            if id(attribute) not in asked:
                call = given.get(id(attribute))
                run = call.node if call is not None and call.name in RUNNERS else None
                yield Taken(facts, scope, attribute, call, run)


def literal(project: Project, methods: Collection[str]) -> Iterator[Taken]:
    """The methods with one of these names that are taken by a literal text."""
    for facts, call, key in _by_text(project):
        if isinstance(key, ast.Constant) and key.value in methods:
            yield _taken(facts, call, str(key.value))


def worked_out(project: Project, methods: Collection[str]) -> Iterator[Taken]:
    """The methods that are taken by another text, if they have one of these names, or may have it
    and are run."""
    for facts, call, key in _by_text(project):
        if isinstance(key, ast.Constant):
            continue
        runs = _run(facts, call) is not None
        goes_out = runs or isinstance(call.parents[-1], ast.Return)
        quoted = _is_quoted(project, facts, call.scope if goes_out else None)
        if not (runs or quoted):
            continue  # an attribute that is looked at
        shape = _shape(key, call.scope)
        fitting = [method for method in methods if re.fullmatch(shape, method)]
        told = _told(project, facts, call, key) if fitting else None
        if told is None and (not runs or _shows(facts, call)):
            continue
        for method in fitting:
            if told is None or method in told:
                yield _taken(facts, call, method, told=told is not None, quoted=quoted)


def _by_text(project: Project) -> Iterator[tuple[FileFacts, CallSite, ast.expr]]:
    """The calls that take something by its name, with the name."""
    for facts in project.read():
        for call in facts.named(*_BY_TEXT):
            place = 1 if call.name == "getattr" else 0
            if len(call.node.args) > place:
                yield facts, call, call.node.args[place]


def _taken(
    facts: FileFacts, call: CallSite, method: str, *, told: bool = True, quoted: bool = True
) -> Taken:
    node = ast.copy_location(ast.Attribute(_owner(call), method, ast.Load()), call.node)
    return Taken(facts, call.scope, node, call, _run(facts, call), told, quoted)


def _is_quoted(project: Project, facts: FileFacts, scope: Scope | None) -> bool:
    """Whether a file has the name of something that fires as a text, or a file that speaks of the
    function or class (`scope`) in which a name is worked out: it may come to there."""
    quoting = project.once(_quoting)
    if facts.path in quoting:
        return True
    known: dict[str, bool] = project.types.engine.tables.setdefault("named beside a text", {})
    around = scope.chain() if scope is not None else ()
    for name in (s.name for s in around if s.kind in ("function", "class")):
        if name not in known:
            word = re.compile(rf"\b{re.escape(name)}\b")
            texts = (text for text in quoting.values() if name in text)
            known[name] = any(word.search(text) for text in texts)
        if known[name]:
            return True
    return False


def _quoting(project: Project) -> dict[str, str]:
    """The files that have the name of a method that fires as a text, with what is in them."""
    quoted = re.compile(rf"""(["'])(?:{"|".join(sorted(FIRING))})\1""")
    return {facts.path: facts.text for facts in project.read() if quoted.search(facts.text)}


def _told(
    project: Project, facts: FileFacts, call: CallSite, key: ast.expr
) -> frozenset[str] | None:
    """The names that a text may be; None if it may be any."""
    kinds = [
        kind for kind in project.type_of(key, call.scope, facts).types if kind not in NONE.types
    ]
    texts = {kind.value for kind in kinds if isinstance(kind, Text)}
    told = bool(kinds) and all(isinstance(kind, Text) for kind in kinds)
    return frozenset(texts) if told else None


def _shape(key: ast.expr, scope: Scope) -> str:
    """A pattern of what a text may be, by the literals in it: `f"get_{field}"` is no `save`."""
    match key:
        case ast.Constant(value=str(text)):
            return re.escape(text)
        case ast.JoinedStr(values=parts):
            return "".join(_shape(part, scope) for part in parts)
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            return ".*".join(map(re.escape, re.split(r"%\(\w+\)\w|%\w", text)))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _shape(left, scope) + _shape(right, scope)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return ".*".join(map(re.escape, re.split(r"\{[^}]*\}", text)))
        case ast.Name(id=name):
            match scope.bindings.get(name):
                case [Binding(kind="assign", path=(), value=ast.expr() as value)]:
                    return _shape(value, scope) if not isinstance(value, ast.Name) else ".*"
    return ".*"


def _owner(call: CallSite) -> ast.expr:
    """Of which object a method is taken: for `map(methodcaller("save"), orders)` the first of the
    orders. The call itself, of which nothing is known, if none is there."""
    around = call.parents[-1]
    if call.name == "getattr":
        return call.node.args[0]
    if isinstance(around, ast.Call) and around.func is call.node and around.args:
        return around.args[0]
    if isinstance(around, ast.Call) and len(around.args) == 2 and around.args[0] is call.node:
        first = ast.Subscript(around.args[1], ast.Constant(0), ast.Load())
        return ast.copy_location(first, around.args[1])
    return call.node


def _run(facts: FileFacts, call: CallSite) -> ast.Call | None:
    """The call that runs what is taken by its name: of the expression itself, of a name that
    holds it, or without arguments by a function that is given it."""
    around, outer = call.parents[-1], call.parents[-2] if len(call.parents) > 1 else None
    if call.name == "methodcaller":
        return ast.Call(call.node, [], [])
    if call.name == "attrgetter":
        return outer if isinstance(outer, ast.Call) and outer.func is around else None
    if isinstance(around, ast.Call):
        if around.func is call.node:
            return around
        return ast.Call(call.node, [], []) if last_name(around.func) in RUNNERS else None
    held = _held(call)
    inside = set(call.scope.inside())
    for other in facts.named(held, *RUNNERS) if held else ():
        if other.scope in inside and is_name(other.node.func, held):
            return other.node
        if other.scope in inside and any(is_name(value, held) for value in all_given(other.node)):
            return ast.Call(call.node, [], [])
    return None


def is_unused(taken: Taken) -> bool:
    """Whether nothing is done with what the call gives that runs a method, but to return it."""
    around = [call.parents[-1] for call in taken.facts.calls if call.node is taken.run]
    return all(isinstance(node, (ast.Expr, ast.Return)) for node in around)


def _held(call: CallSite) -> str:
    """The name that holds what a call gives; empty if none does."""
    around = call.parents[-1]
    targets = getattr(around, "targets", [getattr(around, "target", None)])
    return next((target.id for target in targets if isinstance(target, ast.Name)), "")


def _shows(facts: FileFacts, call: CallSite) -> bool:
    """Whether code asks if what is taken can be called at all, and goes on with it if not: it shows
    what is there, a value or what a method gives. `if callable(step): step()` does something."""
    held, inside = _held(call), set(call.scope.inside())
    asked = [
        other.node
        for other in facts.named("callable")
        if other.scope in inside and any(is_name(value, held) for value in other.node.args)
    ]
    nodes = [*ast.walk(call.scope.node)] if asked else []
    tests = (n.test for n in nodes if isinstance(n, (ast.If, ast.IfExp, ast.While)))
    no_value = {n for part in (*tests, *asked) for n in ast.walk(part)}
    no_value |= {n.func for n in nodes if isinstance(n, ast.Call)}
    return any(
        is_name(n, held) and isinstance(n.ctx, ast.Load) and n not in no_value for n in nodes
    )
