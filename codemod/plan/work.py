"""What each site must call, given which receivers go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import NamedTuple

from codemod.plan.apart import told_apart
from codemod.plan.deletes.cascades import MOST, Way, concrete
from codemod.plan.deletes.cascades import ways as cascading_ways
from codemod.plan.deletes.deleted_parents import deleted_by
from codemod.plan.deletes.idle import is_idle
from codemod.plan.deletes.only_rows import gone_before
from codemod.plan.model_methods.wrapped import is_wrapped
from codemod.plan.reading.features import reads_many_to_many, reads_pk
from codemod.plan.services.service import Service
from codemod.plan.strangers import deletes_one
from codemod.project.model_tables import STAYING
from codemod.project.project import Project
from codemod.surfaces.calls import found
from codemod.surfaces.site import Cascade, ServiceCall, Site, Work
from codemod.values.account import DELETE_SIGNALS, M2M, SAVE_SIGNALS, Connection

BEFORE = ("pre_save", "pre_delete")
AFTER = ("post_save", "post_delete")
# (signal, service) that is silent.
Muted = frozenset[tuple[str, str]]
NONE = Muted()


class Slot(NamedTuple):
    """One moment in the life of a model's objects: "before the save of shop.Order"."""

    model: str
    signal: str


@dataclass
class Roster:
    """The services that go with each slot, in connection order."""

    project: Project
    services: Mapping[str, tuple[Service, ...]]  # by receiver name
    slots: dict[Slot, list[Service]] = field(default_factory=dict)
    # Slots whose calls go into the model's own save().
    hubs: set[Slot] = field(default_factory=set)
    # Models whose own `delete()` has the calls for each single object.
    delete_hubs: frozenset[str] = frozenset()
    # What is disconnected while a site runs.
    muted: dict[Site, Muted] = field(default_factory=dict)
    # Slots whose services are called through one function.
    aggregated: dict[Slot, ServiceCall] = field(default_factory=dict)
    called: dict[Slot, tuple[ServiceCall, ...]] = field(default_factory=dict)  # as far as asked
    deleting: bool = False  # whether any of the slots is of a delete
    # By service and model, as far as asked: see `deleted_by`.
    deleted: dict[tuple[str, str], frozenset[str] | None] = field(default_factory=dict)

    def fill(self, retiring: Iterable[str]) -> None:
        """Set the receivers that go."""
        self.slots, self.called = {}, {}
        entries = [
            (connection.order, service, connection)
            for name in retiring
            for service in self.services[name]
            for connection in service.source.receiver.connections
        ]
        for _, service, connection in sorted(entries, key=lambda e: e[0]):
            assert connection.sender is not None
            members = self.slots.setdefault(Slot(connection.sender, connection.signal), [])
            if service not in members:  # connected twice is called once (SEMANTICS 10.3)
                members.append(service)
        self.deleting = any(slot.signal in DELETE_SIGNALS for slot in self.slots)

    def passes(self, slot: Slot) -> bool:
        """Whether a plain save of the model passes a `save()` that makes the calls."""
        if slot.signal not in SAVE_SIGNALS:
            return False
        return slot in self.hubs or found.overrides(self.project, slot.model, "save")

    def has_own(self, slot: Slot) -> bool:
        """Whether a method of the model's own makes the calls of a slot."""
        if slot.signal in DELETE_SIGNALS:
            own = found.overrides(self.project, slot.model, "delete")
            return own or slot.model in self.delete_hubs
        return self.passes(slot)

    def covered(self, site: Site, slot: Slot) -> bool:
        """Whether a site needs no call, since the model's own `save()` makes it."""
        if site.bypass:
            return slot in self.hubs and is_wrapped(self.project, site, slot.model)
        if not self.passes(slot):
            return False
        # The sites of a known model with a save() of its own are that save()'s own lines.
        return slot in self.hubs or not site.models

    def work(self, site: Site) -> Work | None:
        """What a site must call, each call for the objects that it is meant for; None if the
        models of the site want what can't be told apart there."""
        if site.signals is DELETE_SIGNALS:
            if not self.deleting:
                return Work()
        elif not any((m, s) in self.slots for m in site.models for s in site.signals):
            return Work()
        wanted = dict(self.each(site))
        works = [*wanted.values(), *([Work()] if site.mixed else [])]
        if all(work == works[0] for work in works):
            return works[0] if works else Work()
        return told_apart(self.project, site, wanted)

    def each(self, site: Site) -> list[tuple[str, Work]]:
        """What a site must call for the objects of each of its models."""
        if site.signals is not DELETE_SIGNALS:
            return [(m, site.wanted(self._of(site, m))) for m in site.models]
        models, hearing = self.project.models, self.models_at(site)
        each = []
        for label in site.direct or models.without_parents(site.models):
            own = [label, *(p for p in models.parents(label) if p in site.models)]
            works = [self._of(site, m, m == label) for m in own] if label in hearing else []
            links = [models.link(label, parent) for parent in own[1:]]
            each.append((label, site.wanted(_together(works, links))))
        return each

    def _of(self, site: Site, model: str, links: bool = True) -> Work:
        """What a site must call for the objects of a model, its parents left out."""
        heard = (Slot(model, s) for s in site.signals)
        signals = [s.signal for s in heard if s in self.slots and not self.covered(site, s)]
        muted = self.muted.get(site, NONE)
        before, after = (
            tuple(c for s in signals if s in moment for c in self.calls(Slot(model, s), muted))
            for moment in (BEFORE, AFTER)
        )
        cascades: tuple[Cascade, ...] = ()
        if site.signals is DELETE_SIGNALS:
            gone = self.gone_before(site)
            found = self.cascades(model, links, muted)
            cascades = tuple(c for c in found if (c.model, c.lookups) != (gone[0], gone[1:]))
        if M2M in signals:
            calls = self.calls(Slot(model, M2M), muted)
            before = tuple(c for c in calls if acts(c, after=False))
            after = tuple(c for c in calls if acts(c, after=True))
        return Work(before, after, cascades, self._reads_pk(model, signals))

    def gone_before(self, site: Site) -> tuple[str, str]:
        """The model and field of a row that surely doesn't go with what a site deletes: it was the
        only one that pointed there, and is gone already."""
        return gone_before(self.project, chain.from_iterable(self.services.values()), site)

    def models_at(self, site: Site) -> tuple[str, ...]:
        """The models of a site whose calls stand there, not in the model's own `delete()`."""
        if not self.delete_hubs or site.bypass or not deletes_one(site):
            return site.models
        direct = self.project.models.without_parents(site.models)
        left = [model for model in direct if model not in self.delete_hubs]
        if len(left) == len(direct):
            return site.models
        if site.surface == "model-override":
            # The child's own `delete()` comes here too, and would take itself for a row that goes.
            parents = self.project.models.parents
            gone = {parent for m in direct if m not in left for parent in parents(m)}
            if gone & set(site.models):
                return site.models
        return self.project.models.with_parents(left)

    def firing(self, model: str) -> tuple[str, ...]:
        """The models whose deletes fire a model's delete signals: itself, and its ancestors."""
        return tuple(dict.fromkeys((model, *(way.ancestor for way in self.ways(model)))))

    def members(self, services: set[str]) -> set[str]:
        """The services that those of `services` call that call all of a slot."""
        return {
            member.dotted
            for slot, call in self.aggregated.items()
            if call.service in services
            for member in self.slots.get(slot, ())
        }

    def calls(self, slot: Slot, muted: Muted = NONE) -> tuple[ServiceCall, ...]:
        """The calls of a slot, without the services that are muted."""
        calls = self.called.get(slot)
        if calls is None:
            late = self.late(slot)
            calls = tuple(replace(s.call, late=s.dotted in late) for s in self.slots.get(slot, ()))
            self.called[slot] = calls
        audible = tuple(c for c in calls if (slot.signal, c.service) not in muted)
        if slot in self.aggregated and audible == calls:
            return (self.aggregated[slot], *(c for c in calls if c.late))
        return audible

    def cascades(
        self, ancestor: str, links: bool = True, muted: Muted = NONE
    ) -> tuple[Cascade, ...]:
        """What a delete of an ancestor must call for the rows that go with it, deepest first.

        Without `links` for the parent's half of a multi-table child: the children of a parent go
        only where the delete starts at the parent (django/db/models/deletion.py, collect()).
        """
        label = concrete(self.project, ancestor)
        found: dict[str, Cascade] = {}
        for slot in self.slots:
            ways = self.taking(label, slot, links)
            if not ways:
                continue
            awake = [
                s
                for s in self.slots[slot]
                if (slot.signal, s.dotted) not in muted and not self.idle(s, slot.model, ways)
            ]
            if not awake:
                continue
            plain = as_cascade(self.project, slot.model, ways)
            known = found.get(slot.model, plain)
            asleep = {s.dotted for s in self.slots[slot]} - {s.dotted for s in awake}
            calls = self.calls(slot, Muted((slot.signal, service) for service in asleep))
            if known.accessor is not None and any(
                self._may_delete(s, slot.model, label) for s in awake
            ):
                known = replace(known, accessor=None)
            if slot.signal in BEFORE:
                found[slot.model] = replace(known, before=calls)
            else:
                first = any(s.touches(p) for s in awake for way in ways for p in way.pointers)
                if not first and any(s.touches(way.lookup) for s in awake for way in ways):
                    # The rows of a reverse manager hold the parent itself, whose key is gone then;
                    # those of the signal ask for its row, and it is not there (SEMANTICS 3.19).
                    known = replace(known, accessor=None)
                found[slot.model] = replace(known, after=calls, first=first)
        above = {model: {way.ancestor for way in self.ways(model)} for model in found}
        return tuple(sorted(found.values(), key=lambda c: -len(above[c.model] & found.keys())))

    def _may_delete(self, service: Service, model: str, ancestor: str) -> bool:
        """Whether work for rows of a model may delete an object of an ancestor."""
        asked = service.dotted, model
        if asked not in self.deleted:
            self.deleted[asked] = deleted_by(self.project, service, model)
        deleted = self.deleted[asked]
        return deleted is None or ancestor in deleted

    def taking(self, ancestor: str, slot: Slot, links: bool = True) -> list[Way]:
        """The ways in which a delete of an ancestor fires a slot that can be called for."""
        if slot.signal not in DELETE_SIGNALS:
            return []
        return [
            way
            for way in self.ways(slot.model)
            if way.ancestor == ancestor and (links or not way.link)
        ]

    def idle(self, service: Service, model: str, ways: list[Way]) -> bool:
        """Whether a service has no effect for a row that goes in these ways."""
        return is_idle(service.handler, service.source.facts, self.project, model, ways)

    def ways(self, model: str) -> tuple[Way, ...]:
        """How rows of a model cascade from others."""
        return cascading_ways(self.project, model)

    def late(self, slot: Slot) -> frozenset[str]:
        """Services at the end of a slot that read many-to-many data of their instance."""
        found: set[str] = set()
        if slot.signal == "post_save":
            for service in reversed(self.slots.get(slot, [])):
                if not reads_many_to_many(service.handler, self.project, slot.model):
                    break
                found.add(service.dotted)
        return frozenset(found)

    def _reads_pk(self, model: str, signals: list[str]) -> bool:
        return "post_delete" in signals and any(
            reads_pk(s.handler, self.project, model) for s in self.slots[Slot(model, "post_delete")]
        )


