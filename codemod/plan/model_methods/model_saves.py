"""Writing the calls of a model's save receivers into the model's own `save()`.

    class Article(models.Model):          class Article(models.Model):
        title = ...                  ->       title = ...

                                              def save(self, *args, **kwargs):
                                                  set_slug(self)
                                                  created = self._state.adding
                                                  super().save(*args, **kwargs)
                                                  if created:
                                                      announce(self)

A model that has a `save()` keeps it, and the calls hug its `super().save()`, and those in other
methods, which pass its `save()` by. Bases of the project
that have one too must hand each save on to Django, once; then the work comes before or after the
rest of theirs, which has to be invisible or is named (`before-shared-save`, `after-shared-save`).
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from codemod.facts.nodes import descend
from codemod.facts.tables import CallSite
from codemod.plan.apart import told_apart
from codemod.plan.desk import PlanDesk
from codemod.plan.model_methods import wrapped
from codemod.plan.model_methods.saving_bases import (
    changes_fields,
    handing_on,
    hands_on_all,
    hides_created,
)
from codemod.plan.model_methods.saving_on import goes_on
from codemod.plan.reading import touched
from codemod.plan.reading.looks import looks
from codemod.plan.services.service import Service
from codemod.plan.work import AFTER, BEFORE, Roster, Slot
from codemod.project.answers import Tier
from codemod.project.classes import ClassInfo
from codemod.project.project import Project
from codemod.surfaces import save_override, unbound
from codemod.surfaces.calls.upward import past
from codemod.surfaces.objects import created as created_rules
from codemod.surfaces.objects.flow import pk_is_set
from codemod.surfaces.objects.update_fields import (
    Fields,
    by_position,
    defers,
    perhaps_empty,
    unknown,
)
from codemod.surfaces.placing.overrides import below
from codemod.surfaces.site import Blocked, Lines, Placed, Site, Work
from codemod.values.account import SAVE_SIGNALS, Reason
from codemod.values.edits import AddMethod, Edit

EARLIER = "before-shared-save"
TIMING = "after-shared-save"


@dataclass(frozen=True)
class Passage:
    """A `save()` of a base that hands on to Django: what it does before and after that."""

    leading: tuple[ast.stmt, ...]
    trailing: tuple[ast.stmt, ...]


@dataclass(frozen=True)
class Home:
    """The class in which the calls of a model go."""

    cls: ClassInfo
    # The `super().save()` of its own save(), and those past it; none: it has no save().
    calls: tuple[CallSite, ...]
    passages: tuple[Passage, ...]  # what else is run by it
    beside: tuple[Site, ...]  # `super(Order, order).save()`, which passes it by
    bases: tuple[ClassInfo, ...]  # of the project, whose save() it comes through


def home(project: Project, label: str) -> Home | None:
    """Where the saves of exactly this model pass; None where no method can tell them apart."""
    model = project.models.by_label.get(label)
    if model is None or model.external or model.abstract:
        return None
    cls = project.classes.get(model.name)
    if cls is None:
        return None
    passages, bases = [], []
    for ancestor in project.classes.mro(model.name)[1:]:
        base = project.classes.get(ancestor)
        if base is not None and "save" in base.definition.methods:
            passage = _passage(project, base)
            if passage is None:
                return None
            passages.append(passage)
            bases.append(base)
        elif base is not None and "save" in base.definition.given:
            return None
    around = past(project, cls.name, "save")
    beside = unbound.passing_by(project, label, "save")
    if any(owner is not cls for owner, _ in around) or beside is None:
        return None  # a line that other models share
    own = cls.definition.methods.get("save")
    if own is None:
        bound = "save" in cls.definition.given
        return None if bound or around else Home(cls, (), tuple(passages), beside, tuple(bases))
    calls = handing_on(project, cls)
    outside = tuple(call for _, call in around)
    lines = (*calls, *outside)
    return Home(cls, lines, tuple(passages), beside, tuple(bases)) if calls else None


def _passage(project: Project, base: ClassInfo) -> Passage | None:
    """A `save()` that always hands on, exactly once."""
    handing = [call.statement for call in handing_on(project, base)]
    return _around(base.definition.methods["save"].body, handing)


def _around(body: Sequence[ast.stmt], handing: Sequence[ast.stmt]) -> Passage | None:
    """What a block does before and after it hands on; None if it may not, or more than once."""
    position = next((i for i, s in enumerate(body) if _holds(s, handing)), None)
    if position is None:
        return None
    statement, leading, rest = body[position], body[:position], body[position + 1 :]
    if any(isinstance(n, ast.Return) for s in leading for n in descend(s)):
        return None
    if any(_holds(s, handing) for s in rest):
        # `if x: super().save(); return` and what comes else
        if not (isinstance(statement, ast.If) and not statement.orelse and _leaves(statement)):
            return None
        within = _both(_around(statement.body[:-1], handing), _around(rest, handing))
        rest = ()
    else:
        within = _within(statement, handing)
    if within is None:
        return None
    return Passage((*leading, *within.leading), (*within.trailing, *rest))


def _holds(statement: ast.stmt, handing: Sequence[ast.stmt]) -> bool:
    """Whether a statement is one of those that hand on, or has one in it."""
    return any(node in handing for node in ast.walk(statement))


def _leaves(statement: ast.If) -> bool:
    """Whether what an `if` does ends with a plain `return`."""
    last = statement.body[-1]
    return isinstance(last, ast.Return) and last.value is None


def _both(first: Passage | None, second: Passage | None) -> Passage | None:
    """What one of two ways to Django does before and after it."""
    if first is None or second is None:
        return None
    return Passage((*first.leading, *second.leading), (*first.trailing, *second.trailing))


def _within(statement: ast.stmt, handing: Sequence[ast.stmt]) -> Passage | None:
    """The same of a statement; of an `if`, each branch has to hand on.

    Not of a `with`: what comes after the `save()` would be out of its transaction.
    """
    if not isinstance(statement, ast.If):
        plain = isinstance(statement, (ast.Expr, ast.Return, ast.Assign))
        return Passage((), ()) if plain and statement in handing else None
    return _both(_around(statement.body, handing), _around(statement.orelse, handing))


@dataclass
class Hubs:
    """The models' own `save()` methods that make calls."""

    project: Project
    roster: Roster
    desk: PlanDesk
    turned: dict[Slot, Reason] = field(default_factory=dict)  # why they do, where sites would
    # The models whose saves pass that of another one, which makes their calls.
    heads: dict[str, str] = field(default_factory=dict)

    def turn(self, slots: set[Slot], note: Reason | None) -> None:
        """Have a model's own `save()` make the calls of these moments."""
        self.roster.hubs |= slots
        if note is not None:
            self.turned |= dict.fromkeys(slots, note)

    def labels(self) -> list[str]:
        """The models whose `save()` has something to call."""
        heard = {slot.model for slot in self.roster.hubs if slot in self.roster.slots}
        return sorted({self.heads.get(label, label) for label in heard})

    def members(self, label: str) -> tuple[str, ...]:
        """The models whose calls a model's `save()` makes: itself, and its family."""
        return (label, *(m for m, head in self.heads.items() if head == label and m != label))

    def services(self, label: str) -> set[str]:
        """The services that a model's `save()` calls."""
        return {
            service.dotted
            for member in self.members(label)
            for slot in self._slots(member, SAVE_SIGNALS)
            for service in self.roster.slots[slot]
        }

    def places(self, label: str) -> int:
        """How many lines of a model have its calls beside them."""
        place = home(self.project, label)
        lines = len(place.calls) if place is not None else 0
        others = len(place.beside) if place is not None else 0
        return max(lines, 1) + others + len(wrapped.methods(self.project, label))

    def edits(self) -> list[tuple[str, Edit]]:
        """The edits of all models."""
        written = [self.write(label) for label in self.labels()]
        return [edit for w in written if isinstance(w, Placed) for edit in w.edits]

    def write(self, label: str) -> Placed | Blocked:
        """The edits that put a model's calls into its `save()`."""
        place = home(self.project, label)
        if place is None:
            return Blocked("shared-override")
        members = self.members(label)
        wanted = {member: self._work(member) for member in members}
        # Others that inherit it fire nothing for these (1.16, 1.17).
        others = bool({*self.project.models.subclasses(label)} - {*members})
        work = told_apart(self.project, replace(_site(place, members, None), mixed=others), wanted)
        if work is None:
            return Blocked("several-models")
        cls, bases = place.cls.name, place.bases
        if work.asks_created and hides_created(self.project, cls, bases, members):
            return Blocked("shared-override")
        readers = [call for call in work.calls if "update_fields" in call.flags]
        if readers and any(changes_fields(self.project, base, readers) for base in bases):
            return Blocked("shared-override")
        on = any(p.trailing for p in place.passages) or goes_on(self.project, place.cls.name)
        notes: tuple[str, ...] = (TIMING,) if work.after and on else ()
        if None in self._looks_ahead(label, place).values():
            notes += (EARLIER,)
        own = [_line(self.project, place, members, call) for call in place.calls]
        written = [save_override.rewrite(site, site.wanted(work), self.desk) for site in own]
        added = (*(() if place.calls else ("save",)), *wrapped.methods(self.project, label))
        written += [_added(place, label, name, work, self.desk) for name in added]
        for site in place.beside:
            if not site.never and (wanted_there := site.wanted(work)):
                written.append(unbound.rewrite(site, wanted_there, self.desk))
        edits: list[tuple[str, Edit]] = []
        for placed in written:
            if isinstance(placed, Blocked):
                return placed
            edits += placed.edits
        return Placed(tuple(edits), notes)

    def _work(self, label: str) -> Work:
        before, after = (
            tuple(call for slot in self._slots(label, moment) for call in self.roster.calls(slot))
            for moment in (BEFORE, AFTER)
        )
        return Work(before, after)

    def of_children(self, label: str) -> set[str]:
        """The services of a family that are none of its head's: it knows nothing of those."""
        own = self._work(label).services
        return {
            service
            for member in self.members(label)
            for service in self._work(member).services - own
        }

    def too_early(self, label: str) -> set[str]:
        """The services that would see the object before a shared `save()` has changed it."""
        place = home(self.project, label)
        if place is None:
            return set()
        return {name for name, looks_at in self._looks_ahead(label, place).items() if looks_at}

    def _looks_ahead(self, label: str, place: Home) -> dict[str, bool | None]:
        """For each service before the save, whether it looks at what a shared `save()` changes;
        None: it does not, but what it does may be seen or stay where that `save()` goes wrong."""
        found: dict[str, bool | None] = {}
        refuses = any(_may_refuse(passage) for passage in place.passages)
        for member in self.members(label):
            cls = self.project.models.by_label[member].name
            for slot in self._slots(member, BEFORE):
                for service in self.roster.slots[slot]:
                    told = {
                        _looks_at(self.project, cls, passage.leading, service)
                        for passage in place.passages
                    }
                    noted = None in told or refuses
                    found[service.dotted] = True if True in told else None if noted else False
        return found

    def _slots(self, label: str, moment: tuple[str, ...]) -> list[Slot]:
        slots = [Slot(label, signal) for signal in SAVE_SIGNALS if signal in moment]
        return [slot for slot in slots if slot in self.roster.hubs and slot in self.roster.slots]


