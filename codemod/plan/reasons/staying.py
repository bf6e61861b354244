"""What the receivers that stay make of the ones that go."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Set
from functools import cache

from codemod.facts.nodes import parameters
from codemod.plan.case import Case
from codemod.plan.deletes.commits import waits
from codemod.plan.excused import is_test
from codemod.plan.reading import features
from codemod.plan.reading.handler import Handler
from codemod.plan.reading.run_by import functions_of
from codemod.plan.third_party.listeners import overtaken
from codemod.plan.work import AFTER, Roster
from codemod.project.project import Project
from codemod.values.account import DELETE_SIGNALS

ORDER = "receiver-order"
STATE = "shared-state"
COMMIT = "until-commit"


def name_order(cases: Mapping[str, Case], going: Set[str], project: Project) -> None:
    """Note the receivers of any model, the project's and packages', that a service no longer runs
    before, or after."""
    for name in going:
        for mine in cases[name].receiver.connections:
            for package in overtaken(project, mine):
                cases[name].note(ORDER, package, mine.file, mine.line)
    for case, stays in (*_overtaken(cases, going), *_put_behind(cases, going, project)):
        receiver = stays.receiver
        case.note(ORDER, receiver.name, receiver.file, receiver.line)


def meet(one: Case, other: Case) -> bool:
    """Whether some event makes both of two receivers of a model do anything: not if one acts where
    rows are added and the other where they are removed, or one on new objects alone."""
    for mine in one.services or (None,):
        for theirs in other.services or (None,):
            if mine is None or theirs is None:
                return True
            created = {mine.handler.only_created, theirs.handler.only_created}
            changes = [s.relation.moments for s in (mine, theirs) if s.relation is not None]
            apart = len(changes) > 1 and changes[0].isdisjoint(changes[1])
            if created != {True, False} and not apart:
                return True
    return False


def upset_states(cases: Mapping[str, Case], going: Set[str]) -> Iterator[tuple[Case, Case]]:
    """(one that goes, one of any model that stays), where the service no longer runs before, or
    after, the second, and one sets an attribute of the instance that the other reads."""
    for mine, other in _overtaken(cases, going):
        if _leaves_for(mine, other) or _leaves_for(other, mine):
            yield mine, other


def _overtaken(cases: Mapping[str, Case], going: Set[str]) -> Iterator[tuple[Case, Case]]:
    """(one that goes, one of any model that stays) whose order changes."""
    others = [
        (connection, case)
        for name, case in cases.items()
        if name not in going and not is_test(case.receiver.file)
        for connection in case.receiver.connections
        if connection.sender in (None, "?")
    ]
    for name in sorted(going):
        for mine in cases[name].receiver.connections:
            for connection, other in others:
                later = connection.order > mine.order
                if connection.signal == mine.signal and later == (mine.signal in AFTER):
                    yield cases[name], other


def _put_behind(
    cases: Mapping[str, Case], going: Set[str], project: Project
) -> Iterator[tuple[Case, Case]]:
    """(one that goes, one that stays), where the second is taken off the signal and connected
    again: from then on it ran behind the first."""
    for mute in project.mutes:
        other = cases.get(mute.receiver)
        if other is None or mute.receiver in going or is_test(mute.facts.path):
            continue
        if mute.reconnect is None and not _is_connected_again(other):
            continue
        for name in sorted(going):
            heard = {(c.signal, c.sender) for c in cases[name].receiver.connections}
            if mute.signal in AFTER and (mute.signal, mute.sender) in heard:
                yield cases[name], other


def _is_connected_again(case: Case) -> bool:
    """Whether more places connect a receiver than it has connections."""
    return len(case.found.made) > len(case.receiver.connections)


def _leaves_for(one: Case, other: Case) -> bool:
    """Whether one sets an attribute of the instance that the other reads, or hands on with it."""
    written = {name for s in one.services for name in features.state(s.handler, set())[0]}
    return any(features.touches(s.handler, name) for s in other.services for name in written)


def linked(
    project: Project, cases: Mapping[str, Case], going: Set[str]
) -> Iterator[tuple[Case, Case]]:
    """(one that goes, one of the same models that stays), where one writes what the other reads.

    Work before a delete that is called beside it has other objects than Django has: what it
    leaves on them may be for any receiver whose body, or model, can't be told.
    """
    staying = [case for name, case in cases.items() if name not in going]
    left = cache(lambda name: _left_by(project, cases[name]))
    for case in (cases[name] for name in going if cases[name].service is not None):
        written, read = _state(project, case)
        senders, signals = _heard(case)
        leaves = "pre_delete" in signals and bool(written)
        for theirs in staying:
            heard, their_signals = _heard(theirs)
            related = not senders.isdisjoint(heard)
            if theirs.service is None:
                if leaves and (related or not heard.isdisjoint((None, "?"))):
                    yield case, theirs
            elif related:
                set_there, asked_there = _state(project, theirs)
                passes = bool(written & asked_there or read & set_there)
                if signals & {*DELETE_SIGNALS} and their_signals & {*DELETE_SIGNALS}:
                    passes = passes or _asks_for(theirs, left(case.receiver.name))
                    passes = passes or _asks_for(case, left(theirs.receiver.name))
                if passes:
                    yield case, theirs


def _heard(case: Case) -> tuple[set[str | None], set[str]]:
    """The senders and the signals of a receiver."""
    connections = case.receiver.connections
    return {c.sender for c in connections}, {c.signal for c in connections}


def _state(project: Project, case: Case) -> tuple[frozenset[str], frozenset[str]]:
    """Attributes that a receiver writes and reads beside its model's fields."""
    known: set[str] = {"pk", "objects", "_state", "_meta"}
    for connection in case.receiver.connections:
        model = project.models.by_label.get(connection.sender or "")
        if model is not None:
            known |= set(model.fields)
    states = [features.state(service.handler, known) for service in case.services]
    written, read = (frozenset().union(*(s[side] for s in states)) for side in (0, 1))
    return written, read


