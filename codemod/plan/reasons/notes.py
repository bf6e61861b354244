"""The named differences of a receiver that goes, or whose body does, beside those of its calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codemod.facts.nodes import parents
from codemod.plan.case import Case
from codemod.plan.decide import Decider
from codemod.plan.deletes import refusals
from codemod.plan.excused import IN_TESTS, is_test
from codemod.plan.model_methods.model_saves import EARLIER, TIMING
from codemod.plan.moving.carrying import patches_left
from codemod.plan.moving.loggers import loggers_renamed
from codemod.plan.reading.features import reads_many_to_many
from codemod.plan.reasons.differences import loading
from codemod.plan.reasons.in_migrations import writers
from codemod.plan.reasons.replaced import replaced
from codemod.plan.reasons.typed_keys import typed_over
from codemod.plan.silences.finder import silences
from codemod.plan.silences.regions import may_be_left
from codemod.plan.third_party.packages import is_external, left_out
from codemod.plan.work import AFTER, BEFORE, Slot, stored_in
from codemod.surfaces.calls import found
from codemod.surfaces.objects.keys import saved_with_key
from codemod.surfaces.objects.renamed import natural_keys, renamed_in_save
from codemod.surfaces.site import Placed
from codemod.values.account import DELETE_SIGNALS, M2M, SAVE_SIGNALS, Reason


def differing(decider: Decider, case: Case) -> Iterator[Reason]:
    """What differs when its work is called instead, or has moved."""
    if case.service is None:
        return
    yield from _of_patches(decider, case)
    for name, file, line in loggers_renamed(decider.project, case):
        yield Reason("logger-renamed", name, file, line)
    if case.goes:
        yield from _of_calls(decider, case)


def _of_patches(decider: Decider, case: Case) -> Iterator[Reason]:
    """Tests patch names that the body takes along."""
    cases = decider.cases.values()
    going, thinned = [c for c in cases if c.goes], [c for c in cases if c.delegates]
    for name, file, line in patches_left(decider.project, going, thinned, case):
        yield Reason("patched-in-test", name, file, line)


def _of_calls(decider: Decider, case: Case) -> Iterator[Reason]:
    connections = case.receiver.connections
    saves = [Slot(c.sender or "", c.signal) for c in connections if c.signal in SAVE_SIGNALS]
    yield from _of_settings(decider, case)
    yield from _in_model_saves(decider, saves)
    yield from _of_loading(decider, case)
    yield from _of_given_keys(decider, case, saves)
    yield from _of_mutes(decider, case)
    yield from _of_open_stretches(decider, case)
    yield from _of_tests_left(decider, case)
    yield from _of_lines_without_calls(decider, case)
    yield from _of_its_work(decider, case)


def _of_settings(decider: Decider, case: Case) -> Iterator[Reason]:
    """The databases of the project, the settings that connected it, and where it was loaded."""
    apart = {c.signal for c in case.receiver.connections} & {*DELETE_SIGNALS, M2M}
    if apart and decider.project.has("DATABASE_ROUTERS"):
        yield Reason("router-transaction", ", ".join(sorted(apart)))
    first = case.receiver.connections[0]
    if first.condition is not None:
        yield Reason("asked-when-run", first.condition, first.file, first.line)
    for connection in case.receiver.connections:
        late = decider.project.loaded.late(connection.file)
        if late is not None:
            code = "loaded-with-urls" if late.with_urls else "loaded-late"
            yield Reason(code, late.by, connection.file, connection.line)
            break


def _in_model_saves(decider: Decider, slots: Sequence[Slot]) -> Iterator[Reason]:
    """The model's own `save()` makes the calls."""
    turned, heads = decider.hubs.turned, decider.hubs.heads
    yield from dict.fromkeys(turned[s] for s in slots if s in turned)
    turning = (heads.get(s.model, s.model) for s in slots if s in decider.roster.hubs)
    for label in dict.fromkeys(turning):
        placed = decider.hubs.write(label)
        if isinstance(placed, Placed):
            moment = {EARLIER: BEFORE, TIMING: AFTER}
            for code in placed.notes:
                if any(slot.signal in moment.get(code, SAVE_SIGNALS) for slot in slots):
                    yield Reason(code, label)


def _of_loading(decider: Decider, case: Case) -> Iterator[Reason]:
    """Fixtures, and what else saves raw."""
    project = decider.project
    loaded = [c for c in case.receiver.connections if c.signal not in DELETE_SIGNALS]
    if not any(case.runs_on_load(connection) for connection in loaded):
        return
    fixtures = [project.fixtures.get(stored_in(project, c).lower()) for c in loaded]
    tested = next((f for f in fixtures if f is not None and f.only_tests), None)
    if tested is not None:
        yield Reason("test-fixture", "no longer runs for it", tested.file, 1)
        return
    yield Reason("raw", "fixtures loaded with loaddata no longer run it")
    for text, file, line in loading(project):
        yield Reason("raw", f"{text} no longer runs it", file, line)


