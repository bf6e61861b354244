"""What the hazards look at: the receivers, what runs when they run, and what they write."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from codemod.facts.nodes import descend, parameters
from codemod.facts.tables import CallSite, FileFacts, FunctionDef, Scope
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.handlers import analyse
from codemod.project.answers import Answer, ClassRef, Instance, Manager, QuerySet, Tier
from codemod.project.project import Project
from codemod.project.receivers import FoundReceiver
from codemod.surfaces.site import Site
from codemod.values.account import Connection, Reason
from codemod.values.inventory import Write, is_test

SURE = (Tier.PROVED, Tier.INFERRED)
_DEPTH = 3  # calls of project functions that are followed
_MOST = 40  # functions looked at for one receiver


@dataclass(frozen=True, eq=False)
class Subject:
    """A receiver whose body can be read."""

    found: FoundReceiver
    function: FunctionDef
    handler: Handler
    instance: frozenset[str]  # the names that stand for the instance

    @property
    def name(self) -> str:
        """The receiver's name."""
        return self.found.receiver.name

    @property
    def facts(self) -> FileFacts:
        """The facts of its file."""
        return self.found.facts

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Its connections."""
        return self.found.receiver.connections

    def senders(self, *signals: str) -> tuple[str, ...]:
        """The models it is connected to by these signals (by any, if none is given)."""
        labels = [
            c.sender
            for c in self.connections
            if c.sender not in (None, "?") and (not signals or c.signal in signals)
        ]
        return tuple(dict.fromkeys(label for label in labels if label is not None))

    def is_instance(self, node: ast.AST) -> bool:
        """Whether an expression is the object that the signal is about."""
        return isinstance(node, ast.Name) and node.id in self.instance

    def reason(self, code: str, node: ast.AST | int, text: str) -> Reason:
        """A hazard in the receiver's own file."""
        line = node if isinstance(node, int) else getattr(node, "lineno", 0)
        return Reason(code, text, self.facts.path, line)

    def walk(self) -> Iterator[ast.AST]:
        """Every node of its body."""
        for statement in self.function.node.body:
            yield from descend(statement)


@dataclass(frozen=True, eq=False)
class Reached:
    """A function that runs when a receiver runs."""

    facts: FileFacts
    function: FunctionDef
    via: str  # "" for the receiver itself, else the name of the function it calls
    line: int  # in the receiver's file: of its `def`, or of the call that leads here
    now: bool  # runs inside the save, not after the commit
    depth: int = 0  # calls from the receiver to here
    cls: str | None = None  # of the object whose method it is

    @property
    def is_override(self) -> bool:
        """Whether it is a model's own `save()` or `delete()`."""
        return self.cls is not None and self.function.node.name in ("save", "delete")

    def place(self, subject: Subject, code: str, node: ast.AST, text: str) -> Reason:
        """A hazard at a node of this function, told at the receiver's own line."""
        line: int = getattr(node, "lineno", 0)
        if not self.via:
            return Reason(code, text, self.facts.path, line)
        where = f"{text}, in {self.via}() at {self.facts.path}:{line}"
        return Reason(code, where, subject.facts.path, self.line)