def _asks_for(case: Case, names: Collection[str]) -> bool:
    """Whether one of some attributes of the object that goes may be for a receiver."""
    return any(features.touches(s.handler, name) for s in case.services for name in names)


def _left_by(project: Project, case: Case) -> frozenset[str]:
    """What a receiver leaves on an object that goes: a field's value, what a helper sets too."""
    return frozenset(name for s in case.services for name in _left(project, case, s.handler))


def _left(project: Project, case: Case, handler: Handler) -> Iterator[str]:
    """The attributes of its object that work may set, itself or in what gets the object."""
    function, facts = case.found.function, case.found.facts
    assert function is not None
    yield from features.state(handler, set())[0]
    own = [*features.walk(handler)]
    local, imported = function.scope.bindings, facts.scope.bindings.items()
    modules = {n for n, found in imported if n not in local and found[0].kind == "import"}
    yield from filter(None, (_set(node, apart=modules) for node in own))
    given = [node for node in own if isinstance(node, ast.Call) and _gets(node, handler)]
    for connection in case.receiver.connections if given else ():
        model = project.models.by_label.get(connection.sender or "")
        cls, scope = model.name if model is not None else "", facts.scopes[function.node]
        for _, helper in functions_of(project, cls, given, scope, facts):
            inner = (_set(node, parameters(helper)) for node in ast.walk(helper))
            yield from filter(None, inner)


def _gets(call: ast.Call, handler: Handler) -> bool:
    """Whether a call is given the object, or is one of its own methods."""
    owner = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    given = (*owner, *call.args, *(keyword.value for keyword in call.keywords))
    return any(features.is_instance(node, handler) for node in given)


def _set(
    node: ast.AST, owners: Collection[str] | None = None, apart: Collection[str] = ()
) -> str | None:
    """The attribute in `order.total = 1`, `order.cache["total"] = 1`; of one of the names in
    `owners`, where there are any, and of none in `apart`, `settings.TOTAL = 1`."""
    if not isinstance(node, (ast.Attribute, ast.Subscript)) or isinstance(node.ctx, ast.Load):
        return None
    target = node.value if isinstance(node, ast.Subscript) else node
    if not isinstance(target, ast.Attribute):
        return None
    owner = getattr(target.value, "id", None)
    named = owner in owners if owners is not None else owner not in apart
    return target.attr if named else None


def upset_commits(
    cases: Mapping[str, Case], going: Set[str], roster: Roster
) -> Iterator[tuple[Case, Case]]:
    """(one that goes, one that stays), where deletes get a transaction around them for the first,
    and the second, which hears of them too, puts off until commit what needs the key."""
    for other in [case for name, case in cases.items() if name not in going]:
        if _puts_off(other):
            theirs = _deleting(other, roster)
            for mine in (cases[name] for name in sorted(going)):
                if not theirs.isdisjoint(_deleting(mine, roster)):
                    yield mine, other


def _puts_off(case: Case) -> bool:
    """Whether a receiver puts off what needs the key; of one that is not read, whatever it is."""
    if any(reason.code == COMMIT for reason in (*case.reasons, *case.notes)):
        return True
    function = case.found.function
    return not case.services and function is not None and any(map(waits, ast.walk(function.node)))


def _deleting(case: Case, roster: Roster) -> set[str]:
    """The models whose deletes fire a receiver, those below them too: rows of proxies take rows
    along as well."""
    senders = [c.sender for c in case.receiver.connections if c.signal in DELETE_SIGNALS]
    labels = {label for sender in senders if sender for label in roster.firing(sender)}
    return labels.union(*map(roster.project.models.subclasses, labels))