def _of_given_keys(decider: Decider, case: Case, slots: Sequence[Slot]) -> Iterator[Reason]:
    """Objects that are saved with a key may be new, or not."""
    project = decider.project
    if not any("created" in s.flags or s.handler.only_created is not None for s in case.services):
        return
    for slot in (s for s in slots if s.signal == "post_save"):
        natural = natural_keys(project, slot.model)
        if (renamed := _renamed_in_save(decider, slot)) is not None:
            yield Reason("given-key", slot.model, *renamed)
        inside = found.overrides(project, slot.model, "save") or slot in decider.roster.hubs
        if natural and inside:
            continue  # the database is asked
        typed = typed_over(project, slot.model)
        if typed is not None:
            yield Reason("typed-key", slot.model, *typed)
        for place in saved_with_key(project, slot.model) if inside else ():
            yield Reason("given-key", slot.model, *place)


def _renamed_in_save(decider: Decider, slot: Slot) -> tuple[str, int] | None:
    """(file, line) of what gives a model's objects another key behind the place where `created` is
    read: a receiver for `pre_save` that stays, or is called within the save of such a place."""
    for renaming in renamed_in_save(decider.project, slot.model):
        if slot not in decider.roster.hubs or not decider.cases[renaming.receiver].goes:
            return renaming.file, renaming.line
    return None


def _of_mutes(decider: Decider, case: Case) -> Iterator[Reason]:
    """Connected again, it ran behind the others."""
    for mute in decider.project.mutes:
        called = decider.roster.slots.get(Slot(mute.sender or "", mute.signal), [])
        if mute.receiver == case.receiver.name and called and called[-1].source is not case.found:
            line = mute.disconnect.node.lineno
            yield Reason("connected-again", called[-1].name, mute.facts.path, line)


def _of_open_stretches(decider: Decider, case: Case) -> Iterator[Reason]:
    """An error while it was away left it away, but for tests and commands, which it ends."""
    signals = {c.signal for c in case.receiver.connections}
    away = [
        (mute.facts.path, mute.disconnect.node.lineno)
        for mute in decider.project.mutes
        if mute.receiver == case.receiver.name and mute.reconnect is not None
        if may_be_left(parents(mute.facts.tree), mute.region, mute.reconnect.node)
    ]
    away += [(s.file, s.line) for s in silences(decider.project) if s.open and s.signals & signals]
    for file, line in away:
        if not is_test(file) and "/management/commands/" not in file:
            yield Reason("left-silent", "", file, line)


def _of_tests_left(decider: Decider, case: Case) -> Iterator[Reason]:
    """Tests that are left as they are."""
    left = [
        site
        for site in decider.sites
        for connection in case.receiver.connections
        if site.reason == IN_TESTS
        if connection.sender in site.models and connection.signal in site.signals
    ]
    if left:
        yield Reason("tests-left", f"{len(left)} sites", left[0].file, left[0].span.line)


def _of_lines_without_calls(decider: Decider, case: Case) -> Iterator[Reason]:
    """Migrations that save, and tests that replace what saves."""
    slots = [Slot(c.sender or "", c.signal) for c in case.receiver.connections]
    for slot in slots:
        if not decider.roster.passes(slot):
            for file, line in writers(decider.project, slot.model):
                yield Reason("in-migration", slot.model, file, line)
    for slot in slots:
        place = None if decider.roster.has_own(slot) else replaced(decider.project, *slot)
        if place is not None:
            yield Reason("replaced-in-test", f"{slot.model}: {place[0]}", *place[1:])


def _of_its_work(decider: Decider, case: Case) -> Iterator[Reason]:
    """Who else saves its objects, a delete that is refused, relations that are set later."""
    project = decider.project
    assert case.service is not None
    handler = case.service.handler
    for connection in case.receiver.connections:
        if is_external(project, connection):
            others = left_out(project, connection, handler.only_created)
            text = f"{connection.sender}: not run for {others}"
            yield Reason("third-party-sender", text, connection.file, connection.line)
        refusal = refusals.refusable(project, handler, connection)
        if refusal is not None and refusals.raises(project, handler, case.found.facts):
            yield Reason("protect-order", refusal)
        slot = Slot(connection.sender or "", connection.signal)
        if slot.signal == "post_save" and connection.sender and slot not in decider.roster.hubs:
            for name in reads_many_to_many(handler, project, connection.sender):
                yield Reason("reads-m2m", f"{connection.sender}.{name}")