def _site(place: Home, models: tuple[str, ...], call: CallSite | None) -> Site:
    node = call.node if call is not None else place.cls.definition.node
    facts = place.cls.facts
    return Site(
        save_override.name, place.cls.file, facts.lines.span(node), models, SAVE_SIGNALS,
        Tier.PROVED, "dynamic", call=call, cls=place.cls,
    )  # fmt: skip


def _line(project: Project, place: Home, models: tuple[str, ...], call: CallSite) -> Site:
    """One of the lines that hand on, past what bases of the project do on the way to Django."""
    methods = [base.facts.scopes[base.definition.methods["save"]] for base in place.bases]
    if any(pk_is_set(project, method, "self", models) for method in methods):
        return _site(place, models, call)
    facts, whole = place.cls.facts, all(hands_on_all(project, base) for base in place.bases)
    created = save_override.created_at(project, facts, call, models, arguments=whole)
    return replace(_site(place, models, call), created=created)


def _may_refuse(passage: Passage) -> bool:
    """Whether a `save()` raises an error of its own instead of handing on."""
    return any(isinstance(node, ast.Raise) for s in passage.leading for node in descend(s))


def _looks_at(
    project: Project, cls: str, leading: tuple[ast.stmt, ...], service: Service
) -> bool | None:
    """Whether work looks at what statements of the same object's `save()` touch, or may; None: it
    does not, but makes a row that leads to the object."""
    theirs = touched.by_statements(project, cls, leading)
    function, facts = service.source.function, service.source.facts
    if not theirs or function is None:
        return theirs is None
    seen = looks(project, service.handler, facts.scopes[function.node], facts)
    mine = touched.by_names(project, cls, seen.attributes) if seen is not None else None
    if seen is None or mine is None or not mine.isdisjoint(theirs):
        return True
    return None if seen.makes else False


