"""disconnect ... connect around a block: the block's sites get no call, and the pair goes.

post_save.disconnect(warn, sender=Item)      ->   for row in rows:
try:                                                  Item.objects.create(**row)
    for row in rows:
        Item.objects.create(**row)
finally:
    post_save.connect(warn, sender=Item)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from codemod.facts.tables import CallSite, FileFacts, FunctionDef
from codemod.plan.case import Case
from codemod.plan.reentry import reentrant
from codemod.plan.strangers import may_fire
from codemod.plan.work import Roster, Slot
from codemod.project.answers import Tier
from codemod.project.callees import callees, methods
from codemod.project.project import Project
from codemod.project.receivers import Mute, Stretch
from codemod.surfaces import found
from codemod.surfaces.site import Site
from codemod.values.account import DELETE_SIGNALS, M2M
from codemod.values.edits import Edit, Replace, Unwrap


def muted_sites(mute: Stretch, sites: Iterable[Site]) -> list[Site]:
    """The sites that run in a silent stretch."""
    lines = mute.facts.lines
    spans = [lines.span(statement) for statement in mute.region]
    return [
        s for s in sites if s.file == mute.facts.path and any(x.contains(s.span) for x in spans)
    ]


def silent(
    project: Project, cases: Mapping[str, Case], names: Iterable[str], sites: Sequence[Site]
) -> dict[Site, frozenset[str]]:
    """The services of these receivers that some sites do not call: they are disconnected there, or
    would return at once."""
    found: dict[Site, frozenset[str]] = {}
    for name in names:
        case = cases[name]
        muted = [s for m in project.mutes if m.receiver == name for s in muted_sites(m, sites)]
        for service in case.services:
            for site in (*muted, *reentrant(project, service, sites)):
                found[site] = found.get(site, frozenset()) | {service.dotted}
    return found


def leaves_the_block(project: Project, mute: Mute, sites: Iterable[Site], roster: Roster) -> bool:
    """Whether what the block saves or deletes may fire the receiver elsewhere: in functions that
    it calls, in what other receivers do, in a `save()` or `delete()` of the model's own."""
    sender = mute.sender or "?"
    if sender not in project.models.by_label and mute.signal != M2M:
        return True
    return roster.passes(Slot(sender, mute.signal)) or _runs_on(
        mute, sites, roster, _busy(mute, sites, roster)
    )


def would_fire(stretch: Stretch, sites: Iterable[Site], roster: Roster) -> bool | None:
    """Whether a silent stretch does what fires the receiver, itself or in functions that it calls;
    None if it may."""
    project = roster.project
    own, busy = muted_sites(stretch, sites), _busy(stretch, sites, roster)
    known = [site for site in busy if site.models and site.tier is not Tier.POSSIBLE]
    reached = _run_by(project, stretch, sites, told=True)
    if any(site in own for site in known) or _any_in(project, known, reached):
        return True
    may = any(site in own for site in busy) or _runs_on(stretch, sites, roster, busy)
    return None if may else False


def _runs_on(mute: Stretch, sites: Iterable[Site], roster: Roster, busy: Sequence[Site]) -> bool:
    """Whether what runs meanwhile reaches one of the `busy` sites, or takes its rows along."""
    project = roster.project
    if mute.signal in DELETE_SIGNALS and _takes_along(mute, sites, roster):
        return True
    reached = _run_by(project, mute, sites)
    return _any_in(project, busy, reached) or _asks_the_project(project, mute)


def _any_in(
    project: Project, sites: Sequence[Site], functions: Iterable[tuple[str, FunctionDef]]
) -> bool:
    by_file: dict[str, list[Site]] = {}
    for site in sites:
        by_file.setdefault(site.file, []).append(site)
    return any(
        project.known(path).lines.span(function.node).contains(site.span)
        for path, function in functions
        for site in by_file.get(path, ())
    )


def _busy(mute: Stretch, sites: Iterable[Site], roster: Roster) -> list[Site]:
    """The sites that may fire the receiver."""
    sender = mute.sender or "?"
    firing = {sender, *roster.firing(sender)} if mute.signal in DELETE_SIGNALS else {sender}
    return [
        site
        for site in sites
        if mute.signal in site.signals
        and (
            firing & {*site.models} or (not site.models and _may_fire(roster.project, site, firing))
        )
    ]


def _may_fire(project: Project, site: Site, labels: Iterable[str]) -> bool:
    return any(may_fire(project, site, label) for label in labels)


def _takes_along(mute: Stretch, sites: Iterable[Site], roster: Roster) -> bool:
    """Whether the block deletes what takes rows of the sender along, or what a model's own
    `delete()` is for."""
    project, sender = roster.project, mute.sender or "?"
    firing = {sender, *(way.ancestor for way in roster.ways(sender))}
    own = {m for m in firing if m in roster.delete_hubs or found.overrides(project, m, "delete")}
    for site in muted_sites(mute, sites):
        above = {*site.models} & {way.ancestor for way in roster.ways(sender)}
        if mute.signal in site.signals and (not site.models or above or own & {*site.models}):
            return True
    for call in _calls_in(mute.facts, mute.region):
        if own and call.name in ("delete", "adelete"):
            answer = project.owner_of(call, mute.facts)
            if not answer.known or own & {*found.instances(project, answer)}:
                return True
    return False


