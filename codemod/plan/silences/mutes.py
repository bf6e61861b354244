"""What runs while a receiver is silent.

disconnect ... connect around a block: the block's sites get no call, and the pair goes.

post_save.disconnect(warn, sender=Item)      ->   for row in rows:
try:                                                  Item.objects.create(**row)
    for row in rows:
        Item.objects.create(**row)
finally:
    post_save.connect(warn, sender=Item)

Where all receivers of a signal are away (`silences`), the sites get no call either.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from codemod.facts.nodes import last_name
from codemod.facts.tables import CallSite
from codemod.plan.case import Case
from codemod.plan.excused import is_test
from codemod.plan.silences.events import Silence
from codemod.plan.silences.finder import silences
from codemod.plan.silences.meanwhile import Meanwhile
from codemod.plan.silences.reentry import reentrant
from codemod.plan.silences.regions import at_once
from codemod.plan.strangers import may_fire
from codemod.plan.work import NONE, Muted, Roster, Slot
from codemod.project.answers import Tier
from codemod.project.project import Project
from codemod.project.receivers import Mute, Stretch
from codemod.surfaces.calls import found
from codemod.surfaces.site import Site
from codemod.values.account import DELETE_SIGNALS, M2M, Connection
from codemod.values.edits import Edit, Replace, Unwrap


def silent(
    project: Project, cases: Mapping[str, Case], names: Iterable[str], meanwhile: Meanwhile
) -> dict[Site, Muted]:
    """The services of these receivers that some sites do not call: they are disconnected there, or
    would return at once."""
    found: dict[Site, Muted] = {}
    quiet = [*_silent_sites(project, meanwhile)]
    for name in names:
        case = cases[name]
        muted = [
            (site, mute.signal)
            for mute in project.mutes
            if mute.receiver == name
            for site in meanwhile.sites_in(mute.facts, mute.region)
            if not _is_heard(site, mute, case)
        ]
        for service in case.services:
            back = reentrant(project, service, meanwhile.sites)
            again = [(site, signal) for site in back for signal in site.signals]
            for site, signal in (*muted, *again, *quiet):
                found[site] = found.get(site, NONE) | {(signal, service.dotted)}
    return found


def _is_heard(site: Site, mute: Mute, case: Case) -> bool:
    """Whether a site in the block is of another sender, which the receiver goes on to hear."""
    return not {*site.models} <= {mute.sender} and _has_other_senders(mute, case)


def _has_other_senders(mute: Mute, case: Case) -> bool:
    return any(
        c.signal == mute.signal and c.sender != mute.sender for c in case.receiver.connections
    )


def _silent_sites(project: Project, meanwhile: Meanwhile) -> Iterator[tuple[Site, str]]:
    """The sites that always run while a signal has no receivers, with the signal."""
    for silence in silences(project):
        for site in directly_in(silence, meanwhile) if silence.sure else ():
            yield from ((site, signal) for signal in silence.signals)


def directly_in(silence: Silence, meanwhile: Meanwhile) -> list[Site]:
    """The sites of a silent stretch that run when it does, not in a function or a generator that
    it makes."""
    sites = meanwhile.sites_in(silence.facts, silence.region)
    nodes = {*at_once(silence.region)} if sites else set()
    for later in [node for node in nodes if isinstance(node, ast.GeneratorExp)]:
        nodes.difference_update(ast.walk(later))
    return [
        s for s in sites if s.call and s.call.node in nodes and not s.surface.endswith("handed-on")
    ]


def leaves_the_block(mute: Mute, case: Case, roster: Roster, meanwhile: Meanwhile) -> bool:
    """Whether what the block saves or deletes may fire the receiver elsewhere: in functions that
    it calls, in what other receivers do, in a `save()` or `delete()` of the model's own. Or, of a
    receiver that goes on to hear other senders, may be of them as well."""
    sender = mute.sender or "?"
    if sender not in roster.project.models.by_label and mute.signal != M2M:
        return True
    if _has_other_senders(mute, case) and any(
        mute.signal in site.signals
        and not {*site.models} <= {sender}
        and _firing(mute, roster).intersection(site.models)
        for site in meanwhile.sites_in(mute.facts, mute.region)
    ):
        return True
    return roster.passes(Slot(sender, mute.signal)) or _runs_on(
        mute, roster, meanwhile, _busy(mute, roster, meanwhile)
    )


def would_fire(
    silence: Silence, name: str, made: Connection, roster: Roster, meanwhile: Meanwhile
) -> bool | None:
    """Whether what runs in a silent stretch fires a receiver there where it can't be left out: in
    functions that also run elsewhere, in a method of the model's own. None if it may."""
    project, slot = roster.project, Slot(made.sender or "?", made.signal)
    away = Stretch(name, made.signal, made.sender, silence.facts, silence.region)
    signals = _silent_with(silence, meanwhile)
    deaf = frozenset(
        each.receiver.name
        for each in project.receivers
        if all(c.signal in signals for c in each.receiver.connections)
    )
    busy = _busy(away, roster, meanwhile)
    own = {*meanwhile.sites_in(silence.facts, silence.region)}
    if silence.sure and slot not in roster.hubs:
        left_out = {*directly_in(silence, meanwhile)}
        own -= {s for s in left_out if not roster.delete_hubs.intersection(s.models)}
    reached = meanwhile.reached(silence.facts, silence.region, deaf)
    known = [site for site in busy if site.models and site.tier is not Tier.POSSIBLE]
    # What tests make their objects with is called with its work there, whoever else calls it.
    lasting = [site for site in known if is_test(silence.file) or not is_test(site.file)]
    if silence.sure:  # whatever it saves, it saves silently
        lasting += [site for site in busy if not site.models]
    if any(site in own for site in known) or meanwhile.any_in(lasting, reached.surely):
        return True
    may = any(site in own for site in busy)
    may = may or meanwhile.any_in(busy, (*reached.surely, *reached.perhaps))
    return None if may or _asks_the_project(away, meanwhile) else False


