"""From the places that take all receivers of a signal away to what runs meanwhile.

with no_signals():             the block, if `no_signals` or its class does so until it is left
    Order.objects.create()

@no_signals                    the function, if what decorates it does so around its call
def load(): ...

mute(); load(rows); unmute()   what stands between a function that does so, and its opposite
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from codemod.facts.nodes import last_name
from codemod.facts.tables import Scope
from codemod.plan.excused import is_test
from codemod.plan.silences import regions, tests
from codemod.plan.silences.events import Event, Events, Silence
from codemod.project.project import Project
from codemod.project.registrations.uses import outermost

_DEPTH = 5  # functions that do so by calling one another
_CONTEXTS = ("contextmanager", "asynccontextmanager")
_ENTERING = ("enter_context", "enter_async_context")
_LEAVING = ("close", "aclose", "pop_all")  # of a stack of them
_UNDONE = ("monkeypatch", "mocker")  # at the end of a test
_TRANSPARENT = ("django.", "unittest.", "pytest.", "functools.", "factory.", "freezegun.")


def silences(project: Project) -> tuple[Silence, ...]:
    """Every such stretch, in the order of the switches."""
    return project.once(_find)


def _find(project: Project) -> tuple[Silence, ...]:
    found = {
        (each.signals, each.file, each.line, each.region, each.sure): each
        for each in _Finder(project).find()
        if each.signals
    }
    return tuple(found.values())


class _Finder:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.events = Events(project)

    def find(self) -> Iterator[Silence]:
        """What each switch silences."""
        for switch in self.events.switches:
            if switch.off:
                event = Event(switch, switch.node, switch.scope, switch.facts)
                yield from self.entered(event) if switch.is_patch else self.off(event)

    def off(self, event: Event) -> Iterator[Silence]:
        """What runs from a place on, until the receivers are back."""
        if not self.events.may_silence(event):
            return
        if event.depth > _DEPTH:
            yield self.events.untold(event)
            return
        above, scope = self.events.above(event.facts), event.scope.function()
        back = self.events.back(event, scope)
        node = scope.node if scope is not None else event.facts.tree
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module))
        if back is not None:
            region = regions.between(above, event.node, back)
            sure, behind = region is not None, tuple(node.body) if region is None else region
            left = event.open or regions.may_be_left(above, behind, back)
            event = replace(event, open=left)
            yield from self.runs(replace(event, sure=False), regions.again(above, event.node, back))
            yield from self.runs(replace(event, sure=event.sure and sure), behind)
            return
        if scope is None:
            yield self.events.untold(event)
            return
        if scope.name == "handle" and "/management/commands/" in event.facts.path:
            # A command that doesn't put them back runs in a process of its own.
            yield from self.runs(replace(event, sure=False), event.facts.tree.body)
            return
        behind = regions.rest(above, event.node)
        yield from self.runs(replace(event, sure=False), regions.again(above, event.node))
        event = replace(event, sure=event.sure and regions.is_unconditional(above, event.node))
        yield from self.runs(event, behind)
        if not regions.yields(behind):
            left = any(each.lineno < event.node.lineno for each in regions.returns(node))
            yield from self.lasting(replace(event, sure=event.sure and not left), scope)

    def lasting(self, event: Event, scope: Scope) -> Iterator[Silence]:
        """What runs after a function that leaves the receivers away."""
        owner = scope.parent
        cls = owner if owner is not None and owner.kind == "class" else None
        if tests.is_fixture(scope.node):
            yield from self.over(event, tests.of_fixture(self.project, event.facts, scope))
        elif cls is not None and scope.name in ("__enter__", "__aenter__"):
            yield from self.used_class(event, cls, scope.name)
        elif cls is not None and scope.name in tests.SETUPS:
            yield from self.over(event, tests.of_class(self.project, event.facts, cls))
        elif cls is None and scope.name in tests.MODULE_SETUPS:
            yield from self.over(event, tests.of_module(event.facts))
        else:
            yield from self.in_callers(event, scope)

    def runs(self, event: Event, region: Sequence[ast.stmt]) -> Iterator[Silence]:
        """A stretch, and what runs in it besides what stands there."""
        found, told = self.events.signals(event)
        if not region or not self.events.may_silence(event):
            return
        sure = told and event.sure and not self.events.gives_back(event, region)
        yield Silence(found, event.facts, event.node.lineno, tuple(region), sure, event.open)
        scope = event.scope.function()
        if scope is None:
            return
        own = [*regions.at_once(region)]
        inside = {*own}
        node = scope.node
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        meant = regions.yields(node.body)
        if not inside.isdisjoint(meant):
            sure = event.sure and inside.issuperset(meant)
            yield from self.suspended(replace(event, sure=sure), scope, node)
        for call in own:
            if isinstance(call, ast.Call):
                yield from self.handed(event, call, scope, inside)

    def suspended(
        self, event: Event, scope: Scope, node: ast.FunctionDef | ast.AsyncFunctionDef
    ) -> Iterator[Silence]:
        """A generator gives way to others meanwhile."""
        names = {last_name(getattr(d, "func", d)) for d in node.decorator_list}
        if names.intersection(_CONTEXTS):
            yield from self.called(event, scope, self.entered)
        elif "fixture" in names:
            yield from self.over(event, tests.of_fixture(self.project, event.facts, scope))
        else:
            yield self.events.untold(event)

    def used_class(self, event: Event, owner: Scope, method: str) -> Iterator[Silence]:
        """Objects of a class are entered, by a method of it, and left."""
        dotted = f"{self.project.module_of(event.facts.path)}.{owner.qualname}"
        for name in self.project.classes.heirs(dotted):
            info = self.project.classes.get(name)
            entering = self.project.classes.method(name, method)
            own = entering is not None and entering[0].name == dotted
            made = replace(event, sure=event.sure and own)
            for use in self.events.used(made, info.scope, info.facts) if info else ():
                if isinstance(use.node, ast.Call):
                    yield from self.entered(use)
                elif not self._is_base(use):
                    yield self.events.untold(use)

    def entered(self, event: Event) -> Iterator[Silence]:
        """What runs where a context manager is made: in its block, in the function it decorates."""
        if not self.events.may_silence(event):
            return
        if event.depth > _DEPTH:
            yield self.events.untold(event)
            return
        above, node = self.events.above(event.facts), event.node
        parent = above[node]
        if isinstance(parent, ast.withitem) and parent.context_expr is node:
            yield from self.runs(event, _body(above[parent]))
        elif _decorated(parent, node) is not None:
            yield from self.decorated(event, parent)
        elif isinstance(parent, ast.Call) and last_name(parent.func) in _ENTERING:
            yield from self.stacked(event, parent)
        elif isinstance(parent, ast.Return) and event.scope.kind == "function":
            only = regions.returns(event.scope.node) == [parent]
            made = replace(event, sure=event.sure and only)
            yield from self.called(made, event.scope, self.entered)
        elif isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            yield from self.named(event, parent.targets[0].id)
        elif _is_undone(node):
            yield from self.off(event)
        else:
            yield self.events.untold(event)

    def stacked(self, event: Event, entering: ast.Call) -> Iterator[Silence]:
        """What runs after `stack.enter_context()`, until the stack is left."""
        above, stack = self.events.above(event.facts), getattr(entering.func, "value", None)
        named = stack.id if isinstance(stack, ast.Name) else ""
        block = regions.with_of(above, entering, named)
        behind = regions.rest(above, entering, block)
        sure = event.sure and regions.is_unconditional(above, entering, block)
        left = any(_method(node) in _LEAVING for node in regions.at_once(behind))
        yield from self.runs(replace(event, sure=sure and not left), behind)

    def named(self, event: Event, name: str) -> Iterator[Silence]:
        """What runs where a context manager is entered by its name."""
        above = self.events.above(event.facts)
        for node in ast.walk(event.scope.node):
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
                parent = above[node]
                if isinstance(parent, ast.withitem):
                    unsure = replace(event, node=node, sure=False)
                    yield from self.runs(unsure, _body(above[parent]))
                else:
                    yield self.events.untold(replace(event, node=node))

    def decorated(self, event: Event, node: ast.AST) -> Iterator[Silence]:
        """A function, or each test of a class, that runs under a decorator."""
        if isinstance(node, ast.ClassDef):
            owner = event.facts.scopes[node]
            yield from self.over(event, tests.of_class(self.project, event.facts, owner))
            return
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        inner = node.decorator_list[node.decorator_list.index(event.node) + 1 :]
        # A coroutine or a generator runs later on, but for `patch`, which awaits a coroutine.
        at_once = isinstance(node, ast.FunctionDef) or event.switch.is_patch
        at_once = at_once and not regions.yields(node.body)
        direct = all(self._is_transparent(each, event) for each in inner)
        sure = event.sure and at_once and direct
        yield from self.runs(replace(event, scope=event.facts.scopes[node], sure=sure), node.body)

    def handed(
        self, event: Event, call: ast.Call, scope: Scope, inside: set[ast.AST]
    ) -> Iterator[Silence]:
        """A function that runs what it is given in a stretch: `return func(*args)`."""
        function = call.func
        if isinstance(function, ast.Attribute) and self._is_kept(function, scope):
            yield self.events.untold(replace(event, node=call))
        if not isinstance(function, ast.Name):
            return
        known = self.project.symbols.bindings(function.id, scope)
        called = next((b for b in known[1] if b.kind == "param"), None) if known else None
        if known is None or called is None:
            return
        owner = known[0]
        outer = outermost(self.events.reader, owner, event.facts)
        if outer is None or (owner.parent is not None and owner.parent.kind == "class"):
            yield self.events.untold(replace(event, node=call))
            return
        above = self.events.above(event.facts)
        loud = any(node not in inside for node in regions.uses(above, outer.node, function.id))
        event = replace(event, sure=event.sure and not loud)
        for use in self.events.used(event, outer.scope, event.facts):
            decorates = _decorated(self.events.above(use.facts)[use.node], use.node)
            is_call, direct = isinstance(use.node, ast.Call), owner is outer.scope
            if decorates is not None and is_call is not direct:
                yield from self.decorated(use, decorates)
            elif is_call and direct and use.links:
                link = use.links[-1]
                passed = self.events.uses.given(link.function, link.home, link.use)
                values = {given[called].expr for given in passed if called in given}
                yield from self.handing(use, values) if values else [self.events.untold(use)]
            else:
                yield self.events.untold(use)

    def handing(self, event: Event, values: Iterable[ast.expr]) -> Iterator[Silence]:
        """What a call hands on to be run: a lambda, or a function of the project."""
        found, told = self.events.signals(event)
        for value in values:
            dotted = self.project.symbols.resolve(value, event.scope, event.facts)
            function = self.project.function(dotted) if dotted is not None else None
            if isinstance(value, ast.Lambda):
                within = {*ast.walk(event.node)}
                sure = told and event.sure and value in within
                yield Silence(found, event.facts, value.lineno, (value.body,), sure)
            elif function is not None:
                facts, node = self.project.known(function[0]), function[1].node
                yield Silence(found, facts, node.lineno, tuple(node.body), False)
            elif not isinstance(value, ast.Constant) and not self._is_foreign(value):
                yield self.events.untold(event)

    def in_callers(self, event: Event, scope: Scope) -> Iterator[Silence]:
        """What runs in the callers of a function behind it."""
        made = scope.parent if scope.name == "__init__" and scope.parent is not None else scope
        used = [*self.events.used(event, made, event.facts, scope)]
        for use in used:
            is_call = isinstance(use.node, ast.Call)
            yield from self.off(use) if is_call else [self.events.untold(use)]
        node = scope.node
        inside = scope.parent is not None and scope.parent.kind != "module"
        # A framework may call it, or what is around it.
        foreign = inside or getattr(node, "decorator_list", []) or is_test(event.facts.path)
        if not used and foreign and not _is_undone(event.node):
            yield self.events.untold(event)

    def called(
        self, event: Event, scope: Scope, follow: Callable[[Event], Iterator[Silence]]
    ) -> Iterator[Silence]:
        """What each call of a function does."""
        for use in self.events.used(event, scope, event.facts):
            is_call = isinstance(use.node, ast.Call)
            yield from follow(use) if is_call else [self.events.untold(use)]

    def over(self, event: Event, found: Iterable[tests.Found]) -> Iterator[Silence]:
        """What runs in tests."""
        named, told = self.events.signals(event)
        for facts, nodes, all_run in found:
            back = self.events.gives_back(replace(event, facts=facts), nodes)
            sure = all_run and told and event.sure and not back
            yield Silence(named, facts, nodes[0].lineno, nodes, sure)

    def _is_base(self, use: Event) -> bool:
        parent = self.events.above(use.facts)[use.node]
        return isinstance(parent, ast.ClassDef) and use.node in parent.bases

    def _is_foreign(self, value: ast.expr) -> bool:
        """Whether a value is a method that no class of the project has: `self.stdout.write`."""
        name = value.attr if isinstance(value, ast.Attribute) else ""
        return bool(name) and not any(
            name in cls.definition.methods for cls in self.project.classes
        )

    def _is_transparent(self, decorator: ast.expr, event: Event) -> bool:
        """Whether a decorator runs the function when it is called itself."""
        made = decorator.func if isinstance(decorator, ast.Call) else decorator
        dotted = self.project.symbols.resolve(made, event.scope, event.facts) or ""
        return dotted.startswith(_TRANSPARENT)

    def _is_kept(self, function: ast.Attribute, scope: Scope) -> bool:
        """Whether `self.func` is what a class was given."""
        owner = scope.class_()
        if owner is None or not isinstance(function.value, ast.Name):
            return False
        stores = [s for child in owner.children for s in child.stores]
        return function.value.id == "self" and any(
            isinstance(store.target, ast.Attribute)
            and store.target.attr == function.attr
            and isinstance(store.value, ast.Name)
            for store in stores
        )


def _body(node: ast.AST) -> list[ast.stmt]:
    assert isinstance(node, (ast.With, ast.AsyncWith))
    return node.body


def _method(node: ast.AST) -> str:
    """The name of the method that a node calls; empty if it calls none."""
    function = node.func if isinstance(node, ast.Call) else None
    return function.attr if isinstance(function, ast.Attribute) else ""


def _decorated(parent: ast.AST, node: ast.AST) -> ast.AST | None:
    """The function or class that a node decorates."""
    return parent if node in getattr(parent, "decorator_list", ()) else None


def _is_undone(node: ast.AST) -> bool:
    """Whether it is `monkeypatch.setattr(...)`, which the end of the test undoes."""
    function = node.func if isinstance(node, ast.Call) else None
    while isinstance(function, ast.Attribute):
        function = function.value
    return isinstance(function, ast.Name) and function.id in _UNDONE