class View:
    """A project as the hazards see it; what is asked twice is kept."""

    def __init__(self, project: Project, sites: Sequence[Site]) -> None:
        self.project = project
        self.sites = tuple(sites)
        self._calls: dict[str, dict[ast.AST, list[CallSite]]] = {}
        self._reached: dict[Subject, tuple[Reached, ...]] = {}
        self._reads: dict[Subject, frozenset[str]] = {}
        self.writes: dict[Subject, tuple[Write, ...]] = {}  # filled by `hazards.writes`
        self.edges: list[tuple[Subject, Write, Subject]] | None = None  # by `hazards.loops`

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """The receivers that are functions, those in tests aside."""
        return tuple(
            Subject(
                found,
                found.function,
                analyse(found.function, found.facts.lines),
                _instance_names(found.function.node),
            )
            for found in self.project.receivers
            if found.function is not None and not is_test(found.receiver.file)
        )

    @cached_property
    def sites_by_file(self) -> dict[str, list[Site]]:
        """The sites of each file."""
        table: dict[str, list[Site]] = {}
        for site in self.sites:
            table.setdefault(site.file, []).append(site)
        return table

    def calls(self, facts: FileFacts, function: FunctionDef) -> list[CallSite]:
        """All calls in a function, those in nested functions included."""
        table = self._calls.get(facts.path)
        if table is None:
            table = self._calls[facts.path] = {}
            for call in facts.calls:
                for scope in _around(call.scope):
                    if scope.kind == "function":
                        table.setdefault(scope.node, []).append(call)
        return table.get(function.node, [])

    def calls_now(self, facts: FileFacts, function: FunctionDef) -> list[CallSite]:
        """The calls that are made while a function runs, not kept for later in a function."""
        calls = self.calls(facts, function)
        called = {c.name for c in calls if isinstance(c.node.func, ast.Name)}
        found = []
        for call in calls:
            scope = call.scope
            while scope.node is not function.node:
                if scope.kind == "lambda" or (
                    scope.kind == "function" and scope.name not in called
                ):
                    break
                if scope.parent is None:
                    break
                scope = scope.parent
            else:
                found.append(call)
        return found

    def reached(self, subject: Subject) -> tuple[Reached, ...]:
        """The receiver, and the functions of the project that it calls, nearest first."""
        known = self._reached.get(subject)
        if known is None:
            known = self._reached[subject] = tuple(self._reach(subject))
        return known

    def _reach(self, subject: Subject) -> Iterator[Reached]:
        start = Reached(subject.facts, subject.function, "", subject.function.node.lineno, True)
        seen: set[tuple[ast.AST, str | None]] = {(subject.function.node, None)}
        pending = [start]
        while pending and len(seen) < _MOST:
            here = pending.pop(0)
            yield here
            if here.depth == _DEPTH:
                continue
            now = {id(c) for c in self.calls_now(here.facts, here.function)}
            for call in self.calls(here.facts, here.function):
                target = self.target(call, here.facts, here.cls)
                if target is None or isinstance(target.function.node, ast.AsyncFunctionDef):
                    continue
                if here.via and is_asked_for(here, call):
                    continue
                key = (target.function.node, target.cls)
                if key in seen:
                    continue
                seen.add(key)
                line = here.line if here.via else call.node.lineno
                runs_now = here.now and id(call) in now
                pending.append(replace(target, line=line, now=runs_now, depth=here.depth + 1))

    def target(self, call: CallSite, facts: FileFacts, cls: str | None = None) -> Reached | None:
        """The project's function or method that a call runs, as far as it is sure.

        `cls` is the class of `self` where the call stands in a method.
        """
        project = self.project
        name = project.symbols.resolve(call.node.func, call.scope, facts)
        found = project.function(name) if name is not None else None
        if found is not None:
            return Reached(project.known(found[0]), found[1], found[1].qualname, 0, True)
        if not isinstance(call.node.func, ast.Attribute):
            return None
        value = call.node.func.value
        method: str | None = None
        if isinstance(value, ast.Name) and value.id == "self":
            owner = cls
        else:
            answer = self.sure(value, call, facts)
            kinds = answer.types if answer is not None else ()
            owner, method = _class_of(project, kinds[0]) if len(kinds) == 1 else (None, None)
        if owner is None or (method is not None and call.name not in _MAKES):
            return None
        defined = project.classes.method(owner, method or call.name)
        if defined is None:
            return None
        return Reached(defined[0].facts, defined[1], defined[1].qualname, 0, True, 0, owner)

    def sure(self, expr: ast.expr, call: CallSite, facts: FileFacts) -> Answer | None:
        """The type of an expression, where it is proved or inferred."""
        answer = self.project.type_of(expr, call.scope, facts)
        return answer if answer.known and answer.tier in SURE else None

    def reads_any(self, subject: Subject, fields: frozenset[str]) -> bool:
        """Whether the work reads one of these fields of its instance."""
        if subject not in self._reads:
            self._reads[subject] = frozenset(self._fields_read(subject))
        wanted = {part for f in fields for part in (f, f"{f}_id", f.removesuffix("_id"))}
        return bool(wanted & self._reads[subject])

    def _fields_read(self, subject: Subject) -> Iterator[str]:
        """Attributes of the instance that the receiver, or a function it is given to, reads."""
        yield from _read_of(subject.function.node, subject.instance)
        for call in self.calls(subject.facts, subject.function):
            for position, argument in enumerate(call.node.args):
                if not subject.is_instance(argument):
                    continue
                target = self.target(call, subject.facts)
                parameters = target.function.node.args.args if target is not None else []
                if target is not None and target.cls is None and position < len(parameters):
                    name = parameters[position].arg
                    yield from _read_of(target.function.node, frozenset({name}))

    def labels(self, expr: ast.expr, subject: Subject) -> tuple[str, ...]:
        """The models that an expression of a receiver's body is an object of."""
        answer = self.project.type_of(
            expr, subject.facts.scopes[subject.function.node], subject.facts
        )
        if answer.tier not in SURE:
            return ()
        found: list[str] = []
        for kind in answer.types:
            if isinstance(kind, Instance):
                found += self.project.types.engine.labels(kind.cls)
        return tuple(dict.fromkeys(found))

    def query(self, expr: ast.expr, call: CallSite, facts: FileFacts) -> tuple[str, ...]:
        """The models of a manager or queryset."""
        answer = self.sure(expr, call, facts)
        kinds = answer.types if answer is not None else ()
        found = [k.model for k in kinds if isinstance(k, (Manager, QuerySet))]
        return tuple(dict.fromkeys(found)) if len(found) == len(kinds) else ()