def _silent_with(silence: Silence, meanwhile: Meanwhile) -> frozenset[str]:
    """The signals that have no receivers in a stretch, those of others around its calls too."""
    found, calls = {*silence.signals}, _calls(silence, meanwhile)
    for other in silences(meanwhile.project):
        if other.sure and other.facts is silence.facts and not other.signals <= found:
            if calls <= _calls(other, meanwhile):
                found |= other.signals
    return frozenset(found)


def _calls(silence: Silence, meanwhile: Meanwhile) -> set[CallSite]:
    """The calls of a stretch, but for `post_save.sender_receivers_cache.clear()`."""
    return {
        call
        for call in meanwhile.calls_in(silence.facts, silence.region)
        if last_name(getattr(call.node.func, "value", None)) != "sender_receivers_cache"
    }


def _runs_on(mute: Stretch, roster: Roster, meanwhile: Meanwhile, busy: Sequence[Site]) -> bool:
    """Whether what runs meanwhile reaches one of the `busy` sites, or takes its rows along."""
    if mute.signal in DELETE_SIGNALS and _takes_along(mute, roster, meanwhile):
        return True
    reached = meanwhile.reached(mute.facts, mute.region, frozenset({mute.receiver}))
    return meanwhile.any_in(busy, (*reached.surely, *reached.perhaps)) or _asks_the_project(
        mute, meanwhile
    )


def _busy(mute: Stretch, roster: Roster, meanwhile: Meanwhile) -> list[Site]:
    """The sites that may fire the receiver."""
    firing = _firing(mute, roster)
    return [
        site
        for site in meanwhile.sites
        if mute.signal in site.signals
        and (
            firing & {*site.models} or (not site.models and _may_fire(roster.project, site, firing))
        )
    ]


def _firing(mute: Stretch, roster: Roster) -> set[str]:
    """The models whose saves, or deletes, fire the signal of the sender."""
    sender = mute.sender or "?"
    return {sender, *roster.firing(sender)} if mute.signal in DELETE_SIGNALS else {sender}


def _may_fire(project: Project, site: Site, labels: Iterable[str]) -> bool:
    return any(may_fire(project, site, label) for label in labels)


def _takes_along(mute: Stretch, roster: Roster, meanwhile: Meanwhile) -> bool:
    """Whether the block deletes what takes rows of the sender along, or what a model's own
    `delete()` is for."""
    project, sender = roster.project, mute.sender or "?"
    firing = {sender, *(way.ancestor for way in roster.ways(sender))}
    own = {m for m in firing if m in roster.delete_hubs or found.overrides(project, m, "delete")}
    for site in meanwhile.sites_in(mute.facts, mute.region):
        above = {*site.models} & {way.ancestor for way in roster.ways(sender)}
        if mute.signal in site.signals and (not site.models or above or own & {*site.models}):
            return True
    for call in meanwhile.calls_in(mute.facts, mute.region):
        if own and call.name in ("delete", "adelete"):
            answer = project.owner_of(call, mute.facts)
            if not answer.known or own & {*found.instances(project, answer)}:
                return True
    return False


def _asks_the_project(mute: Stretch, meanwhile: Meanwhile) -> bool:
    """Whether the block runs code by a name that is looked up: of a command, of a URL."""
    return any(
        (call.name == "call_command" and not _loads(call.node))
        or _CLIENT.search(ast.unparse(call.node.func))
        for call in meanwhile.calls_in(mute.facts, mute.region)
    )


def _loads(call: ast.Call) -> bool:
    """Whether it is `call_command("loaddata", ...)`, which fires raw saves alone."""
    name = call.args[0] if call.args else None
    return isinstance(name, ast.Constant) and name.value == "loaddata"


_CLIENT = re.compile(r"client\w*\.(get|post|put|patch|delete|head|options|generic|request)$")


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
