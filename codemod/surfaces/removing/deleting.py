"""Which rows a call may delete, by itself or in the functions of the project that it runs.

    def purge(order):                    purge(order): objects of shop.Order
        order.delete()

    def clean_up():                      clean_up(): rows of shop.Order
        Order.objects.filter(stale=True).delete()

Tasks that are put off, and what packages do, are not looked at.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemod.facts.nodes import all_given, is_name, parameters
from codemod.facts.tables import CallSite, FileFacts, FunctionDef, Scope
from codemod.project.callees import callees
from codemod.project.model_tables import FOREIGN, STAYING
from codemod.project.project import Project
from codemod.surfaces.calls import found

METHODS = ("delete", "adelete", "_raw_delete")
DEEP = 3  # functions that call functions that delete
NOT_FOLLOWED = frozenset(("save", "asave", "handle", "get", "post", "put", "patch", *METHODS))


@dataclass(frozen=True)
class Deletes:
    """Labels of models."""

    rows: frozenset[str] = frozenset()  # whatever a query finds of them
    objects: frozenset[str] = frozenset()  # those that the function is given, or has as `self`

    @property
    def labels(self) -> frozenset[str]:
        """All of them."""
        return self.rows | self.objects

    def __or__(self, other: Deletes) -> Deletes:
        return Deletes(self.rows | other.rows, self.objects | other.objects)


def calls_in(project: Project, scope: Scope) -> list[CallSite]:
    """The calls of a function that may delete something."""
    return project.once(_by_scope).get(scope, [])


def deleted_by(project: Project, facts: FileFacts, call: CallSite) -> Deletes:
    """What one of these calls may delete."""
    known = project.once(_known_deletes)
    if call not in known:
        known[call] = _of(project, facts, call, frozenset())
    return known[call]


def _of(project: Project, facts: FileFacts, call: CallSite, seen: frozenset[ast.AST]) -> Deletes:
    """The same; `seen`: the functions on the way to the call."""
    if call.name in METHODS:
        return _at(project, facts, call)
    gone = Deletes()
    for path, function in callees(project, facts, call):
        gone |= _in(project, path, function, seen)
    return gone


def _known_deletes(project: Project) -> dict[CallSite, Deletes]:
    """What `deleted_by` has found."""
    return {}


def takers(project: Project, labels: tuple[str, ...]) -> frozenset[str]:
    """The models whose rows take rows of some models along when they go, those themselves among
    them."""
    known, models = project.once(_known_takers), project.models
    if labels not in known:
        pending, seen = [*labels], set[str]()
        generic = [f for m in models.by_label.values() for f in m.fields.values()
                   if f.kind.endswith("GenericRelation")]  # fmt: skip
        while pending:
            label = pending.pop()
            if label in seen:
                continue
            seen.add(label)
            pending += family(project, label)
            model = models.by_label.get(label)
            for field in model.fields.values() if model is not None else ():
                if field.kind in FOREIGN and field.target and field.on_delete not in STAYING:
                    pending.append(field.target)
            pending += [field.model for field in generic if field.target == label]
        known[labels] = frozenset(seen)
    return known[labels]


def _known_takers(project: Project) -> dict[tuple[str, ...], frozenset[str]]:
    """What `takers` has found."""
    return {}


def family(project: Project, label: str) -> tuple[str, ...]:
    """A model with its proxies, its multi-table parents and children, and what it is a proxy of."""
    model = project.models.by_label.get(label)
    behind = (model.proxy_for,) if model is not None and model.proxy_for is not None else ()
    return (label, *behind, *project.models.parents(label), *project.models.subclasses(label))


def _by_scope(project: Project) -> dict[Scope, list[CallSite]]:
    calls: dict[Scope, list[CallSite]] = {}
    names = (*METHODS, *sorted(project.once(_names)))
    for name in names:
        for _, call in project.calling(name):
            if name not in METHODS or isinstance(call.node.func, ast.Attribute):
                calls.setdefault(call.scope.function() or call.scope, []).append(call)
    return calls


def _names(project: Project) -> frozenset[str]:
    """The names of functions that delete, and of those that call them."""
    names: set[str] = set()
    latest: set[str] = {*METHODS}
    for _ in range(DEEP):
        callers = {
            function.name
            for name in latest
            for _, call in project.calling(name)
            if (function := call.scope.function()) is not None
        }
        latest = callers - names - NOT_FOLLOWED
        names |= latest
    return frozenset(names)


def _at(project: Project, facts: FileFacts, call: CallSite) -> Deletes:
    """What a `delete()` itself deletes."""
    assert isinstance(call.node.func, ast.Attribute)
    own = [*callees(project, facts, call)]
    if own and not any(_hands_on(project, function) for _, function in own):
        return Deletes()  # a `delete()` of the project's that keeps the row
    answer = found.managed(project, call, facts)
    objects = frozenset(found.instances(project, answer))
    rows = frozenset(found.queried(answer))
    if objects and _is_found(project, facts, call, call.node.func.value):
        return Deletes(rows | objects)
    return Deletes(rows, objects)


def _hands_on(project: Project, function: FunctionDef) -> bool:
    return any(call.name in METHODS for call in calls_in(project, function.scope))


def _is_found(project: Project, facts: FileFacts, call: CallSite, owner: ast.expr) -> bool:
    """Whether an object is what a query of the function has found, as in a loop over rows."""
    if isinstance(owner, ast.Call):
        return True
    if not isinstance(owner, ast.Name):
        return False
    bindings = call.scope.bindings.get(owner.id, [])
    loops = [b for b in bindings if b.kind == "loop" and b.value is not None and not b.path]
    return any(found.queried(project.type_of(b.value, call.scope, facts)) for b in loops if b.value)


def _in(project: Project, path: str, function: FunctionDef, seen: frozenset[ast.AST]) -> Deletes:
    """What a function of the project may delete."""
    gone = Deletes()
    if function.node in seen or len(seen) > DEEP:
        return gone
    facts = project.known(path)
    for call in calls_in(project, function.scope):
        here = _of(project, facts, call, seen | {function.node})
        owner = [call.node.func.value] if isinstance(call.node.func, ast.Attribute) else []
        given = owner if call.name in METHODS else [*owner, *all_given(call.node)]
        if not any(_is_given(function, node) for node in given):
            here = Deletes(here.labels)  # of rows that it has found itself
        gone |= here
    return gone


def _is_given(function: FunctionDef, node: ast.expr) -> bool:
    """Whether an expression is a parameter of a function, `self` too, or comes from one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return any(is_name(node, name) for name in parameters(function.node))
