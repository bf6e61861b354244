"""The firing account: every way in which each receiver can fire, and its outcome."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from codemod.plan.case import Case
from codemod.plan.decide import BY_NAME, Decider
from codemod.plan.deletes.cascades import Way, concrete, strangers, untold
from codemod.plan.reasons.notes import differing
from codemod.plan.reasons.passing import Passage, passages
from codemod.plan.reasons.screens import is_silent
from codemod.plan.reasons.unread import named_in
from codemod.plan.strangers import may_fire
from codemod.plan.third_party.package_admins import home
from codemod.plan.third_party.package_rows import ITS_PAGE
from codemod.plan.third_party.packages import package_firings
from codemod.plan.work import AFTER, Slot, acts, as_cascade, stored_in
from codemod.project.answers import Tier
from codemod.surfaces.site import Blocked, Site, Work
from codemod.values.account import (
    DELETE_SIGNALS,
    M2M,
    Connection,
    Decision,
    Fate,
    Firing,
    Outcome,
)

NOT_HELD = "no fixture of the repository holds the model"
GUARDED = "and the work's own guards turn it down"


def accounts(decider: Decider, told: Collection[str] | None = None) -> tuple[Decision, ...]:
    """A decision for every receiver, with its account for those of `told`; for all if None."""
    lines = passages(decider.project, decider.sites) if told is None or told else ()
    return tuple(
        _decision(decider, case, lines, told is None or case.receiver.name in told)
        for case in decider.cases.values()
    )


def _decision(decider: Decider, case: Case, lines: tuple[Passage, ...], told: bool) -> Decision:
    if not case.reasons:
        fate = Fate.RETIRE
    elif case.moves:
        fate = Fate.DELEGATE
    else:
        fate = Fate.KEEP
    notes = (*case.notes, *(differing(decider, case) if told and fate is not Fate.KEEP else ()))
    return Decision(
        case.receiver,
        fate,
        tuple(case.reasons),
        tuple(dict.fromkeys(notes)),  # one for each of its connections may be the same
        tuple(_firings(decider, case, lines)) if told else (),
        case.service.dotted if case.service is not None and fate is not Fate.KEEP else None,
        case.service.path if case.service is not None and fate is not Fate.KEEP else None,
    )


def _firings(decider: Decider, case: Case, lines: tuple[Passage, ...]) -> Iterator[Firing]:
    for connection in case.receiver.connections:
        if connection.sender is None:
            yield Firing(
                connection.file, None, connection.signal, "*", "any-sender", Tier.PROVED.value,
                None, Outcome.BLOCKED, "any-sender",
            )  # fmt: skip
            continue
        if is_silent(decider.project, connection):
            continue
        rows = dict(_rows(decider, case, connection))
        yield from rows.values()
        yield from _passing(rows, lines)
        yield from _without_lines(decider, case, connection)


def _rows(decider: Decider, case: Case, connection: Connection) -> Iterator[tuple[Site, Firing]]:
    """The sites that fire, or may fire, a connection."""
    assert connection.sender is not None
    deletes = connection.signal in DELETE_SIGNALS
    ways = decider.roster.ways(connection.sender) if deletes else ()
    for site in decider.sites:
        if connection.signal not in site.signals:
            continue
        if connection.sender in site.models:
            if site.note != "save_related":  # `save_model` stands for the admin's page
                yield site, _firing(decider, case, connection, site)
        elif deletes and site.models:
            above = {concrete(decider.project, model) for model in site.models} if ways else set()
            way = next(
                (w for w in ways
                 if w.ancestor in above and not (w.link and w.ancestor != site.models[0])), None
            )  # fmt: skip
            if way is not None:
                yield site, _cascade(decider, case, connection, site, way)
        elif not site.models and not site.never:
            row = _of_unknown(decider, connection, site)
            if row is not None:
                yield site, row


def _of_unknown(decider: Decider, connection: Connection, site: Site) -> Firing | None:
    """A site whose model nothing tells, where it may be the sender or what takes its rows along."""
    project, roster, sender = decider.project, decider.roster, connection.sender
    assert sender is not None
    if roster.covered(site, Slot(sender, connection.signal)):
        if not may_fire(project, site, sender):
            return None
        return _covered(connection, site, f"{site.reason}, in the model's save()")
    labels = roster.firing(sender) if connection.signal in DELETE_SIGNALS else (sender,)
    label = next((label for label in labels if may_fire(project, site, label)), None)
    if label is None:
        return None
    note = site.reason
    if label != sender:
        relation = next(way.relation for way in roster.ways(sender) if way.ancestor == label)
        note = f"{note}, {label} -> {relation} (CASCADE)"
    if any(may_fire(project, site, label, roster.delete_hubs) for label in labels):
        code = site.code or "possible-site"
        return _row(connection, site, Outcome.BLOCKED, code, note)
    return _covered(connection, site, f"{note}, in the model's delete()")


def _passing(rows: Mapping[Site, Firing], lines: tuple[Passage, ...]) -> Iterator[Firing]:
    """The lines that lead to sites among these."""
    for line in lines:
        told = [
            replace(
                rows[site],
                file=line.file,
                span=line.span,
                tier=rows[site].tier if line.sure else Tier.POSSIBLE.value,
                note=f"through {line.through}",
                covered=True,
            )
            for site in line.sites
            if site in rows
        ]
        yield from dict.fromkeys(told)


def _firing(decider: Decider, case: Case, connection: Connection, site: Site) -> Firing:
    """One site's outcome for one receiver, judged alone if the receiver stays."""
    if site.never or connection.sender is None:
        return _row(connection, site, Outcome.NEVER, None)
    service = case.service
    if service is None:
        return _row(connection, site, Outcome.BLOCKED, case.reasons[0].code)
    calls = tuple(service.call for service in case.services)
    if connection.signal == M2M:
        before, after = (tuple(c for c in calls if acts(c, after=late)) for late in (False, True))
    else:
        before, after = ((), calls) if connection.signal in AFTER else (calls, ())
    work = Work(before, after)
    work = site.wanted(work)
    if (connection.signal, service.dotted) in decider.roster.muted.get(site, ()):
        return _row(connection, site, Outcome.NEVER, None)
    if not work:
        return _covered(connection, site, f"{site.reason}, {GUARDED}")
    if decider.roster.covered(site, Slot(connection.sender, connection.signal)):
        return _covered(connection, site, "in the model's save()")
    if site.models and not decider.roster.models_at(site):
        return _covered(connection, site, "in the model's delete()")
    if site.tier is Tier.POSSIBLE:
        return _row(connection, site, Outcome.BLOCKED, "possible-site")
    if site.code is not None:
        return _row(connection, site, Outcome.BLOCKED, site.code)
    result = BY_NAME[site.surface].rewrite(site, work, decider.desk)
    if isinstance(result, Blocked):
        return _row(connection, site, Outcome.BLOCKED, result.code, result.note)
    if connection.signal == M2M and not result.edits:
        return _covered(connection, site, f"{site.reason}, {GUARDED}")
    return _row(connection, site, Outcome.REWRITTEN, None)