def _asks_the_project(project: Project, mute: Stretch) -> bool:
    """Whether the block runs code by a name that is looked up: of a command, of a URL."""
    return any(
        (call.name == "call_command" and not _loads(call.node))
        or _CLIENT.search(ast.unparse(call.node.func))
        for call in _calls_in(mute.facts, mute.region)
    )


def _loads(call: ast.Call) -> bool:
    """Whether it is `call_command("loaddata", ...)`, which fires raw saves alone."""
    name = call.args[0] if call.args else None
    return isinstance(name, ast.Constant) and name.value == "loaddata"


_CLIENT = re.compile(r"client\w*\.(get|post|put|patch|delete|head|options|generic|request)$")


def _run_by(
    project: Project, mute: Stretch, sites: Iterable[Site], *, told: bool = False
) -> Iterator[tuple[str, FunctionDef]]:
    """The functions of the project, with their files, that the block may run; `told`: those that
    it surely means."""
    pending: list[tuple[FileFacts, Sequence[ast.stmt]]] = [(mute.facts, mute.region)]
    seen: set[FunctionDef] = set()
    while pending:
        facts, statements = pending.pop()
        spans = [facts.lines.span(statement) for statement in statements]
        fired = [
            s for s in sites if s.file == facts.path and any(x.contains(s.span) for x in spans)
        ]
        reached = [
            *_fired(project, mute.receiver, fired),
            *(t for c in _calls_in(facts, statements) for t in _called(project, c, facts, told)),
        ]
        for path, function in reached:
            if function not in seen:
                seen.add(function)
                yield path, function
                pending.append((project.known(path), function.node.body))


def _calls_in(facts: FileFacts, statements: Sequence[ast.stmt]) -> Iterator[CallSite]:
    nodes = {node for statement in statements for node in ast.walk(statement)}
    return (call for call in facts.calls if call.node in nodes)


def _fired(
    project: Project, muted: str, sites: Sequence[Site]
) -> Iterator[tuple[str, FunctionDef]]:
    """The other receivers that sites fire, and the models' own methods that they run."""
    heard = {(model, signal) for s in sites for model in s.models for signal in s.signals}
    for other in project.receivers:
        wanted = {(c.sender, c.signal) for c in other.receiver.connections}
        anybody = any(sender in (None, "?") for sender, _ in wanted) and bool(sites)
        if other.receiver.name != muted and other.function is not None:
            if anybody or not heard.isdisjoint(wanted):
                yield other.facts.path, other.function
    for label in {model for site in sites for model in site.models}:
        model = project.models.by_label.get(label)
        for name in ("save", "delete") if model is not None else ():
            method = project.classes.method(model.name, name) if model is not None else None
            if method is not None:
                yield method[0].facts.path, method[1]


_Functions = tuple[tuple[str, FunctionDef], ...]


def _called(project: Project, call: CallSite, facts: FileFacts, told: bool) -> _Functions:
    """The functions that a call may run: by its name; by the object's type; of an object of which
    nothing is told, every method of that name. Kept, for every receiver asks."""
    known = project.once(_known_calls)
    if (call, told) not in known:
        known[call, told] = tuple(_may_run(project, call, facts, told))
    return known[call, told]


def _known_calls(project: Project) -> dict[tuple[CallSite, bool], _Functions]:
    """What `_called` has found."""
    return {}


def _may_run(
    project: Project, call: CallSite, facts: FileFacts, told: bool
) -> Iterator[tuple[str, FunctionDef]]:
    yield from callees(project, facts, call, below=True)
    function = call.node.func
    if told or not isinstance(function, ast.Attribute):
        return
    if not project.type_of(function.value, call.scope, facts).types:
        for cls in project.once(_definers).get(call.name, ()):
            yield from methods(project, cls, call.name, below=False)


def _definers(project: Project) -> dict[str, list[str]]:
    """The classes that define a method themselves, by its name."""
    found: dict[str, list[str]] = {}
    for info in project.classes:
        for method in info.definition.methods:
            found.setdefault(method, []).append(info.name)
    return found


def unmute(mute: Mute) -> list[tuple[str, Edit]]:
    """Edits that take the pair out."""
    lines = mute.facts.lines
    path = mute.facts.path
    edits: list[tuple[str, Edit]] = [(path, Replace(lines.span(mute.disconnect.statement), ""))]
    if mute.dissolves is not None:
        edits.append((path, Unwrap(lines.span(mute.dissolves))))
    elif mute.reconnect is not None:
        edits.append((path, Replace(lines.span(mute.reconnect.statement), "")))
    return edits
