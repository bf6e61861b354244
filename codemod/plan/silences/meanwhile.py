"""What else runs while some lines run: the functions that they call, and what those call.

import_all(rows)    surely `import_all`, and what it calls
row.store()         perhaps whatever is called `store`, where nothing tells what `row` is

Beyond what runs perhaps, names alone are asked: to type all of it costs more than it tells.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from codemod.facts.tables import CallSite, ClassDef, FileFacts, FunctionDef
from codemod.plan.strangers import deletes_one
from codemod.project.answers import Instance, Manager, QuerySet
from codemod.project.callees import callees, methods, named
from codemod.project.project import Project
from codemod.surfaces.calls import factories
from codemod.surfaces.calls.found import is_super
from codemod.surfaces.calls.muted_factory import made_by
from codemod.surfaces.handed_on import CREATING
from codemod.surfaces.site import Site
from codemod.values.account import SAVE_SIGNALS
from codemod.values.span import Span

_ANYBODY = (None, "?")  # the sender of who hears every save
_HOOKS = ("create", "update")  # of a serializer, which its save() calls

# A function of the project, or a class that makes objects when it is called; with its file.
Place = tuple[str, FunctionDef | ClassDef]


@dataclass(frozen=True)
class Reached:
    """The functions that some lines run."""

    surely: tuple[Place, ...]
    perhaps: tuple[Place, ...]


@dataclass(frozen=True, eq=False)
class Meanwhile:
    """Follows calls through the project, each only once."""

    project: Project
    sites: tuple[Site, ...]
    _reached: dict[tuple[object, ...], Reached] = field(default_factory=dict)
    _called: dict[CallSite, tuple[tuple[Place, ...], bool]] = field(default_factory=dict)
    _inside: dict[str, dict[ast.AST, list[CallSite]]] = field(default_factory=dict)

    def reached(self, facts: FileFacts, region: Sequence[ast.AST], deaf: frozenset[str]) -> Reached:
        """What the nodes of a file run; receivers among `deaf` are not run by what they fire."""
        key = (facts.path, *map(id, region), deaf)
        if key not in self._reached:
            self._reached[key] = self._follow(facts, region, deaf)
        return self._reached[key]

    def sites_in(self, facts: FileFacts, nodes: Iterable[ast.AST]) -> list[Site]:
        """The sites that stand in some nodes of a file."""
        sites = self._by_file.get(facts.path, ())
        spans = [_span(facts, node) for node in nodes] if sites else []
        return [site for site in sites if any(span.contains(site.span) for span in spans)]

    def any_in(self, sites: Sequence[Site], places: Iterable[Place]) -> bool:
        """Whether any of some sites stands in one of some functions."""
        by_file: dict[str, list[Site]] = {}
        for site in sites:
            by_file.setdefault(site.file, []).append(site)
        return any(
            _span(self.project.known(path), function.node).contains(site.span)
            for path, function in places
            for site in by_file.get(path, ())
        )

    def calls_in(self, facts: FileFacts, nodes: Iterable[ast.AST]) -> list[CallSite]:
        """The calls that stand in some nodes of a file."""
        if facts.path not in self._inside:
            self._inside[facts.path] = _by_function(facts)
        inside = self._inside[facts.path]
        found: list[CallSite] = []
        for node in nodes:
            if node in inside:
                found += inside[node]
            else:
                within = {*ast.walk(node)}
                found += [call for call in facts.calls if call.node in within]
        return found

    def _follow(self, facts: FileFacts, region: Sequence[ast.AST], deaf: frozenset[str]) -> Reached:
        surely: dict[Place, None] = {}
        unknown: set[str] = set()  # methods that are called of objects of which nothing is told
        pending: list[tuple[FileFacts, Sequence[ast.AST]]] = [(facts, region)]
        while pending:
            here, nodes = pending.pop()
            reached: list[Place] = [*self._run_by_sites(self.sites_in(here, nodes), deaf)]
            for call in self.calls_in(here, nodes):
                known, told = self._by_call(call, here)
                reached += known
                if not told:
                    unknown |= _as_named(call)
            for place in reached:
                if place not in surely:
                    surely[place] = None
                    pending.append((self.project.known(place[0]), (place[1].node,)))
        perhaps = self._by_names(unknown, deaf)
        return Reached((*surely,), tuple(place for place in perhaps if place not in surely))

    def _by_names(self, names: Iterable[str], deaf: frozenset[str]) -> dict[Place, None]:
        """The methods of some names, and what those run by their names."""
        asked = {*names}
        waiting: list[Place] = [place for name in asked for place in self._methods(name)]
        found = dict.fromkeys(waiting)
        while waiting:
            path, function = waiting.pop()
            here = self.project.known(path)
            reached: list[Place] = [
                *self._run_by_sites(self.sites_in(here, (function.node,)), deaf)
            ]
            for call in self.calls_in(here, (function.node,)):
                known = (*named(self.project, here, call), *self._factories(call, here))
                reached += known
                if not known and isinstance(call.node.func, ast.Attribute):
                    for name in _as_named(call) - asked:
                        asked.add(name)
                        reached += self._methods(name)
            for place in reached:
                if place not in found:
                    found[place] = None
                    waiting.append(place)
        return found

    def _by_call(self, call: CallSite, facts: FileFacts) -> tuple[tuple[Place, ...], bool]:
        """The functions that a call means by its name or by the object's type, and whether its
        object is known."""
        if call not in self._called:
            known: tuple[Place, ...] = (
                *callees(self.project, facts, call, below=True),
                *self._factories(call, facts),
                *self._saved(call, facts),
                *self._above(call, facts),
            )
            function = call.node.func
            told = bool(known) or not isinstance(function, ast.Attribute)
            asked = not told and not self._definers.keys().isdisjoint(_as_named(call))
            if isinstance(function, ast.Attribute) and asked:
                told = bool(self.project.type_of(function.value, call.scope, facts).types)
            self._called[call] = (known, told)
        return self._called[call]

    def _saved(self, call: CallSite, facts: FileFacts) -> Iterator[Place]:
        """The model's own `save()` that a call runs by another name: `Order.objects.create()`,
        `form.save()`; with what a serializer does for it."""
        function = call.node.func
        if call.name not in (*CREATING, "save") or not isinstance(function, ast.Attribute):
            return
        for kind in self.project.type_of(function.value, call.scope, facts).types:
            label = None
            if isinstance(kind, (Manager, QuerySet)) and call.name in CREATING:
                label = kind.model
            elif isinstance(kind, Instance) and call.name == "save":
                label = self.project.model_of(kind.cls)
                for hook in _HOOKS if label is not None else ():
                    yield from methods(self.project, kind.cls, hook, below=False)
            yield from self._save_of(label)

    def _save_of(self, label: str | None) -> Iterator[Place]:
        model = self.project.models.get(label) if label is not None else None
        if model is not None:
            yield from methods(self.project, model.name, "save", below=False)

    def _above(self, call: CallSite, facts: FileFacts) -> Iterator[Place]:
        """What `super().run()` means in the classes that come from the one it stands in."""
        function, owner = call.node.func, call.scope.class_()
        if owner is None or not isinstance(function, ast.Attribute):
            return
        if is_super(function.value):
            classes = self.project.classes
            here = f"{self.project.module_of(facts.path)}.{owner.qualname}"
            for heir in classes.heirs(here):
                line = classes.mro(heir)
                for name in line[line.index(here) + 1 :] if here in line else ():
                    info = classes.get(name)
                    if info is not None and call.name in info.definition.methods:
                        yield from methods(self.project, name, call.name, below=False)
                        break

    def _factories(self, call: CallSite, facts: FileFacts) -> Iterator[Place]:
        """The factory of factory_boy that a call runs, with those of its parts."""
        made = made_by(self.project, facts, call) if self._has_factories else None
        for name in {made, *factories.parts(self.project, made)} if made is not None else ():
            info = self.project.classes.get(name)
            if info is not None:
                yield info.file, info.definition
                yield from self._save_of(self.project.model_of(name))

    def _methods(self, name: str) -> Iterator[Place]:
        for cls in self._definers.get(name, ()):
            yield from methods(self.project, cls, name, below=False)

    def _run_by_sites(self, sites: Sequence[Site], deaf: frozenset[str]) -> Iterator[Place]:
        """The receivers that sites fire, and the models' own methods that they run."""
        heard = {
            (sender, signal)
            for site in sites
            for signal in site.signals
            for sender in (*site.models, *_ANYBODY)
        }
        for other in self.project.receivers if sites else ():
            wanted = {(c.sender, c.signal) for c in other.receiver.connections}
            if other.receiver.name not in deaf and other.function is not None:
                if not heard.isdisjoint(wanted):
                    yield other.facts.path, other.function
        run = {(model, _method(site)) for site in sites for model in site.models}
        for label, name in run:
            model = self.project.models.by_label.get(label)
            if model is not None and name:
                yield from methods(self.project, model.name, name, below=False)

    @cached_property
    def _has_factories(self) -> bool:
        return any(True for _ in factories.all_of(self.project))

    @cached_property
    def _by_file(self) -> dict[str, list[Site]]:
        found: dict[str, list[Site]] = {}
        for site in self.sites:
            found.setdefault(site.file, []).append(site)
        return found

    @cached_property
    def _definers(self) -> dict[str, list[str]]:
        """The classes that define a method themselves, by its name."""
        found: dict[str, list[str]] = {}
        for info in self.project.classes:
            for method in info.definition.methods:
                found.setdefault(method, []).append(info.name)
        return found


def _method(site: Site) -> str:
    """The method of the model's own that a site may run; deleting a query runs none
    (django/db/models/query.py, `QuerySet.delete`)."""
    if not frozenset(SAVE_SIGNALS).isdisjoint(site.signals):
        return "save"
    return "delete" if deletes_one(site) else ""


def _as_named(call: CallSite) -> set[str]:
    """The methods that a call of an unknown object may run."""
    return {call.name, "save"} if call.name in CREATING else {call.name}


def _by_function(facts: FileFacts) -> dict[ast.AST, list[CallSite]]:
    """The calls in each function of a file, those of the functions in it included."""
    found: dict[ast.AST, list[CallSite]] = {f.node: [] for f in facts.functions}
    for call in facts.calls:
        scope = call.scope.function()
        while scope is not None:
            found[scope.node].append(call)
            scope = scope.parent.function() if scope.parent is not None else None
    return found


def _span(facts: FileFacts, node: ast.AST) -> Span:
    assert isinstance(node, (ast.stmt, ast.expr))
    return facts.lines.span(node)