def _cascade(decider: Decider, case: Case, connection: Connection, site: Site, way: Way) -> Firing:
    """A delete of an ancestor, which takes rows of the sender along."""
    note = f"{way.ancestor} -> {way.relation} (CASCADE)"
    if site.never or case.service is None or connection.sender is None:
        return _row(connection, site, Outcome.BLOCKED, "cascade", note)
    taking = decider.roster.taking(way.ancestor, Slot(connection.sender, connection.signal))
    if decider.roster.idle(case.service, connection.sender, taking):
        return _covered(connection, site, f"{note}, no effect on a row that goes")
    if decider.roster.gone_before(site) == (connection.sender, way.lookup):
        return _covered(connection, site, f"{note}, and its only row is gone by then")
    call = (case.service.call,)
    after = connection.signal in AFTER
    cascade = replace(
        as_cascade(decider.project, connection.sender, [way]),
        before=() if after else call,
        after=call if after else (),
    )
    if not decider.roster.models_at(site):
        return _covered(connection, site, f"{note}, in the model's delete()")
    code = "possible-site" if site.tier is Tier.POSSIBLE else site.code
    if code is None:
        result = BY_NAME[site.surface].rewrite(site, Work(cascades=(cascade,)), decider.desk)
        code = result.code if isinstance(result, Blocked) else None
    outcome = Outcome.BLOCKED if code else Outcome.REWRITTEN
    return _row(connection, site, outcome, code, note)