_MAKES = ("create", "get_or_create", "update_or_create")


def _class_of(project: Project, kind: object) -> tuple[str | None, str | None]:
    """(class, its method that runs whatever is called) of what a method is called on."""
    if isinstance(kind, (Instance, ClassRef)):
        return kind.cls, None
    if isinstance(kind, Manager):
        if kind.cls is not None:
            return kind.cls, None
        model = project.models.get(kind.model)
        return (model.name, "save") if model is not None else (None, None)
    if isinstance(kind, QuerySet):
        model = project.models.get(kind.model)
        return (model.name, "save") if model is not None else (None, None)
    return None, None


def _around(scope: Scope) -> Iterator[Scope]:
    """A scope and those that it stands in."""
    place: Scope | None = scope
    while place is not None:
        yield place
        place = place.parent


def _read_of(function: ast.AST, names: frozenset[str]) -> Iterator[str]:
    for node in descend(function):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            if isinstance(node.value, ast.Name) and node.value.id in names:
                yield node.attr


def _instance_names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    """`instance`, and names that are bound to it and to nothing else."""
    names = {"instance"}
    stores: dict[str, list[ast.expr | None]] = {}
    for inner in descend(node):
        if isinstance(inner, ast.Assign) and len(inner.targets) == 1:
            target = inner.targets[0]
            if isinstance(target, ast.Name):
                stores.setdefault(target.id, []).append(inner.value)
                continue
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            stores.setdefault(inner.id, [])
    for name, values in stores.items():
        if len(values) == 1 and _is_the_instance(values[0]):
            names.add(name)
    return frozenset(names)


def _is_the_instance(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Name):
        return value.id == "instance"
    key: ast.expr | None = None
    if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
        key = value.slice
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.args:
        if value.func.attr in ("get", "pop") and isinstance(value.func.value, ast.Name):
            key = value.args[0]
    return isinstance(key, ast.Constant) and key.value == "instance"


def is_asked_for(reached: Reached, call: CallSite) -> bool:
    """Whether an argument of the function decides on it: `if commit: self.save()`."""
    names = {*parameters(reached.function.node)} - {"self", "cls"}
    return any(
        isinstance(node, ast.Name) and node.id in names
        for compound in call.compounds
        if isinstance(compound, ast.If)
        for node in descend(compound.test)
    )