def _together(works: list[Work], links: list[str]) -> Work:
    """Deleting a multi-table child fires its parents' receivers too, with the parents' objects
    (SEMANTICS 3.11)."""
    before, after = (
        tuple(
            replace(call, link=link)
            for work, link in zip(works, ["", *links])
            for call in getattr(work, side)
        )
        for side in ("before", "after")
    )
    cascades = _merged([c for w in works for c in w.cascades])
    return Work(before, after, cascades, any(w.reads_pk for w in works))


def _merged(cascades: list[Cascade]) -> tuple[Cascade, ...]:
    """The cascades of a child and its parents: rows of one model are collected once."""
    found: dict[str, Cascade] = {}
    for cascade in cascades:
        known = found.setdefault(cascade.model, cascade)
        if known.lookups != cascade.lookups:
            lookups = tuple(dict.fromkeys((*known.lookups, *cascade.lookups)))
            first, deep = known.first or cascade.first, known.deep or cascade.deep
            found[cascade.model] = replace(
                known, lookups=lookups, accessor=None, first=first, deep=deep
            )
    return tuple(found.values())


def as_cascade(project: Project, model: str, ways: list[Way]) -> Cascade:
    """The rows of a model that go in these ways."""
    accessor = ways[0].accessor if len(ways) == 1 else None
    deep = len(ways) > MOST or any(way.deep for way in ways)
    lookups = tuple(way.lookup for way in ways)
    return Cascade(model, lookups, accessor, deep, changes=_changed_with(project, model))