def _added(place: Home, label: str, name: str, work: Work, desk: PlanDesk) -> Placed | Blocked:
    """A `save()` for a model that has none, or another method that hands on to it."""
    cls = place.cls
    lines = Lines(desk, _site(place, (label,), None))
    filled, made_up = not perhaps_empty(desk.project, (label,)), defers(desk.project, (label,))
    fields = Fields("update_fields", filled=filled, made_up=made_up)
    values = {"created": "created", **fields.values}
    before = fields.guarded(lines.calls(work.before, "self", values), work.before)
    after = fields.guarded(lines.calls(work.after, "self", values), work.after)
    created = []
    if work.asks_created:
        created = [f"created = {created_rules.expression(desk.project, (label,), 'self')}"]
    uses = Work(work.before).asks_created
    told = fields.matters(work)
    if unknown(work, fields) or (told and by_position(desk.project)):
        return Blocked("update-fields")
    body = [
        *(created if uses else []),
        *before,
        *([] if uses else created),
        f"super().{name}(*args{', update_fields=update_fields' if told else ''}, **kwargs)",
        *after,
    ]
    head = f"def {name}(self, *args{', update_fields=None' if told else ''}, **kwargs):"
    code = "\n".join([head, *(f"    {line}" if line else "" for line in body)])
    anchor = cls.facts.lines.span(cls.definition.node)
    return lines.placed([AddMethod(anchor, code, below(cls, name))])