def _row(
    connection: Connection, site: Site, outcome: Outcome, code: str | None, note: str = ""
) -> Firing:
    return Firing(
        site.file,
        site.span,
        connection.signal,
        connection.sender or "?",
        site.surface,
        site.tier.value,
        site.created,
        outcome,
        code,
        note or site.reason,
    )


def _covered(connection: Connection, site: Site, note: str) -> Firing:
    """A line that needs no call: the model makes it, or there was nothing to do for it."""
    return replace(_row(connection, site, Outcome.REWRITTEN, None, note), covered=True)


def _without_lines(decider: Decider, case: Case, connection: Connection) -> Iterator[Firing]:
    """Cascades, raw loads, packages and files that do not parse: no line can be named."""
    assert connection.sender is not None
    project = decider.project
    if connection.signal in DELETE_SIGNALS:
        yield from _from_elsewhere(decider, case, connection)
    else:
        yield _raw_load(decider, case, connection)
    for file in named_in(project, connection.sender):
        covered = not case.reasons  # it goes: nothing there deletes, the model's save() calls
        going = Outcome.NEVER if connection.signal in DELETE_SIGNALS else Outcome.REWRITTEN
        yield Firing(
            file, None, connection.signal, connection.sender, "unread-file",
            Tier.POSSIBLE.value, None, going if covered else Outcome.BLOCKED,
            None if covered else "unread-file", "it names the model",
        )  # fmt: skip
    only_created = case.service.handler.only_created if case.service is not None else None
    yield from package_firings(project, connection, only_created, not case.reasons)


def _from_elsewhere(decider: Decider, case: Case, connection: Connection) -> Iterator[Firing]:
    """Deletes of what takes rows along that are no lines of the project's, if there are any."""
    project, sender = decider.project, connection.sender
    assert sender is not None
    deleted = {m for s in decider.sites if "post_delete" in s.signals for m in s.models}

    def row(outcome: Outcome, code: str | None, note: str) -> Firing:
        return Firing(
            connection.file, None, connection.signal, sender, "cascade", Tier.PROVED.value, None,
            outcome, code, note,
        )  # fmt: skip

    for way in decider.roster.ways(sender):
        note = f"{way.ancestor} -> {way.relation} (CASCADE)"
        external = strangers(project, way.ancestor, frozenset())
        place = home(project, way.ancestor) if external and not case.reasons else None
        if not external and way.ancestor not in deleted:
            yield row(Outcome.NEVER, None, note)
        for stranger in external:
            if stranger == ITS_PAGE and place is not None:
                anew = f"{note}, {place.admin}, registered anew in {place.path}"
                yield row(Outcome.REWRITTEN, None, anew)
            else:
                yield row(Outcome.BLOCKED, "cascade-from-package", f"{note}, by {stranger}")
    for code, note in untold(project, sender):
        yield row(Outcome.BLOCKED, code, note)


def _raw_load(decider: Decider, case: Case, connection: Connection) -> Firing:
    """Fixtures: Django loads them with `raw=True`."""
    assert connection.sender is not None
    if connection.sender == "?":
        return Firing(
            connection.file, None, connection.signal, "?", "raw-load", Tier.POSSIBLE.value, None,
            Outcome.BLOCKED, "undecided-sender", "a fixture may hold the model",
        )  # fmt: skip
    fixture = decider.project.fixtures.get(stored_in(decider.project, connection).lower())
    held = fixture is not None and not fixture.only_tests
    outcome = Outcome.BLOCKED if held and case.runs_on_load(connection) else Outcome.NEVER
    loaded = "fixtures of tests alone, named" if fixture is not None else NOT_HELD
    return Firing(
        fixture.file if fixture is not None else connection.file, None, connection.signal,
        connection.sender, "raw-load", Tier.PROVED.value, None, outcome,
        "raw-load" if outcome is Outcome.BLOCKED else None,
        "fixtures" if held else loaded,
    )  # fmt: skip