def _changed_with(project: Project, model: str) -> frozenset[str]:
    """The models of which rows go, or lose what they point to, when rows of a model are deleted."""
    found, pending = {model}, [model]
    while pending:
        label = pending.pop()
        behind = _behind(project, label) - found
        pending += behind
        found |= behind
        for link in project.models.pointing_to(label):
            holder = link.through or link.model  # of a many-to-many, the rows between
            if holder not in found:
                found.add(holder)
                pending += () if link.on_delete in STAYING else (holder,)
    return frozenset(found)


def _behind(project: Project, label: str) -> set[str]:
    """The models whose rows go with those of a model through a GenericRelation (SEMANTICS 3.15)."""
    model = project.models.by_label.get(label)
    fields = model.fields.values() if model is not None else ()
    return {f.target for f in fields if f.kind == "GenericRelation" and f.target}


def stored_in(project: Project, connection: Connection) -> str:
    """The label of the model whose fixtures fire a connection."""
    relation = project.relations.get(connection.sender or "")
    if relation is not None and connection.signal == M2M:
        return relation.owner
    return connection.sender or "?"


def acts(call: ServiceCall, *, after: bool) -> bool:
    """Whether a service is for actions after, or before, a change of a relation."""
    prefix = "post_" if after else "pre_"
    return call.relation is not None and any(
        action.startswith(prefix) for action in call.relation.actions
    )


def group_name(slot: Slot, only_created: bool | None) -> str:
    """What the function that calls all services of a slot is called: `order_saved`."""
    noun = found.snake(slot.model.rpartition(".")[2])
    if slot.signal == "post_save":
        if only_created is None:
            return f"{noun}_saved"
        return f"{noun}_created" if only_created else f"{noun}_updated"
    return {
        "pre_save": f"before_{noun}_save",
        "pre_delete": f"before_{noun}_delete",
        "post_delete": f"{noun}_deleted",
    }[slot.signal]
